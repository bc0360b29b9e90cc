"""Answers that are lost, late or wrong: nothing is declined for it, nothing happens twice, and the sweeper finishes it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from commerce import payments
from commerce.kernel.clock import HeldClock
from commerce.payments import CaptureState, PartState, PaymentState, RefundState
from commerce.payments.adapters import StripeProvider
from commerce.payments.audit import CHECKS
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.work import Worker
from commerce.sandbox import Server
from tests.given import payments as given
from tests.payments.bank import Bank
from tests.payments.seen import alerts, entries, facts, sound

S = PartState
LOSSES = ["answer_lost", "answer_error", "request_lost", "unavailable", "rate_limited"]
pytestmark = pytest.mark.usefixtures("clock")


async def sweep(worker: Worker, clock: HeldClock, **passing: float) -> None:
    """Lets time pass, and the worker do what is due by then."""
    clock.move(**passing)
    await worker._periodic()
    await worker.drain()


async def test_a_lost_authorization_is_unknown_and_found_with_the_same_key(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    for failure in LOSSES:
        waiting = await given.intended(db, 3000, 1000)
        await bank.fail(failure, "payment_intents.create")
        unknown = await payments.authorize(db, provider, waiting.id)
        await sweep(worker, clock, minutes=3)
        paid = await payments.payment(db.reading, waiting.id)

        assert (unknown.state, unknown.decline_code) == (PaymentState.UNKNOWN, None)
        assert await facts(db, unknown) == ["payments.authorized.v1"]
        assert paid.state is PaymentState.AUTHORIZED
        assert await bank.counted(paid) == {"authorised": 2}
        assert await entries(db, paid) == [("authorized", 3000), ("authorized", 1000)]
        await sound(db)


async def test_a_lost_capture_is_made_once(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    for failure in LOSSES:
        payment = await given.authorized(db, provider, 3000)
        await given.capture(db, payment, 1000)
        await bank.fail(failure, "payment_intents.capture")
        await worker.drain()
        unknown = await payments.payment(db.reading, payment.id)
        await sweep(worker, clock, minutes=3)
        payment = await payments.payment(db.reading, payment.id)

        assert unknown.captures[0].state is CaptureState.INTENDED
        assert (payment.captures[0].state, payment.captured) == (CaptureState.CAPTURED, 1000)
        assert await bank.moved(payment) == {"authorised": 3000, "captured": 1000, "released": 2000}
        assert await entries(db, payment) == [("authorized", 3000), ("captured", 1000), ("voided", 2000)]
        await sound(db)


async def test_a_lost_refund_is_made_once(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    for failure in LOSSES:
        payment = await given.captured(db, provider, 3000)
        await given.refund(db, payment, 1000)
        await bank.fail(failure, "refunds.create")
        await worker.drain()
        unknown = await payments.payment(db.reading, payment.id)
        await sweep(worker, clock, minutes=3)
        payment = await payments.payment(db.reading, payment.id)

        assert (unknown.refunds[0].state, unknown.refunding) == (RefundState.INTENDED, 1000)
        assert (payment.refunds[0].state, payment.refunding, payment.refunded) == (RefundState.SUCCEEDED, 0, 1000)
        assert (await bank.moved(payment))["refunded"] == 1000
        assert (await entries(db, payment))[-1] == ("refunded", 1000)
        await sound(db)


async def test_a_lost_void_is_made(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    for failure in LOSSES:
        payment = await given.authorized(db, provider, 3000)
        await db.transact(payments.intend_void, payment.order_id, None, "cancel:1")
        await bank.fail(failure, "payment_intents.cancel")
        await worker.drain()
        await sweep(worker, clock, minutes=3)
        payment = await payments.payment(db.reading, payment.id)

        assert (payment.state, payment.voided) == (PaymentState.VOIDED, 3000)
        assert await bank.moved(payment) == {"authorised": 3000, "released": 3000}
        await sound(db)


async def test_a_lost_customer_is_made_again_under_its_key(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    waiting = await given.intended(db, 3000)
    await bank.fail("answer_lost", "customers.create")
    await payments.authorize(db, provider, waiting.id)
    await sweep(worker, clock, minutes=3)

    assert (await payments.payment(db.reading, waiting.id)).state is PaymentState.AUTHORIZED
    keys = [call["idempotency_key"] for call in (await bank.get("/calls", operation="customers.create"))["calls"]]
    assert keys[-2:] == [f"customer-{waiting.id}"] * 2


async def test_an_answer_that_comes_too_late_is_unknown_not_a_decline(
    db: Database, sandbox: Server, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    hasty = StripeProvider(
        key="sk_test_sandbox", webhook_secret="x", api_base=sandbox.url, timeout_seconds=0.3, retries=0
    )
    waiting = await given.intended(db, 3000)
    await bank.fail("answer_late", "payment_intents.create", seconds=1.0)
    unknown = await payments.authorize(db, hasty, waiting.id)
    await hasty.close()
    await sweep(worker, clock, minutes=3)

    assert unknown.state is PaymentState.UNKNOWN
    assert (await payments.payment(db.reading, waiting.id)).state is PaymentState.AUTHORIZED
    assert await bank.counted(waiting) == {"authorised": 1}


async def test_while_the_first_call_is_still_running_a_second_one_waits_for_it(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    waiting = await given.intended(db, 3000)
    await bank.fail("work_late", "payment_intents.create", seconds=0.5)
    first = asyncio.create_task(payments.authorize(db, provider, waiting.id))
    await asyncio.sleep(0.2)
    second = await payments.authorize(db, provider, waiting.id)
    await first
    await sweep(worker, clock, minutes=3)

    assert second.state is PaymentState.UNKNOWN
    assert (await payments.payment(db.reading, waiting.id)).state is PaymentState.AUTHORIZED
    assert await bank.counted(waiting) == {"authorised": 1}


async def test_the_client_repeats_a_lost_call_under_the_same_key_by_itself(
    db: Database, sandbox: Server, bank: Bank
) -> None:
    patient = StripeProvider(key="sk_test_sandbox", webhook_secret="x", api_base=sandbox.url)
    waiting = await given.intended(db, 3000)
    await bank.fail("answer_lost", "payment_intents.create")
    paid = await payments.authorize(db, patient, waiting.id)
    await patient.close()

    assert paid.state is PaymentState.AUTHORIZED
    assert await bank.counted(paid) == {"authorised": 1}


async def test_a_failure_that_the_provider_keeps_under_the_key_ends_the_attempt_after_a_look(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    waiting = await given.intended(db, 3000)
    await bank.fail("server_error", "payment_intents.create")
    unknown = await payments.authorize(db, provider, waiting.id)
    await sweep(worker, clock, minutes=3)
    still = await payments.payment(db.reading, waiting.id)
    await sweep(worker, clock, minutes=15)
    ended = await payments.payment(db.reading, waiting.id)

    assert (unknown.state, still.state) == (PaymentState.UNKNOWN, PaymentState.UNKNOWN)
    assert (ended.state, ended.decline_code) == (PaymentState.DECLINED, "provider_error")
    assert await bank.intents(ended) == []


async def test_a_failure_that_the_provider_keeps_under_a_captures_key_is_asked_anew_under_a_numbered_one(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    payment = await given.authorized(db, provider, 3000)
    await given.capture(db, payment, 3000)
    await bank.fail("server_error", "payment_intents.capture")
    await worker.drain()
    await sweep(worker, clock, minutes=3)
    payment = await payments.payment(db.reading, payment.id)
    keys = [
        call["idempotency_key"] for call in (await bank.get("/calls", operation="payment_intents.capture"))["calls"]
    ]

    assert (payment.captured, payment.captures[0].key_number) == (3000, 1)
    assert keys[-1] == f"{payment.captures[0].id}-1"
    assert (await bank.counted(payment))["captured"] == 1


async def test_a_failure_that_the_provider_keeps_under_a_refunds_key_is_asked_anew_under_a_numbered_one(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    payment = await given.captured(db, provider, 3000)
    await given.refund(db, payment, 3000)
    await bank.fail("server_error", "refunds.create")
    await worker.drain()
    await sweep(worker, clock, minutes=3)
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.refunded, payment.refunds[0].key_number) == (3000, 1)
    assert (await bank.counted(payment))["refunded"] == 1


@pytest.mark.parametrize(
    ("failure", "state", "moved"),
    [
        ("answer_lost", PaymentState.AUTHORIZED, {"authorised": 3000}),
        ("request_lost", PaymentState.DECLINED, {}),
    ],
)
async def test_after_a_day_an_attempt_is_looked_up_and_not_sent_again(
    db: Database,
    provider: StripeProvider,
    bank: Bank,
    worker: Worker,
    clock: HeldClock,
    failure: str,
    state: PaymentState,
    moved: dict[str, int],
) -> None:
    waiting = await given.intended(db, 3000)
    await bank.fail(failure, "payment_intents.create")
    await payments.authorize(db, provider, waiting.id)
    before = len(await creations(bank))
    await bank.post("/clock", advance_seconds=timedelta(hours=25).total_seconds())
    await sweep(worker, clock, hours=25)
    payment = await payments.payment(db.reading, waiting.id)

    assert payment.state is state
    assert len(await creations(bank)) == before
    assert await bank.moved(payment) == moved
    await sound(db)


@pytest.mark.parametrize("failure", ["answer_lost", "request_lost"])
async def test_after_a_day_captures_and_refunds_are_looked_up_before_they_are_sent_again(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock, failure: str
) -> None:
    payment = await given.authorized(db, provider, 3000)
    await given.capture(db, payment, 3000)
    await bank.fail(failure, "payment_intents.capture")
    await worker.drain()
    await bank.post("/clock", advance_seconds=timedelta(hours=25).total_seconds())
    await sweep(worker, clock, hours=25)
    await given.refund(db, payment, 1000)
    await bank.fail(failure, "refunds.create")
    await worker.drain()
    await bank.post("/clock", advance_seconds=timedelta(hours=25).total_seconds())
    await sweep(worker, clock, hours=25)
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.captured, payment.refunded) == (3000, 1000)
    assert await bank.moved(payment) == {"authorised": 3000, "captured": 3000, "refunded": 1000}
    await sound(db)


async def test_an_attempt_that_is_given_up_while_its_answer_is_lost_is_never_sent_again_and_let_go(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    lost, never = await given.intended(db, 3000), await given.intended(db, 3000)
    await bank.fail("answer_lost", "payment_intents.create")
    await payments.authorize(db, provider, lost.id)
    await bank.fail("request_lost", "payment_intents.create")
    await payments.authorize(db, provider, never.id)
    before = len(await creations(bank))
    for payment in (lost, never):
        await db.transact(payments.intend_void, payment.order_id, None, "expired:1")
    await worker.drain()
    await sweep(worker, clock, minutes=15)
    lost, never = [await payments.payment(db.reading, each.id) for each in (lost, never)]

    assert len(await creations(bank)) == before
    assert [each.parts[0].state for each in (lost, never)] == [S.VOIDED, S.VOIDED]
    moved = await bank.moved(lost)
    assert moved.get("authorised") == moved.get("released") == 3000
    assert await bank.moved(never) == {}
    await sound(db)


async def test_a_provider_that_is_away_for_hours_changes_nothing_and_is_asked_again(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    waiting = await given.intended(db, 3000)
    await bank.fail("unavailable", "payment_intents.create", times=6)
    await payments.authorize(db, provider, waiting.id)
    states = []
    for _ in range(6):
        await sweep(worker, clock, hours=1)
        states.append((await payments.payment(db.reading, waiting.id)).state)

    assert states == [PaymentState.UNKNOWN] * 5 + [PaymentState.AUTHORIZED]
    assert await bank.counted(waiting) == {"authorised": 1}
    assert await alerts(db, waiting) == []


async def test_what_nobody_resolves_for_a_day_is_found_by_the_audit(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock
) -> None:
    waiting = await given.intended(db, 3000)
    clock.move(hours=26)
    await given.paid_on_collection(db, 100)
    found = {finding.name: finding.rows for finding in await run_checks(db.reading, CHECKS)}

    assert waiting.state is PaymentState.INTENDED
    assert {name for name, rows in found.items() if rows} == {"nothing_asked_of_the_provider_stays_open"}


async def creations(bank: Bank) -> list[Any]:
    """The intents that were asked for so far."""
    found: list[Any] = (await bank.get("/calls", operation="payment_intents.create"))["calls"]
    return found
