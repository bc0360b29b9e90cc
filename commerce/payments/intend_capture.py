"""Money is to be taken for what was handed over or shipped."""

from uuid import UUID

from commerce.kernel import clock
from commerce.kernel.ids import OrderId
from commerce.kernel.money import Money
from commerce.payments import capture_rules
from commerce.payments.book import keep_locked, lock_order
from commerce.payments.change import Change
from commerce.payments.errors import NotAuthorized, OtherCurrency
from commerce.payments.facts import Capture
from commerce.payments.states import LIVE
from commerce.payments.steps import check_step
from commerce.platform.database import Tx


async def intend_capture(tx: Tx, order_id: OrderId, group_id: UUID, amount: Money, effect_key: str) -> Capture | None:
    """Write down that an amount of a group is to be captured, and let a job do it; nothing for an amount of 0.

    What is paid on collection was taken at the counter: it is recorded as captured at once. The effect key makes it happen once; the same
    key gives the same capture. Refuses with NotAuthorized, MoreThanAuthorized, OtherCurrency, NotChargeable, PaymentEffectDiffers.
    A capture that the provider refuses later is reported by CaptureFailed and raises an alert.
    """
    check_step(amount)
    if not amount:
        return None
    payments = await lock_order(tx, order_id)
    for payment in payments:
        if done := capture_rules.found(Change(payment, clock.now()), effect_key, group_id, amount.amount):
            return done
    live = [payment for payment in payments if payment.state in LIVE]
    if not live:
        raise NotAuthorized("No payment of this order stands.", group_id=group_id)
    payment = live[-1]
    if amount.currency != payment.currency:
        raise OtherCurrency(f"The order is paid in {payment.currency}, not in {amount.currency}.")
    change = Change(payment, clock.now())
    capture = capture_rules.intended(change, group_id, amount, effect_key)
    await keep_locked(tx, change)
    return capture
