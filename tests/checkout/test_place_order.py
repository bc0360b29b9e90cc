"""A cart becomes one order, at the price that was agreed to, with its goods kept and its money held; or nothing happens."""

import asyncio

import pytest

from commerce import carts, orders
from commerce.carts import CartNotReady, CartState
from commerce.checkout import CollectionOnly, PayBy, PriceChanged
from commerce.inventory import InsufficientStock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.orders import OrderState
from commerce.payments import NoPaymentMethod, PaymentState
from commerce.payments.adapters import StripeProvider
from commerce.payments.jobs import recover
from commerce.platform.database import Database
from commerce.platform.work import Worker
from tests.checkout.till import (
    ASKS,
    CARD,
    DECLINED,
    ON_COLLECTION,
    at_once,
    attempts,
    broken,
    cart_now,
    check_out,
    reserved,
    tags,
)
from tests.given import checkout as given, pricing
from tests.payments.bank import Bank, deliver


async def test_what_is_paid_on_collection_is_placed_at_once(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2, (shop.plate, shop.collected()): 1})
    outcome = await check_out(db, provider, who, cart, ON_COLLECTION)
    order = outcome.order
    assert (order.state, order.total, order.shopper_id, order.language) == (OrderState.PLACED, 5248, who.id, "ca")
    assert (order.email, order.contact_name) == ("shopper@example.com", "Shopper")
    assert [(line.sku, line.quantity, line.total) for line in order.lines] == [("CUP", 2, 3998), ("PLATE", 1, 1250)]
    assert await orders.order(db.reading, order.id) == order
    assert outcome.payment is not None
    assert (outcome.payment.kind, outcome.payment.state) == ("on_collection", PaymentState.AUTHORIZED)
    assert await reserved(db, shop.cup, shop.gracia) == 2
    assert (await cart_now(db, who, cart)).order_id == order.id
    assert await tags(db, order) == ["orders.placed", "payments.authorized"]
    assert await broken(db) == []


async def test_a_good_card_places_the_order_with_its_money_held_by_group(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2, (shop.plate, shop.sent): 1})
    outcome = await check_out(db, provider, who, cart)
    order, payment = outcome.order, outcome.payment
    assert payment is not None
    assert (order.state, payment.state) == (OrderState.PLACED, PaymentState.AUTHORIZED)
    assert [(part.group_id, part.authorized) for part in payment.parts] == [
        (group.id, group.total) for group in order.groups
    ]
    assert await bank.moved(payment) == {"authorised": order.total}
    assert (await reserved(db, shop.cup, shop.gracia), await reserved(db, shop.plate, shop.warehouse)) == (2, 1)
    assert await tags(db, order) == ["orders.opened", "payments.authorized", "orders.placed"]
    assert await broken(db) == []


async def test_a_total_that_is_not_the_accepted_one_is_refused_with_both(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
    seen = await given.total_of(db, cart)
    await pricing.prices(db, {shop.cup: 700})
    with pytest.raises(PriceChanged) as refused:
        await check_out(db, provider, who, cart, total=seen)
    assert refused.value.facts == {
        "accepted_total": Money(1999, "EUR"),
        "total": Money(700, "EUR"),
        "changes": [],
        "taxed_by": "rates",
    }
    with pytest.raises(PriceChanged):
        await check_out(db, provider, who, cart, total=Money(700, "USD"))
    assert await reserved(db, shop.cup, shop.gracia) == 0
    assert (await check_out(db, provider, who, cart, total=Money(700, "EUR"))).order.total == 700


async def test_a_cart_that_lacks_something_is_refused_with_all_that_it_lacks(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, ""): 1})
    with pytest.raises(CartNotReady) as refused:
        await check_out(db, provider, who, cart)
    problems = refused.value.facts["problems"]
    assert isinstance(problems, list)
    assert [(problem.code, problem.line_id) for problem in problems] == [("no_fulfilment", cart.lines[0].id)]
    assert (await cart_now(db, who, cart)).state is CartState.ACTIVE


async def test_how_one_pays_has_to_fit(db: Database, provider: StripeProvider, clock: HeldClock) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.sent): 1})
    with pytest.raises(CollectionOnly):
        await check_out(db, provider, who, cart, ON_COLLECTION)
    with pytest.raises(InvalidInput):
        await check_out(db, provider, who, cart, PayBy(kind="card"))
    with pytest.raises(NotFound):
        await check_out(db, provider, given.shopper(), cart)
    assert await reserved(db, shop.cup, shop.warehouse) == 0


async def test_goods_are_let_go_when_the_order_cannot_be_opened(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db, stock=1), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
    number = PayBy(kind="card", payment_method="4242424242424242")
    with pytest.raises(NoPaymentMethod):
        await check_out(db, provider, who, cart, number)
    assert (await cart_now(db, who, cart)).state is CartState.ACTIVE
    assert (await cart_now(db, who, cart)).order_id is None
    assert await reserved(db, shop.cup, shop.gracia) == 0
    assert (await check_out(db, provider, who, cart)).order.state is OrderState.PLACED


async def test_the_last_unit_goes_to_one_of_two_buyers(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await given.shop(db, stock=1)
    buyers = [given.shopper() for _ in range(2)]
    ready = [(who, await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})) for who in buyers]
    came, refused = await at_once(*(check_out(db, provider, who, cart, ON_COLLECTION) for who, cart in ready))
    assert (len(came), [type(each) for each in refused]) == (1, [InsufficientStock])
    assert await reserved(db, shop.cup, shop.gracia) == 1
    assert await broken(db) == []


async def test_as_many_of_many_buyers_succeed_as_there_are_units(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await given.shop(db, stock=5)
    buyers = [given.shopper() for _ in range(12)]
    ready = [(who, await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})) for who in buyers]
    came, refused = await at_once(*(check_out(db, provider, who, cart, ON_COLLECTION) for who, cart in ready))
    assert (len(came), {type(each) for each in refused}) == (5, {InsufficientStock})
    assert len({each.order.number for each in came}) == 5
    assert await broken(db) == []


@pytest.mark.parametrize("pay_by", [ON_COLLECTION, CARD], ids=["on collection", "card"])
async def test_one_cart_checked_out_from_many_tabs_is_one_order(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock, pay_by: PayBy
) -> None:
    shop, who = await given.shop(db, stock=50), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2})
    came, refused = await at_once(*(check_out(db, provider, who, cart, pay_by) for _ in range(20)))
    assert refused == []
    assert len({each.order.id for each in came}) == 1
    order = came[0].order
    [payment] = await attempts(db, order)
    assert await reserved(db, shop.cup, shop.gracia) == 2
    if pay_by is CARD:
        assert await bank.moved(payment) == {"authorised": order.total}
    assert await broken(db) == []


async def test_one_command_sent_many_times_at_once_is_one_order_and_one_payment(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock
) -> None:
    shop, who = await given.shop(db, stock=1), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
    command = new_id()
    came, refused = await at_once(*(check_out(db, provider, who, cart, command=command) for _ in range(20)))
    assert refused == []
    assert len({each.order.id for each in came}) == 1
    [payment] = await attempts(db, came[0].order)
    assert await bank.counted(payment) == {"authorised": 1}
    assert await broken(db) == []


async def test_opposite_carts_all_become_orders(db: Database, provider: StripeProvider, clock: HeldClock) -> None:
    shop = await given.shop(db, stock=100)
    here = shop.collected()
    one_way, other_way = {(shop.cup, here): 1, (shop.plate, here): 1}, {(shop.plate, here): 1, (shop.cup, here): 1}
    ready = []
    for lines in (one_way, other_way) * 15:
        who = given.shopper()
        ready.append((who, await given.cart(db, shop, who, lines)))
    came, refused = await at_once(*(check_out(db, provider, who, cart, ON_COLLECTION) for who, cart in ready))
    assert (len(came), refused) == (30, [])
    assert (await reserved(db, shop.cup, shop.gracia), await reserved(db, shop.plate, shop.gracia)) == (30, 30)
    assert await broken(db) == []


async def test_a_change_during_checkout_is_never_ordered_unseen(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db, stock=50), given.shopper()
    for _ in range(5):
        cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
        more = [carts.Wanted(shop.plate, 1, shop.collected())]
        came, refused = await at_once(
            check_out(db, provider, who, cart, ON_COLLECTION),
            db.transact(carts.add_lines, who, cart.id, more, at=clock.at),
        )
        assert len(came) + len(refused) == 2
        order_id = (await cart_now(db, who, cart)).order_id
        if order_id is not None:
            assert [line.sku for line in (await orders.order(db.reading, order_id)).lines] == ["CUP"]
    assert await broken(db) == []


async def test_a_declined_card_leaves_the_order_waiting_with_its_goods(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2})
    outcome = await check_out(db, provider, who, cart, DECLINED)
    assert outcome.payment is not None
    assert (outcome.order.state, outcome.payment.state) == (OrderState.PENDING_PAYMENT, PaymentState.DECLINED)
    assert outcome.payment.decline_code == "generic_decline"
    assert await reserved(db, shop.cup, shop.gracia) == 2
    assert await bank.moved(outcome.payment) == {}
    again = await check_out(db, provider, who, cart, CARD, total=Money(1, "EUR"))
    assert again.order.id == outcome.order.id
    assert await broken(db) == []


async def test_a_lost_answer_is_found_by_the_same_command(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    for failure in ("answer_lost", "request_lost", "answer_error"):
        cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2})
        command = new_id()
        await bank.fail(failure, "payment_intents.create")
        outcome = await check_out(db, provider, who, cart, command=command)
        assert outcome.order.state is OrderState.PENDING_PAYMENT, failure
        again = await check_out(db, provider, who, cart, command=command)
        assert again.order.id == outcome.order.id
        assert again.order.state is OrderState.PLACED
        [payment] = await attempts(db, again.order)
        assert await bank.counted(payment) == {"authorised": 1}
    assert await broken(db) == []


async def test_a_checkout_that_died_while_it_asked_for_money_is_finished_by_the_sweeper(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock, worker: Worker
) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2})
    await bank.fail("work_late", "customers.create", seconds=1.0)
    dying = asyncio.create_task(check_out(db, provider, who, cart))
    for _ in range(500):
        if (await cart_now(db, who, cart)).order_id is not None:
            break
        await asyncio.sleep(0.02)
    dying.cancel()
    await asyncio.wait([dying])
    order_id = (await cart_now(db, who, cart)).order_id
    assert order_id is not None
    assert (await orders.order(db.reading, order_id)).state is OrderState.PENDING_PAYMENT
    await bank.post("/failures", method="DELETE")
    await asyncio.sleep(1.0)
    clock.move(minutes=10)
    await db.transact(recover, None)
    await worker.drain()
    order = await orders.order(db.reading, order_id)
    assert order.state is OrderState.PLACED
    [payment] = await attempts(db, order)
    assert await bank.counted(payment) == {"authorised": 1}
    assert await broken(db) == []


async def test_webhook_and_return_page_at_once_place_the_order_once(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2})
    outcome = await check_out(db, provider, who, cart, ASKS)
    payment = outcome.payment
    assert payment is not None
    assert (outcome.order.state, payment.state) == (OrderState.PENDING_PAYMENT, PaymentState.ACTION_REQUIRED)
    await bank.answer_challenge(payment.next_action_url, "complete")
    news = [event for event in await bank.events(payment.parts[0].intent_ref) if "payment_intent" in event["type"]]
    _, refused = await at_once(
        *(deliver(db, provider, event) for event in news for _ in range(5)),
        *(check_out(db, provider, who, cart) for _ in range(5)),
    )
    assert refused == []
    order = await orders.order(db.reading, outcome.order.id)
    assert order.state is OrderState.PLACED
    assert (await tags(db, order)).count("orders.placed") == 1
    [only] = await attempts(db, order)
    assert await bank.moved(only) == {"authorised": order.total}
    assert await reserved(db, shop.cup, shop.gracia) == 2
    assert await broken(db) == []


async def test_the_order_keeps_what_was_agreed_when_the_shop_changes(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
    order = (await check_out(db, provider, who, cart, ON_COLLECTION)).order
    await pricing.prices(db, {shop.cup: 1})
    assert await orders.order(db.reading, order.id) == order


@pytest.mark.usefixtures("nothing_ages")
async def test_a_checkout_on_collection_takes_few_statements(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    first = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1, (shop.plate, shop.collected()): 1})
    await check_out(db, provider, who, first, ON_COLLECTION)
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1, (shop.plate, shop.collected()): 1})
    total = await given.total_of(db, cart)
    before = db.statements
    await check_out(db, provider, who, cart, ON_COLLECTION, total=total)
    # cart with articles and prices; cart's end, order, payment, goods kept; facts
    assert db.statements - before == 6
