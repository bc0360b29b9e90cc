"""Cancel an order of which nothing has left: the sale ends, its stock is free, its money is let go, its work stops. One transaction."""

from uuid import UUID

from commerce import fulfilment, inventory, orders, payments
from commerce.aftersale.errors import WorkHasBegun
from commerce.aftersale.own_order import locked_for
from commerce.fulfilment import FulfilmentState
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import HoldId, OrderId
from commerce.orders import Order
from commerce.platform.database import Tx
from commerce.platform.http import Caller, Forbidden

NOT_BEGUN = frozenset(
    {
        FulfilmentState.WAITING_FOR_TRANSFER,
        FulfilmentState.OFFERED,
        FulfilmentState.REJECTED,
        FulfilmentState.CANCELLED,
    }
)


async def cancel_order(tx: Tx, caller: Caller, order_id: UUID, reason: str) -> Order:
    """End an order: its shopper before any location has accepted the work, staff and terminals until the first unit has left.

    Frees what is reserved for it, lets go of all that is held to pay it, and ends its work (fulfilment hears OrderCancelled within this
    transaction). Staff that is bound to locations must be bound to all that have open units of it: Forbidden where only some are theirs,
    NotFound where none is. Refuses with WorkHasBegun, PartlyFulfilled, IllegalMove (a second time too), and changes nothing then.
    """
    order = await locked_for(tx, caller, order_id)
    _check_places(caller, order)
    cancelled = await orders.cancel(tx, order.id, reason, caller.principal)
    if caller.is_shopper:
        await _check_not_begun(tx, order)
    cause = inventory.Cause("order", order.id, caller.principal, reason)
    await inventory.release(tx, order.id, None, cause)
    await inventory.release(tx, HoldId(order.hold_id), None, cause)  # not bound yet where the order was not paid
    await payments.intend_void(tx, order.id, None, f"cancel:{order.id}")
    tx.changed("order", order.id, before={"state": order.state}, after={"state": cancelled.state, "reason": reason})
    return cancelled


def _check_places(caller: Caller, order: Order) -> None:
    if caller.is_shopper or caller.locations is None:
        return
    theirs = [caller.may_at(place) for place in order.places_now]
    if not any(theirs):
        raise NotFound("There is no such order.")
    if not all(theirs):
        raise Forbidden("The order concerns locations that are not yours; somebody who may act there has to cancel it.")


async def _check_not_begun(tx: Tx, order: Order) -> None:
    works = await fulfilment.fulfilments_of(tx, OrderId(order.id))
    if any(work.state not in NOT_BEGUN for work in works):
        raise WorkHasBegun(f"The order {order.number} is being prepared.", number=order.number)
