"""Taking money for what was handed over: whole, in part, again, at the counter, at the provider without us."""

import asyncio

import pytest

from commerce import payments
from commerce.kernel.ids import OrderId, new_id
from commerce.kernel.money import Money
from commerce.payments import (
    CaptureState,
    MoreThanAuthorized,
    NotAuthorized,
    OtherCurrency,
    PartState,
    PaymentEffectDiffers,
    PaymentState,
)
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.work import Worker
from commerce.sandbox import TEST_API_KEY, TEST_WEBHOOK_SECRET, SandboxConfig, Server
from tests.given import payments as given
from tests.payments.bank import Bank, deliver
from tests.payments.seen import alerts, entries, facts, payloads, sound

S = PartState
pytestmark = pytest.mark.usefixtures("clock")


async def test_what_was_handed_over_is_captured_and_only_that_group(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 3000, 1500)
    await given.capture(db, payment, 3000)
    before = await bank.moved(payment)
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert before == {"authorised": 4500}
    assert [part.captured for part in payment.parts] == [3000, 0]
    assert [part.state for part in payment.parts] == [S.CAPTURED, S.AUTHORIZED]
    assert await bank.moved(payment) == {"authorised": 4500, "captured": 3000}
    assert (await payloads(db, payment))[-1] | {"payment": None} == {
        "type": "payments.captured.v1",
        "payment_id": str(payment.id),
        "order_id": str(payment.order_id),
        "payment": None,
        "capture_id": str(payment.captures[0].id),
        "group_id": str(payment.parts[0].group_id),
        "amount": 3000,
        "tender": "provider",
    }
    await sound(db)


async def test_a_part_of_it_is_captured_and_the_rest_is_let_go(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 3000)
    await given.capture(db, payment, 1200)
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.captured, payment.voided, payment.parts[0].held) == (1200, 1800, 0)
    assert await entries(db, payment) == [("authorized", 3000), ("captured", 1200), ("voided", 1800)]
    assert await bank.moved(payment) == {"authorised": 3000, "captured": 1200, "released": 1800}
    await sound(db)


async def test_shipments_of_25_and_25_capture_what_was_shipped_each_time(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 5000)
    await given.capture(db, payment, 2500)
    await worker.drain()
    first = await bank.moved(payment)
    await given.capture(db, payment, 2500)
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert first == {"authorised": 5000, "captured": 2500, "released": 2500}
    assert payment.captured == 5000
    assert [part.state for part in payment.parts] == [S.CAPTURED, S.CAPTURED]
    assert payment.parts[1].after_part == payment.parts[0].id
    assert await bank.moved(payment) == {"authorised": 7500, "captured": 5000, "released": 2500}
    assert payment.state is PaymentState.AUTHORIZED
    assert (await facts(db, payment)).count("payments.authorized.v1") == 1
    await sound(db)


async def test_two_captures_of_a_group_asked_for_at_once_are_both_made(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 5000)
    await asyncio.gather(given.capture(db, payment, 2000), given.capture(db, payment, 1000))
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert payment.captured == 3000
    assert {capture.state for capture in payment.captures} == {CaptureState.CAPTURED}
    assert (await bank.moved(payment))["captured"] == 3000
    await sound(db)


async def test_where_several_captures_are_granted_one_intent_pays_them_all(db: Database, clock: object) -> None:
    server = Server(SandboxConfig(multicapture=True))
    await server.start()
    provider = StripeProvider(key=TEST_API_KEY, webhook_secret=TEST_WEBHOOK_SECRET, api_base=server.url, retries=0)
    bank = Bank(server.url)
    try:
        payment = await given.authorized(db, provider, 5000)
        for amount in (2000, 1000):
            await given.capture(db, payment, amount)
            payment = await payments.pursue(db, provider, payment.id)
        halfway = payment
        await db.transact(payments.intend_void, payment.order_id, payment.parts[0].group_id, "close")
        payment = await payments.pursue(db, provider, payment.id)

        assert (len(halfway.parts), halfway.captured, halfway.parts[0].held) == (1, 3000, 2000)
        assert halfway.parts[0].state is S.AUTHORIZED
        assert (payment.captured, payment.voided, payment.parts[0].state) == (3000, 2000, S.CAPTURED)
        assert await bank.moved(payment) == {"authorised": 5000, "captured": 3000, "released": 2000}
        await sound(db)
    finally:
        await bank.close()
        await provider.close()
        await server.stop()


async def test_never_more_than_the_group_was_authorized_for(db: Database, provider: StripeProvider) -> None:
    payment = await given.authorized(db, provider, 3000, 1500)
    await given.capture(db, payment, 2000)

    with pytest.raises(MoreThanAuthorized) as refused:
        await given.capture(db, payment, 1001)
    assert refused.value.facts["capturable"] == Money(1000, "EUR")
    assert len((await payments.payment(db.reading, payment.id)).captures) == 1


async def test_an_effect_key_captures_once(db: Database, provider: StripeProvider, bank: Bank, worker: Worker) -> None:
    payment = await given.authorized(db, provider, 3000)
    await asyncio.gather(*(given.capture(db, payment, 1000, key="hand-over:1") for _ in range(10)))
    await worker.drain()
    await given.capture(db, payment, 1000, key="hand-over:1")
    await worker.drain()

    assert (await payments.payment(db.reading, payment.id)).captured == 1000
    assert await bank.counted(payment) == {"authorised": 1, "captured": 1, "released": 1}
    with pytest.raises(PaymentEffectDiffers):
        await given.capture(db, payment, 1001, key="hand-over:1")


async def test_nothing_is_captured_of_what_is_not_authorized(db: Database, provider: StripeProvider) -> None:
    waiting = await given.intended(db, 3000)
    paid = await given.authorized(db, provider, 3000)

    with pytest.raises(NotAuthorized):
        await given.capture(db, waiting, 100)
    with pytest.raises(NotAuthorized):
        await given.capture(db, paid, 100, group_id=new_id())
    dollars, euros = Money(100, "USD"), Money(100, "EUR")
    with pytest.raises(OtherCurrency):
        await db.transact(payments.intend_capture, paid.order_id, paid.parts[0].group_id, dollars, "k")
    with pytest.raises(NotAuthorized):
        await db.transact(payments.intend_capture, OrderId(new_id()), new_id(), euros, "k")


async def test_nothing_is_captured_for_nothing(db: Database, provider: StripeProvider) -> None:
    payment = await given.authorized(db, provider, 3000)
    await given.capture(db, payment, 0)

    assert (await payments.payment(db.reading, payment.id)).captures == ()


async def test_the_tender_at_the_counter_is_captured_at_once(db: Database, bank: Bank) -> None:
    payment = await given.paid_on_collection(db, 3000)
    await given.capture(db, payment, 1000)
    await given.capture(db, payment, 2000)
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.captured, payment.parts[0].state) == (3000, S.CAPTURED)
    assert [each["tender"] for each in (await payloads(db, payment))[1:]] == ["counter", "counter"]
    assert await bank.intents(payment) == []
    with pytest.raises(MoreThanAuthorized):
        await given.capture(db, payment, 1)
    await sound(db)


async def test_what_is_captured_at_the_provider_without_us_is_recorded(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    payment = await given.authorized(db, provider, 20_000)
    intent = payment.parts[0].intent_ref
    await bank.dashboard.payment_intents.capture_async(intent, {"amount_to_capture": 10_000})
    await deliver(db, provider, await bank.event(intent, "payment_intent.succeeded"))
    balance = await payments.balance(db.reading, payment.order_id)

    assert (balance.captured, balance.refundable, balance.voided) == (10_000, 10_000, 10_000)
    assert (await payloads(db, payment))[1]["tender"] == "outside"
    await sound(db)


async def test_a_capture_that_meets_one_made_at_the_provider_moves_nothing_twice(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 5000)
    await bank.dashboard.payment_intents.capture_async(payment.parts[0].intent_ref, {"amount_to_capture": 5000})
    await given.capture(db, payment, 5000)
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.captured, payment.captures[0].state) == (5000, CaptureState.CAPTURED)
    assert await bank.moved(payment) == {"authorised": 5000, "captured": 5000}
    await sound(db)


async def test_what_expired_before_it_was_collected_is_charged_anew_with_the_kept_card(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 5000)
    await bank.dashboard.payment_intents.cancel_async(payment.parts[0].intent_ref)
    await given.capture(db, payment, 4000)
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert [part.state for part in payment.parts] == [S.VOIDED, S.CAPTURED]
    assert (payment.captured, payment.captures[0].state) == (4000, CaptureState.CAPTURED)
    assert await bank.moved(payment) == {"authorised": 9000, "released": 5000, "captured": 4000}
    await sound(db)


async def test_a_further_charge_that_the_bank_wants_to_ask_about_stays_owed_and_a_person_hears_of_it(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    waiting = await given.authorized(db, provider, 5000, method=given.ASKS)
    await bank.answer_challenge(waiting.next_action_url, "complete")
    payment = await payments.pursue(db, provider, waiting.id, look=True)
    await given.capture(db, payment, 2000)
    await worker.drain()
    await given.capture(db, payment, 3000)
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert payment.captured == 2000
    assert [capture.state for capture in payment.captures] == [CaptureState.CAPTURED, CaptureState.FAILED]
    assert payment.captures[1].failure_code == "authentication_required"
    assert await alerts(db, payment) == ["capture_failed"]
    assert (await facts(db, payment))[-1] == "payments.capture_failed.v1"
    assert payment.state is PaymentState.AUTHORIZED
    await sound(db)
