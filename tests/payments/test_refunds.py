"""Giving money back: never more than was taken, once for a key, and what happens when it does not arrive."""

import asyncio

import pytest

from commerce import payments
from commerce.kernel.ids import RefundId, new_id
from commerce.kernel.money import Money
from commerce.payments import (
    Cause,
    MoreThanCaptured,
    OtherCurrency,
    PaymentEffectDiffers,
    RefundState,
)
from commerce.payments.adapters import StripeProvider
from commerce.platform.connections import Unavailable
from commerce.platform.database import Database
from commerce.platform.work import Worker
from tests.given import payments as given
from tests.payments.bank import Bank, deliver
from tests.payments.seen import alerts, entries, facts, payloads, sound

pytestmark = pytest.mark.usefixtures("clock")


async def test_a_refund_is_asked_for_and_then_made(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.captured(db, provider, 3000)
    document = new_id()
    cause = Cause(kind="return", document_id=document, actor="staff:1")
    (refund_id,) = await given.refund(db, payment, 1200, cause=cause)
    asked = await payments.balance(db.reading, payment.order_id)
    await worker.drain()
    made = await payments.balance(db.reading, payment.order_id)

    assert (asked.refunding, asked.refunded, asked.refundable, asked.net_paid) == (1200, 0, 1800, 3000)
    assert (made.refunding, made.refunded, made.refundable, made.net_paid) == (0, 1200, 1800, 1800)
    assert await bank.moved(payment) == {"authorised": 3000, "captured": 3000, "refunded": 1200}
    fact = (await payloads(db, payment))[-1]
    assert (fact["type"], fact["refund_id"], fact["amount"]) == (
        "payments.refund_succeeded.v1",
        str(refund_id),
        1200,
    )
    assert fact["cause"] == {"kind": "return", "document_id": str(document), "actor": "staff:1", "reason": ""}
    await sound(db)


async def test_99_then_2_of_100_the_second_is_refused_before_the_provider_is_asked(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.captured(db, provider, 100)
    await given.refund(db, payment, 99)
    with pytest.raises(MoreThanCaptured) as refused:
        await given.refund(db, payment, 2)
    await worker.drain()
    with pytest.raises(MoreThanCaptured):
        await given.refund(db, payment, 2)
    await given.refund(db, payment, 1)
    await worker.drain()

    assert refused.value.facts["refundable"] == 1
    assert (await payments.balance(db.reading, payment.order_id)).net_paid == 0
    assert await bank.counted(payment) == {"authorised": 1, "captured": 1, "refunded": 2}
    await sound(db)


async def test_of_ten_refunds_of_20_at_once_five_are_made(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.captured(db, provider, 100)
    asked = await asyncio.gather(*(given.refund(db, payment, 20) for _ in range(10)), return_exceptions=True)
    await worker.drain()

    assert sum(isinstance(each, MoreThanCaptured) for each in asked) == 5
    assert (await bank.moved(payment))["refunded"] == 100
    assert (await payments.balance(db.reading, payment.order_id)).refunded == 100
    await sound(db)


async def test_a_refund_is_spread_over_the_parts_the_largest_first(
    db: Database, provider: StripeProvider, worker: Worker
) -> None:
    payment = await given.captured(db, provider, 1000, 3000, 2000)
    ids = await given.refund(db, payment, 4500)
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert [part.refunded for part in payment.parts] == [0, 3000, 1500]
    assert {refund.id for refund in payment.refunds} == set(ids)
    await sound(db)


async def test_an_effect_key_refunds_once(db: Database, provider: StripeProvider, bank: Bank, worker: Worker) -> None:
    payment = await given.captured(db, provider, 1000, 1000)
    asked = await asyncio.gather(*(given.refund(db, payment, 1500, key="return:1") for _ in range(10)))
    await worker.drain()

    assert len({tuple(sorted(each)) for each in asked}) == 1
    assert (await bank.moved(payment))["refunded"] == 1500
    assert sorted(await given.refund(db, payment, 1500, key="return:1")) == sorted(asked[0])
    with pytest.raises(PaymentEffectDiffers):
        await given.refund(db, payment, 1400, key="return:1")


async def test_nothing_goes_back_of_what_was_not_captured_or_in_another_currency(
    db: Database, provider: StripeProvider
) -> None:
    held = await given.authorized(db, provider, 3000)
    paid = await given.captured(db, provider, 3000)

    with pytest.raises(MoreThanCaptured):
        await given.refund(db, held, 1)
    with pytest.raises(OtherCurrency):
        await db.transact(payments.intend_refund, paid.order_id, Money(100, "USD"), Cause(kind="x"), "k")
    assert await given.refund(db, paid, 0) == []


async def test_a_tender_from_the_counter_goes_back_over_the_counter(db: Database, bank: Bank) -> None:
    payment = await given.paid_on_collection(db, 3000)
    await given.capture(db, payment, 3000)
    await given.refund(db, payment, 1000)
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.refunded, payment.refunds[0].state) == (1000, RefundState.SUCCEEDED)
    assert (await payloads(db, payment))[-1]["tender"] == "counter"
    assert await bank.intents(payment) == []
    await sound(db)


async def test_a_refund_that_is_pending_lowers_what_is_paid_and_succeeds_when_the_bank_says_so(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.captured(db, provider, 3000, method="pm_card_pendingRefund")
    (refund_id,) = await given.refund(db, payment, 3000)
    await worker.drain()
    pending = await payments.payment(db.reading, payment.id)
    ref = pending.refunds[0].provider_ref
    await bank.post(f"/settle?object_id={ref}")
    await deliver(db, provider, await bank.event(ref, "refund.updated"))
    done = await payments.payment(db.reading, payment.id)

    assert (pending.refunds[0].state, pending.refunded) == (RefundState.PENDING, 3000)
    assert (done.refunds[0].id, done.refunds[0].state) == (refund_id, RefundState.SUCCEEDED)
    assert (await facts(db, payment)).count("payments.refund_succeeded.v1") == 1
    assert await entries(db, payment) == [("authorized", 3000), ("captured", 3000), ("refunded", 3000)]
    await sound(db)


async def test_a_refund_that_fails_days_later_raises_what_is_paid_and_a_new_one_is_possible(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.captured(db, provider, 3000, method="pm_card_refundFail")
    await given.refund(db, payment, 3000)
    await worker.drain()
    done = await payments.payment(db.reading, payment.id)
    ref = done.refunds[0].provider_ref
    await bank.post(f"/settle?object_id={ref}")
    for event in await bank.events(ref):
        await deliver(db, provider, event)
    failed = await payments.payment(db.reading, payment.id)
    balance = await payments.balance(db.reading, payment.order_id)

    assert (done.refunds[0].state, done.refunded) == (RefundState.SUCCEEDED, 3000)
    assert (failed.refunds[0].state, failed.refunded) == (RefundState.FAILED, 0)
    assert (balance.net_paid, balance.refundable) == (3000, 3000)
    assert (await entries(db, payment))[-2:] == [("refunded", 3000), ("refund_failed", 3000)]
    assert (await facts(db, payment))[-2:] == ["payments.refund_succeeded.v1", "payments.refund_failed.v1"]
    assert await alerts(db, payment) == ["refund_failed"]
    await given.refund(db, payment, 3000)
    await sound(db)


async def test_what_the_provider_refuses_to_give_back_is_ours_again(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.captured(db, provider, 3000)
    await bank.dashboard.refunds.create_async({"payment_intent": payment.parts[0].intent_ref, "amount": 3000})
    await given.refund(db, payment, 1000)
    await worker.drain()
    refused = await payments.payment(db.reading, payment.id)
    listed = await bank.dashboard.refunds.list_async({"payment_intent": payment.parts[0].intent_ref})
    await deliver(db, provider, await bank.event(listed.data[0].id, "refund.created"))
    known = await payments.payment(db.reading, payment.id)

    assert refused.refunds[0].state is RefundState.FAILED
    assert refused.refunds[0].failure_code == "charge_already_refunded"
    assert (refused.refunding, refused.refunded) == (0, 0)
    assert (known.refunded, known.parts[0].refundable) == (3000, 0)
    await sound(db)


async def test_a_refund_made_at_the_provider_is_recorded_once_and_the_order_lives(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    payment = await given.captured(db, provider, 5000)
    made = await bank.dashboard.refunds.create_async({"payment_intent": payment.parts[0].intent_ref, "amount": 500})
    event = await bank.event(made.id, "refund.created")
    for _ in range(3):
        await deliver(db, provider, event)
    known = await payments.payment(db.reading, payment.id)

    assert (known.refunded, known.state) == (500, payment.state)
    assert [(refund.cause.kind, refund.tender.value) for refund in known.refunds] == [("provider", "outside")]
    assert (await facts(db, payment))[-1] == "payments.refund_succeeded.v1"
    await sound(db)


async def test_a_refund_of_which_the_capture_was_not_heard_of_is_told_again_by_the_provider(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    payment = await given.authorized(db, provider, 5000)
    intent = payment.parts[0].intent_ref
    await bank.dashboard.payment_intents.capture_async(intent)
    made = await bank.dashboard.refunds.create_async({"payment_intent": intent, "amount": 500})
    refunded = await bank.event(made.id, "refund.created")
    with pytest.raises(Unavailable):
        await deliver(db, provider, refunded)
    await deliver(db, provider, await bank.event(intent, "payment_intent.succeeded"))
    await deliver(db, provider, refunded)
    known = await payments.payment(db.reading, payment.id)

    assert (known.captured, known.refunded) == (5000, 500)
    await sound(db)


async def test_news_of_a_refund_that_come_in_the_wrong_order_end_the_same(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.captured(db, provider, 3000, method="pm_card_refundFail")
    await given.refund(db, payment, 3000)
    await worker.drain()
    ref = (await payments.payment(db.reading, payment.id)).refunds[0].provider_ref
    await bank.post(f"/settle?object_id={ref}")
    for event in reversed(await bank.events(ref)):
        await deliver(db, provider, event)
    known = await payments.payment(db.reading, payment.id)

    assert (known.refunds[0].state, known.refunded) == (RefundState.FAILED, 0)
    assert (await facts(db, payment)).count("payments.refund_failed.v1") == 1
    await sound(db)


async def test_refund_ids_are_ours_and_the_provider_knows_them(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.captured(db, provider, 3000)
    (refund_id,) = await given.refund(db, payment, 700)
    await worker.drain()
    calls = (await bank.get("/calls", operation="refunds.create"))["calls"]

    assert calls[-1]["idempotency_key"] == str(RefundId(refund_id))
