"""Put prices on a list, and take them off: many at once, each change kept in the history.

Prices of one unit from now on, on a list that never had others, go in by one statement: that is how files come in. All else goes the
long way of `schedule_prices`. Which one is right is told by the list's row, under its lock.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Text,
    Uuid,
    cast,
    delete,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.errors import NotFound
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.pricing.default_list import default_list
from commerce.pricing.events import PriceListChanged
from commerce.pricing.facts import PriceEntry, PricesSet
from commerce.pricing.rewrite_prices import PriceChange, calling_off, change_of, figures, rewrite
from commerce.pricing.tables import price_history, price_lists, prices

_list = price_lists.c
LOCK = Statement(
    select(_list.id, _list.version, _list.currency, _list.channel_id, _list.layered)
    .where(_list.id == given("list_id", Uuid))
    .with_for_update()
)
BUMP = Statement(
    update(price_lists)
    .where(_list.id == given("list_id", Uuid))
    .values(
        version=_list.version + 1,
        layered=or_(_list.layered, given("layered", Boolean)),
        updated_at=given("at", _list.updated_at.type),
    )
)
ONE_UNIT: ColumnElement[int] = literal_column("1", Integer)


def _history_of(changed: CTE, *, taken_off: bool = False) -> CTE:
    """One row of history for each row that changed; for prices that were taken off, one without an amount for each tier."""
    nothing = cast(null(), BigInteger)
    amounts = [nothing, nothing] if taken_off else [changed.c.amount, changed.c.compare_at]
    tier = changed.c.min_quantity if taken_off else ONE_UNIT
    rows = select(
        given("list_id", Uuid),
        changed.c.variant_id,
        tier,
        *amounts,
        given("at", price_history.c.since.type),
        given("actor", Text),
    )
    names = ["price_list_id", "variant_id", "min_quantity", "amount", "compare_at", "since", "actor"]
    return insert(price_history).from_select(names, rows.distinct() if taken_off else rows).cte("history")


_wanted = unnested("wanted", variant_id=Uuid, amount=BigInteger, compare_at=BigInteger)
_before = (
    select(prices.c.variant_id, prices.c.amount, prices.c.compare_at)
    .where(
        prices.c.price_list_id == given("list_id", Uuid),
        any_of(prices.c.variant_id, "variant_id"),
        prices.c.min_quantity == ONE_UNIT,
    )
    .cte("before")
)
_set = insert(prices).from_select(
    ["price_list_id", "variant_id", "amount", "compare_at"],
    select(given("list_id", Uuid), _wanted.c.variant_id, _wanted.c.amount, _wanted.c.compare_at),
)
_put = (
    _set.on_conflict_do_update(
        index_elements=["price_list_id", "variant_id", "min_quantity", "starts_at"],
        set_={"amount": _set.excluded.amount, "compare_at": _set.excluded.compare_at},
        where=or_(
            prices.c.amount != _set.excluded.amount,
            prices.c.compare_at.is_distinct_from(_set.excluded.compare_at),
        ),
    )
    .returning(prices.c.variant_id, prices.c.amount, prices.c.compare_at)
    .cte("put")
)
PUT = Statement(
    select(
        _put.c.variant_id,
        _put.c.amount,
        _put.c.compare_at,
        _before.c.amount.label("amount_before"),
        _before.c.compare_at.label("compare_at_before"),
    )
    .join_from(_put, _before, _put.c.variant_id == _before.c.variant_id, isouter=True)
    .order_by(_put.c.variant_id)
    .add_cte(_history_of(_put))
)
_taken = (
    delete(prices)
    .where(prices.c.price_list_id == given("list_id", Uuid), any_of(prices.c.variant_id, "variant_id"))
    .returning(prices.c.variant_id, prices.c.min_quantity, prices.c.starts_at, prices.c.amount)
    .cte("taken")
)
TAKE_OFF = Statement(
    select(_taken)
    .order_by(_taken.c.variant_id, _taken.c.min_quantity, _taken.c.starts_at)
    .add_cte(_history_of(_taken, taken_off=True))
)


async def set_prices(
    tx: Tx,
    list_id: UUID | None,
    entries: Sequence[PriceEntry],
    *,
    actor: str,
    at: datetime,
    currency: str | None = None,
) -> PricesSet:
    """Put these prices on a list; without a list, on the default list of `currency`, which is made when there is none.

    Of two entries for one variant, tier and start the later holds. The list's version rises by one when any price is another one now, or
    will be, and each of those gets a row of history: what it is since `at`, and whose doing it was (`actor`, a principal).
    Refuses with NotFound when there is no such list. Amounts are minor units of the list's currency, 0 or more.
    """
    if list_id is None:
        if currency is None:
            raise ValueError("without a list, the currency says which default list is meant")
        list_id = await default_list(tx, currency, at=at)
    held = await _lock(tx, list_id)
    if held["layered"] or not all(entry.plain for entry in entries):
        return await _layered(tx, held, entries, actor=actor, at=at)
    by_variant = {entry.variant_id: entry for entry in entries}
    rows = await tx.fetch(
        PUT,
        list_id=list_id,
        variant_id=list(by_variant),
        amount=[entry.amount for entry in by_variant.values()],
        compare_at=[_shown_beside(entry) for entry in by_variant.values()],
        at=at,
        actor=actor,
    )
    return await _changed(
        tx,
        held,
        at,
        before={str(row["variant_id"]): _figures(row, "_before") for row in rows},
        after={str(row["variant_id"]): _figures(row, "") for row in rows},
        variants=[row["variant_id"] for row in rows],
    )


async def _layered(tx: Tx, held: Record, entries: Sequence[PriceEntry], *, actor: str, at: datetime) -> PricesSet:
    changes = [change_of(entry, at) for entry in entries]
    return await _rewritten(tx, held, changes, actor=actor, at=at, layered=True)


async def _rewritten(
    tx: Tx, held: Record, changes: Sequence[PriceChange], *, actor: str, at: datetime, layered: bool
) -> PricesSet:
    tiers = await rewrite(tx, held["id"], changes, actor=actor, at=at)
    return await _changed(
        tx,
        held,
        at,
        before=figures({tier: before for tier, (before, _) in tiers.items()}),
        after=figures({tier: after for tier, (_, after) in tiers.items()}),
        variants=sorted({variant for variant, _ in tiers}),
        layered=layered,
    )


async def call_off_price(
    tx: Tx, list_id: UUID, variant_id: UUID, *, min_quantity: int, starts_at: datetime, actor: str, at: datetime
) -> PricesSet:
    """Call off a change that was planned for an instant still to come: what holds before it goes on.

    Refuses with NotFound when there is no such list; where nothing was planned, nothing changes.
    """
    held = await _lock(tx, list_id)
    changes = [calling_off(variant_id, min_quantity, starts_at)]
    return await _rewritten(tx, held, changes, actor=actor, at=at, layered=False)


async def remove_prices(tx: Tx, list_id: UUID, variant_ids: Collection[UUID], *, actor: str, at: datetime) -> PricesSet:
    """Take the prices of these variants off a list, those to come and every tier, so that the next list in order holds, or none.

    Keeps the history. Refuses with NotFound when there is no such list; a variant that is not on it changes nothing.
    """
    held = await _lock(tx, list_id)
    rows = await tx.fetch(TAKE_OFF, list_id=list_id, variant_id=list(variant_ids), at=at, actor=actor)
    variants = list(dict.fromkeys(row["variant_id"] for row in rows))
    before: dict[str, Any] = {str(variant): [] for variant in variants}
    for row in rows:
        before[str(row["variant_id"])].append({"min_quantity": row["min_quantity"], "amount": row["amount"]})
    return await _changed(
        tx, held, at, before=before, after={str(variant): None for variant in variants}, variants=variants
    )


async def _lock(tx: Tx, list_id: UUID) -> Record:
    held = await tx.fetch_one(LOCK, list_id=list_id)
    if held is None:
        raise NotFound("There is no such price list.")
    return held


def _shown_beside(entry: PriceEntry) -> int | None:
    if entry.amount is None or entry.compare_at is None:
        return None
    return entry.compare_at if entry.compare_at > entry.amount else None


async def _changed(
    tx: Tx,
    held: Record,
    at: datetime,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
    variants: Sequence[UUID],
    layered: bool = False,
) -> PricesSet:
    version: int = held["version"] + bool(variants)
    if variants:
        await tx.execute(BUMP, list_id=held["id"], layered=layered, at=at)
        tx.changed("prices", held["id"], before=before, after=after)
        tx.emit(
            PriceListChanged(
                price_list_id=held["id"],
                price_list_version=version,
                currency=held["currency"],
                channel_id=held["channel_id"],
                variant_ids=tuple(variants),
            )
        )
    return PricesSet(price_list_id=held["id"], version=version, changed=tuple(variants))


def _figures(row: Record, when: str) -> dict[str, Any] | None:
    amount = row.get(f"amount{when}")
    return None if amount is None else {"amount": amount, "compare_at": row.get(f"compare_at{when}")}
