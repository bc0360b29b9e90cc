"""The list of products, narrowed as a search is: by brand, attributes, price and stock, by the same conditions.

Each page looks at so many products at most, in the list's order, and the next one goes on where looking ended: a page may hold fewer than were
asked for, or none, and all pages together hold every product that passes, however large the catalogue is.
"""

from functools import cache
from typing import Any

from asyncpg import Record
from sqlalchemy import ColumnElement, Integer, Select, Text, Uuid, cast, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import TSQUERY

from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.storefront import lists
from commerce.storefront.cards import CardShape, card_arguments, cards, most, page_size
from commerce.storefront.lists import FOLDED_TITLE, ORDERS, Sort, after_arguments, page_of, place_in
from commerce.storefront.search_browse import inside, narrowing
from commerce.storefront.search_facets import passes
from commerce.storefront.search_filters import Filters, SearchSort, Shape, filter_arguments, judged
from commerce.storefront.shop import Shop
from commerce.storefront.sources import ON_SHOW, ZERO, products

LOOKED_AT_MOST = 500
_MOST = literal_column(str(LOOKED_AT_MOST), Integer)
_NO_TITLE = literal_column("''", Text)


@cache
def _narrowed(sort: Sort, shape: Shape, *, by_category: bool, by_words: bool) -> Statement[Record]:
    order, after = ORDERS[sort]
    conditions: list[ColumnElement[bool]] = [ON_SHOW]
    if by_words:
        conditions.append(products.c.search_body.op("@@")(cast(given("narrowing", Text), TSQUERY)))
    if not shape.first:
        conditions.append(after)
    title = FOLDED_TITLE if sort is Sort.TITLE else _NO_TITLE
    each = select(products.c.id, products.c.vendor, products.c.facets, title.label("sorted_by")).where(*conditions)
    if by_category:
        each, order = _looked_up(each, sort, first=shape.first)
    walked = (
        each.add_columns(func.row_number().over(order_by=order).label("nth"))
        .order_by(*order)
        .limit(_MOST)
        .cte("walked")
        .prefix_with("MATERIALIZED")
    )
    found = judged(walked, shape)
    place = func.row_number().over(order_by=walked.c.nth)
    page = (
        select(products, walked.c.sorted_by, place.label("place"))
        .join_from(found, walked, walked.c.id == found.c.id)
        .join(products, products.c.id == found.c.id)
        .where(passes(found, shape))
        .order_by(walked.c.nth)
        .limit(most(shape.card))
        .subquery("page")
    )
    last = [
        select(walked.c[name]).where(walked.c.nth == _MOST).scalar_subquery().label(f"walked_to_{name}")
        for name in ("id", "sorted_by")
    ]
    return Statement(cards(page, page.c.sorted_by, shape=shape.card).add_columns(*last))


def _looked_up(each: Select[Any], sort: Sort, *, first: bool) -> tuple[Select[Any], list[ColumnElement[Any]]]:
    """Gives what is in the categories, each product looked up by itself, and its order: the planner, which does not know how few they are,
    would else walk all products there are.
    """
    within = inside()
    one = each.where(products.c.id == within.c.product_id).offset(ZERO).lateral("one")
    found = select(*one.c).join_from(within, one, true())
    id_ = within.c.product_id
    if sort is Sort.TITLE:
        return found, [one.c.sorted_by, one.c.id]
    last = given("after_id", Uuid)
    if not first:
        found = found.where(id_ < last if sort is Sort.NEWEST else id_ > last)
    return found, [id_.desc() if sort is Sort.NEWEST else id_]


async def narrowed_list(
    reading: Reading, shop: Shop, *, filters: Filters, limit: int, sort: Sort, after: tuple[Any, ...] | None
) -> bytes:
    """Gives a page of the products on show that pass all of the filters as JSON, in one statement; `after` as `lists.product_list` has it.

    Where there is nothing to judge but categories, that is the list itself, whose pages are full. What can be had nowhere is no product at all.
    """
    if filters.of_categories_only:
        return await lists.product_list(
            reading, shop, limit=limit, sort=sort, categories=filters.categories, after=after
        )
    if filters.places is not None and not filters.places:
        return page_of("[]", None)
    words = narrowing(filters)
    shape = Shape(
        card=CardShape.of(shop, limit),
        everything=False,
        by_category=False,
        by_vendor=bool(filters.vendors),
        by_attribute=bool(filters.attributes),
        by_price=filters.by_price,
        in_stock=filters.in_stock,
        at_places=filters.places is not None,
        sort=SearchSort.NEWEST,
        counts=frozenset(),
        first=after is None,
    )
    more: dict[str, object] = {"categories": list(filters.categories)} if filters.categories else {}
    row = await reading.fetch_one(
        _narrowed(sort, shape, by_category=bool(filters.categories), by_words=bool(words)),
        **more,
        **({"narrowing": words} if words else {}),
        **filter_arguments(filters, shape),
        **after_arguments(sort, after),
        **page_size(limit),
        **card_arguments(shop, clock.now()),
    )
    if row is None:
        raise Bug("an aggregate gave no row")
    if row["more"]:
        return page_of(row["items"], place_in(sort, row["sorted_by"], row["id"]))
    further = row["walked_to_id"] is not None
    return page_of(row["items"], place_in(sort, row["walked_to_sorted_by"], row["walked_to_id"]) if further else None)
