"""The product page, the further variants of a product that has very many, and the way from an address that it had before.

A page is one statement. PostgreSQL writes what is the product's own and each variant as JSON; what is there at each place is told in a few
figures, and `Shelves` writes it out.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    cast,
    func,
    literal_column,
    select,
    true,
    tuple_,
)

from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reading
from commerce.platform.http import encode_cursor
from commerce.platform.statement import Statement, given
from commerce.storefront.described import party, shown_variant, warnings, whole_variant, with_beside
from commerce.storefront.fragments import LANGUAGE, json, page_arguments, said
from commerce.storefront.offers import offers, tax_rate
from commerce.storefront.pictures import page_images
from commerce.storefront.shop import Shape, Shop
from commerce.storefront.sources import (
    LIVE,
    ON_SHOW,
    product_categories,
    products,
    slug_redirects,
    variants,
)

VARIANTS_SHOWN = 100


class _Id(msgspec.Struct):
    id: UUID


_own_categories = (
    select(func.string_agg(cast(product_categories.c.category_id, Text), literal_column("','", Text)))
    .where(product_categories.c.product_id == products.c.id)
    .scalar_subquery()
)


def _variants(shape: Shape, *, after: bool) -> Select[Any]:
    """Gives, beside a product, its variants in order, one more than are shown: each as JSON, and what there is of it."""
    offer = offers(shape.prices, products, taxed=True)
    variant = shown_variant(shape, offer)
    found = (
        select(with_beside(variant, shape).label("variant"))
        .select_from(variants.outerjoin(offer, true()))
        .where(variants.c.product_id == products.c.id, LIVE)
        .order_by(variants.c.position, variants.c.id)
        .limit(literal_column(str(VARIANTS_SHOWN + 1), Integer))
        .correlate(products)
    )
    if not after:
        return found
    last = variants.alias("last")
    seen = select(last.c.position).where(last.c.id == given("after", Uuid)).scalar_subquery()
    return found.where(tuple_(variants.c.position, variants.c.id) > tuple_(seen, given("after", Uuid)))


def _own_variants(shape: Shape, *, after: bool = False) -> ColumnElement[Any]:
    return func.array(_variants(shape, after=after).scalar_subquery()).label("variants")


def _wanted(by: str) -> ColumnElement[bool]:
    return products.c.id == given("wanted", Uuid) if by == "id" else products.c.slug == given("wanted", Text)


@cache
def _page(by: str, shape: Shape) -> Statement[Record]:
    product = json(
        id=products.c.id,
        slug=products.c.slug,
        language=LANGUAGE,
        title=said(products.c.title),
        description=said(products.c.description),
        vendor=products.c.vendor,
        product_type=products.c.product_type,
        tags=products.c.tags,
        images=page_images(products, any_=shape.pictures),
        minimum_age=products.c.minimum_age,
        sale_rules=products.c.sale_rules,
        maker=party(products.c.maker_id, any_=shape.parties),
        responsible=party(products.c.responsible_id, any_=shape.parties),
        warnings=warnings(),
        tax_rate=tax_rate(products),
    )
    return Statement(
        select(
            cast(product, Text).label("product"),
            products.c.product_type,
            cast(products.c.options, Text).label("options"),
            _own_categories.label("categories"),
            cast(products.c.attributes, Text).label("attributes"),
            cast(products.c.custom, Text).label("custom"),
            _own_variants(shape),
        )
        .select_from(products)
        .where(_wanted(by), ON_SHOW)
    )


@cache
def _further(by: str, shape: Shape, *, after: bool) -> Statement[Record]:
    return Statement(
        select(_own_variants(shape, after=after), products.c.product_type)
        .select_from(products)
        .where(_wanted(by), ON_SHOW)
    )


MOVED = Statement(
    select(products.c.slug)
    .join_from(slug_redirects, products, products.c.id == slug_redirects.c.product_id)
    .where(
        slug_redirects.c.kind == literal_column("'product'"),
        slug_redirects.c.slug == given("slug", Text),
        ON_SHOW,
    )
)


async def product_page(reading: Reading, shop: Shop, id_or_slug: str) -> bytes:
    """Gives the product page as JSON, in one statement; refuses with NotFound what is not on show.

    Of a product with very many variants it shows the first hundred; `next_variants` is then where `product_variants` goes on.
    """
    by, wanted = _by(id_or_slug)
    row = await reading.fetch_one(_page(by, shop.shape), wanted=wanted, **page_arguments(shop, clock.now()))
    if row is None:
        raise NotFound("There is no such product.")
    words, language, kind = shop.definitions, shop.language, row["product_type"]
    variants_, further = _shown(row["variants"], kind, shop)
    return (
        f'{row["product"][:-1]}, "options" : {words.options(row["options"], language)}, '
        f'"categories" : {shop.categories.written(row["categories"] or "", language)}, '
        f'"attributes" : {words.attributes(row["attributes"], kind, language)}, '
        f'"custom" : {words.custom(row["custom"], language)}, '
        f'"variants" : [{variants_}], "next_variants" : {further}}}'
    ).encode()


async def product_variants(reading: Reading, shop: Shop, id_or_slug: str, after: UUID | None) -> bytes:
    """Gives a page of a product's variants as JSON, those behind the one named; refuses with NotFound what is not on show."""
    by, wanted = _by(id_or_slug)
    more = page_arguments(shop, clock.now()) | ({} if after is None else {"after": after})
    if not (shop.shape.kits or shop.shape.called):
        del more["language"]  # nothing else of a variant is in a language
    row = await reading.fetch_one(
        _further(by, shop.shape, after=after is not None),
        wanted=wanted,
        **more,
    )
    if row is None:
        raise NotFound("There is no such product.")
    shown, further = _shown(row["variants"], row["product_type"], shop)
    return f'{{"items":[{shown}],"next_cursor":{further}}}'.encode()


async def moved_to(reading: Reading, shop: Shop, slug: str, at: datetime) -> str | None:
    """Gives the slug of the product on show that had this one before; None where there is none."""
    found: str | None = await reading.fetch_value(
        MOVED, slug=slug, at=at, channel_id=shop.audience.channel_id, place_id=shop.place_id
    )
    return found


def _shown(found: Sequence[str], product_type: str, shop: Shop) -> tuple[str, str]:
    """Gives variants as JSON, and as JSON the cursor of the last one when there are more."""
    shown = [whole_variant(each, product_type, shop) for each in found[:VARIANTS_SHOWN]]
    if len(found) <= VARIANTS_SHOWN:
        return ", ".join(shown), "null"
    last = msgspec.json.decode(shown[-1], type=_Id).id
    return ", ".join(shown), f'"{encode_cursor([last], of="listProductVariants")}"'


def _by(id_or_slug: str) -> tuple[str, UUID | str]:
    if len(id_or_slug) == 36:  # noqa: PLR2004 -- the length of a UUID's text
        with suppress(ValueError):
            return "id", UUID(id_or_slug)
    return "slug", id_or_slug
