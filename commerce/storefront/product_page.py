"""The product page and the look-up of a code: one product or one variant, whole, in one statement each."""

from functools import cache
from uuid import UUID

from asyncpg import Record
from sqlalchemy import ColumnElement, Text, Uuid, column, func, select, true
from sqlalchemy.dialects.postgresql import JSON, JSONB

from commerce import catalog
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.storefront.fragments import (
    LANGUAGE,
    image,
    json,
    listed,
    page_arguments,
    said,
    shown_variant,
    stock,
    text,
)
from commerce.storefront.offers import offers, tax_rate
from commerce.storefront.shop import Prices, Shop
from commerce.storefront.sources import LIVE, PUBLISHED, categories, product_categories, products, variants


def _texts(list_: ColumnElement[object]) -> ColumnElement[object]:
    """Gives a JSON list of texts in the language from one of texts in three."""
    each = (
        func.jsonb_array_elements(list_)
        .table_valued(column("value", JSONB), with_ordinality="nth", name="each")
        .render_derived()
    )
    return select(listed(said(each.c.value), each.c.nth)).select_from(each).correlate(products).scalar_subquery()


def _images() -> ColumnElement[object]:
    return func.to_json(products.c.images, type_=JSON)


_own_categories = (
    select(
        listed(
            json(id=categories.c.id, slug=categories.c.slug, name=said(categories.c.name)),
            categories.c.position,
            categories.c.slug,
        )
    )
    .join_from(product_categories, categories, categories.c.id == product_categories.c.category_id)
    .where(product_categories.c.product_id == products.c.id, categories.c.withdrawn_at.is_(None))
    .scalar_subquery()
)


@cache
def _page(by: str, shape: Prices, *, figures: bool) -> Statement[Record]:
    offer, there = offers(shape, products, taxed=True), stock(figures=figures)
    own_variants = (
        select(listed(shown_variant(shape, offer, there), variants.c.position, variants.c.id))
        .select_from(variants.outerjoin(offer, true()).outerjoin(there, true()))
        .where(variants.c.product_id == products.c.id, LIVE)
        .correlate(products)
        .scalar_subquery()
    )
    wanted = products.c.id == given("wanted", Uuid) if by == "id" else products.c.slug == given("wanted", Text)
    return Statement(
        select(
            text(
                json(
                    id=products.c.id,
                    slug=products.c.slug,
                    language=LANGUAGE,
                    title=said(products.c.title),
                    description=said(products.c.description),
                    vendor=products.c.vendor,
                    product_type=products.c.product_type,
                    tags=products.c.tags,
                    options=_texts(products.c.options),
                    images=_images(),
                    categories=_own_categories,
                    tax_rate=tax_rate(products),
                    variants=own_variants,
                )
            )
        )
        .select_from(products)
        .where(wanted, PUBLISHED)
    )


@cache
def _lookup(by: str, shape: Prices, *, figures: bool) -> Statement[Record]:
    offer, there = offers(shape, products, taxed=True), stock(figures=figures)
    code = given("code", Text)
    wanted = (
        func.upper(variants.c.sku, type_=Text) == func.upper(code) if by == "sku" else variants.c.barcode_key == code
    )
    product = json(
        id=products.c.id,
        slug=products.c.slug,
        title=said(products.c.title),
        vendor=products.c.vendor,
        image_url=image(products.c.images),
    )
    return Statement(
        select(
            text(
                json(
                    language=LANGUAGE,
                    product=product,
                    options=_texts(products.c.options),
                    tax_rate=tax_rate(products),
                    variant=shown_variant(shape, offer, there),
                )
            )
        )
        .select_from(
            variants.join(products, products.c.id == variants.c.product_id)
            .outerjoin(offer, true())
            .outerjoin(there, true())
        )
        .where(wanted, LIVE, PUBLISHED)
    )


async def product_page(reading: Reading, shop: Shop, id_or_slug: str) -> bytes:
    """Gives the product page as JSON, in one statement; refuses with NotFound what is not on show."""
    wanted = _uuid(id_or_slug)
    statement = _page("slug" if wanted is None else "id", shop.prices, figures=shop.figures)
    found: str | None = await reading.fetch_value(
        statement, wanted=wanted or id_or_slug, **page_arguments(shop, clock.now())
    )
    if found is None:
        raise NotFound("There is no such product.")
    return found.encode()


async def lookup(reading: Reading, shop: Shop, *, barcode: str | None, sku: str | None) -> bytes:
    """Gives the variant on show that has a barcode or a SKU, as JSON, in one statement; refuses with NotFound.

    A GTIN is found with or without its leading zeros, a SKU in any case.
    """
    by, code = ("barcode", catalog.barcode_key(barcode)) if barcode is not None else ("sku", (sku or "").strip())
    found: str | None = await reading.fetch_value(
        _lookup(by, shop.prices, figures=shop.figures), code=code, **page_arguments(shop, clock.now())
    )
    if found is None:
        raise NotFound(f"No article has this {by}.")
    return found.encode()


def _uuid(text_: str) -> UUID | None:
    try:
        return UUID(text_) if len(text_) == 36 else None  # noqa: PLR2004 -- the length of a UUID's text
    except ValueError:
        return None
