"""Money is to go back."""

from collections import defaultdict

from commerce.kernel import clock
from commerce.kernel.ids import OrderId, PaymentId, RefundId
from commerce.kernel.money import Money
from commerce.payments import refund_rules
from commerce.payments.book import keep_locked, lock_order
from commerce.payments.change import Change
from commerce.payments.errors import MoreThanCaptured, OtherCurrency, PaymentEffectDiffers
from commerce.payments.facts import Cause, Part, PartId, Payment
from commerce.payments.steps import check_step
from commerce.platform.database import Tx


async def intend_refund(tx: Tx, order_id: OrderId, amount: Money, cause: Cause, effect_key: str) -> list[RefundId]:
    """Write down that an amount of an order is to be given back, and let jobs do it; nothing for an amount of 0.

    It is spread over the captured parts, the one with most left first, and goes back by the tender that paid. Never more than was captured
    and is neither given back nor about to be: refuses with MoreThanCaptured before anybody is asked, with OtherCurrency, NotChargeable.
    The effect key makes it happen once; the same key gives the same refunds, for another amount PaymentEffectDiffers.
    """
    check_step(amount)
    if not amount:
        return []
    payments = await lock_order(tx, order_id)
    if done := _found(payments, amount, effect_key):
        return done
    paid = [payment for payment in payments if payment.captured]
    if not paid:
        raise MoreThanCaptured("Nothing of this order was captured.", refundable=0)
    if any(payment.currency != amount.currency for payment in paid):
        raise OtherCurrency(f"The order was paid in {paid[0].currency}, not in {amount.currency}.")
    owners: dict[PartId, PaymentId] = {part.id: payment.id for payment in paid for part in payment.parts}
    shares: dict[PaymentId, list[tuple[Part, int]]] = defaultdict(list)
    for part, share in refund_rules.spread([part for payment in paid for part in payment.parts], amount.amount):
        shares[owners[part.id]].append((part, share))
    made: list[RefundId] = []
    for payment in paid:
        change = Change(payment, clock.now())
        made += [refund_rules.intended(change, part, share, cause, effect_key) for part, share in shares[payment.id]]
        await keep_locked(tx, change)
    return made


def _found(payments: list[Payment], amount: Money, effect_key: str) -> list[RefundId]:
    done = [each for payment in payments for each in payment.refunds if each.effect_key == effect_key]
    if done and sum(each.amount for each in done) != amount.amount:
        raise PaymentEffectDiffers(f"{effect_key} gave back another amount before.")
    return [each.id for each in done]
