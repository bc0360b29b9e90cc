"""What moved of the articles since a position of the event feed, and by the passing of time alone.

Also what is committed and not published yet: its effect is in the snapshot, and it is told once more when it has its position.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, DateTime, Integer, and_, func, or_, select, union_all

from commerce.catalog import CategoryChanged, KitChanged, ProductChanged, ProductsPut, turned
from commerce.platform.database import Reading
from commerce.platform.events import event_feed, events, outbox
from commerce.platform.statement import Statement, any_of, given
from commerce.price_engine import PriceList
from commerce.pricing import CostsChanged, MarginGuardChanged, PriceListChanged
from commerce.tax import FeesChanged
from commerce.till.sections import ZONES_REACH
from commerce.till.sources import fees, price_lists, prices, variants

MOST_POSITIONS: Final = 500_000
MOST_EVENTS: Final = 20_000
MOST_ARTICLES: Final = 20_000
"""With more than this moved, a full bundle is the shorter way."""
HEARD: Final = (
    PriceListChanged,
    CostsChanged,
    MarginGuardChanged,
    FeesChanged,
    ProductChanged,
    ProductsPut,
    KitChanged,
    CategoryChanged,
)


class _Named(Struct, frozen=True, kw_only=True):
    """What an event may name, whichever it is."""

    variant_ids: tuple[UUID, ...] = ()
    product_ids: tuple[UUID, ...] = ()
    product_id: UUID | None = None
    price_list_id: UUID | None = None
    currency: str | None = None
    change: str | None = None


class _Event(Struct, frozen=True):
    tag: str
    payload: _Named


class Changes(Struct, frozen=True, kw_only=True):
    """What moved: articles by variant; `all` says that it is too much, or too far reaching, to be told one by one."""

    articles: frozenset[UUID] = frozenset()
    all: bool = False


ALL: Final = Changes(all=True)
POSITION = Statement(select(func.coalesce(func.max(event_feed.c.position), 0)))
_after = given("after", BigInteger)
_heard = any_of(events.c.tag, "tags")
SINCE = Statement(
    union_all(
        select(events.c.tag, events.c.payload)
        .join_from(event_feed, events, events.c.id == event_feed.c.event_id)
        .where(event_feed.c.position > _after, _heard),
        select(events.c.tag, events.c.payload)
        .join_from(outbox, events, events.c.id == outbox.c.event_id)
        .where(_heard),
    ).limit(MOST_EVENTS + 1),
    into=_Event,
)
_most = given("most", Integer)
OF_PRODUCTS = Statement(select(variants.c.id).where(any_of(variants.c.product_id, "products")).limit(_most))
ON_LISTS = Statement(select(prices.c.variant_id).where(any_of(prices.c.price_list_id, "lists")).distinct().limit(_most))


def _in_between(bound: ColumnElement[Any]) -> ColumnElement[bool]:
    moment = DateTime(timezone=True)
    return and_(bound > given("since", moment), bound <= given("at", moment))


# Only lists that ever had a scheduled price (`layered`) are looked through.
REDUCED = Statement(
    select(prices.c.variant_id)
    .where(
        prices.c.price_list_id.in_(
            select(price_lists.c.id).where(any_of(price_lists.c.id, "reductions"), price_lists.c.layered)
        ),
        or_(_in_between(prices.c.starts_at), _in_between(prices.c.ends_at)),
    )
    .limit(_most)
)
CHARGED = Statement(
    select(fees.c.variant_id).where(or_(_in_between(fees.c.starts_at), _in_between(fees.c.ends_at))).limit(_most)
)
# The clock alone puts products on show and takes them away.
SHOWN = Statement(
    select(variants.c.id)
    .where(
        variants.c.product_id.in_(turned(given("since", DateTime(timezone=True)), given("at", DateTime(timezone=True))))
    )
    .limit(_most)
)


async def position_of(reading: Reading) -> int:
    """Gives the last position of the event feed."""
    position: int = await reading.fetch_value(POSITION)
    return position


async def read_changes(
    reading: Reading,
    *,
    after: int,
    upto: int,
    since: datetime,
    at: datetime,
    currency: str,
    lists: Collection[PriceList],
    reductions: Collection[UUID],
) -> Changes:
    """Gives what moved of the articles between two versions of a bundle in a currency, with these price lists in the newer one.

    Where the terms of a list changed, all that is on it counts as moved: it may have left the bundle, or come into it. A
    reduction that begins or ends moves the prior prices of what is on it, a fee moves its article, and a product comes and goes at the
    instants of its own; no event tells of these.
    """
    if upto - after > MOST_POSITIONS:
        return ALL
    found = await reading.fetch(SINCE, after=after, tags=[each.name() for each in HEARD])
    if len(found) > MOST_EVENTS or any(_moves_all(each, currency) for each in found):
        return ALL
    reduced = {each.id for each in lists if each.id in reductions}
    turned = {each.id for each in lists if each.id in reduced and _turned(each, since, at)}
    moved: set[UUID] = set()
    products: set[UUID] = set()
    for event in found:
        named = event.payload
        if named.currency not in {None, currency}:
            continue
        if named.price_list_id is not None and not named.variant_ids:
            turned.add(named.price_list_id)
        moved.update(named.variant_ids)
        products.update(named.product_ids)
        if named.product_id is not None:
            products.add(named.product_id)
    asked = (
        (OF_PRODUCTS, bool(products), {"products": sorted(products)}),
        (ON_LISTS, bool(turned), {"lists": sorted(turned)}),
        (REDUCED, bool(reduced), {"reductions": sorted(reduced), "since": since, "at": at}),
        (CHARGED, True, {"since": since, "at": at}),
        (SHOWN, True, {"since": since, "at": at}),
    )
    for statement, needed, arguments in asked:
        if needed and len(moved) <= MOST_ARTICLES:
            moved.update(row[0] for row in await reading.fetch(statement, **arguments, most=MOST_ARTICLES + 1))
    return ALL if len(moved) > MOST_ARTICLES else Changes(articles=frozenset(moved))


def _moves_all(event: _Event, currency: str) -> bool:
    """A new margin moves every article's floor; a category that is withdrawn leaves the articles that stood in it, unnamed."""
    if event.tag == MarginGuardChanged.name():
        return event.payload.currency == currency
    return event.tag == CategoryChanged.name() and event.payload.change == "withdrawn"


def _turned(terms: PriceList, since: datetime, at: datetime) -> bool:
    """Whether a list began or ended between two instants, in some zone."""
    reach = ZONES_REACH if terms.window.store_time else timedelta()
    bounds = (terms.window.starts_at, terms.window.ends_at)
    return any(bound is not None and since - reach < bound <= at + reach for bound in bounds)
