"""3-D Secure: who has to be asked, and the issuer's page."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import stripe

from tests.plain import PLAIN
from tests.sandbox.play import Handles, Shop, Thing, Till, told

BACK = "https://shop.example.com/checkout/done?cart=17"


async def answer(intent: Thing, outcome: str) -> httpx.Response:
    """What a script does with the page: read it, send one of its forms."""
    url = intent.next_action.redirect_to_url.url
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        page = await browser.get(url)
        assert page.status_code == 200
        assert f'value="{outcome}"' in page.text
        return await browser.post(
            url.partition("?")[0], data={"client_secret": intent.client_secret, "outcome": outcome}
        )


@pytest.mark.parametrize(
    "name",
    [
        "threeDSecure2Required",
        "authenticationRequired",
        "authenticationRequiredOnSetup",
        "authenticationRequiredSetupForOffSession",
    ],
)
async def test_a_shopper_who_agrees_comes_back_with_the_money_held(till: Till, handles: Handles, name: str) -> None:
    waiting = await till.hold(2599, f"pm_card_{name}", return_url=BACK)
    assert (waiting.status, waiting.amount_capturable, waiting.latest_charge) == ("requires_action", 0, None)
    assert waiting.next_action.type == "redirect_to_url"
    assert waiting.next_action.redirect_to_url.return_url == BACK
    assert await handles.counts(waiting.id) == {}

    response = await answer(waiting, "complete")

    assert response.status_code == 303
    back = urlsplit(response.headers["location"])
    assert (back.netloc, back.path) == ("shop.example.com", "/checkout/done")
    assert parse_qs(back.query) == {
        "cart": ["17"],
        "payment_intent": [waiting.id],
        "payment_intent_client_secret": [waiting.client_secret],
        "redirect_status": ["succeeded"],
    }
    held = await till.v1.payment_intents.retrieve_async(waiting.id, {"expand": ["latest_charge"]})
    assert (held.status, held.amount_capturable, held.next_action) == ("requires_capture", 2599, None)
    assert held.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"


async def test_the_page_is_for_people_too(till: Till) -> None:
    waiting = await till.hold(2599, "pm_card_threeDSecure2Required", return_url=BACK)
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        page = await browser.get(waiting.next_action.redirect_to_url.url)
    assert page.headers["content-type"].startswith("text/html")
    assert "25.99 EUR" in page.text
    assert page.text.count("<button") == 2
    assert "Complete authentication" in page.text
    assert "Fail authentication" in page.text


async def test_a_shopper_who_does_not_agree_may_try_another_card(till: Till, handles: Handles, shop: Shop) -> None:
    waiting = await till.hold(2000, "pm_card_threeDSecure2Required", return_url=BACK)
    response = await answer(waiting, "fail")

    assert parse_qs(urlsplit(response.headers["location"]).query)["redirect_status"] == ["failed"]
    failed = await till.v1.payment_intents.retrieve_async(waiting.id)
    assert (failed.status, failed.next_action, failed.payment_method) == ("requires_payment_method", None, None)
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    await handles.until_delivered(waiting.id)
    assert shop.types(waiting.id) == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.payment_failed",
    ]
    assert await handles.counts(waiting.id) == {}

    paid = await till.v1.payment_intents.confirm_async(waiting.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "requires_capture"


@pytest.mark.parametrize(
    ("name", "decline_code"),
    [
        ("authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("threeDSecureRequiredChargeDeclined", "generic_decline"),
    ],
)
async def test_a_card_may_decline_after_its_holder_agreed(till: Till, name: str, decline_code: str) -> None:
    waiting = await till.hold(2000, f"pm_card_{name}", return_url=BACK)
    response = await answer(waiting, "complete")

    assert parse_qs(urlsplit(response.headers["location"]).query)["redirect_status"] == ["failed"]
    failed = await till.v1.payment_intents.retrieve_async(waiting.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error.decline_code == decline_code


async def test_a_failed_lookup_declines_without_a_challenge(till: Till) -> None:
    with pytest.raises(stripe.CardError) as refused:
        await till.hold(2000, "pm_card_threeDSecureRequiredProcessingError", return_url=BACK)
    assert refused.value.code == "card_declined"


async def test_sending_the_form_twice_takes_the_money_once(till: Till, handles: Handles) -> None:
    waiting = await till.pay(2000, "pm_card_threeDSecure2Required", return_url=BACK)
    first = await answer(waiting, "complete")
    url = waiting.next_action.redirect_to_url.url
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        data = {"client_secret": waiting.client_secret, "outcome": "fail"}
        second = await browser.post(url.partition("?")[0], data=data)
        page = await browser.get(url)

    assert first.headers["location"] == second.headers["location"]
    assert "succeeded" in page.text
    assert "<form" not in page.text
    assert await handles.counts(waiting.id) == {"authorised": 1, "captured": 1}


async def test_the_page_opens_for_nobody_without_the_secret(till: Till) -> None:
    waiting = await till.hold(2000, "pm_card_threeDSecure2Required", return_url=BACK)
    url = waiting.next_action.redirect_to_url.url.partition("?")[0]
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        assert (await browser.get(url)).status_code == 404
        assert (await browser.get(url, params={"client_secret": "guess"})).status_code == 404
        refused = await browser.post(url, data={"client_secret": "guess", "outcome": "complete"})
        odd = await browser.post(url, data={"client_secret": waiting.client_secret, "outcome": "perhaps"})
    assert (refused.status_code, odd.status_code) == (404, 400)
    assert (await till.v1.payment_intents.retrieve_async(waiting.id)).status == "requires_action"


async def test_without_an_address_to_return_to_the_script_is_given_the_page(till: Till) -> None:
    waiting = await till.hold(2000, "pm_card_threeDSecure2Required")
    assert waiting.next_action.type == "use_stripe_sdk"


@pytest.mark.parametrize("name", ["authenticationRequiredOnSetup", "authenticationRequired", "threeDSecure2Required"])
async def test_who_is_absent_cannot_agree(till: Till, handles: Handles, name: str) -> None:
    owner = await till.v1.customers.create_async({})
    method = await till.v1.payment_methods.attach_async(f"pm_card_{name}", {"customer": owner.id})

    with pytest.raises(stripe.CardError) as refused:
        await till.hold(2000, method.id, customer=owner.id, off_session=True)

    assert (refused.value.code, told(refused).decline_code) == (
        "authentication_required",
        "authentication_required",
    )
    assert told(refused).payment_intent.status == "requires_payment_method"
    assert await handles.counts(told(refused).payment_intent.id) == {}


async def test_a_card_that_was_set_up_pays_later_without_its_holder(till: Till) -> None:
    owner = await till.v1.customers.create_async({})
    first = await till.hold(
        2000,
        "pm_card_authenticationRequiredOnSetup",
        customer=owner.id,
        setup_future_usage="off_session",
        return_url=BACK,
    )
    await answer(first, "complete")
    method = (await till.v1.payment_intents.retrieve_async(first.id, {"expand": ["payment_method"]})).payment_method
    assert method.customer == owner.id

    later = await till.hold(700, method.id, customer=owner.id, off_session=True)
    assert later.status == "requires_capture"
    present = await till.hold(700, method.id, customer=owner.id, return_url=BACK)
    assert present.status == "requires_action"


async def test_a_card_set_up_elsewhere_pays_without_its_holder_at_once(till: Till) -> None:
    owner = await till.v1.customers.create_async({})
    name = "pm_card_authenticationRequiredSetupForOffSession"
    method = await till.v1.payment_methods.attach_async(name, {"customer": owner.id})
    assert (await till.hold(700, method.id, customer=owner.id, off_session=True)).status == "requires_capture"


async def test_a_saved_plain_card_pays_without_its_holder(till: Till) -> None:
    owner = await till.v1.customers.create_async({})
    first = await till.pay(2000, customer=owner.id, setup_future_usage="off_session")
    again = await till.pay(300, first.payment_method, customer=owner.id, off_session=True)
    assert again.status == "succeeded"


async def test_a_caller_that_cannot_challenge_may_ask_for_a_decline(till: Till) -> None:
    with pytest.raises(stripe.CardError) as refused:
        await till.hold(2000, "pm_card_threeDSecure2Required", error_on_requires_action=True)
    assert refused.value.code == "authentication_required"


async def test_a_challenge_can_be_asked_for(till: Till) -> None:
    options = {"card": {"request_three_d_secure": "any"}}
    asked = await till.hold(2000, "pm_card_threeDSecureOptional", payment_method_options=options, return_url=BACK)
    assert asked.status == "requires_action"


async def test_a_cancelled_payment_cannot_be_agreed_to(till: Till, handles: Handles) -> None:
    waiting = await till.hold(2000, "pm_card_threeDSecure2Required", return_url=BACK)
    url = waiting.next_action.redirect_to_url.url
    await till.v1.payment_intents.cancel_async(waiting.id)
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        data = {"client_secret": waiting.client_secret, "outcome": "complete"}
        response = await browser.post(url.partition("?")[0], data=data)
    assert parse_qs(urlsplit(response.headers["location"]).query)["redirect_status"] == ["failed"]
    assert (await till.v1.payment_intents.retrieve_async(waiting.id)).status == "canceled"
    assert await handles.counts(waiting.id) == {}
