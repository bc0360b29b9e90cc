"""What feeds read: pages of products that are on show, with prices and stock from the same pieces of statements as every page.

A page is one statement, bounded in products; memory holds one page. The walk is by id: a product that exists throughout is given exactly once,
whoever writes meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Text,
    Uuid,
    cast,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.storefront.fragments import json, listed, money, options_said, page_arguments, said
from commerce.storefront.offers import offers, prior
from commerce.storefront.shelves import ALWAYS, FEW_UNITS, Shelves, told
from commerce.storefront.shop import Prices, Shop
from commerce.storefront.sources import LIVE, ON_SHOW, categories, product_categories, products, stock_levels, variants

PAGE: Final = 100  # products; with three variants each about 15 ms of work between two answers to others
PAGE_VARIANTS: Final = 500  # a product that begins within them is taken whole
MOST_CATEGORIES: Final = 20_000
DEEPEST: Final = 12


class FeedImage(msgspec.Struct, frozen=True):
    """A picture's address."""

    url: str


class FeedVariant(msgspec.Struct, frozen=True, kw_only=True):
    """A variant with its price, tax included, and its stock in bands, as the product page has them: what can be sent, and what is `there`, in the
    store that the feed tells of; None where it was never on that store's shelf.
    """

    id: UUID
    sku: str
    barcode: str | None
    option_values: list[str]
    weight_grams: int | None
    image_url: str | None
    price: Money | None
    prior: Money | None = None
    content: tuple[int | None, str | None]
    delivery: str
    there: str | None


class FeedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product with its variants; texts in the feed's language. `option_names` has the options in all their languages."""

    id: UUID
    slug: str
    title: str
    description: str
    vendor: str
    product_type: str
    options: list[str]
    option_names: list[dict[str, str | None]]
    images: list[FeedImage]
    category_ids: list[UUID]
    sale_rules: list[str]
    variants: list[FeedVariant]


_decode = msgspec.json.Decoder(FeedProduct).decode


@cache
def _page(shape: Prices, *, some_places: bool, carried: bool, first: bool) -> Statement[Record]:
    page = _products(carried=carried, first=first)
    offer = offers(shape, page, taxed=True)
    variant = json(
        id=variants.c.id,
        sku=variants.c.sku,
        barcode=variants.c.barcode,
        option_values=options_said(variants, page),
        weight_grams=variants.c.weight_grams,
        image_url=variants.c.image_url,
        price=money(offer.c.price),
        prior=money(prior(shape, variants.c.id, lambda: offer.c.list_id)),
        content=func.json_build_array(variants.c.content_thousandths, variants.c.content_unit),
    )
    own = (
        select((cast(variant, Text) + told(figures=False, kits=True, some_places=some_places)).label("variant"))
        .select_from(variants.outerjoin(offer, true()))
        .where(variants.c.product_id == page.c.id, LIVE)
        .order_by(variants.c.position, variants.c.id)
        .correlate(page)
    )
    in_categories = (
        select(func.coalesce(func.json_agg(product_categories.c.category_id), literal_column("'[]'::json")))
        .where(product_categories.c.product_id == page.c.id)
        .correlate(page)
        .scalar_subquery()
    )
    product = json(
        id=page.c.id,
        slug=page.c.slug,
        title=said(page.c.title),
        description=said(page.c.description),
        vendor=page.c.vendor,
        product_type=page.c.product_type,
        options=_options(page.c.options),
        option_names=page.c.options,
        images=page.c.images,
        category_ids=in_categories,
        sale_rules=page.c.sale_rules,
    )
    return Statement(
        select(
            page.c.id,
            cast(product, Text).label("product"),
            func.array(own.scalar_subquery(), type_=ARRAY(Text)).label("variants"),
        ).order_by(page.c.id)
    )


def _products(*, carried: bool, first: bool) -> FromClause:
    """Gives the next products by id: up to PAGE of them, fewer where they have very many variants, always one if there is any."""
    wanted = [ON_SHOW, products.c.id <= given("until", Uuid), *([_carried()] if carried else [])]
    if not first:
        wanted.append(products.c.id > given("after", Uuid))
    of_one = (
        select(func.count()).where(variants.c.product_id == products.c.id, LIVE).correlate(products).scalar_subquery()
    )
    near = (
        select(products, of_one.label("of_one"))
        .where(*wanted)
        .order_by(products.c.id)
        .limit(literal_column(str(PAGE), Integer))
        .subquery("near")
    )
    counted = select(near, func.sum(near.c.of_one).over(order_by=near.c.id).label("so_far")).subquery("counted")
    return (
        select(counted)
        .where(counted.c.so_far - counted.c.of_one < literal_column(str(PAGE_VARIANTS), Integer))
        .subquery("page")
    )


def _carried() -> ColumnElement[bool]:
    """Says, beside `products`, whether something of it was ever on the store's shelf, or is what no shelf holds."""
    level = exists().where(
        stock_levels.c.variant_id == variants.c.id, stock_levels.c.location_id == given("place_id", Uuid)
    )
    made = or_(variants.c.kit, variants.c.stock == literal_column("'none'"), level)
    return exists().where(variants.c.product_id == products.c.id, LIVE, made)


def _options(names: ColumnElement[Any]) -> ColumnElement[Any]:
    each = (
        func.jsonb_array_elements(names)
        .table_valued(column("value", JSONB), with_ordinality="nth", name="each")
        .render_derived()
    )
    return select(listed(said(each.c.value), each.c.nth)).select_from(each).scalar_subquery()


async def feed_pages(
    reading: Reading, shop: Shop, at: datetime, *, carried: bool = False
) -> AsyncIterator[list[FeedProduct]]:
    """Gives the products on show by id, a page at a time; prices are those of one instant, stock that of each page's moment. With `carried`,
    those only of which something was ever on the shelf of the store that the shop is seen in.

    While one page is written, the next one is fetched. Products that are made after the walk began are not in it, so that it ends, whoever
    makes some meanwhile.
    """
    until, arguments = new_id(), page_arguments(shop, at)

    def fetch(after: dict[str, object]) -> asyncio.Task[list[Record]]:
        page = _page(shop.prices, some_places=shop.shelves.some, carried=carried, first=not after)
        return asyncio.create_task(reading.fetch(page, until=until, **after, **arguments))

    waiting = fetch({})
    try:
        while rows := await waiting:
            waiting = fetch({"after": rows[-1]["id"]})
            found = (_product(row["product"], row["variants"], shop.shelves, carried=carried) for row in rows)
            yield [each for each in found if each is not None]
    finally:
        waiting.cancel()
        await asyncio.wait([waiting])


def _product(product: str, own: Sequence[str], shelves: Shelves, *, carried: bool) -> FeedProduct | None:
    shown = []
    for each in own:
        variant, _, units = each.rpartition("}")
        sent, there = _bands(units, shelves)
        if there is not None:
            shown.append(f'{variant}, "delivery" : "{sent}", "there" : "{there}"}}')
        elif not carried:
            shown.append(f'{variant}, "delivery" : "{sent}", "there" : null}}')
    return _decode(f'{product[:-1]}, "variants" : [{", ".join(shown)}]}}') if shown else None


def _bands(told: str, shelves: Shelves) -> tuple[str, str | None]:
    """Gives the bands of what can be sent, and of what is at the first place where one can collect; None where it was never on its shelf."""
    if told == ALWAYS:
        return "in", "in"
    sent, there = 0, None
    for each in told.split(","):
        shelf = shelves[each]
        sent += shelf.sent
        if shelf.at == 0:
            there = shelf.band
    return "out" if sent <= 0 else "few" if sent <= FEW_UNITS else "in", there


NAMES = Statement(
    select(categories.c.id, categories.c.parent_id, said(categories.c.name).label("name"))
    .where(categories.c.withdrawn_at.is_(None))
    .limit(MOST_CATEGORIES)
)


async def category_paths(reading: Reading, language: str) -> Mapping[UUID, str]:
    """Gives each category's path in a language, such as `Home > Kitchen`: of so many categories at most, and so deep."""
    rows = {row["id"]: (row["parent_id"], row["name"]) for row in await reading.fetch(NAMES, language=language)}
    paths: dict[UUID, str] = {}
    for category_id in rows:
        names: list[str] = []
        above: UUID | None = category_id
        while above in rows and len(names) < DEEPEST:
            above, name = rows[above]
            names.append(name)
        paths[category_id] = " > ".join(reversed(names))
    return paths
