"""What comes is for those who wait: claims of a place are served, expected at another instant, or lost, in the transaction that moves its supply.

Whoever changes what is on a shelf or on its way runs this within: docs/decisions/0107-who-is-served.md. What one transaction leaves to be done
is done by the next one; nobody else is promised it meanwhile, since the shelf keeps it back.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from commerce import fulfilment, inventory, orders, stores, supplies
from commerce.fulfilment import Fulfilment, FulfilmentState
from commerce.inventory import Demand, Place
from commerce.kernel import clock
from commerce.kernel.ids import HoldId, LocationId, OrderId, OrderLineId, VariantId, new_id
from commerce.orders import OrderState
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.jobs import NewJob, enqueue_all
from commerce.stores import Location
from commerce.supplies import Claim, Settlement, SupplyLost

SYSTEM = Caller(kind="system")
SETTLE_ONE = "checkout.settle_supply_of"
ORDERS_MOST = 100
"""So many claims are served, and so many expected at another instant, in one transaction; the next one goes on."""


class Unsettled(msgspec.Struct, frozen=True):
    """A place where orders wait that have to be looked at."""

    variant_id: VariantId
    location_id: LocationId


class _Due(msgspec.Struct, frozen=True, kw_only=True):
    """What is done of a settlement in one transaction."""

    settlement: Settlement
    moves: list[tuple[Claim, datetime]]

    @property
    def served(self) -> list[tuple[Claim, int]]:
        return list(self.settlement.served[:ORDERS_MOST])

    @property
    def moved(self) -> list[tuple[Claim, datetime]]:
        return self.moves[:ORDERS_MOST]

    @property
    def left(self) -> bool:
        return len(self.settlement.served) > ORDERS_MOST or len(self.moves) > ORDERS_MOST

    @property
    def orders(self) -> set[OrderId]:
        return {claim.order_id for claim, _ in (*self.served, *self.settlement.lost, *self.moved)}


async def settle(tx: Tx, places: Collection[Place], *, reason: str, only_later: bool = True) -> None:
    """Serves, moves and ends the claims of places by what there is and comes now; again it changes nothing.

    `only_later`: an instant that is earlier than what was promised stays as it is. Orders are locked before levels, unless the transaction has
    the level locked already: then whoever is in the way of another is run again.
    """
    for place in sorted(places):
        await _settle_one(tx, place, reason=reason, only_later=only_later)


async def settle_one(tx: Tx, place: Unsettled) -> None:
    """Settles the claims of a place, whenever it is looked at."""
    await settle(tx, [Place(place.variant_id, place.location_id)], reason="looked_at")


async def _settle_one(tx: Tx, place: Place, *, reason: str, only_later: bool) -> None:
    if not await supplies.queue_of(tx, place):
        return
    at = clock.now()
    here = await stores.location(tx, place.location_id)
    states = await _locked(tx, (await _due(tx, place, here, at, only_later=only_later)).orders, {})
    await inventory.lock_shelves(tx, [place])
    due = await _due(tx, place, here, at, only_later=only_later)
    states = await _locked(tx, due.orders, states)
    stands = {order_id for order_id, state in states.items() if state is OrderState.PLACED}
    served = [(claim, units) for claim, units in due.served if claim.order_id in stands]
    await supplies.end_some(tx, served=served, released=due.settlement.lost, reason=reason, at=at)
    await supplies.set_beyond(tx, {place: due.settlement.beyond})
    await _serve(tx, place, served, at)
    for claim, units in due.settlement.lost:
        if claim.expires_at is None:
            tx.emit(_lost(claim, units))
    asked = {claim.wait_id for claim, _ in due.settlement.lost}
    await _go_on(tx, here, [claim for claim, _ in served if claim.wait_id not in asked], at)
    await _move(tx, [each for each in due.moved if each[0].order_id in stands], reason, at)
    if due.left:
        key = f"{SETTLE_ONE}:{place.variant_id}:{place.location_id}:{new_id()}"
        await enqueue_all(tx, [NewJob(kind=SETTLE_ONE, payload=Unsettled(*place), dedupe=key)])


async def _due(tx: Tx, place: Place, here: Location, at: datetime, *, only_later: bool) -> _Due:
    known = await supplies.outlook(tx, {here.id: here}, [place.variant_id], [place.location_id], at=at)
    queue = await supplies.queue_of(tx, place)
    settlement = supplies.settled(known[place], queue, at)
    moves: list[tuple[Claim, datetime]] = []
    for claim, there_at in settlement.there_at:
        ready = supplies.ready_at(here, there_at, claim.service)
        if claim.expires_at is None and ready is not None and _moves(claim, ready, only_later=only_later):
            moves.append((claim, ready))
    return _Due(settlement=settlement, moves=moves)


def _moves(claim: Claim, ready: datetime, *, only_later: bool) -> bool:
    return ready > claim.expected_at or (not only_later and ready != claim.expected_at)


async def _locked(
    tx: Tx, order_ids: Collection[OrderId], known: Mapping[OrderId, OrderState]
) -> dict[OrderId, OrderState]:
    """Locks orders in their order, and gives their states with those of the ones that are locked already."""
    found = dict(known)
    for order_id in sorted(set(order_ids) - found.keys()):
        found[order_id] = (await orders.lock_header(tx, order_id)).state
    return found


async def _serve(tx: Tx, place: Place, served: Collection[tuple[Claim, int]], at: datetime) -> None:
    """Promises units at their place to the orders that waited for them, and reserves them there: beyond what the shelf keeps back."""
    of_order: dict[OrderId, list[tuple[OrderLineId, int]]] = {}
    for claim, units in served:
        of_order.setdefault(claim.order_id, []).append((claim.order_line_id, units))
    for order_id, lines in of_order.items():
        await orders.place_at(tx, order_id, lines, place.location_id)
        demand = Demand(place.variant_id, place.location_id, sum(units for _, units in lines))
        await inventory.reserve(tx, [demand], order_id, HoldId(new_id()), at=at, beyond_safety=True)


async def _go_on(tx: Tx, here: Location, served: Collection[Claim], at: datetime) -> None:
    """Offers work whose units have all come; one that cannot be ready any more when it was promised is promised anew."""
    for claim in {each.wait_id: each for each in served}.values():
        work = await waiting_work(tx, claim.order_id, claim.wait_id)
        if work is None or await supplies.waiting_for(tx, claim.wait_id):
            continue
        ready = supplies.ready_at(here, at, claim.service)
        if ready is not None and (work.ready_by is None or ready > work.ready_by):
            await fulfilment.move_promise(tx, SYSTEM, work.id, ready, "supply_came")
        await fulfilment.goods_arrived(tx, SYSTEM, work.id)


async def _move(tx: Tx, moved: Collection[tuple[Claim, datetime]], reason: str, at: datetime) -> None:
    """Expects units at another instant: the order says so, and the promise of its work moves, which tells the customer."""
    await supplies.moved(tx, list(moved), reason=reason, at=at)
    of_order: dict[OrderId, list[tuple[Claim, datetime]]] = {}
    for claim, ready in moved:
        of_order.setdefault(claim.order_id, []).append((claim, ready))
    for order_id, mine in of_order.items():
        expected = {claim.order_line_id: ready for claim, ready in mine}
        await orders.expect_units(tx, order_id, expected, reason=reason)
        claims = await supplies.claims_of(tx, order_id)
        for wait_id in {claim.wait_id for claim, _ in mine}:
            work = await waiting_work(tx, order_id, wait_id)
            last = max(claim.expected_at for claim in claims if claim.wait_id == wait_id and claim.open)
            if work is not None and last > at:
                await fulfilment.move_promise(tx, SYSTEM, work.id, last, reason)


async def waiting_work(tx: Tx, order_id: OrderId, wait_id: UUID) -> Fulfilment | None:
    """Gives the work that waits for what comes under a name."""
    for work in await fulfilment.fulfilments_of(tx, order_id):
        if work.waiting_for == wait_id and work.state is FulfilmentState.WAITING_FOR_TRANSFER:
            return work
    return None


def _lost(claim: Claim, units: int) -> SupplyLost:
    return SupplyLost(
        claim_id=claim.id,
        order_id=claim.order_id,
        order_line_id=claim.order_line_id,
        wait_id=claim.wait_id,
        variant_id=claim.variant_id,
        location_id=claim.location_id,
        units=units,
    )
