"""The price of many variants at a moment, in one statement; and the lists as the back office sees them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    case,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import distinct_on

from commerce.kernel.errors import NotFound
from commerce.kernel.money import Money
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given
from commerce.price_engine import PriceFact, wall_clock
from commerce.pricing.schemas import PriceChangeOut, PriceListOut, PriceOut
from commerce.pricing.spans import ALWAYS, NEVER, aware
from commerce.pricing.tables import price_history, price_lists, prices

_list = price_lists.c


def in_its_window() -> ColumnElement[bool]:
    """Whether a list holds at the moment `at`, which is `wall` on the store's clock: active, and within its window, which includes its
    start and not its end.
    """
    instant = _list.starts_at.type
    now = case((_list.store_time, given("wall", instant)), else_=given("at", instant))
    return and_(
        _list.active,
        or_(_list.starts_at.is_(None), _list.starts_at <= now),
        or_(_list.ends_at.is_(None), _list.ends_at > now),
    )


def precedence() -> list[ColumnElement[Any]]:
    """The order of public lists, first one wins: highest priority, then a store's before a channel's before a general one, then the oldest."""
    return [_list.priority.desc(), _list.store_id.is_(None), _list.channel_id.is_(None), _list.id]


PRICES = Statement(
    select(
        prices.c.variant_id,
        prices.c.amount,
        prices.c.compare_at,
        _list.id.label("list_id"),
        _list.version.label("list_version"),
        _list.includes_tax,
    )
    .join_from(prices, price_lists, _list.id == prices.c.price_list_id)
    .where(
        any_of(prices.c.variant_id, "variant_ids"),
        prices.c.min_quantity == literal_column("1"),
        prices.c.starts_at <= given("at", _list.starts_at.type),
        prices.c.ends_at > given("at", _list.starts_at.type),
        _list.currency == given("currency", Text),
        _list.group_id.is_(None),
        _list.customer_id.is_(None),
        or_(_list.channel_id.is_(None), _list.channel_id == given("channel_id", Uuid)),
        or_(_list.store_id.is_(None), _list.store_id == given("store_id", Uuid)),
        in_its_window(),
    )
    .ext(distinct_on(prices.c.variant_id))
    .order_by(prices.c.variant_id, *precedence())
)


async def prices_of(
    reads: Reads,
    variant_ids: Collection[UUID],
    *,
    channel_id: UUID | None,
    currency: str,
    at: datetime,
    store_id: UUID | None = None,
    zone: str = "UTC",
) -> dict[UUID, PriceFact]:
    """Gives the price that anybody is shown for one unit of each variant in a channel and store at an instant; a variant without one is
    not in the answer.

    By the engine's precedence, over the lists that are for no group and no customer; `zone` is the IANA zone in which windows in store
    time are read. Baskets are priced from `candidates` instead.
    """
    rows = await reads.fetch(
        PRICES,
        variant_ids=variant_ids,
        channel_id=channel_id,
        store_id=store_id,
        currency=currency,
        at=at,
        wall=wall_clock(at, zone),
    )
    return {
        (variant := row["variant_id"]): PriceFact(
            variant_id=variant,
            list_id=row["list_id"],
            unit=row["amount"],
            version=row["list_version"],
            compare_at=row["compare_at"],
        )
        for row in rows
    }


def selected_list() -> Select[Any]:
    """Selects lists as the back office sees them."""
    return select(*(_list[name] for name in PriceListOut.__struct_fields__))


ONE = Statement(selected_list().where(_list.id == given("list_id", Uuid)), into=PriceListOut)
ALL = Statement(
    selected_list()
    .where(or_(given("after", Text).is_(None), _list.code > given("after", Text)))
    .order_by(_list.code)
    .limit(given("most", Integer)),
    into=PriceListOut,
)
_place = (prices.c.variant_id, prices.c.min_quantity, prices.c.starts_at)
ON_LIST = Statement(
    select(*_place, prices.c.ends_at, prices.c.amount, prices.c.compare_at, _list.currency)
    .join_from(prices, price_lists, _list.id == prices.c.price_list_id)
    .where(
        _list.id == given("list_id", Uuid),
        # What is over stays until the next change of its price takes it away.
        prices.c.ends_at > given("at", _list.starts_at.type),
        or_(
            given("after_variant", Uuid).is_(None),
            tuple_(*_place)
            > tuple_(
                given("after_variant", Uuid),
                given("after_quantity", Integer),
                given("after_start", prices.c.starts_at.type),
            ),
        ),
    )
    .order_by(*_place)
    .limit(given("most", Integer)),
)

CHANGES = Statement(
    select(
        price_history.c.id,
        price_history.c.min_quantity,
        price_history.c.starts_at,
        price_history.c.ends_at,
        price_history.c.amount,
        price_history.c.compare_at,
        price_history.c.since,
        price_history.c.actor,
        _list.currency,
    )
    .join_from(price_history, price_lists, _list.id == price_history.c.price_list_id)
    .where(
        price_history.c.price_list_id == given("list_id", Uuid),
        price_history.c.variant_id == given("variant_id", Uuid),
        or_(given("before", BigInteger).is_(None), price_history.c.id < given("before", BigInteger)),
    )
    .order_by(price_history.c.id.desc())
    .limit(given("most", Integer))
)


async def price_list(reads: Reads, list_id: UUID) -> PriceListOut:
    """Gives one list; refuses with NotFound."""
    found = await reads.fetch_one(ONE, list_id=list_id)
    if found is None:
        raise NotFound("There is no such price list.")
    return found


async def price_lists_page(reads: Reads, *, after: str | None, most: int) -> list[PriceListOut]:
    """Gives up to `most` lists by code, after the code named."""
    return await reads.fetch(ALL, after=after, most=most)


Place = tuple[UUID, int, datetime]


async def prices_on_list(
    reads: Reads, list_id: UUID, *, after: Place | None, most: int, at: datetime
) -> list[PriceOut]:
    """Gives up to `most` prices of a list, those that hold at `at` and those to come, by variant, tier and start, after the one named.

    Refuses with NotFound when there is no such list.
    """
    variant, quantity, start = after or (None, None, None)
    rows = await reads.fetch(
        ON_LIST, list_id=list_id, after_variant=variant, after_quantity=quantity, after_start=start, most=most, at=at
    )
    if not rows:
        await price_list(reads, list_id)
    return [_on_wire(row) for row in rows]


async def price_changes(
    reads: Reads, list_id: UUID, variant_id: UUID, *, before: int | None, most: int
) -> list[PriceChangeOut]:
    """Gives up to `most` changes of a variant's price on a list, the latest first, before the one named.

    Refuses with NotFound when there is no such list; a variant that was never on it has no changes.
    """
    rows = await reads.fetch(CHANGES, list_id=list_id, variant_id=variant_id, before=before, most=most)
    if not rows:
        await price_list(reads, list_id)
    return [
        PriceChangeOut(
            id=row["id"],
            price=_money(row["amount"], row["currency"]),
            compare_at=_money(row["compare_at"], row["currency"]),
            min_quantity=row["min_quantity"],
            starts_at=bound(row["starts_at"]),
            ends_at=bound(row["ends_at"]),
            since=row["since"],
            actor=row["actor"],
        )
        for row in rows
    ]


def bound(at: datetime) -> datetime | None:
    """Gives a bound as people are told it: none for one that does not bind."""
    return None if aware(at) in {ALWAYS, NEVER} else at


def _money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)


def _on_wire(row: Record) -> PriceOut:
    return PriceOut(
        variant_id=row["variant_id"],
        price=Money(row["amount"], row["currency"]),
        compare_at=_money(row["compare_at"], row["currency"]),
        min_quantity=row["min_quantity"],
        starts_at=bound(row["starts_at"]),
        ends_at=bound(row["ends_at"]),
    )
