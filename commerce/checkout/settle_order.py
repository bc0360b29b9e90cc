"""What becomes of an order when its payment is heard of, and when nobody pays."""

from commerce import inventory, orders, payments, promise
from commerce.inventory import Cause, HoldExpired
from commerce.kernel import clock
from commerce.kernel.ids import HoldId, OrderId
from commerce.orders import OrderState
from commerce.payments import PaymentAuthorized
from commerce.platform.database import Tx
from commerce.promise import BookingExpired
from commerce.supplies import ClaimOver, keep_claims

UNPAID = "unpaid"
TOO_LATE = "paid_too_late"


async def place_paid(tx: Tx, authorized: PaymentAuthorized) -> None:
    """The money is held: bind the goods to the order and let it stand, in the transaction that says so.

    When the order is over, or its goods or its pickup slot are no longer kept, the money is let go at once and the order says why: money is never taken without
    an order. An order that is paid on collection stands since it was opened.
    """
    if authorized.payment.kind == "on_collection":
        return
    order = await orders.lock_header(tx, authorized.order_id)
    if order.state in {OrderState.PLACED, OrderState.COMPLETED}:
        return
    if order.state is OrderState.CANCELLED:
        await payments.intend_void(tx, order.id, None, f"{TOO_LATE}:{order.id}")
        return
    try:
        if order.waits:
            await keep_claims(tx, order.id, at=clock.now())
        await _bind(tx, order.id, HoldId(order.hold_id))
        await promise.keep(tx, order.id, at=clock.now())
    except (HoldExpired, BookingExpired, ClaimOver):
        await give_up(tx, order.id, TOO_LATE, by="system")
        return
    await orders.place(tx, order.id)


async def _bind(tx: Tx, order_id: OrderId, hold_id: HoldId) -> None:
    """Gives the goods that are held to the order; one of nothing that has stock, or that waits for all of it, has no hold, and only its time may be over."""
    try:
        await inventory.bind(tx, hold_id, order_id)
    except HoldExpired:
        order = await orders.order(tx, order_id)
        if order.hold_until <= clock.now() or any(line.stocked and order.units_at(line, None) for line in order.goods):
            raise


async def give_up(tx: Tx, order_id: OrderId, reason: str, *, by: str) -> None:
    """End an order of which nothing was handed over: its units are cancelled, its goods free again, its money let go, together.

    Refuses with IllegalMove when it is over already, and with PartlyFulfilled.
    """
    order = await orders.cancel(tx, order_id, reason, by)
    await inventory.release(tx, HoldId(order.hold_id), None, Cause("order", order.id, by, reason))
    await payments.intend_void(tx, order.id, None, f"{reason}:{order.id}")


async def expire(tx: Tx, order_id: OrderId) -> None:
    """End an order that nobody paid while its goods were kept; one that was paid in the meantime stays."""
    order = await orders.lock_header(tx, order_id)
    if order.state is OrderState.PENDING_PAYMENT and order.hold_until <= clock.now():
        await give_up(tx, order_id, UNPAID, by="system")
