"""Put prices on a list, and take them off: many at once, each change kept in the history."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import CTE, BigInteger, Text, Uuid, cast, delete, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.errors import NotFound
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.pricing.default_list import default_list
from commerce.pricing.events import PriceListChanged
from commerce.pricing.facts import PriceEntry, PricesSet
from commerce.pricing.tables import price_history, price_lists, prices

_list = price_lists.c
LOCK = Statement(
    select(_list.id, _list.version, _list.currency, _list.channel_id)
    .where(_list.id == given("list_id", Uuid))
    .with_for_update()
)
BUMP = Statement(
    update(price_lists)
    .where(_list.id == given("list_id", Uuid))
    .values(version=_list.version + 1, updated_at=given("at", _list.updated_at.type))
)


def _history_of(changed: CTE, *, taken_off: bool = False) -> CTE:
    """One row of history for each row that changed; a price that was taken off is one without an amount."""
    nothing = cast(null(), BigInteger)
    amounts = [nothing, nothing] if taken_off else [changed.c.amount, changed.c.compare_at]
    rows = select(
        given("list_id", Uuid),
        changed.c.variant_id,
        *amounts,
        given("at", price_history.c.since.type),
        given("actor", Text),
    )
    names = ["price_list_id", "variant_id", "amount", "compare_at", "since", "actor"]
    return insert(price_history).from_select(names, rows).cte("history")


_wanted = unnested("wanted", variant_id=Uuid, amount=BigInteger, compare_at=BigInteger)
_before = (
    select(prices.c.variant_id, prices.c.amount, prices.c.compare_at)
    .where(prices.c.price_list_id == given("list_id", Uuid), any_of(prices.c.variant_id, "variant_id"))
    .cte("before")
)
_set = insert(prices).from_select(
    ["price_list_id", "variant_id", "amount", "compare_at"],
    select(given("list_id", Uuid), _wanted.c.variant_id, _wanted.c.amount, _wanted.c.compare_at),
)
_put = (
    _set.on_conflict_do_update(
        index_elements=["price_list_id", "variant_id"],
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
    .returning(prices.c.variant_id, prices.c.amount, prices.c.compare_at)
    .cte("taken")
)
TAKE_OFF = Statement(
    select(
        _taken.c.variant_id,
        _taken.c.amount.label("amount_before"),
        _taken.c.compare_at.label("compare_at_before"),
    )
    .order_by(_taken.c.variant_id)
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

    Of two entries for one variant the later holds. The list's version rises by one when any price is another one now,
    and each of those gets a row of history: what it is since `at`, and whose doing it was (`actor`, a principal).
    Refuses with NotFound when there is no such list. Amounts are minor units of the list's currency, 0 or more.
    """
    if list_id is None:
        if currency is None:
            raise ValueError("without a list, the currency says which default list is meant")
        list_id = await default_list(tx, currency, at=at)
    by_variant = {entry.variant_id: entry for entry in entries}
    held = await _lock(tx, list_id)
    rows = await tx.fetch(
        PUT,
        list_id=list_id,
        variant_id=list(by_variant),
        amount=[entry.amount for entry in by_variant.values()],
        compare_at=[_shown_beside(entry) for entry in by_variant.values()],
        at=at,
        actor=actor,
    )
    return await _changed(tx, held, rows, at)


async def remove_prices(tx: Tx, list_id: UUID, variant_ids: Collection[UUID], *, actor: str, at: datetime) -> PricesSet:
    """Take the prices of these variants off a list, so that the next list in order holds, or none. Keeps the history.

    Refuses with NotFound when there is no such list; a variant that is not on it changes nothing.
    """
    held = await _lock(tx, list_id)
    rows = await tx.fetch(TAKE_OFF, list_id=list_id, variant_id=list(variant_ids), at=at, actor=actor)
    return await _changed(tx, held, rows, at)


async def _lock(tx: Tx, list_id: UUID) -> Record:
    held = await tx.fetch_one(LOCK, list_id=list_id)
    if held is None:
        raise NotFound("There is no such price list.")
    return held


def _shown_beside(entry: PriceEntry) -> int | None:
    return entry.compare_at if entry.compare_at is not None and entry.compare_at > entry.amount else None


async def _changed(tx: Tx, held: Record, rows: Sequence[Record], at: datetime) -> PricesSet:
    changed = tuple(row["variant_id"] for row in rows)
    version: int = held["version"] + bool(changed)
    if changed:
        await tx.execute(BUMP, list_id=held["id"], at=at)
        tx.changed(
            "prices",
            held["id"],
            before={str(row["variant_id"]): _figures(row, "_before") for row in rows},
            after={str(row["variant_id"]): _figures(row, "") for row in rows},
        )
        tx.emit(
            PriceListChanged(
                price_list_id=held["id"],
                price_list_version=version,
                currency=held["currency"],
                channel_id=held["channel_id"],
                variant_ids=changed,
            )
        )
    return PricesSet(price_list_id=held["id"], version=version, changed=changed)


def _figures(row: Record, when: str) -> dict[str, Any] | None:
    amount = row.get(f"amount{when}")
    return None if amount is None else {"amount": amount, "compare_at": row.get(f"compare_at{when}")}
