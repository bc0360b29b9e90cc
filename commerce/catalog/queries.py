"""What the back office reads of the catalogue."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Text, Uuid, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from commerce.catalog.schemas import AdminCategoryOut, AdminProductOut, AdminProductRow, AdminVariantOut
from commerce.catalog.tables import categories, product_categories, products, variants
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given

_product = products.c
_variant_columns = [variants.c[name] for name in AdminVariantOut.__struct_fields__]


def _as_json(columns: list[Any]) -> ColumnElement[Any]:
    pairs: list[Any] = []
    for column in columns:
        pairs += [literal_column(f"'{column.name}'"), column]
    return func.jsonb_build_object(*pairs)


_variants: ColumnElement[Any] = (
    select(
        func.coalesce(
            func.jsonb_agg(aggregate_order_by(_as_json(_variant_columns), variants.c.position, variants.c.id)),
            literal_column("'[]'::jsonb", JSONB),
            type_=JSONB,
        )
    )
    .where(variants.c.product_id == _product.id)
    .scalar_subquery()
)
_category_ids = func.array(
    select(product_categories.c.category_id)
    .where(product_categories.c.product_id == _product.id)
    .order_by(product_categories.c.category_id)
    .scalar_subquery(),
    type_=ARRAY(Uuid),
)
_plain = [
    _product[name] for name in AdminProductOut.__struct_fields__ if name not in {"variants", "category_ids"}
]  # the struct names its columns

PRODUCT = Statement(
    select(*_plain, _variants.label("variants"), _category_ids.label("category_ids")).where(
        _product.id == given("id", Uuid)
    ),
    into=AdminProductOut,
)
_count = (
    select(func.count())
    .where(variants.c.product_id == _product.id, variants.c.withdrawn_at.is_(None))
    .correlate(products)
    .scalar_subquery()
)
_wanted = given("status", Text)
_text = given("text", Text)
PRODUCTS = Statement(
    select(
        *(_product[name] for name in AdminProductRow.__struct_fields__ if name != "variant_count"),
        _count.label("variant_count"),
    )
    .where(
        or_(_wanted.is_(None), _product.status == _wanted),
        or_(_text.is_(None), _product.search_head.op("@@")(func.search_query(_text))),
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
_category = [categories.c[name] for name in AdminCategoryOut.__struct_fields__]
CATEGORY = Statement(
    select(*_category).where(categories.c.id == given("id", Uuid), categories.c.withdrawn_at.is_(None)),
    into=AdminCategoryOut,
)


async def product(reads: Reads, product_id: UUID) -> AdminProductOut:
    """Gives a product of any status with all its variants; refuses with NotFound."""
    found = await reads.fetch_one(PRODUCT, id=product_id)
    if found is None:
        raise NotFound("There is no such product.")
    return found


async def products_page(
    reads: Reads, *, status: str | None, text: str | None, after: UUID | None, most: int
) -> list[AdminProductRow]:
    """Gives up to `most` products, newest first, below the id named; of one status, found by a text, or all."""
    return await reads.fetch(PRODUCTS, status=status, text=text, after=after, most=most)


async def variant(reads: Reads, variant_id: UUID) -> AdminVariantOut:
    """Gives a variant, withdrawn or not; refuses with NotFound."""
    found = await reads.fetch_one(VARIANT, id=variant_id)
    if found is None:
        raise NotFound("There is no such variant.")
    return found


async def category(reads: Reads, category_id: UUID) -> AdminCategoryOut:
    """Gives a category that is not withdrawn; refuses with NotFound."""
    found = await reads.fetch_one(CATEGORY, id=category_id)
    if found is None:
        raise NotFound("There is no such category.")
    return found
