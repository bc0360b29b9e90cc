"""Search: what people type, accents, case and plurals aside, found in titles and codes first, in descriptions where those give too little.

One statement gives the total, the facets and the page. Words must all match. The order: an exact SKU or barcode; then titles, brands and
codes, as typed before otherwise accented; then titles by the beginnings of words; then descriptions. Beginnings and descriptions are
consulted only when what comes before them fills less than a page.
"""

from functools import cache
from typing import Any

import msgspec
from asyncpg import Record
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from commerce import catalog
from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.storefront.fragments import CardShape, card_arguments, cards, json, listed, most, page_size, said
from commerce.storefront.lists import in_category, page_of
from commerce.storefront.shop import Shop
from commerce.storefront.sources import LIVE, PUBLISHED, categories, product_categories, products, variants

FACET_VALUES = 20
ENOUGH = 24  # a page: with so many in titles, nothing else is consulted

# What is sought, made once for the statement: each row that it is compared with would else make it anew.
_ASKED = (
    select(
        func.search_query(given("words", Text), type_=TSQUERY).label("query"),
        cast(given("starts", Text), TSQUERY).label("starts"),
    )
    .cte("asked")
    .prefix_with("MATERIALIZED")
)
_QUERY, _STARTS = _ASKED.c.query, _ASKED.c.starts
_FACET_VALUES = literal_column(str(FACET_VALUES), Integer)
CODE, HEAD, START, BODY = (literal_column(f"{tier * 10_000_000}::bigint", BigInteger) for tier in (4, 3, 2, 1))
AS_TYPED = literal_column("5000000::bigint", BigInteger)


def _rank(vector: ColumnElement[Any], query: ColumnElement[Any]) -> ColumnElement[Any]:
    """Gives a whole number below five million: the better the match, the shorter the text, the higher."""
    scaled = func.ts_rank(vector, query, literal_column("1")) * literal_column("1000000")
    return cast(scaled, BigInteger)


def _matches(extra: list[ColumnElement[bool]]) -> CTE:
    """Gives the ids of what matches with the best rank of each."""
    shown = and_(PUBLISHED, *extra)
    coded = (
        select(products.c.id, products.c.vendor, CODE.label("rank"))
        .join_from(variants, products, products.c.id == variants.c.product_id)
        .where(
            LIVE,
            or_(
                func.upper(variants.c.sku, type_=Text) == func.upper(given("code", Text)),
                variants.c.barcode_key == given("barcode", Text),
            ),
            shown,
        )
    )
    as_typed = func.strpos(func.lower(said(products.c.title)), func.lower(given("typed", Text))) > literal_column("0")
    head = (
        select(
            products.c.id,
            products.c.vendor,
            (
                HEAD + _rank(products.c.search_head, _QUERY) + case((as_typed, AS_TYPED), else_=literal_column("0"))
            ).label("rank"),
        )
        .join_from(products, _ASKED, products.c.search_head.op("@@")(_QUERY))
        .where(shown)
        .cte("head")
        .prefix_with("MATERIALIZED")
    )
    too_few = select(func.count()).select_from(head).scalar_subquery() < literal_column(str(ENOUGH))
    starts = (
        select(products.c.id, products.c.vendor, (START + _rank(products.c.search_head, _STARTS)).label("rank"))
        .join_from(products, _ASKED, products.c.search_head.op("@@")(_STARTS))
        .where(too_few, shown)
    )
    body = (
        select(products.c.id, products.c.vendor, (BODY + _rank(products.c.search_body, _QUERY)).label("rank"))
        .join_from(products, _ASKED, products.c.search_body.op("@@")(_QUERY))
        .where(too_few, shown)
    )
    every = union_all(coded, select(head.c.id, head.c.vendor, head.c.rank), starts, body).subquery("every")
    return (
        select(every.c.id, func.max(every.c.vendor).label("vendor"), func.max(every.c.rank).label("rank"))
        .group_by(every.c.id)
        .cte("matches")
        .prefix_with("MATERIALIZED")
    )


def _vendors(matches: CTE) -> ColumnElement[Any]:
    counted = (
        select(matches.c.vendor, func.count().label("count"))
        .where(matches.c.vendor != literal_column("''"))
        .group_by(matches.c.vendor)
        .order_by(func.count().desc(), matches.c.vendor)
        .limit(_FACET_VALUES)
        .subquery("vendors")
    )
    value = json(value=counted.c.vendor, count=counted.c.count)
    return select(listed(value, counted.c.count.desc(), counted.c.vendor)).scalar_subquery()


def _categories(matches: CTE) -> ColumnElement[Any]:
    counted = (
        select(categories.c.id, categories.c.slug, said(categories.c.name).label("name"), func.count().label("count"))
        .join_from(matches, product_categories, product_categories.c.product_id == matches.c.id)
        .join(
            categories, and_(categories.c.id == product_categories.c.category_id, categories.c.withdrawn_at.is_(None))
        )
        .group_by(categories.c.id, categories.c.slug, categories.c.name)
        .order_by(func.count().desc(), categories.c.slug)
        .limit(_FACET_VALUES)
        .subquery("counted")
    )
    value = json(id=counted.c.id, slug=counted.c.slug, name=counted.c.name, count=counted.c.count)
    return select(listed(value, counted.c.count.desc(), counted.c.slug)).scalar_subquery()


@cache
def _search(shape: CardShape, *, by_category: bool, by_vendor: bool, first: bool) -> Statement[Record]:
    extra = [in_category()] if by_category else []
    if by_vendor:
        extra.append(products.c.vendor == given("vendor", Text))
    matches = _matches(extra)
    order = [matches.c.rank.desc(), matches.c.id.desc()]
    found = select(matches.c.id, matches.c.rank, func.row_number().over(order_by=order).label("place"))
    if not first:
        found = found.where(
            tuple_(matches.c.rank, matches.c.id) < tuple_(given("after_rank", BigInteger), given("after_id", Uuid))
        )
    best = found.order_by(*order).limit(most(shape)).subquery("best")
    page = (
        select(products, best.c.rank, best.c.place)
        .join_from(best, products, products.c.id == best.c.id)
        .subquery("page")
    )
    facets = json(categories=_categories(matches), vendors=_vendors(matches))
    return Statement(
        cards(page, page.c.rank, shape=shape).add_columns(
            select(func.count()).select_from(matches).scalar_subquery().label("total"),
            cast(facets, Text).label("facets"),
        )
    )


async def search(
    reading: Reading,
    shop: Shop,
    *,
    text: str,
    category: str | None,
    vendor: str | None,
    limit: int,
    after: tuple[int, Any] | None,
) -> bytes:
    """Gives a page of what matches a text as JSON, best first, with the total and the counts by category and vendor, in one statement."""
    words = catalog.search_words(text)
    given_filters = {"category": category, "vendor": vendor}
    more: dict[str, object] = {name: value for name, value in given_filters.items() if value is not None}
    if after is not None:
        more |= {"after_rank": after[0], "after_id": after[1]}
    row = await reading.fetch_one(
        _search(
            CardShape.of(shop, limit),
            by_category=category is not None,
            by_vendor=vendor is not None,
            first=after is None,
        ),
        words=" ".join(words),
        starts=" & ".join(f"'{word}':*" for word in words),
        typed=text.strip(),
        code=text.strip(),
        barcode=catalog.barcode_key(text),
        **more,
        **page_size(limit),
        **card_arguments(shop, clock.now()),
    )
    if row is None:
        raise Bug("an aggregate gave no row")
    return page_of(
        row["items"],
        [row["rank"], row["id"]] if row["more"] else None,
        query=msgspec.json.encode(text).decode(),
        total=str(row["total"]),
        facets=row["facets"],
    )
