"""Ask for a return: what the units entitle to is locked now, so that a store and a parcel at once cannot both have it."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from commerce import fulfilment, orders
from commerce.aftersale import rules
from commerce.aftersale.decide import approved
from commerce.aftersale.events import ReturnRequested, fact
from commerce.aftersale.facts import Kind, Return, ReturnReason, ReturnState
from commerce.aftersale.keep import open_return
from commerce.aftersale.own_order import locked_for
from commerce.aftersale.policy import Policy
from commerce.aftersale.receive import arrived
from commerce.kernel import clock
from commerce.kernel.ids import OrderId, OrderLineId, ReturnId, document_number, new_id
from commerce.orders import Order
from commerce.platform.database import Tx
from commerce.platform.http import Caller, Forbidden

WORK = "returns:work"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to come back of which order. `location_id`: it is there already. `override_reason`: why the time does not matter."""

    order_id: UUID
    kind: Kind = "return"
    reason: ReturnReason | None = None
    units: Sequence[tuple[OrderLineId, int]]
    location_id: UUID | None = None
    override_reason: str | None = None


async def ask(tx: Tx, caller: Caller, policy: Policy, wish: Wish) -> Return:
    """Open a return, and lock what its units entitle to.

    A shopper's waits for approval; a withdrawal in time is a right and waits for nobody. One that staff or a terminal opens is approved;
    with a location, where they have the goods in their hands, it is received too. Only units that the customer has, and in time: refuses with NotThatManyUnits, UnknownOrderLine, TooLate; with
    NotFound another's order; with Forbidden what only staff may say. Emits ReturnRequested, ReturnApproved, ReturnReceived.
    """
    in_shop = caller.is_staff_side
    if (in_shop or wish.location_id or wish.override_reason) and not (in_shop and caller.has(WORK)):
        raise Forbidden(f"The scope {WORK} is needed to take goods in or to make exceptions.", scope=WORK)
    order = await locked_for(tx, caller, wish.order_id)
    if wish.override_reason is None:
        await _check_in_time(tx, order, policy, wish)
    asked = await _opened(tx, caller, order, wish)
    if in_shop or wish.kind == "withdrawal":
        asked = await approved(tx, asked, by=caller.principal)
    if wish.location_id is not None:
        place = policy.taking_in(caller, wish.location_id, "/location_id")
        asked = await arrived(tx, asked, place, None, by=caller.principal)
    return asked


async def _check_in_time(tx: Tx, order: Order, policy: Policy, wish: Wish) -> None:
    works = await fulfilment.fulfilments_of(tx, OrderId(order.id))
    sent = await fulfilment.shipments_of(tx, OrderId(order.id))
    had, now = rules.possessions(works, sent), clock.now()
    if wish.kind == "withdrawal":
        rules.check_in_time("withdrawal", rules.withdrawal_ends(order, had, policy.zones), now)
        return
    named = {line_id for line_id, _ in wish.units}
    for group in order.groups:
        if any(line.id in named for line in order.lines_of(group.id)):
            until = rules.return_ends(group, had, policy.return_days, policy.zones)
            rules.check_in_time("return", until, now)


async def _opened(tx: Tx, caller: Caller, order: Order, wish: Wish) -> Return:
    withdrawal = wish.kind == "withdrawal"
    given = orders.entitlement(order, wish.units, withdrawal=withdrawal)
    await orders.return_units(tx, order.id, wish.units, withdrawal=withdrawal, by=caller.principal)
    lines, deliveries = rules.lines_of(order, given.lines), rules.deliveries_of(order, given.deliveries)
    new = Return(
        id=ReturnId(new_id()),
        number=document_number("R"),
        order_id=order.id,
        order_number=order.number,
        shopper_id=order.shopper_id,
        kind=wish.kind,
        state=ReturnState.REQUESTED,
        reason=wish.reason,
        currency=order.currency,
        amount=rules.summed(lines, deliveries),
        override_reason=wish.override_reason,
        requested_at=clock.now(),
        lines=lines,
        deliveries=deliveries,
    )
    asked = await open_return(tx, new, by=caller.principal)
    tx.emit(fact(ReturnRequested, asked))
    return asked
