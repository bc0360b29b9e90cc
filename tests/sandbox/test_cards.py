"""Each test card does what https://docs.stripe.com/testing says of it."""

import pytest
import stripe

from commerce.sandbox import cards
from tests.sandbox.play import Handles, Till, told

DECLINES = [
    ("pm_card_visa_chargeDeclined", "4000000000000002", "card_declined", "generic_decline"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "4000000000009995", "card_declined", "insufficient_funds"),
    ("pm_card_visa_chargeDeclinedLostCard", "4000000000009987", "card_declined", "lost_card"),
    ("pm_card_visa_chargeDeclinedStolenCard", "4000000000009979", "card_declined", "stolen_card"),
    ("pm_card_chargeDeclinedExpiredCard", "4000000000000069", "expired_card", None),
    ("pm_card_chargeDeclinedIncorrectCvc", "4000000000000127", "incorrect_cvc", None),
    ("pm_card_chargeDeclinedProcessingError", "4000000000000119", "processing_error", None),
    ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975", "card_declined", "card_velocity_exceeded"),
    ("pm_card_chargeCustomerFail", "4000000000000341", "card_declined", "generic_decline"),
    ("pm_card_radarBlock", "4100000000000019", "card_declined", "fraudulent"),
]
PAYING = sorted(
    name
    for name, card in cards.BY_NAME.items()
    if card.decline is None and card.authentication in {"never", "on_request"}
)


@pytest.mark.parametrize("name", PAYING)
async def test_a_good_card_is_held_and_then_captured(till: Till, name: str) -> None:
    card = cards.BY_NAME[name]
    held = await till.hold(2000, f"pm_card_{name}", expand=["latest_charge", "payment_method"])

    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 2000, 0)
    assert held.latest_charge.payment_method_details.card.last4 == card.number[-4:]
    assert held.payment_method.card.brand == card.brand
    assert held.payment_method.id.startswith("pm_")
    assert held.payment_method.id != f"pm_card_{name}"

    captured = await till.v1.payment_intents.capture_async(held.id)
    assert (captured.status, captured.amount_capturable, captured.amount_received) == ("succeeded", 0, 2000)


@pytest.mark.parametrize(("name", "number", "code", "decline_code"), DECLINES)
async def test_a_declining_card_is_refused_and_moves_nothing(
    till: Till, handles: Handles, name: str, number: str, code: str, decline_code: str | None
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        await till.hold(2000, name)

    error = refused.value
    assert (error.http_status, error.code, told(refused).decline_code) == (402, code, decline_code)
    assert told(refused).type == "card_error"
    assert told(refused).payment_method.card.last4 == number[-4:]
    intent = await till.v1.payment_intents.retrieve_async(
        told(refused).payment_intent.id, {"expand": ["latest_charge"]}
    )
    assert intent.status == "requires_payment_method"
    assert intent.payment_method is None
    assert intent.last_payment_error.code == code
    assert intent.last_payment_error.payment_method.card.last4 == number[-4:]
    assert (intent.latest_charge.status, intent.latest_charge.paid, intent.latest_charge.failure_code) == (
        "failed",
        False,
        code,
    )
    assert intent.latest_charge.id == told(refused).charge
    assert await handles.counts(intent.id) == {}


async def test_after_a_decline_the_same_intent_takes_another_card(till: Till, handles: Handles) -> None:
    with pytest.raises(stripe.CardError) as refused:
        await till.hold(2000, "pm_card_visa_chargeDeclined")
    intent_id = told(refused).payment_intent.id

    paid = await till.v1.payment_intents.confirm_async(intent_id, {"payment_method": "pm_card_mastercard"})

    assert (paid.status, paid.last_payment_error) == ("requires_capture", None)
    charges = await till.v1.charges.list_async({"payment_intent": intent_id})
    assert [charge.status for charge in charges.data] == ["succeeded", "failed"]
    assert await handles.counts(intent_id) == {"authorised": 1}


async def test_a_card_number_makes_a_method_and_a_token_does_too(till: Till) -> None:
    card = {"number": "4242 4242 4242 4242", "exp_month": 12, "exp_year": 2099, "cvc": "123"}
    by_number = await till.v1.payment_methods.create_async({"type": "card", "card": card})
    by_token = await till.v1.payment_methods.create_async({"type": "card", "card": {"token": "tok_mastercard"}})

    assert (by_number.card.last4, by_number.card.exp_year) == ("4242", 2099)
    assert (await till.v1.payment_methods.retrieve_async(by_token.id)).card.brand == "mastercard"
    assert (await till.pay(100, by_number.id)).status == "succeeded"


@pytest.mark.parametrize(
    ("number", "month", "year", "code", "decline_code"),
    [
        ("4242424242424241", 12, 2099, "incorrect_number", None),
        ("4111111111111112", 12, 2099, "incorrect_number", None),
        ("4012888888881881", 12, 2099, "card_declined", "test_mode_live_card"),
        ("4242424242424242", 13, 2099, "invalid_expiry_month", None),
        ("4242424242424242", 1, 2020, "invalid_expiry_year", None),
    ],
)
async def test_a_card_that_cannot_be_is_refused_when_it_is_entered(
    till: Till, number: str, month: int, year: int, code: str, decline_code: str | None
) -> None:
    card = {"number": number, "exp_month": month, "exp_year": year}
    with pytest.raises(stripe.CardError) as refused:
        await till.v1.payment_methods.create_async({"type": "card", "card": card})
    assert (refused.value.http_status, refused.value.code) == (402, code)
    assert told(refused).decline_code == decline_code


async def test_a_method_without_a_customer_pays_once(till: Till) -> None:
    method = await till.v1.payment_methods.create_async({"type": "card", "card": {"token": "tok_visa"}})
    await till.pay(100, method.id)

    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await till.pay(100, method.id)


async def test_a_method_of_a_customer_pays_again_but_only_for_that_customer(till: Till) -> None:
    owner = await till.v1.customers.create_async({"email": "shopper@example.com", "metadata": {"tier": "gold"}})
    other = await till.v1.customers.create_async({"email": "other@example.com"})
    method = await till.v1.payment_methods.attach_async("pm_card_visa", {"customer": owner.id})

    assert (await till.pay(100, method.id, customer=owner.id)).status == "succeeded"
    assert (await till.pay(100, method.id, customer=owner.id)).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="belongs to a different Customer"):
        await till.pay(100, method.id, customer=other.id)
    with pytest.raises(stripe.InvalidRequestError, match="attached to a customer"):
        await till.pay(100, method.id)
    assert (await till.v1.customers.retrieve_async(owner.id)).metadata["tier"] == "gold"

    await till.v1.payment_methods.detach_async(method.id)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await till.pay(100, method.id, customer=owner.id)


async def test_a_declining_card_cannot_be_attached_but_the_one_made_for_it_can(till: Till) -> None:
    owner = await till.v1.customers.create_async({})
    with pytest.raises(stripe.CardError):
        await till.v1.payment_methods.attach_async("pm_card_visa_chargeDeclined", {"customer": owner.id})
    attached = await till.v1.payment_methods.attach_async("pm_card_chargeCustomerFail", {"customer": owner.id})
    assert attached.customer == owner.id
