"""Asking for money: by a good card, by one that declines, by one that asks the shopper, in several parts."""

from commerce import payments
from commerce.payments import PartState, PaymentState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.work import Worker
from commerce.kernel.clock import HeldClock
from tests.given import payments as given
from tests.payments.bank import Bank
from tests.payments.seen import entries, facts


async def test_a_good_card_is_held_and_nothing_is_taken(db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock) -> None:
    payment = await given.authorized(db, provider, 2000)

    assert (payment.state, payment.authorized, payment.captured) == (PaymentState.AUTHORIZED, 2000, 0)
    assert await bank.moved(payment) == {"authorised": 2000}
    assert await entries(db, payment) == [("authorized", 2000)]
    assert await facts(db, payment) == ["payments.authorized.v1"]
