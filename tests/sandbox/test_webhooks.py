"""Events: signed, in order, tried again, and lost or repeated when a test asks for it."""

import asyncio
import json

import pytest
import stripe

from commerce.sandbox import SandboxConfig, WebhookEndpoint
from tests.sandbox.conftest import Start
from tests.sandbox.play import Handles, Shop, Till, thing, told


async def test_each_step_is_told_in_order_and_as_it_was_then(till: Till, handles: Handles, shop: Shop) -> None:
    held = await till.hold(2000, key="told-1")
    await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 500})
    await till.v1.refunds.create_async({"payment_intent": held.id, "amount": 200})
    await handles.until_delivered(held.id)
    await handles.until_delivered(held.latest_charge)

    events = shop.events(held.id)
    assert [(event.type, event.data.object.status, event.data.object.amount_received) for event in events] == [
        ("payment_intent.created", "requires_confirmation", 0),
        ("payment_intent.amount_capturable_updated", "requires_capture", 0),
        ("payment_intent.succeeded", "succeeded", 500),
    ]
    assert thing(events[0]).request.idempotency_key == "told-1"
    assert (events[0].livemode, events[0].api_version) == (False, stripe.api_version)
    charge = shop.events(held.latest_charge)
    assert [event.type for event in charge] == ["charge.succeeded", "charge.captured", "charge.refunded"]
    assert charge[2].data.object.amount_refunded == 200
    assert thing(charge[2]).data.previous_attributes["amount_refunded"] == 0


async def test_a_signature_does_not_fit_another_body_or_secret(till: Till, handles: Handles, shop: Shop) -> None:
    held = await till.hold(2000)
    await handles.until_delivered(held.id)
    body, header = shop.received[-1]
    assert stripe.Webhook.construct_event(body, header, "whsec_sandbox").type
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body.replace(b"2000", b"2001"), header, "whsec_sandbox")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, "whsec_other")


async def test_an_event_that_is_not_taken_is_sent_again_until_it_is(till: Till, handles: Handles, shop: Shop) -> None:
    shop.answers[:] = [500, 404, 200]
    created = await till.v1.payment_intents.create_async({"amount": 100, "currency": "eur"})
    assert await handles.until_delivered(created.id) == [("payment_intent.created", "delivered", 3)]
    events = shop.events(created.id)
    assert len(events) == 3
    assert len({event.id for event in events}) == 1
    deliveries = (await handles.get("/deliveries", object_id=created.id))["deliveries"]
    assert [attempt["status"] for attempt in deliveries[0]["attempts"]] == [500, 404, 200]


async def test_an_event_that_is_never_taken_is_given_up_and_holds_nobody_up(
    till: Till, handles: Handles, shop: Shop
) -> None:
    shop.answers[:] = [500, 200]
    first = await till.v1.payment_intents.create_async({"amount": 100, "currency": "eur"})
    second = await till.v1.payment_intents.create_async({"amount": 101, "currency": "eur"})
    await handles.until_delivered(second.id)
    assert await handles.until_delivered(first.id) == [("payment_intent.created", "delivered", 2)]

    shop.answers[:] = [500] * 4
    lost = await till.v1.payment_intents.create_async({"amount": 102, "currency": "eur"})
    assert await handles.until_delivered(lost.id) == [("payment_intent.created", "failed", 4)]


async def test_a_lost_event_can_be_read_and_delivered_later(till: Till, handles: Handles, shop: Shop) -> None:
    await handles.post("/deliveries/drop", type="payment_intent.succeeded")
    paid = await till.pay(2000)
    states = await handles.until_delivered(paid.id)
    assert ("payment_intent.succeeded", "dropped", 0) in states
    assert "payment_intent.succeeded" not in shop.types(paid.id)

    listed = await till.v1.events.list_async({"type": "payment_intent.succeeded", "limit": 1})
    event = listed.data[0]
    assert event.data.object.id == paid.id
    assert (await till.v1.events.retrieve_async(event.id)).type == "payment_intent.succeeded"
    await handles.post("/deliveries/repeat", ids=[event.id])
    assert shop.types(paid.id)[-1] == "payment_intent.succeeded"


async def test_events_can_be_doubled_and_delivered_in_any_order(till: Till, handles: Handles, shop: Shop) -> None:
    await handles.post("/deliveries/pause")
    paid = await till.pay(2000)
    states = await handles.states(paid.id)
    assert [state for _, state, _ in states] == ["pending", "pending"]
    assert shop.types(paid.id) == []
    ids = [each["id"] for each in (await handles.get("/deliveries", object_id=paid.id))["deliveries"]]

    await handles.post("/deliveries/repeat", ids=ids[::-1], copies=2)

    assert shop.types(paid.id) == ["payment_intent.succeeded"] * 2 + ["payment_intent.created"] * 2
    await handles.post("/deliveries/resume")
    await handles.until_delivered(paid.id)


async def test_what_was_held_back_arrives_in_order(till: Till, handles: Handles, shop: Shop) -> None:
    await handles.post("/deliveries/pause")
    held = await till.hold(2000)
    await till.v1.payment_intents.capture_async(held.id)
    await handles.post("/deliveries/resume")
    await handles.until_delivered(held.id)
    assert shop.types(held.id) == [
        "payment_intent.created",
        "payment_intent.amount_capturable_updated",
        "payment_intent.succeeded",
    ]


async def test_a_shop_that_is_not_there_changes_no_answer(start: Start) -> None:
    config = SandboxConfig(webhook=WebhookEndpoint(url="http://127.0.0.1:9/none"), webhook_retry_seconds=(0.01,))
    _, till, handles = await start(config)
    paid = await till.pay(2000)
    assert paid.status == "succeeded"
    states = await handles.until_delivered(paid.id)
    assert {(state, attempts) for _, state, attempts in states} == {("failed", 2)}
    deliveries = (await handles.get("/deliveries", object_id=paid.id))["deliveries"]
    assert "ConnectError" in deliveries[0]["attempts"][0]["error"]


async def test_without_an_endpoint_events_can_still_be_read(start: Start, shop: Shop) -> None:
    _, till, handles = await start(SandboxConfig())
    paid = await till.pay(2000)
    assert {state for _, state, _ in await handles.until_delivered(paid.id)} == {"no_endpoint"}
    events = await till.v1.events.list_async({})
    assert [event.type for event in events.data] == [
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]

    answer = await handles.http.put("/_sandbox/endpoint", json={"url": shop.url, "secret": "whsec_sandbox"})
    assert answer.status_code == 200
    later = await till.pay(100)
    await handles.until_delivered(later.id)
    assert shop.types(later.id)[-1] == "payment_intent.succeeded"


async def test_a_decline_is_told_with_its_reason(till: Till, handles: Handles, shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as refused:
        await till.hold(2000, "pm_card_visa_chargeDeclinedInsufficientFunds")
    intent_id = told(refused).payment_intent.id
    await handles.until_delivered(intent_id)
    failed = shop.events(intent_id)[-1]
    assert failed.type == "payment_intent.payment_failed"
    assert failed.data.object.last_payment_error.decline_code == "insufficient_funds"
    assert shop.types(told(refused).charge) == ["charge.failed"]


async def test_the_body_is_exactly_what_was_signed(till: Till, handles: Handles, shop: Shop) -> None:
    held = await till.hold(2000, metadata={"name": "Jabón & café 😀"})
    await handles.until_delivered(held.id)
    body = next(body for body, _ in shop.received if held.id.encode() in body)
    assert json.loads(body)["data"]["object"]["metadata"] == {"name": "Jabón & café 😀"}


async def test_events_wait_for_a_slow_shop_without_slowing_the_api(start: Start) -> None:
    give_up = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await give_up.wait()
        writer.close()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    endpoint = WebhookEndpoint(url=f"http://127.0.0.1:{port}/")
    _, till, handles = await start(SandboxConfig(webhook=endpoint, webhook_retry_seconds=()))

    paid = await till.pay(2000)

    assert {(state, attempts) for _, state, attempts in await handles.states(paid.id)} == {("pending", 0)}
    give_up.set()
    assert {(state, attempts) for _, state, attempts in await handles.until_delivered(paid.id)} == {("failed", 1)}
    listener.close()
    await listener.wait_closed()
