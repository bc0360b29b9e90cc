"""Failures on order, and that a caller who keeps its keys recovers from each with one effect."""

import asyncio

import pytest
import stripe

from commerce.sandbox import Server
from tests.sandbox.play import Handles, Thing, Till, told


async def test_a_lost_answer_is_found_again_by_its_key(till: Till, handles: Handles) -> None:
    await handles.fail("answer_lost", "payment_intents.create")
    with pytest.raises(stripe.APIConnectionError):
        await till.hold(2000, key="lost-1", metadata={"attempt": "lost-1"})

    found = await till.hold(2000, key="lost-1", metadata={"attempt": "lost-1"})

    assert found.status == "requires_capture"
    assert found.last_response.headers["idempotent-replayed"] == "true"
    assert await handles.counts(found.id) == {"authorised": 1}


async def test_a_lost_answer_is_found_again_by_looking(till: Till, handles: Handles) -> None:
    owner = await till.v1.customers.create_async({})
    await handles.fail("answer_lost", "payment_intents.create")
    with pytest.raises(stripe.APIConnectionError):
        await till.hold(2000, customer=owner.id, metadata={"attempt": "lost-2"})
    listed = await till.v1.payment_intents.list_async({"customer": owner.id})
    assert [(each.metadata["attempt"], each.status) for each in listed.data] == [("lost-2", "requires_capture")]


async def test_a_lost_capture_and_a_lost_refund_happen_once(till: Till, handles: Handles) -> None:
    held = await till.hold(2000)
    calls: list[tuple[str, Thing, tuple[Thing, ...]]] = [
        ("payment_intents.capture", till.v1.payment_intents.capture_async, (held.id, {"amount_to_capture": 900})),
        ("refunds.create", till.v1.refunds.create_async, ({"payment_intent": held.id, "amount": 100},)),
    ]
    for operation, call, arguments in calls:
        await handles.fail("answer_lost", operation)
        with pytest.raises(stripe.APIConnectionError):
            await call(*arguments, {"idempotency_key": f"lost {operation}"})
        again = await call(*arguments, {"idempotency_key": f"lost {operation}"})
        assert again.last_response.headers["idempotent-replayed"] == "true"
    assert await handles.counts(held.id) == {"authorised": 1, "captured": 1, "released": 1, "refunded": 1}


async def test_a_lost_request_did_nothing(till: Till, handles: Handles) -> None:
    held = await till.hold(2000)
    await handles.fail("request_lost", "payment_intents.capture")
    with pytest.raises(stripe.APIConnectionError):
        await till.v1.payment_intents.capture_async(held.id, {}, {"idempotency_key": "lost-3"})
    assert (await till.v1.payment_intents.retrieve_async(held.id)).status == "requires_capture"
    done = await till.v1.payment_intents.capture_async(held.id, {}, {"idempotency_key": "lost-3"})
    assert (done.status, await handles.counts(held.id)) == ("succeeded", {"authorised": 1, "captured": 1})


async def test_an_error_in_between_hides_an_answer_that_exists(till: Till, handles: Handles) -> None:
    await handles.fail("answer_error", "payment_intents.create")
    with pytest.raises(stripe.APIError) as failed:
        await till.hold(2000, key="lost-4")
    assert (failed.value.http_status, told(failed).type) == (500, "api_error")
    found = await till.hold(2000, key="lost-4")
    assert await handles.counts(found.id) == {"authorised": 1}


async def test_an_error_of_the_server_is_remembered_under_the_key(till: Till, handles: Handles) -> None:
    await handles.fail("server_error", "payment_intents.create")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            await till.hold(2000, key="lost-5")
        assert failed.value.http_status == 500
    assert (await till.hold(2000, key="lost-5 again")).status == "requires_capture"


@pytest.mark.parametrize(
    ("failure", "status", "kind"),
    [("unavailable", 503, stripe.APIError), ("rate_limited", 429, stripe.RateLimitError)],
)
async def test_a_server_that_is_busy_did_nothing_and_remembers_nothing(
    till: Till, handles: Handles, failure: str, status: int, kind: type[stripe.StripeError]
) -> None:
    await handles.fail(failure, "payment_intents.create")
    with pytest.raises(kind) as failed:
        await till.hold(2000, key=failure)
    assert failed.value.http_status == status
    done = await till.hold(2000, key=failure)
    assert "idempotent-replayed" not in done.last_response.headers


async def test_an_answer_that_comes_too_late_is_found_again(server: Server, till: Till, handles: Handles) -> None:
    hurried = Till(server.url, timeout=0.2)
    await handles.fail("answer_late", "payment_intents.create", seconds=0.6)
    with pytest.raises(stripe.APIConnectionError):
        await hurried.hold(2000, key="late-1")
    found = await till.hold(2000, key="late-1")
    assert await handles.counts(found.id) == {"authorised": 1}
    await hurried.close()


async def test_a_request_whose_work_comes_late_goes_on_when_nobody_waits(
    server: Server, till: Till, handles: Handles
) -> None:
    hurried = Till(server.url, timeout=0.15)
    await handles.fail("work_late", "payment_intents.create", seconds=0.8)
    with pytest.raises(stripe.APIConnectionError):
        await hurried.hold(2000, key="late-2")
    with pytest.raises(stripe.StripeError) as conflict:
        await till.hold(2000, key="late-2")
    assert conflict.value.http_status == 409
    await asyncio.sleep(1.0)
    found = await till.hold(2000, key="late-2")
    assert found.last_response.headers["idempotent-replayed"] == "true"
    assert await handles.counts(found.id) == {"authorised": 1}
    await hurried.close()


async def test_the_client_recovers_by_itself_when_it_may_retry(server: Server, handles: Handles) -> None:
    http = stripe.HTTPXClient()
    client = stripe.StripeClient(
        "sk_test_sandbox", base_addresses={"api": server.url}, http_client=http, max_network_retries=2
    )
    await handles.fail("answer_lost", "payment_intents.create")
    created = await client.v1.payment_intents.create_async({"amount": 100, "currency": "eur"})
    calls = (await handles.get("/calls", operation="payment_intents.create"))["calls"][-2:]
    assert [(call["failure"], call["replayed"]) for call in calls] == [("answer_lost", False), (None, True)]
    assert calls[1]["idempotency_key"] == calls[0]["idempotency_key"]
    assert created.amount == 100
    await http.close_async()  # type: ignore[no-untyped-call]


async def test_failures_strike_the_calls_they_were_ordered_for(till: Till, handles: Handles) -> None:
    await handles.fail("unavailable", "payment_intents.capture", times=2, skip=1)
    first, second = await till.hold(100), await till.hold(100)
    capture = till.v1.payment_intents.capture_async
    assert (await capture(first.id)).status == "succeeded"
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            await capture(second.id)
    assert (await capture(second.id)).status == "succeeded"
    assert (await handles.get("/failures"))["failures"] == []


async def test_ordered_failures_can_be_called_off(till: Till, handles: Handles) -> None:
    await handles.fail("unavailable", times=100)
    assert len((await handles.get("/failures"))["failures"]) == 1
    assert (await handles.http.delete("/_sandbox/failures")).status_code == 200
    assert (await till.hold(100)).status == "requires_capture"


@pytest.mark.parametrize(
    "body",
    [
        {"failure": "earthquake"},
        {"failure": "answer_lost", "operation": "payment_intents.bless"},
        {"failure": "answer_lost", "times": 0},
        {"failure": "answer_late", "seconds": 1e9},
        {"failure": "answer_lost", "when": "tomorrow"},
    ],
)
async def test_a_failure_that_cannot_be_is_refused(handles: Handles, body: dict[str, object]) -> None:
    answer = await handles.http.post("/_sandbox/failures", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert (await handles.get("/failures"))["failures"] == []


async def test_the_handles_need_the_key_too(server: Server, handles: Handles) -> None:
    for path in ("/failures", "/effects", "/deliveries"):
        answer = await handles.http.get(f"{server.url}/_sandbox{path}", headers={"authorization": "Bearer nobody"})
        assert answer.status_code == 401
