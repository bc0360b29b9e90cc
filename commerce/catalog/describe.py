"""What products and variants are beside their names: attributes, custom values, life, assortment, rules of sale, who answers for them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Integer, Text, Uuid, delete, insert, literal_column, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert as upsert

from commerce.catalog.codes import barcode_key, check_digit_holds
from commerce.catalog.definition_tables import parties
from commerce.catalog.definitions import require_defined
from commerce.catalog.schemas import PlaceIn, PlaceOut, ProductIn, VariantIn
from commerce.catalog.tables import assortments, products, slug_redirects, variant_barcodes, variants
from commerce.kernel.errors import invalid
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Text3
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested

# Columns of a product that are written as they are said.
DESCRIBED = (
    "attributes",
    "custom",
    "on_show_from",
    "on_show_until",
    "minimum_age",
    "sale_rules",
    "perishable",
    "maker_id",
    "responsible_id",
    "warnings",
)
OF_VARIANT = ("short_code", "length_mm", "width_mm", "height_mm", "attributes")

DESCRIBE = Statement(
    update(products)
    .where(products.c.id == given("id", Uuid))
    .values(**{name: given(name, products.c[name].type) for name in DESCRIBED})
)
_variant = unnested(
    "new", id=Uuid, short_code=Text, length_mm=Integer, width_mm=Integer, height_mm=Integer, attributes=JSONB
)
DESCRIBE_VARIANTS = Statement(
    update(variants).where(variants.c.id == _variant.c.id).values(**{name: _variant.c[name] for name in OF_VARIANT})
)
_barcode = unnested("new", variant_id=Uuid, position=Integer, barcode=Text, barcode_key=Text)
DROP_BARCODES = Statement(
    delete(variant_barcodes).where(
        any_of(variant_barcodes.c.variant_id, "variant_ids"), variant_barcodes.c.position > literal_column("0")
    )
)
ADD_BARCODES = Statement(
    insert(variant_barcodes).from_select(
        ["variant_id", "position", "barcode", "barcode_key"],
        select(_barcode.c.variant_id, _barcode.c.position, _barcode.c.barcode, _barcode.c.barcode_key),
    )
)
_place = unnested(
    "place",
    id=Uuid,
    channel_id=Uuid,
    location_id=Uuid,
    begins_at=assortments.c.begins_at.type,
    ends_at=assortments.c.ends_at.type,
)
DROP_PLACES = Statement(delete(assortments).where(assortments.c.product_id == given("product_id", Uuid)))
ADD_PLACES = Statement(
    insert(assortments).from_select(
        ["id", "product_id", "channel_id", "location_id", "begins_at", "ends_at"],
        select(
            _place.c.id,
            given("product_id", Uuid),
            _place.c.channel_id,
            _place.c.location_id,
            _place.c.begins_at,
            _place.c.ends_at,
        ),
    )
)
RESTRICT = Statement(
    update(products).where(products.c.id == given("product_id", Uuid)).values(restricted=given("restricted", Boolean))
)
HELD_PARTIES = Statement(
    select(parties.c.id)
    .where(any_of(parties.c.id, "ids"), parties.c.withdrawn_at.is_(None))
    .order_by(parties.c.id)
    .with_for_update(read=True)
)
CODES_OF_VARIANTS = Statement(
    select(variants.c.id, variants.c.position, variants.c.attributes).where(
        variants.c.product_id == given("product_id", Uuid),
        variants.c.withdrawn_at.is_(None),
        variants.c.attributes != literal_column("'{}'::jsonb", JSONB),
    )
)
_redirect = upsert(slug_redirects).values(
    kind=given("kind", Text),
    slug=given("slug", Text),
    product_id=given("product_id", Uuid),
    category_id=given("category_id", Uuid),
    created_at=given("at", slug_redirects.c.created_at.type),
)
REDIRECT = Statement(
    _redirect.on_conflict_do_update(
        index_elements=["kind", "slug"],
        set_={name: _redirect.excluded[name] for name in ("product_id", "category_id", "created_at")},
    )
)

_EMPTY: dict[str, object] = {
    "attributes": {},
    "custom": {},
    "on_show_from": None,
    "on_show_until": None,
    "minimum_age": None,
    "sale_rules": [],
    "perishable": False,
    "maker_id": None,
    "responsible_id": None,
    "warnings": Text3(),
}
_decoder: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])


async def describe_product(tx: Tx, product_id: UUID, data: ProductIn, variant_ids: Sequence[UUID]) -> None:
    """Writes what a new product says beside its names; nothing where it says nothing. Refuses as `require_described` does."""
    values = {name: getattr(data, name) for name in DESCRIBED}
    of_variants: dict[str, dict[str, object]] = {
        f"/variants/{nth}": dict(each.attributes) for nth, each in enumerate(data.variants)
    }
    await require_described(tx, data.product_type, values, of_variants)
    if values != _EMPTY:
        await tx.execute(DESCRIBE, id=product_id, **values)
    if data.assortment:
        await set_assortment(tx, product_id, data.assortment)
    await describe_variants(tx, dict(zip(variant_ids, data.variants, strict=True)))


async def require_described(
    tx: Tx,
    product_type: str,
    values: Mapping[str, Any],
    of_variants: Mapping[str, dict[str, object]],
    *,
    has: Mapping[str, Any] | None = None,
) -> None:
    """Refuses values that are not as they are defined, a window that ends before it begins, a party that is not there.

    What the product `has` already is not judged again: its definition may have been narrowed since, which is for what is written from then on.
    """
    has = has or {}
    begins, ends = values["on_show_from"], values["on_show_until"]
    if begins is not None and ends is not None and ends <= begins:
        raise invalid("/on_show_until", "It is on show for no time at all: this is not after `on_show_from`.")
    if len(set(values["sale_rules"])) < len(values["sale_rules"]):
        raise invalid("/sale_rules", "Each rule once.")
    await require_defined(
        tx,
        product_type,
        values=newly_said(values["attributes"], has.get("attributes", {})),
        of_variants={pointer: own for pointer, own in of_variants.items() if own},
        custom=newly_said(values["custom"], has.get("custom", {})),
    )
    parties_ = ("maker_id", "responsible_id")
    wanted = {name: values[name] for name in parties_ if values[name] not in {None, has.get(name)}}
    if wanted:
        held = {row["id"] for row in await tx.fetch(HELD_PARTIES, ids=sorted(set(wanted.values())))}
        for name, party_id in wanted.items():
            if party_id not in held:
                raise invalid(f"/{name}", "There is no such party.")


def newly_said(values: Mapping[str, Any], has: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the values that are not there already, or are there as others; true is not 1."""
    return {
        code: value
        for code, value in values.items()
        if code not in has or type(has[code]) is not type(value) or has[code] != value
    }


async def attributes_of_variants(tx: Tx, product_id: UUID) -> dict[str, dict[str, object]]:
    """Gives the attributes that the variants of a product have of their own, by a pointer that names the variant."""
    rows = await tx.fetch(CODES_OF_VARIANTS, product_id=product_id)
    return {f"/variants/{row['id']}": _decoder.decode(row["attributes"]) for row in rows}


async def set_assortment(tx: Tx, product_id: UUID, places: Sequence[PlaceIn | PlaceOut]) -> None:
    """Says where and when a product is sold, in place of what was said; an empty list is everywhere. Refuses as `require_places` does."""
    require_places("/assortment", places)
    await tx.execute(DROP_PLACES, product_id=product_id)
    if places:
        await tx.execute(
            ADD_PLACES,
            product_id=product_id,
            id=[new_id() for _ in places],
            channel_id=[each.channel_id for each in places],
            location_id=[each.location_id for each in places],
            begins_at=[each.begins_at for each in places],
            ends_at=[each.ends_at for each in places],
        )
    await tx.execute(RESTRICT, product_id=product_id, restricted=bool(places))


def require_places(pointer: str, places: Sequence[PlaceIn | PlaceOut]) -> None:
    """Refuses a window that ends before it begins, and what is said twice."""
    for nth, each in enumerate(places):
        if each.begins_at is not None and each.ends_at is not None and each.ends_at <= each.begins_at:
            raise invalid(f"{pointer}/{nth}/ends_at", "This is not after `begins_at`.")
    if len({(each.channel_id, each.location_id, each.begins_at) for each in places}) < len(places):
        raise invalid(pointer, "The same place is there twice, from the same instant.")


async def describe_variants(tx: Tx, new: Mapping[UUID, VariantIn]) -> None:
    """Writes what new variants say beside their names, and their further barcodes; nothing where they say nothing."""
    said = {each: data for each, data in new.items() if any(getattr(data, name) for name in OF_VARIANT)}
    if said:
        await tx.execute(
            DESCRIBE_VARIANTS,
            id=list(said),
            **{name: [getattr(data, name) for data in said.values()] for name in OF_VARIANT},
        )
    if more := {each: data.more_barcodes for each, data in new.items() if data.more_barcodes}:
        await set_more_barcodes(tx, more, fresh=True)


async def set_more_barcodes(tx: Tx, more: Mapping[UUID, Sequence[str]], *, fresh: bool = False) -> None:
    """Gives variants these barcodes beside their first ones; refuses with BarcodeTaken what another variant, or the same one, has already."""
    if not fresh:
        await tx.execute(DROP_BARCODES, variant_ids=list(more))
    rows = [(variant_id, nth, code) for variant_id, codes in more.items() for nth, code in enumerate(codes, start=1)]
    if rows:
        await tx.execute(
            ADD_BARCODES,
            variant_id=[variant_id for variant_id, _, _ in rows],
            position=[nth for _, nth, _ in rows],
            barcode=[code for _, _, code in rows],
            barcode_key=[barcode_key(code) for _, _, code in rows],
        )


async def redirect(
    tx: Tx, slug: str, *, at: datetime, product_id: UUID | None = None, category_id: UUID | None = None
) -> None:
    """Leads from a slug that a product or a category had to where it is now."""
    kind = "product" if product_id is not None else "category"
    await tx.execute(REDIRECT, kind=kind, slug=slug, product_id=product_id, category_id=category_id, at=at)


def require_barcodes(pointer: str, codes: Iterable[str]) -> None:
    """Refuses a GTIN whose check digit is wrong."""
    for nth, code in enumerate(codes):
        if not check_digit_holds(code):
            raise invalid(
                f"{pointer}/{nth}", "A code of 8, 12, 13 or 14 digits is a GTIN, and its check digit is wrong."
            )
