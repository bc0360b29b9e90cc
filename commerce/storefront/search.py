"""Search: what people type, accents, case, plurals and misspellings aside, in titles and codes first, in everything else where those give too
little; narrowed, counted and sorted. Without a text: all that is on show, narrowed, counted and sorted alike.

One statement gives the total, the counts and the page. Which words are meant is decided before it, from what the process holds.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple

import msgspec
from asyncpg import Record
from sqlalchemy import BigInteger, ColumnElement, Text, Uuid, cast, func, literal_column, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from commerce import catalog
from commerce.kernel import clock
from commerce.kernel.errors import Bug, FieldError, InvalidInput
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.storefront.cards import CardShape, card_arguments, cards, most, page_size
from commerce.storefront.lists import page_of
from commerce.storefront.search_browse import Browsed, browse_arguments, browsed
from commerce.storefront.search_facets import countable, facets, passes, told
from commerce.storefront.search_filters import Count, Filters, SearchSort, Shape, Wanted, filter_arguments, judged
from commerce.storefront.search_matches import MOST_FOUND, Tiers, in_use, keep, match_arguments, matches
from commerce.storefront.shop import Shop
from commerce.storefront.sources import products

COUNTED = frozenset({Count.CATEGORY, Count.VENDOR, Count.ATTRIBUTE})
NO_FILTERS = Filters()


class _Asked(NamedTuple):
    """What is asked: what decides how the statement reads it, its arguments, and the words, where there is a text."""

    of: Tiers | Browsed
    arguments: dict[str, object]
    sought: catalog.Sought | None


@cache
def _search(of: Tiers | Browsed, shape: Shape) -> Statement[Record]:
    also: list[ColumnElement[Any]] = []
    missed: ColumnElement[bool] | None = None
    if isinstance(of, Browsed):
        matching, missed = browsed(of)
    else:
        asked, matching = matches(of)
        also.append(select(cast(asked.c.parts, ARRAY(Text))).where(asked.c.new).scalar_subquery().label("read"))
        also.append((in_use() if of.corrected else literal_column("false")).label("in_use"))
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
    total = select(func.count()).select_from(found).where(passes(found, shape)).scalar_subquery()
    if missed is None:
        every = select(func.count()).select_from(found).scalar_subquery() if shape.filtered else total
        missed = every >= literal_column(str(MOST_FOUND))
    counted = [total.label("total"), missed.label("missed"), cast(facets(found, shape), Text).label("facets")]
    return Statement(cards(page, page.c.rank, shape=shape.card).add_columns(*counted, *also))


async def search(
    reading: Reading,
    shop: Shop,
    *,
    text: str | None,
    filters: Filters = NO_FILTERS,
    sort: SearchSort = SearchSort.RELEVANCE,
    counts: frozenset[Count] = COUNTED,
    limit: int,
    after: tuple[SearchSort, int, Any] | None,
) -> bytes:
    """Gives a page of what matches a text as JSON, best first unless sorted otherwise, with the total and the counts, in one statement.

    Without a text, of all that is on show; everything is as relevant as everything else then, and that order is the newest first. `after` is
    the order and the place of the last one seen. Refuses with InvalidInput one of another order.
    """
    if text is None and sort is SearchSort.RELEVANCE:
        sort = SearchSort.NEWEST
    more = _going_on(after, sort)
    vocabulary = await catalog.vocabulary(reading)
    asked = _browses(filters, sort) if text is None else _seeks(catalog.sought(vocabulary, text, shop.language), text)
    shape = Shape(
        card=CardShape.of(shop, limit),
        everything=text is None and not filters.categories,
        by_category=bool(filters.categories) and text is not None,
        by_vendor=bool(filters.vendors),
        by_attribute=bool(filters.attributes),
        by_price=filters.by_price,
        in_stock=filters.in_stock,
        at_places=filters.places is not None,
        sort=sort,
        counts=countable(counts, vocabulary.facets, shop.categories),
        first=after is None,
        within=text is None and bool(filters.categories),
        nested=shop.categories.nested,
    )
    if Count.ATTRIBUTE in shape.counts:
        more["filterable"] = list(vocabulary.facets)
    row = await reading.fetch_one(
        _search(asked.of, shape),
        **asked.arguments,
        **filter_arguments(filters, shape),
        **more,
        **page_size(limit),
        **card_arguments(shop, clock.now()),
    )
    if row is None:
        raise Bug("an aggregate gave no row")
    instead = _learnt(asked.sought, row) if asked.sought else None
    return page_of(
        row["items"],
        [sort, row["rank"], row["id"]] if row["more"] else None,
        query=_json(text or ""),
        searched_for=_json(instead or text or ""),
        instead_of=_json(text if instead else None),
        total=str(row["total"]),
        total_is_exact="false" if row["missed"] else "true",
        order_is_exact="false" if row["missed"] and not _in_order(asked.of, sort) else "true",
        facets=_json(told(row["facets"], counts, vocabulary.facets, shop.categories, shop.language)),
    )


def _in_order(of: Tiers | Browsed, sort: SearchSort) -> bool:
    """Says whether what is looked at is what comes first: without a text the newest, and best sellers where they are wanted first."""
    return isinstance(of, Browsed) and sort in {SearchSort.NEWEST, SearchSort.POPULARITY}


def _going_on(after: tuple[SearchSort, int, Any] | None, sort: SearchSort) -> dict[str, object]:
    if after is not None and after[0] is not sort:
        raise InvalidInput(
            "The cursor is of another order; leave it away to begin anew.",
            errors=[FieldError("?cursor", "is of another order")],
        )
    return {} if after is None else {"after_rank": after[1], "after_id": after[2]}


def _browses(filters: Filters, sort: SearchSort) -> _Asked:
    of = Browsed.of(filters, sort)
    return _Asked(of, browse_arguments(filters, of), None)


def _seeks(sought: catalog.Sought, text: str) -> _Asked:
    return _Asked(Tiers.of(sought), match_arguments(sought, text, _barcode(text)), sought)


def _barcode(text: str) -> str:
    """Gives what a text is looked up by as a barcode, which people type as it is printed: `8 400000 000116`."""
    digits = text.replace(" ", "").replace("-", "")
    return catalog.barcode_key(digits if digits.isdigit() else text)


def _learnt(sought: catalog.Sought, row: Record) -> str | None:
    """Keeps how the words were read, where that is new, and gives the text that was searched instead, where there is one to tell."""
    if row["read"] is not None:
        keep(sought, row["read"])
    return sought.instead if row["in_use"] else None


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
