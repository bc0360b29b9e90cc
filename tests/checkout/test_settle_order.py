"""An order that waits for its payment: another attempt, the end of its time, and money that comes too late."""

import pytest

from commerce import inventory, orders
from commerce.checkout import Outcome, PaymentTimeOver, pay_again
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import new_id
from commerce.orders import OrderState
from commerce.payments import AlreadyPaid, PaymentState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.work import Worker
from tests.checkout.till import (
    ASKS,
    CARD,
    DECLINED,
    ON_COLLECTION,
    at_once,
    attempts,
    broken,
    check_out,
    expire_due,
    reserved,
    tags,
)
from tests.given import checkout as given
from tests.given.checkout import Shop
from tests.payments.bank import Bank, deliver


async def _waiting(db: Database, provider: StripeProvider, *, asks: bool = False) -> tuple[Shop, Caller, Outcome]:
    shop, who = await given.shop(db, stock=2), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2})
    outcome = await check_out(db, provider, who, cart, ASKS if asks else DECLINED)
    assert outcome.order.state is OrderState.PENDING_PAYMENT
    return shop, who, outcome


async def test_another_card_places_the_order(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock
) -> None:
    shop, who, first = await _waiting(db, provider)
    clock.move(minutes=29)
    second = await pay_again(db, new_id(), provider, who, first.order.id, CARD)
    assert second.order.state is OrderState.PLACED
    assert [each.state for each in await attempts(db, second.order)] == [PaymentState.DECLINED, PaymentState.AUTHORIZED]
    assert await reserved(db, shop.cup, shop.gracia) == 2
    clock.move(hours=5)
    assert await reserved(db, shop.cup, shop.gracia) == 2
    assert await broken(db) == []


async def test_the_same_command_to_pay_again_is_one_attempt(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock
) -> None:
    _, who, first = await _waiting(db, provider)
    command = new_id()
    came, refused = await at_once(*(pay_again(db, command, provider, who, first.order.id, CARD) for _ in range(8)))
    assert refused == []
    assert {each.order.state for each in came[-1:]} == {OrderState.PLACED}
    assert len(await attempts(db, first.order)) == 2


async def test_two_tabs_that_pay_at_once_hold_the_money_once(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock, worker: Worker
) -> None:
    _, who, first = await _waiting(db, provider)
    await at_once(*(pay_again(db, new_id(), provider, who, first.order.id, CARD) for _ in range(4)))
    await worker.drain()
    order = await orders.order(db.reading, first.order.id)
    assert order.state is OrderState.PLACED
    made = await attempts(db, order)
    assert [each.state for each in made].count(PaymentState.AUTHORIZED) == 1
    held = 0
    for each in made:
        moved = await bank.moved(each)
        held += moved.get("authorised", 0) - moved.get("voided", 0) - moved.get("released", 0)
    assert held == order.total
    assert await broken(db) == []


async def test_a_paid_order_is_not_paid_again(db: Database, provider: StripeProvider, clock: HeldClock) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
    order = (await check_out(db, provider, who, cart)).order
    with pytest.raises(AlreadyPaid):
        await pay_again(db, new_id(), provider, who, order.id, CARD)
    with pytest.raises(NotFound):
        await pay_again(db, new_id(), provider, given.shopper(), order.id, CARD)


async def test_only_a_card_pays_an_order_that_waits(db: Database, provider: StripeProvider, clock: HeldClock) -> None:
    _, who, first = await _waiting(db, provider)
    with pytest.raises(InvalidInput):
        await pay_again(db, new_id(), provider, who, first.order.id, ON_COLLECTION)


async def test_when_its_time_ends_an_unpaid_order_is_cancelled_and_its_goods_are_free(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock, worker: Worker
) -> None:
    shop, who, first = await _waiting(db, provider, asks=True)
    clock.move(minutes=29)
    await expire_due(db, worker)
    assert (await orders.order(db.reading, first.order.id)).state is OrderState.PENDING_PAYMENT
    clock.move(minutes=1)
    await expire_due(db, worker)
    order = await orders.order(db.reading, first.order.id)
    assert (order.state, order.cancel_reason) == (OrderState.CANCELLED, "unpaid")
    assert await reserved(db, shop.cup, shop.gracia) == 0
    [payment] = await attempts(db, order)
    assert payment.state is PaymentState.VOIDED
    assert (await tags(db, order))[-2:] == ["orders.cancelled", "payments.voided"]
    with pytest.raises(PaymentTimeOver):
        await pay_again(db, new_id(), provider, who, order.id, CARD)
    assert await broken(db) == []


async def test_paying_after_the_time_is_refused_before_anything_is_charged(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock
) -> None:
    _, who, first = await _waiting(db, provider)
    clock.move(minutes=30)
    with pytest.raises(PaymentTimeOver):
        await pay_again(db, new_id(), provider, who, first.order.id, CARD)
    assert len(await attempts(db, first.order)) == 1


@pytest.mark.parametrize("swept", [True, False], ids=["after the sweep", "before the sweep"])
async def test_money_that_comes_after_the_time_is_let_go_and_the_order_says_why(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock, worker: Worker, swept: bool
) -> None:
    shop, _, first = await _waiting(db, provider, asks=True)
    payment = first.payment
    assert payment is not None
    clock.move(minutes=31)
    if swept:
        await expire_due(db, worker)
    other = given.shopper()
    taken = await given.cart(db, shop, other, {(shop.cup, shop.collected()): 2})
    assert (await check_out(db, provider, other, taken, ON_COLLECTION)).order.state is OrderState.PLACED
    if not swept:
        await bank.answer_challenge(payment.next_action_url, "complete")
    for event in await bank.events(payment.parts[0].intent_ref):
        await deliver(db, provider, event)
    await worker.drain()
    order = await orders.order(db.reading, first.order.id)
    assert (order.state, order.cancel_reason) == (OrderState.CANCELLED, "unpaid" if swept else "paid_too_late")
    moved = await bank.moved(payment)
    assert moved.get("captured", 0) == 0
    assert sum(amount for act, amount in moved.items() if act == "authorised") == sum(
        amount for act, amount in moved.items() if act in {"voided", "released"}
    )
    [level] = await inventory.levels(db.reading, [shop.cup], [shop.gracia])
    assert (level.on_hand, level.reserved) == (2, 2)
    assert await broken(db) == []


async def test_expiry_and_payment_at_once_end_in_one_of_the_two(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock, worker: Worker
) -> None:
    shop, _, first = await _waiting(db, provider, asks=True)
    payment = first.payment
    assert payment is not None
    await bank.answer_challenge(payment.next_action_url, "complete")
    news = await bank.events(payment.parts[0].intent_ref)
    clock.move(minutes=30)
    await at_once(*(deliver(db, provider, event) for event in news), expire_due(db, worker))
    await worker.drain()
    order = await orders.order(db.reading, first.order.id)
    assert order.state is OrderState.CANCELLED
    assert await reserved(db, shop.cup, shop.gracia) == 0
    assert (await bank.moved(payment)).get("captured", 0) == 0
    assert await broken(db) == []
