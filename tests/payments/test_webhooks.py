"""What the provider tells us: once for each event, in any order, at once, a day later; and what is not ours, or not as it should be."""

import asyncio
import time

import pytest
from msgspec.structs import replace

from commerce import payments
from commerce.kernel.clock import HeldClock
from commerce.payments import BadSignature, PartState, PaymentState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.work import Worker
from tests.given import payments as given
from tests.payments.bank import Bank, deliver, signed
from tests.payments.seen import alerts, entries, facts, heard, sound

S = PartState
CAPTURABLE = "payment_intent.amount_capturable_updated"
pytestmark = pytest.mark.usefixtures("clock")


async def test_the_webhook_alone_pays_when_the_shopper_never_comes_back(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    waiting = await given.authorized(db, provider, 3000, 1000, method=given.ASKS_ONCE)
    await bank.answer_challenge(waiting.next_action_url, "complete")
    await deliver(db, provider, await bank.event(waiting.parts[0].intent_ref, CAPTURABLE))
    halfway = await payments.payment(db.reading, waiting.id)
    await worker.drain()
    paid = await payments.payment(db.reading, waiting.id)

    assert [part.state for part in halfway.parts] == [S.AUTHORIZED, S.INTENDED]
    assert paid.state is PaymentState.AUTHORIZED
    assert await bank.moved(paid) == {"authorised": 4000}
    await sound(db)


async def test_one_event_ten_times_at_once_and_again_a_day_later_has_one_effect(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock
) -> None:
    waiting = await given.authorized(db, provider, 3000, method=given.ASKS)
    await bank.answer_challenge(waiting.next_action_url, "complete")
    event = await bank.event(waiting.parts[0].intent_ref, CAPTURABLE)
    await asyncio.gather(*(deliver(db, provider, event) for _ in range(10)))
    clock.move(days=1)
    await deliver(db, provider, event)

    assert await facts(db, waiting) == ["payments.action_required.v1", "payments.authorized.v1"]
    assert await entries(db, waiting) == [("authorized", 3000)]
    assert await heard(db, waiting) == [CAPTURABLE]
    await sound(db)


async def test_webhook_and_return_page_at_once_pay_once(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    for _ in range(3):
        waiting = await given.authorized(db, provider, 3000, 1000, method=given.ASKS_ONCE)
        await bank.answer_challenge(waiting.next_action_url, "complete")
        event = await bank.event(waiting.parts[0].intent_ref, CAPTURABLE)
        looks = [payments.pursue(db, provider, waiting.id, look=True, only_while_open=True) for _ in range(3)]
        await asyncio.gather(*(deliver(db, provider, event) for _ in range(3)), *looks)
        await worker.drain()
        paid = await payments.payment(db.reading, waiting.id)

        assert paid.state is PaymentState.AUTHORIZED
        assert await facts(db, paid) == ["payments.action_required.v1", "payments.authorized.v1"]
        assert await bank.counted(paid) == {"authorised": 2}
        assert await entries(db, paid) == [("authorized", 3000), ("authorized", 1000)]
    await sound(db)


async def test_an_event_costs_three_statements_at_the_most(db: Database, provider: StripeProvider, bank: Bank) -> None:
    waiting = await given.authorized(db, provider, 3000, 1000, method=given.ASKS)
    first = await bank.event(waiting.parts[0].intent_ref, "payment_intent.requires_action")
    await bank.answer_challenge(waiting.next_action_url, "complete")
    single = await given.authorized(db, provider, 3000, method=given.ASKS)
    await bank.answer_challenge(single.next_action_url, "fail")
    another = await given.authorized(db, provider, 3000, method=given.ASKS)
    await bank.answer_challenge(another.next_action_url, "complete")
    events = [
        first,
        await bank.event(waiting.parts[0].intent_ref, CAPTURABLE),
        await bank.event(single.parts[0].intent_ref, "payment_intent.payment_failed"),
        await bank.event(another.parts[0].intent_ref, CAPTURABLE),
    ]
    counts = []
    for event in [*events, events[-1]]:
        before = db.statements
        await deliver(db, provider, event)
        counts.append(db.statements - before)

    assert max(counts) <= 3
    assert counts[-1] == 1
    assert await facts(db, single) == ["payments.action_required.v1", "payments.declined.v1"]
    assert (await payments.payment(db.reading, another.id)).state is PaymentState.AUTHORIZED


async def test_news_in_the_wrong_order_never_regress(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.captured(db, provider, 3000, method="pm_card_visa")
    later = await given.authorized(db, provider, 2000, method=given.ASKS)
    await bank.answer_challenge(later.next_action_url, "complete")
    later = await payments.pursue(db, provider, later.id, look=True)
    await given.capture(db, later, 1500)
    await worker.drain()
    before = [await payments.payment(db.reading, each.id) for each in (payment, later)]
    for each in (payment, later):
        for event in reversed(await bank.events(each.parts[0].intent_ref)):
            await deliver(db, provider, event)
    after = [await payments.payment(db.reading, each.id) for each in (payment, later)]

    assert after == before
    await sound(db)


async def test_a_decline_that_is_told_after_the_money_was_held_changes_nothing(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    payment = await given.authorized(db, provider, 3000)
    event = await bank.event(payment.parts[0].intent_ref, CAPTURABLE)
    event["id"] += "_late"
    event["type"] = "payment_intent.payment_failed"
    event["data"]["object"] |= {
        "status": "requires_payment_method",
        "last_payment_error": {"code": "card_declined", "type": "card_error"},
    }
    await deliver(db, provider, event)

    assert (await payments.payment(db.reading, payment.id)) == payment


async def test_an_event_before_the_answer_of_the_call_finds_its_part(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    waiting = await given.intended(db, 3000)
    await bank.fail("answer_lost", "payment_intents.create")
    unknown = await payments.authorize(db, provider, waiting.id)
    (intent,) = await bank.intents(waiting)
    await deliver(db, provider, await bank.event(intent, CAPTURABLE))
    paid = await payments.payment(db.reading, waiting.id)

    assert (unknown.state, unknown.parts[0].intent_ref) == (PaymentState.UNKNOWN, None)
    assert (paid.state, paid.parts[0].intent_ref) == (PaymentState.AUTHORIZED, intent)
    await sound(db)


async def test_an_intent_that_is_not_ours_is_noted_and_moves_nothing(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    made = await bank.dashboard.payment_intents.create_async(
        {"amount": 500, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
        | {"allowed_payment_method_types": ["card"]}
    )
    for event in await bank.events(made.id):
        await deliver(db, provider, event)
    noted = await heard(db, None)

    assert "payment_intent.succeeded" in noted
    await sound(db)


async def test_another_amount_or_currency_pays_nothing_raises_an_alert_and_is_let_go(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    different: list[dict[str, object]] = [{"amount": 2999}, {"amount": 3001}, {"currency": "usd"}, {"currency": "xyz"}]
    for found in different:
        await differs(db, provider, bank, worker, found)
    await sound(db)


async def differs(db: Database, provider: StripeProvider, bank: Bank, worker: Worker, found: dict[str, object]) -> None:
    """Tells of an authorisation that is not as it was asked for."""
    waiting = await given.authorized(db, provider, 3000, method=given.ASKS)
    await bank.answer_challenge(waiting.next_action_url, "complete")
    event = await bank.event(waiting.parts[0].intent_ref, CAPTURABLE)
    event["data"]["object"] |= found
    await deliver(db, provider, event)
    await worker.drain()
    payment = await payments.payment(db.reading, waiting.id)

    assert (payment.state, payment.parts[0].state) == (PaymentState.MISMATCH, S.MISMATCH)
    assert (payment.authorized, payment.captured) == (0, 0)
    assert await facts(db, payment) == ["payments.action_required.v1", "payments.mismatched.v1"]
    assert await alerts(db, payment) == ["amount_differs"]
    assert await bank.moved(payment) == {"authorised": 3000, "released": 3000}


async def test_an_amount_that_was_changed_at_the_provider_is_found_when_it_is_looked_up(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    waiting = await given.authorized(db, provider, 3000, method=given.ASKS)
    intent = waiting.parts[0].intent_ref
    await bank.dashboard.payment_intents.update_async(intent, {"amount": 1})
    confirmed = await bank.dashboard.payment_intents.confirm_async(intent, {"return_url": given.RETURN_URL})
    await bank.answer_challenge(confirmed.next_action.redirect_to_url.url, "complete")
    payment = await payments.pursue(db, provider, waiting.id, look=True)

    assert payment.state is PaymentState.MISMATCH
    assert await alerts(db, payment) == ["amount_differs"]
    assert await bank.moved(payment) == {"authorised": 1, "released": 1}


async def test_a_second_intent_of_a_part_is_never_counted_and_is_given_up(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 3000)
    twin = await bank.dashboard.payment_intents.create_async(
        {"amount": 3000, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
        | {"allowed_payment_method_types": ["card"], "capture_method": "manual"}
        | {"metadata": {"part_id": str(payment.parts[0].id), "payment_id": str(payment.id)}}
    )
    await deliver(db, provider, await bank.event(twin.id, CAPTURABLE))
    await worker.drain()

    assert (await payments.payment(db.reading, payment.id)).authorized == 3000
    assert await alerts(db, payment) == ["second_intent"]
    assert await bank.moved(replace(payment, customer_ref=None)) == {"authorised": 6000, "released": 3000}
    assert (await bank.dashboard.payment_intents.retrieve_async(twin.id)).status == "canceled"


async def test_only_what_the_provider_signed_and_lately_is_believed(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    payment = await given.authorized(db, provider, 3000)
    event = await bank.event(payment.parts[0].intent_ref, CAPTURABLE)
    body, headers = signed(event)
    refused = [
        (body, {}),
        (body, {"stripe-signature": "t=1,v1=00"}),
        (body, {"stripe-signature": "t=x,v1=é"}),
        (body, {"stripe-signature": ",,=,t=99999999999999999999,v1="}),
        (body + b" ", headers),
        signed(event, secret="whsec_another"),
        signed(event, at=int(time.time()) - 301),
        (b"\xff", headers),
        signed({"no": "event"}),
    ]
    for each_body, each_headers in refused:
        with pytest.raises(BadSignature):
            provider.read_news(each_body, each_headers)
    assert provider.read_news(body, headers).type == CAPTURABLE


async def test_without_a_secret_nothing_is_believed(db: Database, bank: Bank) -> None:
    provider = StripeProvider(key="sk_test_x", webhook_secret="")
    with pytest.raises(BadSignature):
        provider.read_news(*signed({"id": "evt_1"}, secret=""))
    await provider.close()
