"""The price of many variants at a moment, in one statement; and the lists as the back office sees them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import BigInteger, ColumnElement, Integer, Select, Text, Uuid, and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from commerce.kernel.errors import NotFound
from commerce.kernel.money import Money
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given
from commerce.price_engine import PriceFact
from commerce.pricing.schemas import PriceChangeOut, PriceListOut, PriceOut
from commerce.pricing.tables import price_history, price_lists, prices

_list = price_lists.c
_NO_CATEGORIES: Mapping[UUID, str] = MappingProxyType({})


def in_its_window() -> ColumnElement[bool]:
    """Whether a list holds at the moment `at`: active, and within its window, which includes its start and not its end."""
    at = given("at", _list.starts_at.type)
    return and_(
        _list.active,
        or_(_list.starts_at.is_(None), _list.starts_at <= at),
        or_(_list.ends_at.is_(None), _list.ends_at > at),
    )


def precedence() -> list[ColumnElement[Any]]:
    """The order of lists, first one wins: highest priority, then the channel's own before a general one, then the oldest."""
    return [_list.priority.desc(), _list.channel_id.is_(None), _list.id]


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
        _list.currency == given("currency", Text),
        or_(_list.channel_id.is_(None), _list.channel_id == given("channel_id", Uuid)),
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
    categories: Mapping[UUID, str] = _NO_CATEGORIES,
) -> dict[UUID, PriceFact]:
    """Gives the price that holds for each variant in a channel at an instant; a variant without one is not in the answer.

    Of the active lists of the currency, in their windows at `at`, made for the channel or for all: the one with the
    highest priority that has the variant; at equal priority the channel's own before a general one; then the oldest.
    `categories` are the tax categories by variant, which the catalogue knows: a fact without one has an empty category.
    """
    rows = await reads.fetch(PRICES, variant_ids=variant_ids, channel_id=channel_id, currency=currency, at=at)
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
    return select(
        _list.id,
        _list.code,
        _list.name,
        _list.currency,
        _list.channel_id,
        _list.priority,
        _list.active,
        _list.starts_at,
        _list.ends_at,
        _list.includes_tax,
        _list.version,
        _list.created_at,
        _list.updated_at,
    )


ONE = Statement(selected_list().where(_list.id == given("list_id", Uuid)), into=PriceListOut)
ALL = Statement(
    selected_list()
    .where(or_(given("after", Text).is_(None), _list.code > given("after", Text)))
    .order_by(_list.code)
    .limit(given("most", Integer)),
    into=PriceListOut,
)
ON_LIST = Statement(
    select(prices.c.variant_id, prices.c.amount, prices.c.compare_at, _list.currency)
    .join_from(prices, price_lists, _list.id == prices.c.price_list_id)
    .where(
        _list.id == given("list_id", Uuid),
        or_(given("after", Uuid).is_(None), prices.c.variant_id > given("after", Uuid)),
    )
    .order_by(prices.c.variant_id)
    .limit(given("most", Integer)),
)


CHANGES = Statement(
    select(
        price_history.c.id,
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


async def prices_on_list(reads: Reads, list_id: UUID, *, after: UUID | None, most: int) -> list[PriceOut]:
    """Gives up to `most` prices of a list by variant, after the one named; refuses with NotFound when there is no such list."""
    rows = await reads.fetch(ON_LIST, list_id=list_id, after=after, most=most)
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
            since=row["since"],
            actor=row["actor"],
        )
        for row in rows
    ]


def _money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)


def _on_wire(row: Record) -> PriceOut:
    return PriceOut(
        variant_id=row["variant_id"],
        price=Money(row["amount"], row["currency"]),
        compare_at=_money(row["compare_at"], row["currency"]),
    )
