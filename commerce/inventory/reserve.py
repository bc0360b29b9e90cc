"""Keep units for an order in the transaction that opens it: without a hold before, and without binding one after."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import DateTime, Integer, Uuid, null, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import rows
from commerce.inventory.errors import InsufficientStock
from commerce.inventory.expire import free_expired
from commerce.inventory.facts import Demand, Place, Shortage, summed
from commerce.inventory.tables import reservations, stock_levels
from commerce.kernel.errors import Bug
from commerce.kernel.ids import HoldId, OrderId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested

_wanted = unnested("wanted", variant_id=Uuid, location_id=Uuid, quantity=Integer)
# Rows are locked in key order, as everywhere; the guard is judged on each as it is after the wait.
_locked = (
    select(stock_levels.c.variant_id, stock_levels.c.location_id, _wanted.c.quantity)
    .join_from(stock_levels, _wanted, rows.same_place(stock_levels, _wanted))
    .order_by(stock_levels.c.variant_id, stock_levels.c.location_id)
    .with_for_update(of=stock_levels, key_share=True)
    .cte("locked")
)
_taken = (
    update(stock_levels)
    .where(
        rows.same_place(stock_levels, _locked), stock_levels.c.on_hand - stock_levels.c.reserved >= _locked.c.quantity
    )
    .values(reserved=stock_levels.c.reserved + _locked.c.quantity)
    .returning(stock_levels.c.variant_id, stock_levels.c.location_id, _locked.c.quantity)
    .cte("taken")
)
TAKE = Statement(
    insert(reservations)
    .from_select(
        ["hold_id", "order_id", "variant_id", "location_id", "quantity", "open", "expires_at", "created_at"],
        select(
            given("hold_id", Uuid),
            given("order_id", Uuid),
            _taken.c.variant_id,
            _taken.c.location_id,
            _taken.c.quantity,
            _taken.c.quantity,
            null().cast(DateTime(timezone=True)),
            given("at", DateTime(timezone=True)),
        ),
    )
    .returning(reservations.c.variant_id, reservations.c.location_id)
    .add_cte(_locked)
)


async def reserve(tx: Tx, demands: Sequence[Demand], order_id: OrderId, hold_id: HoldId, *, at: datetime) -> None:
    """Keep all of the demands for an order until they leave, or the order gives them up; under an id that no hold has.

    One statement, late in its transaction: what everybody wants stays locked from here until the commit. Holds that are over are freed when
    there is too little without them. Refuses with InsufficientStock, naming each place that is short: the transaction must end then.
    """
    wanted = dict(summed(demands))
    if not wanted:
        raise Bug("an order must keep something")
    short = await _take(tx, wanted, order_id, hold_id, at)
    if not short:
        return
    locked = await rows.lock(tx, short)
    if await free_expired(tx, locked, at):
        short = await _take(tx, short, order_id, hold_id, at)
    if short:
        raise InsufficientStock.of([_shortage(place, units, locked.get(place)) for place, units in short.items()])


async def _take(tx: Tx, wanted: dict[Place, int], order_id: OrderId, hold_id: HoldId, at: datetime) -> dict[Place, int]:
    """Takes what there is enough of; gives the rest."""
    taken = await tx.fetch(
        TAKE,
        **rows.arrays(wanted),
        quantity=list(wanted.values()),
        hold_id=hold_id,
        order_id=order_id,
        at=at,
    )
    had = {Place(row["variant_id"], row["location_id"]) for row in taken}
    return {place: units for place, units in wanted.items() if place not in had}


def _shortage(place: Place, units: int, row: rows.Row | None) -> Shortage:
    available = 0 if row is None else max(0, row.on_hand - row.reserved)
    return Shortage(place.variant_id, place.location_id, units, available)
