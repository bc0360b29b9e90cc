"""Units that wait for supply are waited for no longer: off the order, off the queue, not charged; what is left goes on as before."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from commerce import fulfilment, orders, payments, supplies
from commerce.checkout import settle_supply
from commerce.fulfilment import Fulfilment, FulfilmentState
from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import OrderId, OrderLineId, new_id
from commerce.orders import UNPLACED, Order, OrderState
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.recourse.errors import KitGoesTogether, NothingWaits
from commerce.supplies import Claim

SYSTEM = Caller(kind="system")
GIVEN_UP = "given_up"
Wanted = Sequence[tuple[OrderLineId, int | None]]
"""Order lines, each with how many of its waiting units are meant, None for all of them."""


async def give_up_waiting(tx: Tx, caller: Caller, order_id: UUID, wanted: Wanted) -> Order:
    """Takes units that wait for supply off a placed order; gives the order. Its shopper may, and who works where they are waited for.

    They are not charged, and what is held for nothing else is let go; their work ends, or goes on with the rest, at once where that has come;
    whoever is next in the queue gets what was theirs. What came in the meantime waits no more: refuses with NothingWaits, and changes nothing;
    with KitGoesTogether part of a kit; with InvalidInput a line named twice; with NotFound another's order.
    """
    await orders.seen(tx, orders.sight_of(caller), order_id)
    order = await orders.lock(tx, order_id)
    claims = {each.order_line_id: each for each in await supplies.claims_of(tx, order.id) if each.open}
    units = _units(order, claims, wanted)
    if not caller.is_shopper and not all(caller.may_at(claims[line_id].location_id) for line_id in units):
        raise NotFound("There is no such order.")
    _check_kits(order, units)
    at, lines = clock.now(), list(units.items())
    await orders.cancel_units(tx, OrderId(order.id), lines, GIVEN_UP, by=caller.principal, location_id=UNPLACED)
    after = await orders.order(tx, order.id)
    for group_id in dict.fromkeys(claims[line_id].group_id for line_id in units):
        if not any(line.open for line in after.lines_of(group_id)):
            await payments.intend_void(tx, OrderId(order.id), group_id, f"void:given_up:{new_id()}")
    for work in await _works(tx, order, {claims[line_id].wait_id for line_id in units}):
        await _without(tx, work, claims, units)
    places = await supplies.give_up(tx, units, reason=GIVEN_UP, at=at)
    await settle_supply(tx, places, reason=GIVEN_UP)
    tx.changed("order", order.id, before={"state": order.state}, after={"state": after.state, "given_up": lines})
    return after


def _units(order: Order, claims: Mapping[OrderLineId, Claim], wanted: Wanted) -> dict[OrderLineId, int]:
    lines = {line.id for line in order.lines}
    units: dict[OrderLineId, int] = {}
    for nth, (line_id, asked) in enumerate(wanted):
        if line_id not in lines:
            raise invalid(f"/lines/{nth}/order_line_id", "is no line of this order")
        if line_id in units:
            raise invalid(f"/lines/{nth}/order_line_id", "is named twice")
        waiting = claims[line_id].open if line_id in claims and order.state is OrderState.PLACED else 0
        if waiting < (asked or 1):
            raise NothingWaits(f"{waiting} units of the line wait for supply.", order_line_id=line_id, waiting=waiting)
        units[line_id] = asked or waiting
    return units


def _check_kits(order: Order, units: Mapping[OrderLineId, int]) -> None:
    kits = [line.kit for line in order.lines if line.id in units and line.kit is not None]
    for line in order.lines:
        if line.kit in kits and line.open > units.get(line.id, 0):
            raise KitGoesTogether("Name all of the kit's lines, or none of them.", order_line_id=line.id)


async def _works(tx: Tx, order: Order, wait_ids: set[UUID]) -> list[Fulfilment]:
    return [
        work
        for work in await fulfilment.fulfilments_of(tx, OrderId(order.id))
        if work.waiting_for in wait_ids and work.state is FulfilmentState.WAITING_FOR_TRANSFER
    ]


async def _without(
    tx: Tx, work: Fulfilment, claims: Mapping[OrderLineId, Claim], units: Mapping[OrderLineId, int]
) -> None:
    """Takes units out of work that waits; it is offered where all that is left of it has come already."""
    mine = {line_id: quantity for line_id, quantity in units.items() if claims[line_id].wait_id == work.waiting_for}
    after = await fulfilment.given_up(tx, SYSTEM, work.id, mine)
    coming = any(
        each.open > units.get(line_id, 0) for line_id, each in claims.items() if each.wait_id == work.waiting_for
    )
    if after.state is FulfilmentState.WAITING_FOR_TRANSFER and not coming:
        await fulfilment.goods_arrived(tx, SYSTEM, after.id)
