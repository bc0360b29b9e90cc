"""The articles behind variant ids: what baskets, orders and tills need to know of the catalogue."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, func, select

from commerce.catalog.facts import Article
from commerce.catalog.tables import Status, products, variants
from commerce.kernel.ids import VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of

_first_image: ColumnElement[str] = func.jsonb_extract_path_text(products.c.images, "0", "url", type_=Text)
ARTICLES = Statement(
    select(
        variants.c.id.label("variant_id"),
        variants.c.product_id,
        variants.c.sku,
        products.c.title,
        func.array_to_string(variants.c.option_values, " / ").label("option_text"),
        products.c.tax_category,
        variants.c.weight_grams,
        and_(products.c.status == Status.PUBLISHED, variants.c.withdrawn_at.is_(None)).label("sellable"),
        variants.c.shippable,
        func.coalesce(variants.c.image_url, _first_image).label("image_url"),
    )
    .join_from(variants, products, products.c.id == variants.c.product_id)
    .where(any_of(variants.c.id, "ids")),
    into=Article,
)


async def articles(reads: Reads, ids: Collection[UUID]) -> dict[VariantId, Article]:
    """Gives the articles by variant, in one statement; an id that nothing has is left out. Withdrawn ones come too, not sellable."""
    if not ids:
        return {}
    return {article.variant_id: article for article in await reads.fetch(ARTICLES, ids=list(ids))}
