"""What drafts name beside their own rows, read and written for a whole batch at once: categories, parties, assortments, further barcodes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Integer, Text, Uuid, delete, insert, literal_column, select, update

from commerce.catalog.checked_values import Definitions
from commerce.catalog.codes import barcode_key
from commerce.catalog.definition_tables import parties
from commerce.catalog.definitions import definitions
from commerce.catalog.facts import PartyDraft, ProductDraft
from commerce.catalog.put_collections import Chosen, named_collections, put_collections
from commerce.catalog.rows import ProductRow, VariantRow
from commerce.catalog.tables import assortments, categories, product_categories, variant_barcodes
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What the drafts of a batch name: categories by slug, parties by code, how the values of their attributes are defined, collections."""

    categories: dict[str, UUID] = {}
    parties: dict[str, UUID] = {}
    definitions: Definitions = Definitions()
    collections: Chosen = Chosen()


CATEGORIES = Statement(
    select(categories.c.slug, categories.c.id).where(
        any_of(categories.c.slug, "slugs"), categories.c.withdrawn_at.is_(None)
    )
)
PARTIES = Statement(
    select(parties)
    .where(any_of(parties.c.code, "codes"), parties.c.withdrawn_at.is_(None))
    .order_by(parties.c.code)
    .with_for_update()
)
_SAID = ("name", "postal_address", "electronic_address", "country")
_party = unnested("new", id=Uuid, code=Text, name=Text, postal_address=Text, electronic_address=Text, country=Text)
ADD_PARTIES = Statement(
    insert(parties).from_select(
        ["id", "code", *_SAID, "created_at"],
        select(_party.c.id, _party.c.code, *(_party.c[name] for name in _SAID), given("at", parties.c.created_at.type)),
    )
)
CHANGE_PARTIES = Statement(
    update(parties)
    .where(parties.c.id == _party.c.id)
    .values(**{name: _party.c[name] for name in _SAID}, version=parties.c.version + 1)
)
LEAVE_CATEGORIES = Statement(delete(product_categories).where(any_of(product_categories.c.product_id, "product_ids")))
_member = unnested("member", product_id=Uuid, category_id=Uuid)
JOIN_CATEGORIES = Statement(
    insert(product_categories).from_select(
        ["product_id", "category_id"], select(_member.c.product_id, _member.c.category_id)
    )
)
DROP_PLACES = Statement(delete(assortments).where(any_of(assortments.c.product_id, "product_ids")))
_instant = DateTime(timezone=True)
_place = unnested(
    "place", id=Uuid, product_id=Uuid, channel_id=Uuid, location_id=Uuid, begins_at=_instant, ends_at=_instant
)
ADD_PLACES = Statement(insert(assortments).from_select(list(_place.c.keys()), select(*_place.c)))
DROP_BARCODES = Statement(
    delete(variant_barcodes).where(
        any_of(variant_barcodes.c.variant_id, "variant_ids"), variant_barcodes.c.position > literal_column("0")
    )
)
_barcode = unnested("new", variant_id=Uuid, position=Integer, barcode=Text, barcode_key=Text)
ADD_BARCODES = Statement(insert(variant_barcodes).from_select(list(_barcode.c.keys()), select(*_barcode.c)))


async def named(tx: Tx, drafts: Sequence[ProductDraft], there: Iterable[ProductRow], *, at: datetime) -> Named:
    """Gives what the drafts name; makes and changes the parties as they say. At most seven statements, none where nothing is named."""
    slugs = {slug for draft in drafts for slug in draft.categories or ()}
    chosen = {slug for draft in drafts for slug in draft.collections or ()}
    chosen |= {slug for row in there for slug in row.collections}
    found = await tx.fetch(CATEGORIES, slugs=sorted(slugs)) if slugs else []
    wanted = {
        each.code: each for draft in drafts for each in (draft.maker, draft.responsible) if isinstance(each, PartyDraft)
    }
    codes = {code for draft in drafts for code in draft.attributes or ()}
    codes |= {code for draft in drafts for each in draft.variants for code in each.attributes or ()}
    custom = {code for draft in drafts for code in draft.custom or ()}
    if any(draft.product_type is not None for draft in drafts):
        codes |= {code for row in there for code in row.attributes}
    types = {row.product_type for row in there} | {draft.product_type or "" for draft in drafts}
    return Named(
        categories={row["slug"]: row["id"] for row in found},
        parties=await _put_parties(tx, wanted, at) if wanted else {},
        definitions=await definitions(tx, types=types, attribute_codes=codes, custom_codes=custom),
        collections=await named_collections(tx, chosen),
    )


async def _put_parties(tx: Tx, wanted: dict[str, PartyDraft], at: datetime) -> dict[str, UUID]:
    rows = {row["code"]: row for row in await tx.fetch(PARTIES, codes=sorted(wanted))}
    fresh = [each for code, each in wanted.items() if code not in rows]
    changed = [
        each
        for code, each in wanted.items()
        if code in rows and any(rows[code][name] != getattr(each, name) for name in _SAID)
    ]
    ids: dict[str, UUID] = {code: row["id"] for code, row in rows.items()} | {each.code: new_id() for each in fresh}
    for statement, some in ((ADD_PARTIES, fresh), (CHANGE_PARTIES, changed)):
        if some:
            told = {name: [getattr(each, name) for each in some] for name in ("code", *_SAID)}
            more = {"at": at} if statement is ADD_PARTIES else {}
            await tx.execute(statement, id=[ids[each.code] for each in some], **told, **more)
    return ids


async def put_beside(
    tx: Tx,
    names: Named,
    products: Sequence[tuple[ProductRow | None, ProductRow]],
    variants: Sequence[tuple[VariantRow | None, VariantRow]],
) -> None:
    """Writes categories, assortments and further barcodes where they are not as they were; a statement or two for each, none where none is."""
    moved = [(before, after) for before, after in products if after.categories != (before.categories if before else ())]
    if left := [after.id for before, after in moved if before is not None and before.categories]:
        await tx.execute(LEAVE_CATEGORIES, product_ids=left)
    if members := [(after.id, names.categories[slug]) for _, after in moved for slug in after.categories]:
        await tx.execute(
            JOIN_CATEGORIES, product_id=[each for each, _ in members], category_id=[each for _, each in members]
        )
    await put_collections(tx, names.collections, products)
    placed = [
        (before, after) for before, after in products if after.assortment != (before.assortment if before else ())
    ]
    if left := [after.id for before, after in placed if before is not None and before.assortment]:
        await tx.execute(DROP_PLACES, product_ids=left)
    if places := [(after.id, place) for _, after in placed for place in after.assortment]:
        await tx.execute(
            ADD_PLACES,
            id=[new_id() for _ in places],
            product_id=[product_id for product_id, _ in places],
            **{
                name: [getattr(place, name) for _, place in places]
                for name in ("channel_id", "location_id", "begins_at", "ends_at")
            },
        )
    codes = [
        (after.id, nth, code)
        for before, after in variants
        if after.more_barcodes != (before.more_barcodes if before else ())
        for nth, code in enumerate(after.more_barcodes, start=1)
    ]
    if codes:
        await tx.execute(
            ADD_BARCODES,
            variant_id=[each for each, _, _ in codes],
            position=[nth for _, nth, _ in codes],
            barcode=[code for _, _, code in codes],
            barcode_key=[barcode_key(code) for _, _, code in codes],
        )


async def free_barcodes(tx: Tx, variants: Sequence[tuple[VariantRow | None, VariantRow]]) -> None:
    """Takes away the further barcodes of variants that will have other ones, before anything is written that may want them."""
    left = [
        before.id
        for before, after in variants
        if before is not None and before.more_barcodes and before.more_barcodes != after.more_barcodes
    ]
    if left:
        await tx.execute(DROP_BARCODES, variant_ids=left)
