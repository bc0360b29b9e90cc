"""Another attempt to pay an order that waits for its payment."""

from uuid import UUID

import msgspec

from commerce import orders, payments
from commerce.checkout.errors import PaymentTimeOver
from commerce.checkout.facts import Outcome, PayBy
from commerce.checkout.open_orders import attempt_of
from commerce.checkout.place_order import resumed
from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.kernel.ids import OrderId, PaymentId
from commerce.orders import Order, OrderState
from commerce.payments import AlreadyPaid, PaymentProvider
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller


async def pay_again(
    db: Database, command_id: UUID, provider: PaymentProvider, caller: Caller, order_id: OrderId, pay_by: PayBy
) -> Outcome:
    """Try to pay an order by card, as long as its goods are kept; an earlier attempt that stands nowhere is superseded.

    Run again with the same command it goes on where it was. Refuses with NotFound for another's order, AlreadyPaid, PaymentTimeOver when
    the hold has ended (nothing is charged then, whatever is on the shelf), IllegalMove for a cancelled order, and what payments refuse.
    """
    order = await orders.seen(db.reading, orders.sight_of(caller), order_id)
    if pay_by.kind != "card":
        raise invalid("/payment/kind", "must be card: how an order is paid is settled when it is placed")
    if pay_by.payment_method is None:
        raise invalid("/payment/payment_method", "is needed to pay by card")
    await db.transact(_intend_again, caller, order, pay_by, PaymentId(command_id))
    return await resumed(db, command_id, provider, order.id)


async def _intend_again(tx: Tx, caller: Caller, read: Order, pay_by: PayBy, payment_id: PaymentId) -> None:
    waiting = await orders.lock_header(tx, read.id)
    order = await orders.seen(
        tx, orders.sight_of(caller), read.id
    )  # it may have followed its buyer into an account since
    if any(attempt.id == payment_id for attempt in await payments.payments_of(tx, order.id)):
        return
    if waiting.state in {OrderState.PLACED, OrderState.COMPLETED}:
        raise AlreadyPaid("The order stands; nothing more is to be paid.")
    if waiting.state is OrderState.CANCELLED or waiting.hold_until <= clock.now():
        raise PaymentTimeOver("Put the goods into a new cart; they may be there still.")
    await payments.intend(tx, **msgspec.structs.asdict(attempt_of(order, pay_by, payment_id)))
