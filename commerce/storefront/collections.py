"""Collections as everybody sees them: which there are, and the products of one, page by page.

What only the products decide about a rule is kept (`commerce.catalog`), so that a page is a look into an index. What prices and the clock
decide is judged here, over so many products at most: a page may hold fewer than were asked for, and its cursor goes on where looking ended.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    column,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    table,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.kernel import clock
from commerce.kernel.errors import Bug, NotFound
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.storefront.cards import CardShape, card_arguments, cards, most, page_size
from commerce.storefront.fragments import json, said, text
from commerce.storefront.lists import page_of
from commerce.storefront.offers import offers
from commerce.storefront.shop import Shop
from commerce.storefront.sources import LIVE, ON_SHOW, products, variants

LOOKED_AT_MOST, AGED_AT_MOST = 500, 1_000
"""How many products at most are looked at for one page: where prices decide, and where their age alone does, which costs less."""
AT_EACH_READ = frozenset({"price", "created", "on_sale"})

collections = table(
    "collections",
    column("id", Uuid),
    column("slug", Text),
    column("name", JSONB),
    column("description", JSONB),
    column("image_url", Text),
    column("rule", JSONB),
    column("published", Boolean),
    column("position", Integer),
    column("withdrawn_at", DateTime(timezone=True)),
)
members = table(
    "collection_products", column("collection_id", Uuid), column("product_id", Uuid), column("position", Integer)
)
redirects = table("slug_redirects", column("kind", Text), column("slug", Text), column("collection_id", Uuid))
_row, _member = collections.c, members.c
_shown = and_(_row.withdrawn_at.is_(None), _row.published)
_created_at = literal_column("products.created_at", DateTime(timezone=True))
_created_of = table("products", column("id", Uuid), column("created_at", DateTime(timezone=True))).alias("last_seen").c
_older = _member.product_id < given("after_id", Uuid)
_card = text(
    json(
        id=_row.id,
        slug=_row.slug,
        name=said(_row.name),
        description=func.coalesce(said(_row.description), literal_column("''")),
        image_url=_row.image_url,
    )
).label("card")
_further = tuple_(_row.position, _row.id) > tuple_(given("after_position", Integer), given("after_id", Uuid))
COLLECTIONS = Statement(
    select(_card, _row.position, _row.id)
    .where(_shown, or_(given("after_id", Uuid).is_(None), _further))
    .order_by(_row.position, _row.id)
    .limit(given("most", Integer))
)
NAMED = given("named", Text)
COLLECTION = Statement(select(_card).where(_row.slug == NAMED, _shown))


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A collection that is shown, with its rule; none: its products were chosen one by one."""

    id: UUID
    rule: dict[str, Any] | None


WHICH = Statement(select(_row.id, _row.rule).where(_row.slug == NAMED, _shown), into=Found)
MOVED = Statement(
    select(_row.slug)
    .join_from(redirects, collections, _row.id == redirects.c.collection_id)
    .where(redirects.c.kind == literal_column("'collection'"), redirects.c.slug == NAMED, _shown)
)


async def collection_list(reading: Reading, language: str, *, limit: int, after: tuple[Any, ...] | None) -> bytes:
    """Gives a page of the collections that are shown, in their order, as JSON, in one statement."""
    position, last = after or (None, None)
    rows = await reading.fetch(COLLECTIONS, language=language, after_position=position, after_id=last, most=limit + 1)
    shown = rows[:limit]
    place = [shown[-1]["position"], shown[-1]["id"]] if len(rows) > limit else None
    return page_of(f"[{','.join(row['card'] for row in shown)}]", place)


async def collection(reading: Reading, language: str, slug: str) -> bytes:
    """Gives a collection as JSON; refuses with NotFound."""
    found: str | None = await reading.fetch_value(COLLECTION, language=language, named=slug)
    if found is None:
        raise NotFound("There is no such collection.")
    return found.encode()


async def moved_to(reading: Reading, slug: str) -> str | None:
    """Gives the slug of the collection that had this one before; None where there is none."""
    found: str | None = await reading.fetch_value(MOVED, named=slug)
    return found


async def collection_products(
    reading: Reading, shop: Shop, slug: str, *, limit: int, after: tuple[Any, ...] | None
) -> bytes:
    """Gives a page of a collection's products on show as JSON: in the order chosen, or newest first where a rule finds them.

    Two statements. Where prices or age decide, a page may hold fewer than `limit`, or none, and go on. Refuses with NotFound.
    """
    found = await reading.fetch_one(WHICH, named=slug)
    if found is None:
        raise NotFound("There is no such collection.")
    at, shape, first = clock.now(), CardShape.of(shop, limit), after is None
    arguments = {"collection_id": found.id, **page_size(limit), **card_arguments(shop, at)}
    if after is not None:
        arguments |= {"after_id": after[1], "after_position": after[0]}
    if found.rule is None:
        row = await reading.fetch_one(_chosen(shape, first=first), **arguments)
        return _page(row, None)
    arguments.pop("after_position", None)
    conditions: list[dict[str, Any]] = found.rule["conditions"]
    live = tuple(each["on"] for each in conditions if each["on"] in AT_EACH_READ)
    kept, any_of = len(live) < len(conditions), found.rule["match"] == "any"
    if not live:
        row = await reading.fetch_one(_kept(shape, first=first), **arguments)
        return _page(row, None)
    if (any_of and not kept) or (not any_of and not kept):
        arguments.pop("collection_id")
    arguments |= _live_arguments([each for each in conditions if each["on"] in AT_EACH_READ], shop, at)
    row = await reading.fetch_one(_judged(shape, live, kept=kept, any_of=any_of, first=first), **arguments)
    return _page(row, None if row is None else row["walked_to"])


def _page(row: Record | None, walked_to: UUID | None) -> bytes:
    if row is None:
        raise Bug("an aggregate gave no row")
    if row["more"]:
        return page_of(row["items"], [row["position"], row["id"]])
    return page_of(row["items"], None if walked_to is None else [0, walked_to])


_mine = (_member.collection_id == given("collection_id", Uuid), _member.product_id == products.c.id)
_zero = literal_column("0", Integer)


@cache
def _chosen(shape: CardShape, *, first: bool) -> Statement[Record]:
    """The products of a collection that were chosen, in their order."""
    after = tuple_(_member.position, _member.product_id) > tuple_(
        given("after_position", Integer), given("after_id", Uuid)
    )
    return _members_page(shape, (_member.position, _member.product_id), [] if first else [after])


@cache
def _kept(shape: CardShape, *, first: bool) -> Statement[Record]:
    """The products of a collection that its rule finds, newest first, where only they themselves decide."""
    return _members_page(shape, (_member.product_id.desc(),), [] if first else [_older])


def _members_page(
    shape: CardShape, order: tuple[ColumnElement[Any], ...], further: list[ColumnElement[bool]]
) -> Statement[Record]:
    """Looks each member's product up, in the order of an index of members: the planner, which guesses how many members there are, would else
    walk all products now and then.
    """
    shown = (
        select(products)
        .where(products.c.id == _member.product_id, ON_SHOW)
        .limit(literal_column("1", Integer))
        .lateral("shown")
    )
    page = (
        select(*shown.c, _member.position, func.row_number().over(order_by=order).label("place"))
        .join_from(members, shown, true())
        .where(_member.collection_id == given("collection_id", Uuid), *further)
        .order_by(*order)
        .limit(most(shape))
        .subquery("page")
    )
    return Statement(cards(page, page.c.position, shape=shape))


@cache
def _judged(shape: CardShape, live: tuple[str, ...], *, kept: bool, any_of: bool, first: bool) -> Statement[Record]:
    """The products of a collection where prices or age decide too: so many of those that come into question, newest first, each judged."""
    at_most = LOOKED_AT_MOST if {"price", "on_sale"} & set(live) or any_of else AGED_AT_MOST
    walked = _in_question(live, kept=kept, any_of=any_of, first=first).limit(at_most).cte("walked")
    judged = [_holds(on, n, shape) for n, on in enumerate(live)]
    if any_of and kept:
        judged.append(exists().where(*_mine))
    page = (
        select(products, _zero.label("position"), func.row_number().over(order_by=walked.c.nth).label("place"))
        .join_from(walked, products, products.c.id == walked.c.id)
        .where(ON_SHOW, or_(false(), *judged) if any_of else and_(true(), *judged))
        .order_by(walked.c.nth)
        .limit(most(shape))
        .subquery("page")
    )
    last = select(walked.c.id).where(walked.c.nth == at_most).scalar_subquery()
    return Statement(cards(page, page.c.position, shape=shape).add_columns(last.label("walked_to")))


def _in_question(live: tuple[str, ...], *, kept: bool, any_of: bool, first: bool) -> Select[Any]:
    """Gives which products may be in the collection, in the order of an index, each with its number: its members where all conditions
    have to hold and some are kept, else those that are new enough where all have to be, else all.
    """
    last = given("after_id", Uuid)
    if kept and not any_of:
        of_it = [_member.collection_id == given("collection_id", Uuid), *([] if first else [_older])]
        return select(_member.product_id.label("id"), _nth(_member.product_id.desc())).where(*of_it)
    id_ = products.c.id
    if any_of or "created" not in live:
        return select(id_, _nth(id_.desc())).where(ON_SHOW, *([] if first else [id_ < last]))
    seen = tuple_(select(_created_of.created_at).where(_created_of.id == last).scalar_subquery(), last)
    new = [_created(n) for n, on in enumerate(live) if on == "created"]
    further = [] if first else [tuple_(_created_at, id_) < seen]
    return select(id_, _nth(_created_at.desc(), id_.desc())).where(ON_SHOW, *new, *further)


def _nth(*order: ColumnElement[Any]) -> ColumnElement[int]:
    return func.row_number().over(order_by=order).label("nth")


def _created(nth: int) -> ColumnElement[bool]:
    return _created_at > given(f"since_{nth}", DateTime(timezone=True))


def _holds(on: str, nth: int, shape: CardShape) -> ColumnElement[bool]:
    if on == "created":
        return _created(nth)
    offer = offers(shape.prices, products, taxed=False)
    if on == "price":
        least, at_most = given(f"least_{nth}", BigInteger), given(f"most_{nth}", BigInteger)
        return _sold_where(offer, offer.c.price.between(least, at_most))
    return _sold_where(offer, offer.c.compare_at > offer.c.price)


def _sold_where(offer: FromClause, holds: ColumnElement[bool]) -> ColumnElement[bool]:
    # With a limit, so that it stays a look for each product in question: as a join it would be made with all prices there are.
    one = (
        select(variants.c.id)
        .select_from(variants.join(offer, true()))
        .where(variants.c.product_id == products.c.id, LIVE, holds)
        .correlate(products)
        .limit(1)
        .scalar_subquery()
    )
    return one.is_not(None)


def _live_arguments(live: list[dict[str, Any]], shop: Shop, at: datetime) -> dict[str, object]:
    """Gives what the conditions are compared with; a price in another currency than the channel's is none that is shown."""
    found: dict[str, object] = {}
    for n, each in enumerate(live):
        if each["on"] == "created":
            found[f"since_{n}"] = at - timedelta(days=each["days"])
        elif each["on"] == "price":
            shown = each["currency"] == shop.currency
            found |= {
                f"least_{n}": each.get("least", 0) if shown else 0,
                f"most_{n}": each.get("most", 0) if shown else -1,
            }
    return found
