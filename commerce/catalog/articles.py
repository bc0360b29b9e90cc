"""The articles behind variant ids: what baskets, orders and tills need to know of the catalogue."""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, Uuid, and_, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.catalog.facts import Article
from commerce.catalog.kit_parts import parts_are, parts_select
from commerce.catalog.on_show import on_show, published
from commerce.catalog.tables import product_categories, products, variants
from commerce.kernel.ids import VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of

_first_image: ColumnElement[str] = func.jsonb_extract_path_text(products.c.images, "0", "url", type_=Text)
_option_texts = case(
    (
        products.c.option_value_texts != literal_column("'[]'::jsonb"),
        func.option_texts(variants.c.option_values, products.c.option_value_texts, type_=JSONB),
    )
)
_category_ids = func.array(
    select(product_categories.c.category_id)
    .where(product_categories.c.product_id == variants.c.product_id)
    .order_by(product_categories.c.category_id)
    .scalar_subquery(),
    type_=ARRAY(Uuid),
)


class There(NamedTuple):
    """Where and when something is sold, as expressions: the instant, the channel's id, the location's id or null."""

    at: ColumnElement[Any]
    channel: ColumnElement[Any]
    location: ColumnElement[Any]


def articles_select(variant: ColumnElement[Any] | None = None, *, there: There | None = None) -> Select[Any]:
    """Gives the SELECT of `Article`, for statements that ask for more of them at once: of the variant in a column of an outer statement (for
    a lateral join), else for the variants of the argument `ids`.

    Its columns are the fields of `Article`. With `there` an article is sellable where and when it is on show; else wherever it is published.
    """
    shown = published() if there is None else on_show(*there)
    return (
        select(
            variants.c.id.label("variant_id"),
            variants.c.product_id,
            variants.c.sku,
            products.c.title,
            func.array_to_string(variants.c.option_values, " / ").label("option_text"),
            _option_texts.label("option_texts"),
            products.c.tax_category,
            variants.c.weight_grams,
            and_(shown, variants.c.withdrawn_at.is_(None), parts_are("live")).label("sellable"),
            and_(variants.c.shippable, parts_are("shippable")).label("shippable"),
            func.coalesce(variants.c.image_url, _first_image).label("image_url"),
            products.c.vendor,
            _category_ids.label("category_ids"),
            variants.c.content_thousandths,
            variants.c.content_unit,
            products.c.minimum_age,
            products.c.sale_rules,
            products.c.perishable,
            variants.c.stock,
            parts_select().label("parts"),
        )
        .join_from(variants, products, products.c.id == variants.c.product_id)
        .where(any_of(variants.c.id, "ids") if variant is None else variants.c.id == variant)
    )


ARTICLES = Statement(articles_select(), into=Article)


async def articles(reads: Reads, ids: Collection[UUID]) -> dict[VariantId, Article]:
    """Gives the articles by variant, in one statement; an id that nothing has is left out. Withdrawn ones come too, not sellable."""
    if not ids:
        return {}
    return {article.variant_id: article for article in await reads.fetch(ARTICLES, ids=list(ids))}
