"""Keep units for a basket until its hold ends."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

import msgspec
from sqlalchemy import Boolean, DateTime, Integer, Uuid, func, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import rows
from commerce.inventory.errors import HoldDiffers, HoldExpired, InsufficientStock
from commerce.inventory.expire import free_expired
from commerce.inventory.facts import Demand, Place, summed
from commerce.inventory.rules import Basket, judge
from commerce.inventory.tables import reservations, stock_levels
from commerce.kernel import clock
from commerce.kernel.errors import Bug, Refusal
from commerce.kernel.ids import ChannelId, HoldId, LocationId, OrderId, VariantId
from commerce.platform.database import Database, Tx
from commerce.platform.grouped import Grouped
from commerce.platform.statement import Statement, any_of, given, unnested


class _Wanted(msgspec.Struct, frozen=True):
    hold_id: HoldId
    units: Mapping[Place, int]
    until: datetime
    channel_id: ChannelId | None


class _Kept(msgspec.Struct, frozen=True):
    hold_id: HoldId
    variant_id: VariantId
    location_id: LocationId
    quantity: int
    open: int
    order_id: OrderId | None
    expires_at: datetime | None


KEPT = Statement(
    select(
        reservations.c.hold_id,
        reservations.c.variant_id,
        reservations.c.location_id,
        reservations.c.quantity,
        reservations.c.open,
        reservations.c.order_id,
        reservations.c.expires_at,
    )
    .where(any_of(reservations.c.hold_id, "hold_ids"))
    .order_by(reservations.c.hold_id),
    into=_Kept,
)

_new = unnested(
    "new",
    hold_id=Uuid,
    variant_id=Uuid,
    location_id=Uuid,
    quantity=Integer,
    expires_at=DateTime(timezone=True),
    leads=Boolean,
)
# Nothing is looked up to see whether a hold is there already: a row that meets its like in an index is left out, whatever the planner knows
# of the table, and then there are fewer rows than asked for.
_inserted = (
    insert(reservations)
    .from_select(
        ["hold_id", "variant_id", "location_id", "quantity", "open", "expires_at", "leads", "created_at"],
        select(
            _new.c.hold_id,
            _new.c.variant_id,
            _new.c.location_id,
            _new.c.quantity,
            _new.c.quantity,
            _new.c.expires_at,
            _new.c.leads,
            given("at", DateTime(timezone=True)),
        ),
    )
    .on_conflict_do_nothing()
    .returning(reservations.c.hold_id)
    .cte("inserted")
)
_taken = unnested("taken", taken_variant_id=Uuid, taken_location_id=Uuid, units=Integer)
KEEP = Statement(
    update(stock_levels)
    .where(
        stock_levels.c.variant_id == _taken.c.taken_variant_id,
        stock_levels.c.location_id == _taken.c.taken_location_id,
    )
    .values(reserved=stock_levels.c.reserved + _taken.c.units)
    .returning(select(func.count()).select_from(_inserted).scalar_subquery().label("kept"))
)


class _HeldBeforeError(Exception):
    """A hold of the batch is there already: nothing of the batch was written."""


async def hold(
    db: Database, demands: Sequence[Demand], *, until: datetime, hold_id: HoldId, channel_id: ChannelId | None = None
) -> HoldId:
    """Keep all of the demands for one basket, or none of them, until the hold ends.

    What a shelf keeps back, as safety stock or as a buffer from the channel in which the basket is, is not there for it.

    Runs as a transaction of its own, joined with whoever waits beside it, so that a hot row is locked for one statement only. The same id
    again gives the same hold. Refuses with InsufficientStock, naming each place that is short and what could be had there instead; with
    HoldDiffers when the id keeps something else; with HoldExpired when it kept these units and does so no longer.
    """
    if not demands:
        raise Bug("a hold must keep something")
    return await _HOLD(db, _Wanted(hold_id, summed(demands), until, channel_id))


async def _hold_all(db: Database, wanted: Sequence[_Wanted]) -> Sequence[HoldId | Refusal]:
    try:
        return await db.transact(_hold_in_order, wanted, look=False)
    except _HeldBeforeError:
        return await db.transact(_hold_in_order, wanted, look=True)


async def _hold_in_order(tx: Tx, wanted: Sequence[_Wanted], *, look: bool) -> list[HoldId | Refusal]:
    """Judges the baskets in the order in which they came; one that is refused takes nothing, and its neighbours go on.

    Holds are new as a rule, and their rows say so when they are written; they are looked for first to `look`, and where one would be refused.
    """
    at = clock.now()
    locked = await rows.lock(tx, {place for each in wanted for place in each.units})
    kept = await _kept(tx, wanted) if look else {}
    new = _firsts(wanted, kept)
    verdicts = judge(_free(locked), _baskets(new, locked, at))
    if any(verdicts) and not look:
        kept = await _kept(tx, wanted)
        new = _firsts(wanted, kept)
        verdicts = judge(_free(locked), _baskets(new, locked, at))
    if any(verdicts) and await free_expired(tx, locked, at):
        verdicts = judge(_free(locked), _baskets(new, locked, at))
    refused = {hold_id: InsufficientStock.of(short) for hold_id, short in zip(new, verdicts, strict=True) if short}
    await _keep(tx, [each for hold_id, each in new.items() if hold_id not in refused], at)
    return [
        _again(each, kept[each.hold_id], at)
        if each.hold_id in kept
        else _first(each, new[each.hold_id], refused.get(each.hold_id))
        for each in wanted
    ]


async def _kept(tx: Tx, wanted: Sequence[_Wanted]) -> dict[HoldId, list[_Kept]]:
    """Gives the holds that are there already; after the lock, so that one that was being made meanwhile is seen."""
    lines = await tx.fetch(KEPT, hold_ids=[each.hold_id for each in wanted])
    return {hold_id: list(of_hold) for hold_id, of_hold in groupby(lines, key=lambda line: line.hold_id)}


def _firsts(wanted: Sequence[_Wanted], kept: Mapping[HoldId, object]) -> dict[HoldId, _Wanted]:
    new: dict[HoldId, _Wanted] = {}
    for each in wanted:
        if each.hold_id not in kept:
            new.setdefault(each.hold_id, each)
    return new


def _baskets(new: Mapping[HoldId, _Wanted], locked: Mapping[Place, rows.Row], at: datetime) -> list[Basket]:
    return [Basket(each.units, _kept_back(locked, each, at)) for each in new.values()]


def _free(locked: Mapping[Place, rows.Row]) -> dict[Place, int]:
    return {place: row.free for place, row in locked.items()}


def _kept_back(locked: Mapping[Place, rows.Row], wanted: _Wanted, at: datetime) -> dict[Place, int]:
    return {place: row.kept_back(wanted.channel_id, at) for place in wanted.units if (row := locked.get(place))}


async def _keep(tx: Tx, baskets: Sequence[_Wanted], at: datetime) -> None:
    if not baskets:
        return
    taken: dict[Place, int] = {}
    lines = [(each, place, units) for each in baskets for place, units in each.units.items()]
    for _, place, units in lines:
        taken[place] = taken.get(place, 0) + units
    updated = await tx.fetch(
        KEEP,
        hold_id=[each.hold_id for each, _, _ in lines],
        variant_id=[place.variant_id for _, place, _ in lines],
        location_id=[place.location_id for _, place, _ in lines],
        quantity=[units for _, _, units in lines],
        expires_at=[each.until for each, _, _ in lines],
        leads=[nth == 0 for each in baskets for nth in range(len(each.units))],
        at=at,
        taken_variant_id=[place.variant_id for place in taken],
        taken_location_id=[place.location_id for place in taken],
        units=list(taken.values()),
    )
    if len(updated) != len(taken):
        raise Bug(f"{len(taken)} rows were locked to keep units on them, and {len(updated)} were updated")
    if updated[0]["kept"] != len(lines):
        raise _HeldBeforeError


def _again(wanted: _Wanted, kept: Sequence[_Kept], at: datetime) -> HoldId | Refusal:
    if {Place(line.variant_id, line.location_id): line.quantity for line in kept} != wanted.units:
        return HoldDiffers("Use a new id for other units.")
    if any(line.order_id is None and (line.open < line.quantity or _over(line, at)) for line in kept):
        return HoldExpired("The hold with this id has ended; ask for the units again under a new id.")
    return wanted.hold_id


def _over(line: _Kept, at: datetime) -> bool:
    return line.expires_at is not None and line.expires_at <= at


def _first(wanted: _Wanted, judged: _Wanted, refused: Refusal | None) -> HoldId | Refusal:
    """Answers a request that may stand twice in one batch: the first one of its id is the one that was judged."""
    if wanted.units != judged.units:
        return HoldDiffers("Use a new id for other units.")
    return refused or wanted.hold_id


_HOLD = Grouped(_hold_all)
