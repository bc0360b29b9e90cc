"""What a product lacks before it should be published: what the law asks of an offer online, what its type asks, what its languages ask; without
a tax category that there is, it cannot be sold.

Regulation (EU) 2023/988 (general product safety), article 19: an offer online names the manufacturer with a postal and an electronic address;
where the manufacturer is not established in the Union, the person responsible there as well; it lets the product be identified, with a
picture; and it carries warnings in a language that is easily understood where it is sold.
"""

from collections.abc import Collection, Iterator
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Text, Uuid, and_, column, exists, func, literal_column, not_, select, table
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.catalog.bulk_schemas import MissingOut
from commerce.catalog.definition_tables import parties, product_types
from commerce.catalog.kit_parts import parts_are
from commerce.catalog.tables import products, variants
from commerce.kernel.errors import FieldError, InvalidInput, NotFound
from commerce.kernel.wire import Text3
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given

# ISO 3166-1 codes of the member states of the European Union.
UNION = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())
LANGUAGES = ("es", "ca", "en")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at of a product: `unweighed` is a variant that can be sent and has no weight, `broken_kit` one
    of which a part is withdrawn, `required` are the attributes that its type asks.
    """

    title: Text3
    description: Text3
    warnings: Text3
    pictures: int
    maker_country: str | None
    responsible_country: str | None
    variants: int
    taxed: bool
    unweighed: str | None
    broken_kit: str | None
    required: list[str]
    has: list[str]


_tax_categories = table("tax_categories", column("code", Text))
_maker, _responsible = parties.alias("maker"), parties.alias("responsible")
_of_product = and_(variants.c.product_id == products.c.id, variants.c.withdrawn_at.is_(None))
_keys = func.jsonb_object_keys(products.c.attributes).table_valued("value").render_derived(name="keys")
_variant_keys = func.jsonb_object_keys(variants.c.attributes).table_valued("value").render_derived(name="variant_keys")
KNOWN = Statement(
    select(
        products.c.title,
        products.c.description,
        products.c.warnings,
        func.jsonb_array_length(products.c.images).label("pictures"),
        _maker.c.country.label("maker_country"),
        _responsible.c.country.label("responsible_country"),
        select(func.count()).where(_of_product).correlate(products).scalar_subquery().label("variants"),
        exists().where(_tax_categories.c.code == products.c.tax_category).correlate(products).label("taxed"),
        select(func.min(variants.c.sku))
        .where(_of_product, variants.c.shippable, variants.c.weight_grams.is_(None))
        .correlate(products)
        .scalar_subquery()
        .label("unweighed"),
        select(func.min(variants.c.sku))
        .where(_of_product, not_(parts_are("live")))
        .correlate(products)
        .scalar_subquery()
        .label("broken_kit"),
        func.coalesce(product_types.c.required, literal_column("'{}'::text[]", ARRAY(Text))).label("required"),
        func.array(
            select(_keys.c.value)
            .union(
                select(_variant_keys.c.value)
                .select_from(variants)
                .join(_variant_keys, literal_column("true", Boolean))
                .where(_of_product)
            )
            .scalar_subquery(),
            type_=ARRAY(Text),
        ).label("has"),
    )
    .select_from(
        products.outerjoin(_maker, and_(_maker.c.id == products.c.maker_id, _maker.c.withdrawn_at.is_(None)))
        .outerjoin(
            _responsible, and_(_responsible.c.id == products.c.responsible_id, _responsible.c.withdrawn_at.is_(None))
        )
        .outerjoin(product_types, product_types.c.code == products.c.product_type)
    )
    .where(products.c.id == given("id", Uuid)),
    into=Known,
)


async def missing(reads: Reads, product_id: UUID) -> list[MissingOut]:
    """Gives what a product lacks, what it cannot be published without first; refuses with NotFound. One statement."""
    found = await reads.fetch_one(KNOWN, id=product_id)
    if found is None:
        raise NotFound("There is no such product.")
    return sorted(lacks(found), key=lambda each: not each.required)


async def lacking(reads: Reads, product_id: UUID) -> list[str]:
    """Gives the attributes that a product's type asks of it and that neither it nor any of its variants has."""
    found = await reads.fetch_one(KNOWN, id=product_id)
    return [] if found is None else _lacking(found)


async def require_complete(reads: Reads, product_id: UUID, *, but: Collection[str] = ()) -> None:
    """Refuses with InvalidInput a product on show that lacks what its type asks, except what it lacked already."""
    if wanted := [code for code in await lacking(reads, product_id) if code not in but]:
        raise InvalidInput(
            "Give what its type asks, or keep it a draft.",
            errors=[
                FieldError(f"/attributes/{code}", "Nothing of its type is published without it.") for code in wanted
            ],
        )


def _lacking(known: Known) -> list[str]:
    return [code for code in known.required if code not in known.has]


def lacks(known: Known) -> Iterator[MissingOut]:
    """Gives what is missing of what is known."""
    if not known.variants:
        yield _said("/variants", "no_variant", "Add a variant: there is nothing to sell.", required=True)
    if known.broken_kit is not None:
        detail = f"A part of the kit {known.broken_kit} is withdrawn: nobody can buy it until it is made of others."
        yield _said("/variants", "part_withdrawn", detail)
    if not known.taxed:
        yield _said(
            "/tax_category", "no_tax_category", "There is no such tax category: it has no price that includes its tax."
        )
    yield from _texts(known)
    if not known.pictures:
        yield _said("/images", "no_picture", "An offer online shows a picture of the product (GPSR, article 19 c).")
    if known.maker_country is None:
        yield _said("/maker_id", "no_maker", "Name the manufacturer with both addresses (GPSR, article 19 a).")
    elif known.maker_country not in UNION and known.responsible_country not in UNION:
        detail = "The manufacturer is outside the Union: name who is responsible inside it (GPSR, article 19 b)."
        yield _said("/responsible_id", "no_responsible_person", detail)
    for code in _lacking(known):
        yield _said(
            f"/attributes/{code}", "no_attribute", "Nothing of its type is published without it.", required=True
        )
    if known.unweighed is not None:
        yield _said("/variants", "no_weight", f"{known.unweighed} can be sent, and nobody knows what it weighs.")


def _texts(known: Known) -> Iterator[MissingOut]:
    for language in LANGUAGES:
        if not getattr(known.title, language):
            yield _said(f"/title/{language}", "no_translation", "It falls back to another language.")
    if not known.description.said("en"):
        yield _said("/description", "no_description", "Nothing describes it.")
    if known.warnings.said("en"):
        for language in LANGUAGES:
            if not getattr(known.warnings, language):
                detail = "Warnings are to be in the buyer's language (GPSR, article 19 d)."
                yield _said(f"/warnings/{language}", "no_translation", detail)


def _said(pointer: str, code: str, detail: str, *, required: bool = False) -> MissingOut:
    return MissingOut(pointer=pointer, code=code, detail=detail, required=required)
