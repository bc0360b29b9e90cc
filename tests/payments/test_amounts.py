"""Amounts there and back: what we mean is what the provider charges, in every currency that it takes."""

from itertools import pairwise, product

import pytest

from commerce import payments
from commerce.kernel.currencies import EXPONENTS
from commerce.kernel.money import Money, chargeable
from commerce.payments import NotChargeable, PaymentState
from commerce.payments.adapters import StripeProvider
from commerce.payments.adapters.stripe_amounts import CURRENCIES, from_stripe, to_stripe
from commerce.payments.steps import charge_step, check_step
from commerce.platform.database import Database
from commerce.sandbox.amounts import SUPPORTED, check_amount
from tests.given import payments as given
from tests.payments.bank import Bank, deliver
from tests.payments.seen import sound


def test_there_and_back_is_the_identity_and_the_provider_takes_every_step() -> None:
    for currency, count in product(sorted(CURRENCIES), (1, 2, 7, 99, 100, 12_345, 99_999)):
        step = charge_step(currency)
        money = Money(count * step, currency)
        sent = to_stripe(money)
        assert sent is not None
        assert from_stripe(*sent) == money
        assert check_amount(sent[0], sent[1], param="amount") == sent[0]
        check_step(money)


@pytest.mark.parametrize(
    ("money", "sent"),
    [
        (Money(1999, "EUR"), (1999, "eur")),
        (Money(80, "JPY"), (80, "jpy")),
        (Money(35_200, "KWD"), (35_200, "kwd")),
        (Money(35_200, "BHD"), (35_200, "bhd")),
        (Money(1_500, "ISK"), (150_000, "isk")),
        (Money(1_500, "UGX"), (150_000, "ugx")),
        (Money(150_000, "MGA"), (1_500, "mga")),
        (Money(1_500, "HUF"), (1_500, "huf")),
        (Money(1_500, "KRW"), (1_500, "krw")),
    ],
)
def test_each_scale_is_as_the_provider_documents_it(money: Money, sent: tuple[int, str]) -> None:
    assert to_stripe(money) == sent
    assert from_stripe(*sent) == money


def test_what_the_provider_does_not_take_is_not_sent() -> None:
    refused = sorted(set(EXPONENTS) - CURRENCIES)
    assert {"IQD", "LYD", "IRR", "CLF"} <= set(refused)
    assert [to_stripe(Money(1000, currency)) for currency in refused] == [None] * len(refused)


def test_what_cannot_be_ours_is_never_taken_for_ours() -> None:
    assert from_stripe(150_050, "isk") is None
    assert from_stripe(100, "usdc") is None
    assert from_stripe(100, "xxx") is None


def test_our_currencies_are_the_providers() -> None:
    assert {code.upper() for code in SUPPORTED} & set(EXPONENTS) == CURRENCIES


def test_what_is_charged_in_parts_is_in_steps_all_along() -> None:
    for currency in sorted(CURRENCIES):
        totals = [chargeable(amount, charge_step(currency)) for amount in (0, 333, 1_001, 99_999)]
        for before, after in pairwise(totals):
            check_step(Money(after - before, currency))


@pytest.mark.parametrize("money", [Money(35_205, "KWD"), Money(1_550, "MGA"), Money(-1, "EUR")])
def test_what_is_no_step_is_refused(money: Money) -> None:
    with pytest.raises(NotChargeable):
        check_step(money)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("currency", "amount", "part", "back"),
    [("JPY", 80, 80, 30), ("KWD", 35_200, 20_100, 10_010), ("ISK", 1_500, 1_000, 999), ("EUR", 1_999, 1_999, 1)],
)
async def test_an_order_in_any_currency_is_held_taken_and_given_back_as_it_is(
    db: Database, provider: StripeProvider, bank: Bank, currency: str, amount: int, part: int, back: int
) -> None:
    payment = await given.authorized(db, provider, amount, currency=currency)
    assert payment.state is PaymentState.AUTHORIZED
    await given.capture(db, payment, part)
    payment = await payments.pursue(db, provider, payment.id)
    await given.refund(db, payment, back)
    payment = await payments.pursue(db, provider, payment.id)
    intent = payment.parts[0].intent_ref
    for event in await bank.events(intent):
        await deliver(db, provider, event)
    scale = 100 if currency == "ISK" else 1
    seen = await bank.dashboard.payment_intents.retrieve_async(intent)
    balance = await payments.balance(db.reading, payment.order_id)

    assert (seen.amount, seen.amount_received, seen.currency) == (amount * scale, part * scale, currency.lower())
    assert (await bank.moved(payment))["refunded"] == back * scale
    assert (balance.authorized, balance.captured, balance.net_paid) == (amount, part, part - back)
    await sound(db)


@pytest.mark.usefixtures("clock")
async def test_a_currency_that_the_provider_does_not_take_is_declined_before_it_is_sent(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    payment = await given.authorized(db, provider, 1000, currency="IQD")

    assert (payment.state, payment.decline_code) == (PaymentState.DECLINED, "currency_not_supported")
    assert await bank.intents(payment) == []
