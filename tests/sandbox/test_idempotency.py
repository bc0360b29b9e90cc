"""One key, one effect: https://docs.stripe.com/api/idempotent_requests."""

import asyncio
from pathlib import Path

import httpx
import pytest
import stripe

from commerce.sandbox import TEST_API_KEY, SandboxConfig, Server
from tests.plain import PLAIN
from tests.sandbox.conftest import Start
from tests.sandbox.play import CARD, Handles, Till, headers_of, told

DAY = 86_400


async def test_the_same_key_gives_the_first_answer_again(till: Till, handles: Handles) -> None:
    first = await till.hold(2000, key="order-1")
    again = await till.hold(2000, key="order-1")

    assert again.id == first.id
    assert again.to_dict() == first.to_dict()
    assert "idempotent-replayed" not in first.last_response.headers
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert again.last_response.headers["original-request"] == first.last_response.request_id
    assert again.last_response.request_id != first.last_response.request_id
    assert again.last_response.headers["idempotency-key"] == "order-1"
    assert await handles.counts(first.id) == {"authorised": 1}


async def test_what_happened_since_does_not_change_the_replayed_answer(till: Till) -> None:
    held = await till.hold(2000, key="order-2")
    await till.v1.payment_intents.capture_async(held.id)
    assert (await till.hold(2000, key="order-2")).status == "requires_capture"


async def test_a_decline_is_replayed_too(till: Till) -> None:
    refusals = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            await till.hold(2000, "pm_card_visa_chargeDeclined", key="order-3")
        refusals.append(refused)
    assert told(refusals[0]).charge == told(refusals[1]).charge
    assert headers_of(refusals[1])["idempotent-replayed"] == "true"
    charges = await till.v1.charges.list_async({"payment_intent": told(refusals[0]).payment_intent.id})
    assert len(charges.data) == 1


async def test_the_same_key_with_other_content_is_refused(till: Till) -> None:
    held = await till.hold(2000, key="order-4")
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        await till.hold(2001, key="order-4")
    assert refused.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        await till.v1.payment_intents.capture_async(held.id, {}, {"idempotency_key": "order-4"})


async def test_the_order_of_parameters_does_not_matter(server: Server) -> None:
    pairs: list[tuple[str, str | int | float | bool | None]] = [
        ("amount", "700"),
        ("currency", "eur"),
        ("metadata[a]", "1"),
        ("metadata[b]", "2"),
    ]
    headers = {
        "authorization": f"Bearer {TEST_API_KEY}",
        "idempotency-key": "order-5",
        "content-type": "application/x-www-form-urlencoded",
    }
    async with httpx.AsyncClient(base_url=server.url, verify=PLAIN, headers=headers) as client:
        bodies = [str(httpx.QueryParams(each)) for each in (pairs, pairs[::-1])]
        answers = [await client.post("/v1/payment_intents", content=body) for body in bodies]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"


async def test_a_key_whose_first_request_still_runs_conflicts(till: Till, handles: Handles) -> None:
    await handles.fail("work_late", "payment_intents.create", seconds=0.8)
    first = asyncio.create_task(till.hold(2000, key="order-6"))
    await asyncio.sleep(0.1)
    with pytest.raises(stripe.StripeError, match="another in-progress request") as refused:
        await till.hold(2000, key="order-6")
    assert (refused.value.http_status, told(refused).type) == (409, "idempotency_error")
    assert told(refused).code == "idempotency_key_in_use"

    done = await first
    assert (await till.hold(2000, key="order-6")).id == done.id
    assert await handles.counts(done.id) == {"authorised": 1}


async def test_twenty_at_once_with_one_key_have_one_effect(till: Till, handles: Handles) -> None:
    asked = [till.hold(2000, key="order-7", metadata={"order": "order-7"}) for _ in range(20)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    intents = {outcome.id for outcome in outcomes if isinstance(outcome, stripe.PaymentIntent)}
    assert len(intents) == 1
    assert await handles.counts(intents.pop()) == {"authorised": 1}


async def test_a_key_is_forgotten_after_a_day(start: Start) -> None:
    _, till, handles = await start(SandboxConfig())
    first = await till.hold(2000, key="order-8")
    await handles.advance(DAY - 60)
    assert (await till.hold(2000, key="order-8")).id == first.id
    await handles.advance(120)
    assert (await till.hold(2000, key="order-8")).id != first.id


async def test_a_clock_of_ones_own_rules_what_is_forgotten(start: Start) -> None:
    now = [1_800_000_000.0]
    _, till, _ = await start(SandboxConfig(clock=lambda: now[0]))
    first = await till.hold(2000, key="order-9")
    assert first.created == 1_800_000_000
    now[0] += DAY + 1
    assert (await till.hold(2000, key="order-9")).id != first.id


async def test_a_request_that_fails_its_checks_leaves_the_key_free(till: Till) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):
        await till.hold(2000, key="order-10", colour="red")
    assert (await till.hold(2000, key="order-10")).status == "requires_capture"


async def test_a_refusal_of_the_work_itself_is_replayed(till: Till) -> None:
    held = await till.hold(2000)
    for replayed in (None, "true"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await till.v1.payment_intents.capture_async(
                held.id, {"amount_to_capture": 2001}, {"idempotency_key": "capture-1"}
            )
        assert headers_of(refused).get("idempotent-replayed") == replayed


async def test_a_key_can_be_too_long(till: Till) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        await till.hold(2000, key="k" * 256)


async def test_keys_survive_a_restart(tmp_path: Path) -> None:
    ids = []
    for _ in range(2):
        server = Server(SandboxConfig(data_dir=tmp_path))
        await server.start()
        till, handles = Till(server.url), Handles(server.url)
        held = await till.hold(2000, key="order-11")
        ids.append(held.id)
        assert await handles.counts(held.id) == {"authorised": 1}
        await till.close()
        await handles.http.aclose()
        await server.stop()
    assert ids[0] == ids[1]


async def test_reading_takes_no_key(till: Till) -> None:
    created = await till.v1.payment_intents.create_async({"amount": 100, "currency": "eur"} | CARD)
    read = await till.v1.payment_intents.retrieve_async(created.id, {}, {"idempotency_key": "order-12"})
    assert "idempotency-key" not in read.last_response.headers
