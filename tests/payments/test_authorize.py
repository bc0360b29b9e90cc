"""Asking for money: a good card, one that declines, one that asks the shopper, several parts, several attempts."""

import asyncio
from uuid import UUID

import pytest

from commerce import payments
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.payments import AlreadyPaid, NoPaymentMethod, NotChargeable, PartIn, PartState, PaymentState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.work import Worker
from tests.given import payments as given
from tests.payments.bank import Bank
from tests.payments.seen import entries, facts, payloads, sound

S = PartState
pytestmark = pytest.mark.usefixtures("clock")


async def test_a_good_card_is_held_and_nothing_is_taken(db: Database, provider: StripeProvider, bank: Bank) -> None:
    payment = await given.authorized(db, provider, 2000)

    assert (payment.state, payment.authorized, payment.captured) == (PaymentState.AUTHORIZED, 2000, 0)
    assert await bank.moved(payment) == {"authorised": 2000}
    assert await entries(db, payment) == [("authorized", 2000)]
    assert await facts(db, payment) == ["payments.authorized.v1"]
    await sound(db)


async def test_an_intended_payment_has_asked_nobody(db: Database, bank: Bank) -> None:
    payment = await given.intended(db, 2000, 500)

    assert payment.state is PaymentState.INTENDED
    assert [part.state for part in payment.parts] == [S.INTENDED, S.INTENDED]
    assert await bank.intents(payment) == []
    assert await facts(db, payment) == []


async def test_a_decline_leaves_nothing_behind_and_another_attempt_is_possible(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    order_id = new_id()
    declined = await given.authorized(db, provider, 2000, order_id=order_id, method=given.DECLINED)
    await worker.drain()
    paid = await given.authorized(db, provider, 2000, order_id=order_id)

    assert (declined.state, declined.decline_code) == (PaymentState.DECLINED, "generic_decline")
    assert await facts(db, declined) == ["payments.declined.v1"]
    assert (await payloads(db, declined))[0]["code"] == "generic_decline"
    assert await entries(db, declined) == []
    assert await bank.moved(declined) == {}
    statuses = [
        (await bank.dashboard.payment_intents.retrieve_async(intent)).status for intent in await bank.intents(declined)
    ]
    assert statuses == ["canceled"]
    assert paid.state is PaymentState.AUTHORIZED
    assert paid.customer_ref == declined.customer_ref
    await sound(db)


@pytest.mark.parametrize("method", ["pm_no_such_method", "pm_card_visa_chargeDeclinedInsufficientFunds"])
async def test_what_the_provider_refuses_is_a_decline_with_its_code(
    db: Database, provider: StripeProvider, method: str
) -> None:
    payment = await given.authorized(db, provider, 2000, method=method)

    assert payment.state is PaymentState.DECLINED
    assert payment.decline_code in {"resource_missing", "insufficient_funds"}


async def test_a_challenge_that_the_shopper_completes(db: Database, provider: StripeProvider, bank: Bank) -> None:
    waiting = await given.authorized(db, provider, 2000, method=given.ASKS)
    assert waiting.state is PaymentState.ACTION_REQUIRED
    assert waiting.next_action_url is not None
    back = await bank.answer_challenge(waiting.next_action_url, "complete")
    paid = await payments.pursue(db, provider, waiting.id, look=True)

    assert back.startswith(given.RETURN_URL)
    assert (paid.state, paid.authorized, paid.next_action_url) == (PaymentState.AUTHORIZED, 2000, None)
    assert await facts(db, paid) == ["payments.action_required.v1", "payments.authorized.v1"]
    assert await bank.counted(paid) == {"authorised": 1}


async def test_a_challenge_that_the_shopper_fails(db: Database, provider: StripeProvider, bank: Bank) -> None:
    waiting = await given.authorized(db, provider, 2000, method=given.ASKS)
    await bank.answer_challenge(waiting.next_action_url, "fail")
    lost = await payments.pursue(db, provider, waiting.id, look=True)

    assert (lost.state, lost.decline_code) == (PaymentState.DECLINED, "payment_intent_authentication_failure")
    assert await bank.moved(lost) == {}
    assert await facts(db, lost) == ["payments.action_required.v1", "payments.declined.v1"]


async def test_a_challenge_that_nobody_answers_is_looked_up_again_and_again(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    waiting = await given.authorized(db, provider, 2000, method=given.ASKS)
    clock.move(minutes=11)
    await worker._periodic()
    await worker.drain()
    still = await payments.payment(db.reading, waiting.id)
    await bank.answer_challenge(waiting.next_action_url, "complete")
    clock.move(minutes=60)
    await worker._periodic()
    await worker.drain()

    assert still.state is PaymentState.ACTION_REQUIRED
    assert still.next_action_url == waiting.next_action_url
    assert (await payments.payment(db.reading, waiting.id)).state is PaymentState.AUTHORIZED


async def test_each_group_is_held_on_its_own_with_one_question_to_the_shopper(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    waiting = await given.authorized(db, provider, 3000, 1500, 500, method=given.ASKS_ONCE)
    assert [part.state for part in waiting.parts] == [S.ACTION_REQUIRED, S.INTENDED, S.INTENDED]
    assert len(await bank.intents(waiting)) == 1
    await bank.answer_challenge(waiting.next_action_url, "complete")
    paid = await payments.pursue(db, provider, waiting.id, look=True)

    assert paid.state is PaymentState.AUTHORIZED
    assert [part.authorized for part in paid.parts] == [3000, 1500, 500]
    assert len({part.intent_ref for part in paid.parts}) == 3
    assert await bank.counted(paid) == {"authorised": 3}
    assert await facts(db, paid) == ["payments.action_required.v1", "payments.authorized.v1"]
    await sound(db)


async def test_a_second_part_that_wants_to_see_the_shopper_again_is_the_next_action(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    waiting = await given.authorized(db, provider, 3000, 1500, method=given.ASKS)
    first_url = waiting.next_action_url
    await bank.answer_challenge(first_url, "complete")
    again = await payments.pursue(db, provider, waiting.id, look=True)
    assert [part.state for part in again.parts] == [S.AUTHORIZED, S.ACTION_REQUIRED]
    assert again.state is PaymentState.ACTION_REQUIRED
    assert again.next_action_url not in {None, first_url}
    await bank.answer_challenge(again.next_action_url, "complete")
    paid = await payments.pursue(db, provider, waiting.id, look=True)

    assert paid.state is PaymentState.AUTHORIZED
    assert await bank.moved(paid) == {"authorised": 4500}
    assert len(await bank.intents(paid)) == 2


async def test_when_a_later_part_fails_what_the_first_held_is_let_go(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    waiting = await given.authorized(db, provider, 3000, 1500, method=given.ASKS)
    await bank.answer_challenge(waiting.next_action_url, "complete")
    again = await payments.pursue(db, provider, waiting.id, look=True)
    await bank.answer_challenge(again.next_action_url, "fail")
    lost = await payments.pursue(db, provider, waiting.id, look=True, only_while_open=True)
    await worker.drain()
    lost = await payments.payment(db.reading, lost.id)

    assert lost.state is PaymentState.DECLINED
    assert [part.state for part in lost.parts] == [S.VOIDED, S.DECLINED]
    assert await entries(db, lost) == [("authorized", 3000), ("voided", 3000)]
    assert await bank.moved(lost) == {"authorised": 3000, "released": 3000}
    assert "payments.authorized.v1" not in await facts(db, lost)
    await sound(db)


async def test_authorizing_twice_at_once_and_again_later_asks_once(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    waiting = await given.intended(db, 3000, 1500)
    await asyncio.gather(*(payments.authorize(db, provider, waiting.id) for _ in range(5)))
    paid = await payments.authorize(db, provider, waiting.id)

    assert paid.state is PaymentState.AUTHORIZED
    assert await bank.counted(paid) == {"authorised": 2}
    assert await facts(db, paid) == ["payments.authorized.v1"]
    assert await entries(db, paid) == [("authorized", 3000), ("authorized", 1500)]


async def test_a_payment_that_is_intended_again_with_its_id_is_the_same(db: Database) -> None:
    first = await given.intended(db, 2000)
    parts = [PartIn(group_id=new_id(), amount=999)]
    again = await db.transact(payments.intend, first.order_id, "EUR", parts, "card", given.VISA, None, first.id, None)

    assert again == first


async def test_a_second_attempt_supersedes_one_that_is_not_authorized_and_what_it_brings_in_late_is_let_go(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    order_id = new_id()
    first = await given.authorized(db, provider, 2000, order_id=order_id, method=given.ASKS)
    second = await given.authorized(db, provider, 2000, order_id=order_id)
    await bank.answer_challenge(first.next_action_url, "complete")
    await worker.drain()
    first = await payments.payment(db.reading, first.id)

    assert (first.state, second.state) == (PaymentState.SUPERSEDED, PaymentState.AUTHORIZED)
    assert first.authorized == first.voided
    moved = await bank.moved(first)
    assert moved.get("authorised", 0) == moved.get("released", 0)
    assert await bank.moved(second) == {"authorised": 2000}
    assert "payments.authorized.v1" not in await facts(db, first)
    await sound(db)


async def test_an_order_that_is_paid_takes_no_second_payment(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    paid = await given.authorized(db, provider, 2000)

    with pytest.raises(AlreadyPaid):
        await given.intended(db, 2000, order_id=paid.order_id)
    assert len(await payments.payments_of(db.reading, paid.order_id)) == 1


async def test_of_payments_started_at_once_for_one_order_one_is_alive(
    db: Database, provider: StripeProvider, bank: Bank, worker: Worker
) -> None:
    async def tab(order_id: UUID) -> None:
        try:
            await given.authorized(db, provider, 2000, order_id=order_id)
        except (AlreadyPaid, payments.PaymentUnderWay):
            return

    for _ in range(6):
        order_id = new_id()
        await asyncio.gather(*(tab(order_id) for _ in range(6)))
        await worker.drain()
        tried = await payments.payments_of(db.reading, order_id)

        assert [each.state for each in tried].count(PaymentState.AUTHORIZED) == 1
        moved = [await bank.moved(each) for each in tried]
        assert sum(each.get("authorised", 0) - each.get("released", 0) for each in moved) == 2000
    await sound(db)


async def test_what_is_paid_on_collection_is_authorized_without_a_provider(db: Database, bank: Bank) -> None:
    payment = await given.paid_on_collection(db, 1500, 500)

    assert (payment.state, payment.authorized) == (PaymentState.AUTHORIZED, 2000)
    assert await bank.intents(payment) == []
    assert await facts(db, payment) == ["payments.authorized.v1"]
    assert await entries(db, payment) == [("authorized", 1500), ("authorized", 500)]
    await sound(db)


async def test_what_costs_nothing_is_paid(db: Database, bank: Bank) -> None:
    payment = await given.intended(db, 0, method=None)

    assert (payment.state, payment.parts) == (PaymentState.AUTHORIZED, ())
    assert await facts(db, payment) == ["payments.authorized.v1"]


async def test_the_number_of_a_card_is_no_payment_method(db: Database) -> None:
    order_id = new_id()
    numbers = ("4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242")
    for method in (None, "", *numbers, "x" * 300):
        with pytest.raises(NoPaymentMethod):
            await given.intended(db, 2000, order_id=order_id, method=method)
    assert await payments.payments_of(db.reading, order_id) == []


async def test_an_amount_that_no_card_can_be_charged_with_is_refused_before_anybody_is_asked(db: Database) -> None:
    with pytest.raises(NotChargeable):
        await given.intended(db, 1005, currency="KWD")


async def test_a_confirmation_token_pays_like_a_method_and_is_kept_for_the_next_part(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    token = await bank.dashboard.test_helpers.confirmation_tokens.create_async({"payment_method": "pm_card_visa"})
    payment = await given.authorized(db, provider, 1000, 500, method=token.id)

    assert payment.state is PaymentState.AUTHORIZED
    assert payment.method_ref is not None
    assert payment.method_ref.startswith("pm_")
    assert await bank.moved(payment) == {"authorised": 1500}


async def test_intents_carry_our_ids_and_no_details_of_the_shopper(
    db: Database, provider: StripeProvider, bank: Bank
) -> None:
    payment = await given.authorized(db, provider, 1000)
    intent = await bank.dashboard.payment_intents.retrieve_async(payment.parts[0].intent_ref)

    assert intent.metadata.to_dict() == {
        "payment_id": str(payment.id),
        "part_id": str(payment.parts[0].id),
        "order_id": str(payment.order_id),
    }
    assert intent.capture_method == "manual"
