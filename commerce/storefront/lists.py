"""The list of products, page by page, and the tree of categories: one statement each."""

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    Text,
    Uuid,
    any_,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.platform.database import Reading
from commerce.platform.http import encode_cursor
from commerce.platform.statement import Statement, given
from commerce.storefront.cards import CardShape, card_arguments, cards, most, page_size
from commerce.storefront.fragments import json, listed, said, text
from commerce.storefront.shop import Shop
from commerce.storefront.sources import ON_SHOW, ZERO, categories, product_categories, products, slug_redirects


class Sort(StrEnum):
    """Orders of the list: newest first by default, which every product that exists throughout passes exactly once."""

    NEWEST = "newest"
    OLDEST = "oldest"
    TITLE = "title"


def named(wanted: ColumnElement[Any]) -> Select[Any]:
    """Gives the id of the live category (or of those of `any_` of several) that is named by its id, slug or a slug that it had before."""
    taken = categories.alias("taken")
    before = select(slug_redirects.c.category_id).where(
        slug_redirects.c.kind == literal_column("'category'"),
        slug_redirects.c.slug == wanted,
        ~exists().where(taken.c.slug == slug_redirects.c.slug, taken.c.withdrawn_at.is_(None)),
    )
    return select(categories.c.id).where(
        categories.c.withdrawn_at.is_(None),
        or_(categories.c.slug == wanted, cast(categories.c.id, Text) == wanted, categories.c.id.in_(before)),
    )


def below(wanted: ColumnElement[Any], *, called: str = "below") -> CTE:
    """Gives the ids of the categories that are `named`, and of all below them."""
    top = named(wanted).cte(called, recursive=True)
    child = categories.alias("child")
    return top.union(
        select(child.c.id).join_from(child, top, child.c.parent_id == top.c.id).where(child.c.withdrawn_at.is_(None))
    )


def in_or_below(held: Subquery) -> Subquery:
    """Gives, of products with the `ids` of the categories that each stands in, the `count` of those that choosing a category (`id`) finds, in rows
    to be summed. Products that stand in the same ones are counted together first: few kinds of them are led up the tree, not every product.
    """
    kinds = (
        select(held.c.ids, func.count().label("count"), func.row_number().over().label("nth"))
        .group_by(held.c.ids)
        .subquery("kinds")
    )
    every = select(kinds.c.nth, kinds.c.count, func.unnest(kinds.c.ids, type_=Uuid).label("id")).subquery("every")
    by = _found_by()
    return (
        select(every.c.nth, every.c.count, by.c.chosen.label("id"))
        .distinct()
        .join_from(every, by, by.c.id == every.c.id)
        .subquery("in_or_below")
    )


def _found_by() -> CTE:
    """Gives the id of each live category with the ids of those that are chosen to find what stands in it, `chosen`: its own and those above."""
    found = (
        select(categories.c.id, categories.c.id.label("chosen"))
        .where(categories.c.withdrawn_at.is_(None))
        .cte("found_by", recursive=True)
    )
    child, parent = categories.alias("child"), categories.alias("parent")
    return found.union(
        select(found.c.id, parent.c.id)
        .join_from(found, child, child.c.id == found.c.chosen)
        .join(parent, parent.c.id == child.c.parent_id)
        .where(parent.c.withdrawn_at.is_(None))
    )


def in_category() -> ColumnElement[bool]:
    """Says whether a product is in one of the categories given, or in one below."""
    tree = below(any_(given("categories", ARRAY(Text))))
    return products.c.id.in_(
        select(product_categories.c.product_id).where(product_categories.c.category_id.in_(select(tree.c.id)))
    )


FOLDED_TITLE = func.folded(said(products.c.title), type_=Text)
ORDERS: dict[Sort, tuple[list[ColumnElement[Any]], ColumnElement[bool]]] = {
    Sort.NEWEST: ([products.c.id.desc()], products.c.id < given("after_id", Uuid)),
    Sort.OLDEST: ([products.c.id], products.c.id > given("after_id", Uuid)),
    Sort.TITLE: (
        [FOLDED_TITLE, products.c.id],
        tuple_(FOLDED_TITLE, products.c.id) > tuple_(given("after_title", Text), given("after_id", Uuid)),
    ),
}


@cache
def _list(sort: Sort, shape: CardShape, *, by_category: bool, first: bool) -> Statement[Record]:
    order, after = ORDERS[sort]
    conditions = [ON_SHOW]
    if by_category:
        conditions.append(in_category())
    if not first:
        conditions.append(after)
    title = FOLDED_TITLE if sort is Sort.TITLE else literal_column("''", Text)
    page = (
        select(products, title.label("sorted_by"), func.row_number().over(order_by=order).label("place"))
        .where(*conditions)
        .order_by(*order)
        .limit(most(shape))
        .subquery("page")
    )
    return Statement(cards(page, page.c.sorted_by, shape=shape))


def _tree() -> Statement[Record]:
    ids = func.array_agg(product_categories.c.category_id, type_=ARRAY(Uuid))
    shown = (
        select(ids.label("ids"))
        .join_from(product_categories, products, products.c.id == product_categories.c.product_id)
        .where(ON_SHOW)
        .group_by(product_categories.c.product_id)
        .subquery("shown")
    )
    each = in_or_below(shown)
    counted = select(each.c.id, func.sum(each.c.count).label("count")).group_by(each.c.id).subquery("counted")
    category = json(
        id=categories.c.id,
        parent_id=categories.c.parent_id,
        slug=categories.c.slug,
        name=said(categories.c.name),
        position=categories.c.position,
        product_count=func.coalesce(counted.c.count, ZERO),
    )
    return Statement(
        select(text(listed(category, categories.c.position, categories.c.slug)))
        .select_from(categories.outerjoin(counted, counted.c.id == categories.c.id))
        .where(categories.c.withdrawn_at.is_(None))
    )


CATEGORIES = _tree()


async def product_list(
    reading: Reading,
    shop: Shop,
    *,
    limit: int,
    sort: Sort,
    categories: Sequence[str] = (),
    after: tuple[Any, ...] | None,
) -> bytes:
    """Gives a page of the products on show as JSON, in one statement. `after` is the place of the last one seen: its id, or title and id.

    With categories, what stands in one of them or below.
    """
    inside = {"categories": list(categories)} if categories else {}
    statement = _list(sort, CardShape.of(shop, limit), by_category=bool(categories), first=after is None)
    row = await reading.fetch_one(
        statement, **inside, **after_arguments(sort, after), **page_size(limit), **card_arguments(shop, clock.now())
    )
    if row is None:
        raise Bug("an aggregate gave no row")
    return page_of(row["items"], place_in(sort, row["sorted_by"], row["id"]) if row["more"] else None)


def after_arguments(sort: Sort, after: tuple[Any, ...] | None) -> dict[str, object]:
    """Gives what the conditions of `ORDERS` take as arguments."""
    if after is None:
        return {}
    return {"after_id": after[-1], **({"after_title": after[0]} if sort is Sort.TITLE else {})}


def place_in(sort: Sort, title: str, id_: UUID) -> list[Any]:
    """Gives the place of a product in an order, as cursors have it."""
    return [title, id_] if sort is Sort.TITLE else [id_]


def page_of(items: str, place: list[Any] | None, **members: str) -> bytes:
    """Gives a page as JSON: its items, the members that are JSON already, and the cursor of the last place shown."""
    cursor = "null" if place is None else f'"{encode_cursor(place)}"'
    others = "".join(f',"{name}":{value}' for name, value in members.items())
    return f'{{"items":{items}{others},"next_cursor":{cursor}}}'.encode()


async def category_tree(reading: Reading, shop: Shop) -> bytes:
    """Gives all categories as JSON, each with its parent's id and how many products on show choosing it finds, in one statement."""
    items: str = await reading.fetch_value(
        CATEGORIES,
        language=shop.language,
        at=clock.now(),
        channel_id=shop.audience.channel_id,
        place_id=shop.place_id,
    )
    return page_of(items, None)
