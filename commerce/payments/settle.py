"""Record what became of a part or a refund: where the answer of a call, a webhook and the recovery all end."""

from collections.abc import Callable

from commerce.kernel import clock
from commerce.kernel.ids import PaymentId, RefundId
from commerce.payments import refund_rules, rules
from commerce.payments.book import GoesOn, keep, load, nobody_goes_on
from commerce.payments.change import Change
from commerce.payments.facts import PartId, Payment
from commerce.payments.ports import IntentOutcome, RefundOutcome
from commerce.platform.connections import Unavailable
from commerce.platform.database import Tx

ROUNDS = 20


async def settle(tx: Tx, payment_id: PaymentId, part_id: PartId, outcome: IntentOutcome) -> Payment:
    """Take in what is known of a part now. However often, late or out of order it comes, each thing that happened counts once."""
    return await decide(tx, payment_id, lambda change: rules.settle_part(change, change.part(part_id), outcome))


async def settle_refund(tx: Tx, payment_id: PaymentId, refund_id: RefundId, outcome: RefundOutcome) -> Payment:
    """Take in what is known of a refund now, in the same way."""
    return await decide(
        tx, payment_id, lambda change: refund_rules.settle_refund(change, change.refund(refund_id), outcome)
    )


async def decide(
    tx: Tx, payment_id: PaymentId, rule: Callable[[Change], None], goes_on: GoesOn = nobody_goes_on
) -> Payment:
    """Applies a rule to a payment as it is now and keeps the outcome; where another was quicker, the rule is applied anew."""
    for _ in range(ROUNDS):
        change = Change(await load(tx, payment_id), clock.now())
        rule(change)
        if await keep(tx, change, goes_on):
            return change.payment
    raise Unavailable("The payment changes too quickly.", retry_after_seconds=1)
