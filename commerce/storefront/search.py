"""Search: what people type, accents, case, plurals and misspellings aside, in titles and codes first, in everything else where those give too
little; narrowed, counted and sorted.

One statement gives the total, the counts and the page. Which words are meant is decided before it, from what the process holds.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

import msgspec
from asyncpg import Record
from sqlalchemy import BigInteger, Text, Uuid, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from commerce import catalog
from commerce.kernel import clock
from commerce.kernel.errors import Bug, FieldError, InvalidInput
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.storefront.fragments import CardShape, card_arguments, cards, most, page_size
from commerce.storefront.lists import page_of
from commerce.storefront.search_facets import facets, passes, told
from commerce.storefront.search_filters import Count, Filters, SearchSort, Shape, Wanted, filter_arguments, judged
from commerce.storefront.search_matches import Tiers, keep, known, match_arguments, matches
from commerce.storefront.shop import Shop
from commerce.storefront.sources import products

COUNTED = frozenset({Count.CATEGORY, Count.VENDOR, Count.ATTRIBUTE})
NO_FILTERS = Filters()


@cache
def _search(shape: Shape) -> Statement[Record]:
    asked, matching = matches(shape.tiers)
    found = judged(matching, shape)
    order = [found.c.rank.desc(), found.c.id.desc()]
    best = select(found.c.id, found.c.rank, func.row_number().over(order_by=order).label("place")).where(
        passes(found, shape)
    )
    if not shape.first:
        best = best.where(
            tuple_(found.c.rank, found.c.id) < tuple_(given("after_rank", BigInteger), given("after_id", Uuid))
        )
    top = best.order_by(*order).limit(most(shape.card)).subquery("best")
    page = (
        select(products, top.c.rank, top.c.place).join_from(top, products, products.c.id == top.c.id).subquery("page")
    )
    total = select(func.count()).select_from(found).where(passes(found, shape))
    return Statement(
        cards(page, page.c.rank, shape=shape.card).add_columns(
            total.scalar_subquery().label("total"),
            cast(facets(found, shape), Text).label("facets"),
            select(cast(asked.c.parts, ARRAY(Text))).where(asked.c.new).scalar_subquery().label("read"),
        )
    )


async def search(
    reading: Reading,
    shop: Shop,
    *,
    text: str,
    filters: Filters = NO_FILTERS,
    sort: SearchSort = SearchSort.RELEVANCE,
    counts: frozenset[Count] = COUNTED,
    limit: int,
    after: tuple[SearchSort, int, Any] | None,
) -> bytes:
    """Gives a page of what matches a text as JSON, best first unless sorted otherwise, with the total and the counts, in one statement.

    `after` is the order and the place of the last one seen. Refuses with InvalidInput one of another order.
    """
    vocabulary = await catalog.vocabulary(reading)
    sought = catalog.sought(vocabulary, text, shop.language)
    shape = Shape(
        card=CardShape.of(shop, limit),
        tiers=Tiers.of(sought),
        by_category=bool(filters.categories),
        by_vendor=bool(filters.vendors),
        by_attribute=bool(filters.attributes),
        by_price=filters.by_price,
        in_stock=filters.in_stock,
        at_places=filters.places is not None,
        sort=sort,
        counts=counts,
        first=after is None,
    )
    if after is not None and after[0] is not sort:
        raise InvalidInput(
            "The cursor is of another order; leave it away to begin anew.",
            errors=[FieldError("?cursor", "is of another order")],
        )
    more: dict[str, object] = {} if after is None else {"after_rank": after[1], "after_id": after[2]}
    if Count.ATTRIBUTE in counts:
        more["filterable"] = list(vocabulary.facets)
    of = known(sought)
    row = await reading.fetch_one(
        _search(shape),
        **match_arguments(sought, of, text, catalog.barcode_key(text)),
        **filter_arguments(filters, shape),
        **more,
        **page_size(limit),
        **card_arguments(shop, clock.now()),
    )
    if row is None:
        raise Bug("an aggregate gave no row")
    if row["read"] is not None:
        keep(of, row["read"])
    return page_of(
        row["items"],
        [sort, row["rank"], row["id"]] if row["more"] else None,
        query=_json(text),
        searched_for=_json(sought.instead or text),
        instead_of=_json(text if sought.instead else None),
        total=str(row["total"]),
        facets=_json(told(row["facets"], vocabulary.facets, shop.categories, shop.language)),
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def wanted(reading: Reading, given_as: Sequence[str]) -> list[Wanted]:
    """Reads what attributes have to be: `colour:red`, given twice for one of two; `weight:1..5`, with either bound left out, for numbers and
    dates. Refuses an attribute that cannot be filtered by, and bounds that are none.
    """
    known = (await catalog.vocabulary(reading)).facets
    values: dict[str, list[str]] = {}
    bounds: dict[str, Wanted] = {}
    for each in given_as:
        code, colon, value = each.partition(":")
        if not colon or code not in known or not value:
            raise _refused(each, "no attribute that can be filtered by, with a value after a colon")
        kind = known[code].kind
        if kind in {"number", "date"} and ".." in value:
            bounds[code] = _between(each, code, value, number=kind == "number")
        else:
            values.setdefault(code, []).append(each)
    return [*bounds.values(), *(Wanted(code=code, any=of) for code, of in values.items() if code not in bounds)]


def _between(given_as: str, code: str, value: str, *, number: bool) -> Wanted:
    low, _, high = value.partition("..")
    if not number:
        return Wanted(code=code, since=low or None, until=high or None)
    try:
        least, most_ = (Decimal(bound) if bound else None for bound in (low, high))
    except InvalidOperation:
        raise _refused(given_as, "bounds that are no numbers") from None
    if any(bound is not None and not bound.is_finite() for bound in (least, most_)):
        raise _refused(given_as, "bounds that are no numbers")
    return Wanted(code=code, least=least, most=most_)


def _refused(given_as: str, why: str) -> InvalidInput:
    return InvalidInput(f"{given_as}: {why}.", errors=[FieldError("?attribute", why)])
