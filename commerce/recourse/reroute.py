"""Parcels that a place rejected are sent from another one: found by the rule of sourcing, never where an article was rejected before."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from commerce import inventory, orders, promise, traceability
from commerce.fulfilment import Fulfilment, UnitsRejected, offer_units
from commerce.inventory import Demand, InsufficientStock
from commerce.kernel import clock
from commerce.kernel.ids import ChannelId, HoldId, LocationId, OrderId, RejectionId, new_id
from commerce.orders import OrderFacts, OrderState
from commerce.platform.database import Database, Reading, Tx
from commerce.promise import CannotPromise, DayFull, Promised
from commerce.recourse.events import ChoiceWanted, UnitsRerouted
from commerce.recourse.facts import Kind, Rejection, RejectionState as S
from commerce.recourse.hear import choose_by, close_all
from commerce.recourse.keep import keep, raise_exception
from commerce.recourse.queries import ROUTING, asked, lock, rejections_of
from commerce.recourse.rules import Units, handed_out, routed
from commerce.recourse.zones import outside

TRIES = 3
BATCH = 20
SWEEP_AFTER_SECONDS = 60


class Route(msgspec.Struct, frozen=True):
    """Where units would come from and when each place promises to be ready; a judgement of the moment."""

    demands: Sequence[Demand]
    promised: Mapping[LocationId, Promised]


async def reroute(db: Database, rejected: UnitsRejected) -> None:
    """Looks for other places for parcels that were rejected; again, it changes nothing."""
    for case in await rejections_of(db.reading, rejected.order_id):
        if case.state is S.ROUTING and case.fulfilment_order_id == rejected.fulfilment_order_id:
            await route(db, case)


async def route_forgotten(db: Database, _: None = None) -> None:
    """Looks for other places for whatever still waits for one after a minute."""
    before = clock.now() - timedelta(seconds=SWEEP_AFTER_SECONDS)
    for case in await db.reading.fetch(ROUTING, before=before, most=BATCH):
        await route(db, case)


async def route(db: Database, case: Rejection) -> None:
    """Finds places for the units of a rejection and has them do the work; the customer is asked about what nobody has.

    Stock that somebody else takes in the meantime makes it look again, three times at the most.
    """
    for _ in range(TRIES):
        at = clock.now()
        order = await orders.order(db.reading, case.order_id)
        found = await find_route(db.reading, order, case, at)
        try:
            await db.transact(_take_route, case.order_id, case.id, found, at)
        except (InsufficientStock, DayFull):
            continue
        return
    await db.transact(_take_route, case.order_id, case.id, Route((), {}), clock.now())


async def find_route(reading: Reading, order: OrderFacts, case: Rejection, at: datetime) -> Route:
    """Gives from where the waiting units could be sent now, or as many of them as can be."""
    where = await outside(reading, order, case) | await asked(reading, case.order_id)
    channel_id = ChannelId(order.channel_id)
    decision = await promise.sourced(reading, case.wanted, at, channel_id=channel_id, excluded=where)
    places = dict.fromkeys(demand.location_id for demand in decision.demands)
    try:
        made = await promise.promised(reading, [(place, "ships") for place in places], at)
    except CannotPromise:
        return Route((), {})
    return Route(decision.demands, {place: made[place, "ships"] for place in places})


async def take_on(
    tx: Tx, case: Rejection, kind: Kind, found: Route, *, at: datetime, by: str
) -> tuple[list[Fulfilment], list[Units]]:
    """Promises, reserves and offers units at the places that were found; gives the work. The order is locked.

    Refuses with InsufficientStock and DayFull when a place cannot any more; nothing happened then.
    """
    works: list[Fulfilment] = []
    parts = handed_out(case, found.demands)
    for location_id, units in parts.items():
        order = await orders.place_at(tx, case.order_id, units, location_id, by=by)
        works.append(
            await offer_units(
                tx,
                order,
                case.group_id,
                location_id,
                kind,
                units,
                ready_by=found.promised[location_id].ready_by,
                attempt=case.attempt + 1,
                by=by,
            )
        )
    windows = [found.promised[location_id].window for location_id in parts]
    await promise.book(tx, case.order_id, windows, at=at)
    await traceability.put_aside(tx, [(each.variant_id, each.location_id) for each in found.demands], by)
    await inventory.reserve(tx, found.demands, case.order_id, HoldId(new_id()), at=at)
    return works, list(parts.values())


async def _take_route(tx: Tx, order_id: OrderId, rejection_id: RejectionId, found: Route, at: datetime) -> None:
    order = await orders.lock_header(tx, order_id)
    case = await lock(tx, order_id, rejection_id)
    if case.state is not S.ROUTING:
        return
    if order.state is not OrderState.PLACED:
        await close_all(tx, order_id, by="system")
        return
    works: list[Fulfilment] = []
    after = case
    if found.demands:
        works, parts = await take_on(tx, case, "ship", found, at=at, by="system")
        after = routed(case, parts)
    if after.units:
        until = await choose_by(tx, case.location_id, at)
        after = msgspec.structs.replace(after, state=S.WAITING_FOR_CHOICE, choose_by=until)
    else:
        after = msgspec.structs.replace(after, state=S.ROUTED)
    after = await keep(tx, case, after, by="system", at=at)
    if works:
        tx.emit(
            UnitsRerouted(
                rejection_id=after.id,
                order_id=after.order_id,
                rejection=after,
                fulfilment_order_ids=tuple(work.id for work in works),
            )
        )
    if after.units:
        await raise_exception(tx, "unroutable", after, at)
        tx.emit(ChoiceWanted(rejection_id=after.id, order_id=after.order_id, rejection=after))
