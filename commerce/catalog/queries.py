"""What the back office reads of the catalogue."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from commerce.catalog.schemas import (
    MOST_VARIANTS_AT_ONCE,
    AdminCategoryOut,
    AdminProductOut,
    AdminProductRow,
    AdminVariantOut,
    PlaceOut,
)
from commerce.catalog.tables import (
    assortments,
    categories,
    product_categories,
    products,
    variant_barcodes,
    variants,
)
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given

_product = products.c
_more_barcodes = func.array(
    select(variant_barcodes.c.barcode)
    .where(variant_barcodes.c.variant_id == variants.c.id, variant_barcodes.c.position > literal_column("0"))
    .order_by(variant_barcodes.c.position)
    .scalar_subquery(),
    type_=ARRAY(Text),
).label("more_barcodes")
_variant_columns = [
    _more_barcodes if name == "more_barcodes" else variants.c[name] for name in AdminVariantOut.__struct_fields__
]


def _as_json(columns: list[Any]) -> ColumnElement[Any]:
    pairs: list[Any] = []
    for column in columns:
        pairs += [literal_column(f"'{column.name}'"), column]
    return func.jsonb_build_object(*pairs)


def _listed(row: ColumnElement[Any], *order: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(
        func.jsonb_agg(aggregate_order_by(row, *order)), literal_column("'[]'::jsonb", JSONB), type_=JSONB
    )


_first_variants = (
    select(*_variant_columns)
    .where(variants.c.product_id == _product.id)
    .order_by(variants.c.position, variants.c.id)
    .limit(literal_column(str(MOST_VARIANTS_AT_ONCE)))
    .correlate(products)
    .subquery("first_variants")
)
_variants: ColumnElement[Any] = select(
    _listed(
        _as_json([_first_variants.c[name] for name in AdminVariantOut.__struct_fields__]),
        _first_variants.c.position,
        _first_variants.c.id,
    )
).scalar_subquery()
_variant_count = select(func.count()).where(variants.c.product_id == _product.id).correlate(products).scalar_subquery()
ASSORTMENT = (
    select(
        _listed(
            _as_json([assortments.c[name] for name in PlaceOut.__struct_fields__]),
            assortments.c.begins_at.asc().nulls_first(),
            assortments.c.id,
        )
    )
    .where(assortments.c.product_id == _product.id)
    .scalar_subquery()
)
CATEGORY_IDS = func.array(
    select(product_categories.c.category_id)
    .where(product_categories.c.product_id == _product.id)
    .order_by(product_categories.c.category_id)
    .scalar_subquery(),
    type_=ARRAY(Uuid),
)
_plain = [
    _product[name]
    for name in AdminProductOut.__struct_fields__
    if name not in {"variants", "variant_count", "category_ids", "assortment", "scheduled"}
]  # the struct names its columns

PRODUCT = Statement(
    select(
        *_plain,
        and_(
            _product.status == literal_column("'published'"),
            func.coalesce(_product.on_show_from > given("at", DateTime(timezone=True)), literal_column("false")),
        ).label("scheduled"),
        ASSORTMENT.label("assortment"),
        _variant_count.label("variant_count"),
        _variants.label("variants"),
        CATEGORY_IDS.label("category_ids"),
    ).where(_product.id == given("id", Uuid)),
    into=AdminProductOut,
)
_count = (
    select(func.count())
    .where(variants.c.product_id == _product.id, variants.c.withdrawn_at.is_(None))
    .correlate(products)
    .scalar_subquery()
)
_wanted, _text, _vendor = given("status", Text), given("text", Text), given("vendor", Text)
_type, _tag, _category_id = given("product_type", Text), given("tag", Text), given("category_id", Uuid)
PRODUCTS = Statement(
    select(
        *(_product[name] for name in AdminProductRow.__struct_fields__ if name != "variant_count"),
        _count.label("variant_count"),
    )
    .where(
        or_(_wanted.is_(None), _product.status == _wanted),
        or_(_text.is_(None), _product.search_head.op("@@")(func.search_query(_text))),
        or_(_vendor.is_(None), _product.vendor == _vendor),
        or_(_type.is_(None), _product.product_type == _type),
        or_(_tag.is_(None), _tag == func.any(_product.tags)),
        or_(
            _category_id.is_(None),
            _product.id.in_(
                select(product_categories.c.product_id).where(product_categories.c.category_id == _category_id)
            ),
        ),
        or_(given("after", Uuid).is_(None), _product.id < given("after", Uuid)),
    )
    .order_by(_product.id.desc())
    .limit(given("most", Integer)),
    into=AdminProductRow,
)
VARIANT = Statement(
    select(*_variant_columns).where(variants.c.id == given("id", Uuid)),
    into=AdminVariantOut,
)
_after_position, _after_id = given("after_position", BigInteger), given("after_id", Uuid)
VARIANTS = Statement(
    select(*_variant_columns)
    .where(
        variants.c.product_id == given("product_id", Uuid),
        or_(
            _after_position.is_(None),
            tuple_(variants.c.position, variants.c.id) > tuple_(_after_position, _after_id),
        ),
    )
    .order_by(variants.c.position, variants.c.id)
    .limit(given("most", Integer)),
    into=AdminVariantOut,
)
_category = [categories.c[name] for name in AdminCategoryOut.__struct_fields__]
CATEGORY = Statement(
    select(*_category).where(categories.c.id == given("id", Uuid), categories.c.withdrawn_at.is_(None)),
    into=AdminCategoryOut,
)

CATEGORIES = Statement(
    select(*_category)
    .where(
        categories.c.withdrawn_at.is_(None), or_(given("after", Uuid).is_(None), categories.c.id < given("after", Uuid))
    )
    .order_by(categories.c.id.desc())
    .limit(given("most", Integer)),
    into=AdminCategoryOut,
)


async def product(reads: Reads, product_id: UUID) -> AdminProductOut:
    """Gives a product of any status with all its variants; refuses with NotFound."""
    found = await reads.fetch_one(PRODUCT, id=product_id, at=clock.now())
    if found is None:
        raise NotFound("There is no such product.")
    return found


class Among(msgspec.Struct, frozen=True, kw_only=True):
    """Which products of the list: those that fit all that is said; of a category those that stand in it, not below it."""

    vendor: str | None = None
    product_type: str | None = None
    tag: str | None = None
    category_id: UUID | None = None


EVERYWHERE = Among()


async def products_page(
    reads: Reads, *, status: str | None, text: str | None, among: Among = EVERYWHERE, after: UUID | None, most: int
) -> list[AdminProductRow]:
    """Gives up to `most` products, newest first, below the id named; of one status, found by a text, among some, or all."""
    more = msgspec.structs.asdict(among)
    return await reads.fetch(PRODUCTS, status=status, text=text, after=after, most=most, **more)


async def variant(reads: Reads, variant_id: UUID) -> AdminVariantOut:
    """Gives a variant, withdrawn or not; refuses with NotFound."""
    found = await reads.fetch_one(VARIANT, id=variant_id)
    if found is None:
        raise NotFound("There is no such variant.")
    return found


async def variants_page(
    reads: Reads, product_id: UUID, *, after: Sequence[object] | None, most: int
) -> list[AdminVariantOut]:
    """Gives up to `most` variants of a product in order, after the place (position, id) named; none of a product that is not there."""
    position, last = after or (None, None)
    return await reads.fetch(VARIANTS, product_id=product_id, after_position=position, after_id=last, most=most)


async def category(reads: Reads, category_id: UUID) -> AdminCategoryOut:
    """Gives a category that is not withdrawn; refuses with NotFound."""
    found = await reads.fetch_one(CATEGORY, id=category_id)
    if found is None:
        raise NotFound("There is no such category.")
    return found


async def categories_page(reads: Reads, *, after: UUID | None, most: int) -> list[AdminCategoryOut]:
    """Gives up to `most` categories that are not withdrawn, newest first, below the id named."""
    return await reads.fetch(CATEGORIES, after=after, most=most)
