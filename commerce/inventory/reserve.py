"""Keep units for an order in the transaction that opens it: without a hold before, and without binding one after."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Boolean, DateTime, Integer, Text, Uuid, and_, case, null, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import rows
from commerce.inventory.errors import InsufficientStock
from commerce.inventory.expire import free_expired
from commerce.inventory.facts import Demand, Place, Shortage, summed
from commerce.inventory.queries import kept_back
from commerce.inventory.tables import reservations, stock_levels
from commerce.kernel.errors import Bug
from commerce.kernel.ids import ChannelId, HoldId, OrderId, TransferId
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
_kept_back = case(
    (given("keeps_back", Boolean), kept_back(given("channel", Text), given("at", DateTime(timezone=True)))),
    (given("beyond", Boolean), 0),
    else_=stock_levels.c.claimed,
)
_taken = (
    update(stock_levels)
    .where(
        rows.same_place(stock_levels, _locked),
        stock_levels.c.on_hand - stock_levels.c.reserved - _kept_back >= _locked.c.quantity,
    )
    .values(reserved=stock_levels.c.reserved + _locked.c.quantity)
    .returning(stock_levels.c.variant_id, stock_levels.c.location_id)
    .cte("taken")
)
_own = unnested(
    "own",
    hold_id=Uuid,
    order_id=Uuid,
    own_variant_id=Uuid,
    own_location_id=Uuid,
    units=Integer,
)
TAKE = Statement(
    insert(reservations)
    .from_select(
        [
            "hold_id",
            "order_id",
            "variant_id",
            "location_id",
            "quantity",
            "open",
            "expires_at",
            "created_at",
            "owner_kind",
        ],
        select(
            _own.c.hold_id,
            _own.c.order_id,
            _taken.c.variant_id,
            _taken.c.location_id,
            _own.c.units,
            _own.c.units,
            null().cast(DateTime(timezone=True)),
            given("at", DateTime(timezone=True)),
            given("owner_kind", Text),
        ).join_from(
            _own,
            _taken,
            and_(_own.c.own_variant_id == _taken.c.variant_id, _own.c.own_location_id == _taken.c.location_id),
        ),
    )
    .returning(reservations.c.variant_id, reservations.c.location_id)
    .add_cte(_locked)
)


async def reserve(
    tx: Tx,
    demands: Sequence[Demand],
    owner_id: OrderId | TransferId,
    hold_id: HoldId,
    *,
    at: datetime,
    owner: Literal["order", "transfer"] = "order",
    channel_id: ChannelId | None = None,
    beyond_safety: bool = False,
) -> None:
    """Keep all of the demands for an order, or a transfer, until they leave or it gives them up; under an id that no hold has.

    What a shelf keeps back, as safety stock or as a buffer from the order's channel, is not there for an order; a transfer takes goods that
    somebody stands before, so for it everything is that nobody is promised or waits for; and everything is `beyond_safety`: for units that came
    for this order.

    One statement, late in its transaction: what everybody wants stays locked from here until the commit. Holds that are over are freed when
    there is too little without them. Refuses with InsufficientStock, naming each place that is short: the transaction must end then.
    """
    wanted = dict(summed(demands))
    if not wanted:
        raise Bug("whoever reserves must keep something")
    keeps_back = owner == "order" and not beyond_safety
    keep = partial(
        _take,
        tx,
        owner_id=owner_id,
        owner=owner,
        hold_id=hold_id,
        at=at,
        channel_id=channel_id,
        keeps_back=keeps_back,
        beyond=beyond_safety,
    )
    short = await keep(wanted)
    if not short:
        return
    locked = await rows.lock(tx, short)
    if await free_expired(tx, locked, at):
        short = await keep(short)
    if short:
        raise InsufficientStock.of(
            [
                Shortage(*place, units, _left(locked.get(place), channel_id, at, keeps_back, beyond_safety))
                for place, units in short.items()
            ]
        )


class OrderDemands(NamedTuple):
    """What one order of several is to be kept, under an id that no hold has."""

    order_id: OrderId
    hold_id: HoldId
    demands: Sequence[Demand]


async def reserve_together(
    tx: Tx, wanted: Sequence[OrderDemands], *, at: datetime, channel_id: ChannelId | None = None
) -> bool:
    """Keep what several orders of one channel want, as `reserve` does for one: with one statement that locks each shelf once.

    Says False when there is too little for all of them together: the transaction must end then, and each be tried by itself.
    """
    own = [(each, place, units) for each in wanted for place, units in summed(each.demands).items()]
    places = summed([Demand(*place, units) for _, place, units in own])
    taken = await tx.fetch(
        TAKE,
        **rows.arrays(places),
        quantity=list(places.values()),
        hold_id=[each.hold_id for each, _, _ in own],
        order_id=[each.order_id for each, _, _ in own],
        own_variant_id=[place.variant_id for _, place, _ in own],
        own_location_id=[place.location_id for _, place, _ in own],
        units=[units for _, _, units in own],
        owner_kind="order",
        keeps_back=True,
        beyond=False,
        channel=channel_id and str(channel_id),
        at=at,
    )
    return len(taken) == len(own)


async def _take(
    tx: Tx,
    wanted: dict[Place, int],
    *,
    owner_id: UUID,
    owner: str,
    hold_id: HoldId,
    at: datetime,
    channel_id: ChannelId | None,
    keeps_back: bool,
    beyond: bool,
) -> dict[Place, int]:
    """Takes what there is enough of; gives the rest."""
    taken = await tx.fetch(
        TAKE,
        **rows.arrays(wanted),
        quantity=list(wanted.values()),
        hold_id=[hold_id] * len(wanted),
        order_id=[owner_id] * len(wanted),
        own_variant_id=[place.variant_id for place in wanted],
        own_location_id=[place.location_id for place in wanted],
        units=list(wanted.values()),
        owner_kind=owner,
        keeps_back=keeps_back,
        beyond=beyond,
        channel=channel_id and str(channel_id),
        at=at,
    )
    had = {Place(row["variant_id"], row["location_id"]) for row in taken}
    return {place: units for place, units in wanted.items() if place not in had}


def _left(row: rows.Row | None, channel_id: ChannelId | None, at: datetime, keeps_back: bool, beyond: bool) -> int:
    """Gives what could be had of a shelf."""
    if row is None:
        return 0
    kept = row.kept_back(channel_id, at) if keeps_back else 0 if beyond else row.claimed
    return max(0, row.free - kept)
