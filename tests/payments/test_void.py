"""Letting go of what is held: of a group, of an order, before and after it was authorised."""

import asyncio

import pytest

from commerce import payments
from commerce.kernel.clock import HeldClock
from commerce.payments import CaptureState, NotAuthorized, PartState, PaymentState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.work import Worker
from tests.given import payments as given
from tests.payments.bank import Bank, deliver
from tests.payments.seen import alerts, entries, facts, sound

S = PartState
pytestmark = pytest.mark.usefixtures("clock")


async def test_what_is_held_for_an_order_is_let_go_once(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 3000, 1500)
    await asyncio.gather(*(db.transact(payments.intend_void, payment.order_id, None, "cancel:1") for _ in range(5)))
    await worker.drain()
    await db.transact(payments.intend_void, payment.order_id, None, "cancel:1")
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.state, payment.voided) == (PaymentState.VOIDED, 4500)
    assert await bank.moved(payment) == {"authorised": 4500, "released": 4500}
    assert (await facts(db, payment))[1:] == ["payments.voided.v1", "payments.voided.v1"]
    with pytest.raises(NotAuthorized):
        await given.capture(db, payment, 100)
    await sound(db)


async def test_one_group_is_let_go_and_the_other_is_still_paid(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 3000, 1500)
    await db.transact(payments.intend_void, payment.order_id, payment.parts[1].group_id, "reject:1")
    await given.capture(db, payment, 3000)
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert payment.state is PaymentState.AUTHORIZED
    assert [part.state for part in payment.parts] == [S.CAPTURED, S.VOIDED]
    assert await bank.moved(payment) == {"authorised": 4500, "released": 1500, "captured": 3000}
    with pytest.raises(NotAuthorized):
        await given.capture(db, payment, 100, group_id=payment.parts[1].group_id)
    await sound(db)


async def test_what_leaves_last_is_charged_also_where_the_rest_is_let_go_in_the_same_act(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 42_500)
    group_id = payment.parts[0].group_id
    await given.capture(db, payment, 7900)
    await worker.drain()
    await given.capture(db, payment, 26_700)
    await db.transact(payments.intend_void, payment.order_id, group_id, "rest:hand-over:2")
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.captured, payment.voided) == (34_600, 34_600)
    assert [part.state for part in payment.parts] == [S.CAPTURED, S.CAPTURED]
    assert await bank.moved(payment) == {"authorised": 69_200, "captured": 34_600, "released": 34_600}
    await sound(db)


async def test_a_last_charge_that_was_never_made_stays_owed_and_a_person_hears_of_it(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    payment = await given.authorized(db, provider, 5000)
    await given.capture(db, payment, 2000)
    await worker.drain()
    await given.capture(db, payment, 1000)
    await db.transact(payments.intend_void, payment.order_id, payment.parts[0].group_id, "rest:hand-over:2")
    clock.move(days=2)
    await payments.pursue(db, provider, payment.id)
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.captured, payment.captures[1].state) == (2000, CaptureState.FAILED)
    assert await alerts(db, payment) == ["capture_failed"]
    assert await bank.moved(payment) == {"authorised": 5000, "captured": 2000, "released": 3000}
    await sound(db)


async def test_captures_that_were_asked_for_come_before_the_rest_is_let_go(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 3000)
    await given.capture(db, payment, 1000)
    await db.transact(payments.intend_void, payment.order_id, None, "close:1")
    await worker.drain()
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.captured, payment.voided) == (1000, 2000)
    assert await bank.moved(payment) == {"authorised": 3000, "captured": 1000, "released": 2000}
    await sound(db)


async def test_an_attempt_that_waits_for_the_shopper_ends_and_cannot_be_completed_any_more(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    waiting = await given.authorized(db, provider, 3000, method=given.ASKS)
    await db.transact(payments.intend_void, waiting.order_id, None, "expired:1")
    voided = await payments.payment(db.reading, waiting.id)
    await worker.drain()
    after = await payments.payment(db.reading, waiting.id)

    assert voided.state is PaymentState.VOIDED
    assert after.parts[0].state is S.VOIDED
    status = (await bank.dashboard.payment_intents.retrieve_async(after.parts[0].intent_ref)).status
    assert status == "canceled"
    assert await bank.moved(after) == {}


async def test_an_authorization_that_comes_after_the_order_was_given_up_is_let_go(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    waiting = await given.authorized(db, provider, 3000, method=given.ASKS)
    await bank.answer_challenge(waiting.next_action_url, "complete")
    await db.transact(payments.intend_void, waiting.order_id, None, "expired:1")
    event = await bank.event(waiting.parts[0].intent_ref, "payment_intent.amount_capturable_updated")
    await deliver(db, provider, event)
    late = await payments.payment(db.reading, waiting.id)
    await worker.drain()
    payment = await payments.payment(db.reading, waiting.id)

    assert (late.state, late.parts[0].held) == (PaymentState.VOIDED, 3000)
    assert payment.parts[0].held == 0
    assert await entries(db, payment) == [("authorized", 3000), ("voided", 3000)]
    assert "payments.authorized.v1" not in await facts(db, payment)
    assert await bank.moved(payment) == {"authorised": 3000, "released": 3000}
    await sound(db)


async def test_what_nobody_was_asked_for_is_simply_over(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.intended(db, 3000, 1500)
    await db.transact(payments.intend_void, payment.order_id, None, "expired:1")
    after = await payments.authorize(db, provider, payment.id)

    assert after.state is PaymentState.VOIDED
    assert after.parts[1].state is S.VOIDED
    assert await bank.intents(payment) == []


async def test_what_was_to_be_paid_at_the_counter_is_due_no_more(db: Database) -> None:
    payment = await given.paid_on_collection(db, 3000, 1000)
    await given.capture(db, payment, 500)
    await db.transact(payments.intend_void, payment.order_id, None, "cancel:1")
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.captured, payment.voided, payment.state) == (500, 3500, PaymentState.AUTHORIZED)
    assert [part.state for part in payment.parts] == [S.CAPTURED, S.VOIDED]
    await sound(db)


async def test_what_the_bank_lets_go_by_itself_is_recorded_and_can_be_charged_anew(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    payment = await given.authorized(db, provider, 3000)
    intent = payment.parts[0].intent_ref
    await bank.dashboard.payment_intents.cancel_async(intent)
    await deliver(db, provider, await bank.event(intent, "payment_intent.canceled"))
    lapsed = await payments.payment(db.reading, payment.id)
    await given.capture(db, payment, 3000)
    await worker.drain()

    assert (lapsed.voided, lapsed.state, lapsed.parts[0].state) == (3000, PaymentState.AUTHORIZED, S.VOIDED)
    assert (await payments.payment(db.reading, payment.id)).captured == 3000
    await sound(db)
