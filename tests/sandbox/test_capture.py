"""Capturing and letting go: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method and /multicapture."""

import pytest
import stripe

from commerce.sandbox import SandboxConfig, WebhookEndpoint
from tests.sandbox.conftest import Start
from tests.sandbox.play import CARD, Handles, Shop, Thing, Till, told

MULTICAPTURE: dict[str, Thing] = {"payment_method_options": {"card": {"request_multicapture": "if_available"}}}
WEEK = 7 * 86_400


async def charge_of(till: Till, intent_id: str) -> Thing:
    return (await till.v1.payment_intents.retrieve_async(intent_id, {"expand": ["latest_charge"]})).latest_charge


async def test_a_partial_capture_takes_its_part_and_releases_the_rest(till: Till, handles: Handles, shop: Shop) -> None:
    held = await till.hold(2000)
    captured = await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 750})

    assert (captured.status, captured.amount, captured.amount_received) == ("succeeded", 2000, 750)
    assert captured.amount_capturable == 0
    charge = await charge_of(till, held.id)
    assert (charge.amount, charge.amount_captured, charge.amount_refunded, charge.captured) == (2000, 750, 0, True)
    assert charge.refunded is False
    assert (await handles.get("/effects", payment_intent=held.id))["amounts"] == {
        "authorised": 2000,
        "captured": 750,
        "released": 1250,
    }
    assert (await till.v1.refunds.list_async({"payment_intent": held.id})).data == []
    await handles.until_delivered(held.id)
    assert shop.types(held.id) == [
        "payment_intent.created",
        "payment_intent.amount_capturable_updated",
        "payment_intent.succeeded",
    ]
    assert shop.types(charge.id) == ["charge.succeeded", "charge.captured"]


async def test_a_second_capture_is_refused_without_multicapture(till: Till, handles: Handles) -> None:
    held = await till.hold(2000)
    await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 750})

    with pytest.raises(stripe.InvalidRequestError, match="already been captured") as refused:
        await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 1})

    assert (refused.value.http_status, refused.value.code) == (400, "payment_intent_unexpected_state")
    assert told(refused).payment_intent.amount_received == 750
    assert (await handles.counts(held.id))["captured"] == 1


async def test_more_than_what_is_held_cannot_be_captured(till: Till, handles: Handles) -> None:
    held = await till.hold(2000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 2001})
    assert (refused.value.code, refused.value.param) == ("amount_too_large", "amount_to_capture")
    assert "captured" not in await handles.counts(held.id)
    assert (await till.v1.payment_intents.capture_async(held.id)).amount_received == 2000


@pytest.mark.parametrize("amount", [0, -5])
async def test_nothing_cannot_be_captured(till: Till, amount: int) -> None:
    held = await till.hold(2000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": amount})
    assert refused.value.param == "amount_to_capture"


async def test_only_what_is_held_can_be_captured(till: Till) -> None:
    created = await till.v1.payment_intents.create_async({"amount": 100, "currency": "eur"} | CARD)
    with pytest.raises(stripe.InvalidRequestError, match="status of requires_payment_method") as refused:
        await till.v1.payment_intents.capture_async(created.id)
    assert refused.value.code == "payment_intent_unexpected_state"


async def test_cancelling_lets_the_hold_go(till: Till, handles: Handles, shop: Shop) -> None:
    held = await till.hold(2000)
    reason = {"cancellation_reason": "requested_by_customer"}
    canceled = await till.v1.payment_intents.cancel_async(held.id, reason)

    assert (canceled.status, canceled.amount_capturable) == ("canceled", 0)
    assert canceled.cancellation_reason == "requested_by_customer"
    assert canceled.canceled_at is not None
    charge = await charge_of(till, held.id)
    assert (charge.captured, charge.amount_captured, charge.amount_refunded, charge.refunded) == (False, 0, 0, False)
    assert await handles.counts(held.id) == {"authorised": 1, "released": 1}
    await handles.until_delivered(held.id)
    assert shop.types(held.id)[-1] == "payment_intent.canceled"
    for call in (till.v1.payment_intents.capture_async, till.v1.payment_intents.cancel_async):
        with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
            await call(held.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        await till.v1.payment_intents.confirm_async(held.id, {"payment_method": "pm_card_visa"})


async def test_what_succeeded_can_be_neither_cancelled_nor_confirmed(till: Till) -> None:
    paid = await till.pay(2000)
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded") as refused:
        await till.v1.payment_intents.cancel_async(paid.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError, match="already succeeded"):
        await till.v1.payment_intents.confirm_async(paid.id)


async def test_what_waits_for_a_card_can_be_cancelled(till: Till) -> None:
    created = await till.v1.payment_intents.create_async({"amount": 100, "currency": "eur"} | CARD)
    assert (await till.v1.payment_intents.cancel_async(created.id)).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="cancellation_reason"):
        await till.v1.payment_intents.cancel_async(
            (await till.hold(100)).id, {"cancellation_reason": "changed_my_mind"}
        )


async def test_the_steps_can_be_taken_one_by_one(till: Till) -> None:
    params = {"amount": 100, "currency": "eur", "capture_method": "manual", "metadata": {"order": "7"}} | CARD
    created = await till.v1.payment_intents.create_async(params)
    assert (created.status, created.client_secret.startswith(created.id + "_secret_")) == (
        "requires_payment_method",
        True,
    )
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        await till.v1.payment_intents.confirm_async(created.id)

    updated = await till.v1.payment_intents.update_async(
        created.id, {"amount": 250, "payment_method": "pm_card_visa", "metadata": {"order": "", "cart": "8"}}
    )
    assert (updated.status, updated.amount, updated.metadata.to_dict()) == ("requires_confirmation", 250, {"cart": "8"})

    confirmed = await till.v1.payment_intents.confirm_async(created.id)
    assert (confirmed.status, confirmed.amount_capturable) == ("requires_capture", 250)
    with pytest.raises(stripe.InvalidRequestError, match="amount could not be updated") as refused:
        await till.v1.payment_intents.update_async(created.id, {"amount": 300})
    assert refused.value.code == "payment_intent_unexpected_state"
    renamed = await till.v1.payment_intents.update_async(created.id, {"description": "two books"})
    assert (renamed.description, renamed.status) == ("two books", "requires_capture")


async def test_a_confirmation_token_pays(till: Till) -> None:
    token = await till.v1.test_helpers.confirmation_tokens.create_async({"payment_method": "pm_card_visa"})
    created = await till.v1.payment_intents.create_async({"amount": 100, "currency": "eur"} | CARD)
    paid = await till.v1.payment_intents.confirm_async(created.id, {"confirmation_token": token.id})
    assert paid.status == "succeeded"
    assert (await till.v1.confirmation_tokens.retrieve_async(token.id)).payment_method_preview.card.last4 == "4242"


async def test_dynamic_methods_need_an_address_to_return_to(till: Till) -> None:
    params = {"amount": 100, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError, match="you must provide a `return_url`"):
        await till.v1.payment_intents.create_async(params)
    never = params | {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    assert (await till.v1.payment_intents.create_async(never)).status == "succeeded"
    back = params | {"return_url": "https://shop.example.com"}
    assert (await till.v1.payment_intents.create_async(back)).status == "succeeded"


async def test_an_authorisation_runs_out_after_a_week(start: Start, shop: Shop) -> None:
    _, till, handles = await start(SandboxConfig(webhook=WebhookEndpoint(url=shop.url)))
    held = await till.hold(2000)
    before = (await charge_of(till, held.id)).payment_method_details.card.capture_before
    assert before == held.created + WEEK

    await handles.advance(WEEK - 5)
    assert (await till.v1.payment_intents.retrieve_async(held.id)).status == "requires_capture"
    await handles.advance(10)
    states = await handles.until_delivered(held.id)

    assert states[-1][0] == "payment_intent.canceled"
    expired = await till.v1.payment_intents.retrieve_async(held.id)
    assert (expired.status, expired.cancellation_reason) == ("canceled", "expired")
    assert await handles.counts(held.id) == {"authorised": 1, "released": 1}
    assert "charge.expired" in shop.types(held.latest_charge)


async def test_keeping_the_rest_is_refused_where_multicapture_was_not_granted(till: Till, handles: Handles) -> None:
    held = await till.hold(1000, **MULTICAPTURE)
    assert (await charge_of(till, held.id)).payment_method_details.card.multicapture.status == "unavailable"
    for final in (False, True):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 700, "final_capture": final})
        assert refused.value.param == "final_capture"
    assert "captured" not in await handles.counts(held.id)


async def test_where_it_is_granted_one_hold_is_captured_in_parts(start: Start, shop: Shop) -> None:
    _, till, handles = await start(SandboxConfig(webhook=WebhookEndpoint(url=shop.url), multicapture=True))
    capture = till.v1.payment_intents.capture_async
    held = await till.hold(1000, **MULTICAPTURE)
    assert (await charge_of(till, held.id)).payment_method_details.card.multicapture.status == "available"

    first = await capture(held.id, {"amount_to_capture": 700, "final_capture": False, "expand": ["latest_charge"]})
    assert (first.status, first.amount_capturable, first.amount_received) == ("requires_capture", 300, 700)
    assert (first.latest_charge.amount_captured, first.latest_charge.captured) == (700, False)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await capture(held.id, {"amount_to_capture": 301, "final_capture": False})
    assert refused.value.code == "amount_too_large"
    back = await till.v1.refunds.create_async({"payment_intent": held.id, "amount": 700})
    assert back.status == "succeeded"

    last = await capture(held.id, {"amount_to_capture": 200, "final_capture": True, "expand": ["latest_charge"]})
    assert (last.status, last.amount_capturable, last.amount_received) == ("succeeded", 0, 900)
    assert (last.latest_charge.captured, last.latest_charge.refunded) == (True, False)
    assert (await handles.get("/effects", payment_intent=held.id))["amounts"] == {
        "authorised": 1000,
        "captured": 900,
        "refunded": 700,
        "released": 100,
    }
    await handles.until_delivered(held.id)
    assert shop.types(held.id).count("payment_intent.amount_capturable_updated") == 3


async def test_the_rest_of_several_captures_can_be_let_go(start: Start) -> None:
    _, till, handles = await start(SandboxConfig(multicapture=True))
    capture = till.v1.payment_intents.capture_async
    for release in ("capture", "cancel"):
        held = await till.hold(1000, **MULTICAPTURE)
        await capture(held.id, {"amount_to_capture": 400, "final_capture": False})
        if release == "capture":
            done = await capture(held.id, {"amount_to_capture": 0, "final_capture": True})
        else:
            done = await till.v1.payment_intents.cancel_async(held.id)
        assert (done.status, done.amount_received, done.amount_capturable) == ("succeeded", 400, 0)
        assert await handles.counts(held.id) == {"authorised": 1, "captured": 1, "released": 1}


async def test_some_cards_and_plain_requests_are_captured_once_all_the_same(start: Start) -> None:
    _, till, _ = await start(SandboxConfig(multicapture=True))
    plain = await till.hold(1000)
    incapable = await till.hold(1000, "pm_card_credit_disableEnterpriseCardFeatures", **MULTICAPTURE)
    for held in (plain, incapable):
        with pytest.raises(stripe.InvalidRequestError, match="final_capture"):
            await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 1, "final_capture": False})


async def test_a_capture_by_option_of_the_card_is_later_too(till: Till) -> None:
    held = await till.pay(100, payment_method_options={"card": {"capture_method": "manual"}})
    assert held.status == "requires_capture"


async def test_a_bank_debit_is_processing_until_the_bank_has_answered(till: Till, handles: Handles, shop: Shop) -> None:
    mandate = {"mandate_data": {"customer_acceptance": {"type": "offline"}}}
    outcomes = {"AT611904300234573201": "succeeded", "AT861904300235473202": "requires_payment_method"}
    for iban, outcome in outcomes.items():
        account = {"type": "sepa_debit", "sepa_debit": {"iban": iban}, "billing_details": {"name": "Shopper"}}
        method = await till.v1.payment_methods.create_async(account)
        params = {
            "amount": 900,
            "currency": "eur",
            "payment_method": method.id,
            "confirm": True,
            "allowed_payment_method_types": ["card", "sepa_debit"],
        }
        with pytest.raises(stripe.InvalidRequestError, match="mandate"):
            await till.v1.payment_intents.create_async(params)
        waiting = await till.v1.payment_intents.create_async(params | mandate)
        assert (waiting.status, waiting.amount_received) == ("processing", 0)
        with pytest.raises(stripe.InvalidRequestError, match="status of processing"):
            await till.v1.payment_intents.cancel_async(waiting.id)

        await handles.http.post("/_sandbox/settle", params={"object_id": waiting.id})

        settled = await till.v1.payment_intents.retrieve_async(waiting.id)
        assert settled.status == outcome
        await handles.until_delivered(waiting.id)
        assert shop.types(waiting.id)[1] == "payment_intent.processing"


async def test_a_method_of_another_kind_than_allowed_is_refused(till: Till) -> None:
    account = {"type": "sepa_debit", "sepa_debit": {"iban": "AT611904300234573201"}}
    method = await till.v1.payment_methods.create_async(account)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await till.hold(100, method.id)
    assert refused.value.code == "payment_intent_incompatible_payment_method"
