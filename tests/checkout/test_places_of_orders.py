"""An order takes its place in a slot and in a store's day with itself, never more than there are, and gives it back with itself."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from commerce import carts, orders
from commerce.carts.change_details import set_slots
from commerce.carts.facts import Cart
from commerce.carts.shortages import short_lines
from commerce.checkout import Outcome, give_up, pay_again
from commerce.inventory import InsufficientStock
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import LocationId, new_id
from commerce.orders import OrderState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.work import Worker
from commerce.promise import Slot, SlotFull, SlotNotOffered, promised, slots
from tests.checkout.till import CARD, DECLINED, ON_COLLECTION, at_once, broken, check_out, expire_due, reserved
from tests.given import checkout as given, stores
from tests.given.checkout import Shop
from tests.given.inventory import stock
from tests.payments.bank import Bank

TODAY, TOMORROW = date(2026, 3, 10), date(2026, 3, 11)


async def shop_with_slots(db: Database, capacity: int = 1, **terms: Any) -> Shop:
    shop = await given.shop(db, stock=100)
    await stores.service(db, shop.gracia, lead_minutes=30, slot_minutes=60, slot_capacity=capacity, **terms)
    return shop


async def left(db: Database, place: LocationId, clock: HeldClock) -> list[Slot]:
    return await slots(db.reading, place, at=clock(), first=TODAY, last=TODAY)


async def choose(db: Database, who: Caller, cart: Cart, picked: Mapping[LocationId, datetime], at: datetime) -> Cart:
    return await db.transact(set_slots, who, cart.id, picked, at=at)


async def cart_for(db: Database, shop: Shop, clock: HeldClock, starts_at: datetime | None) -> tuple[Caller, Cart]:
    who = given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
    if starts_at is not None:
        cart = await choose(db, who, cart, {shop.gracia: starts_at}, clock())
    return who, cart


async def day_of(db: Database, place: LocationId, clock: HeldClock) -> date:
    return (await promised(db.reading, [(place, "pickup")], clock()))[place, "pickup"].day


async def test_a_chosen_slot_is_the_promise_of_the_order_and_one_place_less(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await shop_with_slots(db, 2)
    third = (await left(db, shop.gracia, clock))[2]
    who, cart = await cart_for(db, shop, clock, third.starts_at)
    assert (await carts.mine(db.reading, who, cart.id)).slots == {shop.gracia: third.starts_at}

    order = (await check_out(db, provider, who, cart, ON_COLLECTION)).order

    assert [group.ready_by for group in order.groups] == [third.starts_at]
    assert [each.left for each in await left(db, shop.gracia, clock)][:4] == [2, 2, 1, 2]
    assert await broken(db) == []


async def test_thirty_buyers_who_chose_the_last_place_in_a_slot_end_as_one_order(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await shop_with_slots(db)
    first = (await left(db, shop.gracia, clock))[0]
    buyers = [await cart_for(db, shop, clock, first.starts_at) for _ in range(30)]

    came, refused = await at_once(*(check_out(db, provider, who, cart, ON_COLLECTION) for who, cart in buyers))

    assert (len(came), {type(each) for each in refused}) == (1, {SlotFull})
    assert await reserved(db, shop.cup, shop.gracia) == 1
    assert (await left(db, shop.gracia, clock))[0].left == 0
    assert await broken(db) == []


async def test_buyers_beyond_a_days_orders_are_promised_the_next_day_with_room(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await given.shop(db, stock=100)
    await stores.service(db, shop.gracia, daily_capacity=4)
    buyers = [await cart_for(db, shop, clock, None) for _ in range(10)]

    came, refused = await at_once(*(check_out(db, provider, who, cart, ON_COLLECTION) for who, cart in buyers))

    assert refused == []
    ready = sorted(by for each in came if (by := each.order.groups[0].ready_by))
    assert ready == [
        *[datetime(2026, 3, 10, 11, 0, tzinfo=UTC)] * 4,
        *[datetime(2026, 3, 11, 9, 0, tzinfo=UTC)] * 4,
        *[datetime(2026, 3, 12, 9, 0, tzinfo=UTC)] * 2,
    ]
    assert await broken(db) == []


async def test_a_cancelled_order_gives_its_slot_and_its_day_back(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await shop_with_slots(db, 1, daily_capacity=1)
    first = (await left(db, shop.gracia, clock))[0]
    who, cart = await cart_for(db, shop, clock, first.starts_at)
    order = (await check_out(db, provider, who, cart, ON_COLLECTION)).order
    assert await day_of(db, shop.gracia, clock) == TOMORROW
    assert await left(db, shop.gracia, clock) == []

    await db.transact(give_up, order.id, "customer", by="staff:test")

    assert await day_of(db, shop.gracia, clock) == TODAY
    assert (await left(db, shop.gracia, clock))[0].left == 1
    assert await broken(db) == []


async def test_a_part_whose_units_were_all_cancelled_gives_its_day_back_and_the_other_keeps_its_own(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    for place in (shop.gracia, shop.sants):
        await stores.service(db, place, daily_capacity=1)
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2, (shop.cup, shop.collected(shop.sants)): 1})
    order = (await check_out(db, provider, who, cart, ON_COLLECTION)).order
    here = next(line for line in order.lines if line.quantity == 2)

    await db.transact(orders.cancel_units, order.id, [(here.id, 1)], "customer", by="staff:test")
    assert await day_of(db, shop.gracia, clock) == TOMORROW
    await db.transact(orders.cancel_units, order.id, [(here.id, 1)], "customer", by="staff:test")

    assert await day_of(db, shop.gracia, clock) == TODAY
    assert await day_of(db, shop.sants, clock) == TOMORROW


async def _declined(db: Database, provider: StripeProvider, shop: Shop, clock: HeldClock) -> tuple[Caller, Outcome]:
    first = (await left(db, shop.gracia, clock))[0]
    who, cart = await cart_for(db, shop, clock, first.starts_at)
    outcome = await check_out(db, provider, who, cart, DECLINED)
    assert outcome.order.state is OrderState.PENDING_PAYMENT
    return who, outcome


async def test_an_unpaid_order_keeps_its_slot_until_its_time_is_over_and_then_anybody_may_have_it(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await shop_with_slots(db, 1)
    hours = {shop.gracia: (await left(db, shop.gracia, clock))[0].starts_at}
    await _declined(db, provider, shop, clock)
    clock.move(minutes=29)
    other = await given.cart(db, shop, who := given.shopper(), {(shop.cup, shop.collected()): 1})
    assert [each.left for each in await left(db, shop.gracia, clock)][:1] == [0]

    clock.move(minutes=1)  # no job has run

    nearest = (await left(db, shop.gracia, clock))[0]
    assert (nearest.left, nearest.starts_at) == (1, hours[shop.gracia])
    await choose(db, who, other, hours, clock())
    other = await carts.mine(db.reading, who, other.id)
    order = (await check_out(db, provider, who, other, ON_COLLECTION)).order
    assert order.groups[0].ready_by == nearest.starts_at


async def test_who_pays_in_time_keeps_the_slot_for_good(
    db: Database, provider: StripeProvider, bank: Bank, clock: HeldClock
) -> None:
    shop = await shop_with_slots(db, 1)
    who, waiting = await _declined(db, provider, shop, clock)
    paid = await pay_again(db, new_id(), provider, who, waiting.order.id, CARD)
    assert paid.order.state is OrderState.PLACED

    clock.move(hours=2)

    assert all(each.left == 1 for each in await left(db, shop.gracia, clock))
    assert await broken(db) == []


async def test_an_order_that_nobody_paid_gives_its_slot_back_when_it_ends(
    db: Database, provider: StripeProvider, clock: HeldClock, worker: Worker
) -> None:
    shop = await shop_with_slots(db, 1)
    await _declined(db, provider, shop, clock)
    clock.move(minutes=31)

    await expire_due(db, worker)

    assert (await left(db, shop.gracia, clock))[0].left == 1
    assert await broken(db) == []


async def test_a_slot_that_is_no_longer_reached_or_offered_is_refused_and_told_beforehand(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await shop_with_slots(db)
    first = (await left(db, shop.gracia, clock))[0]
    who, cart = await cart_for(db, shop, clock, first.starts_at)
    assert await short_lines(db.reading, cart, at=clock()) == []

    clock.at = first.starts_at - timedelta(minutes=29)

    [flaw] = await short_lines(db.reading, cart, at=clock())
    assert (flaw.code, flaw.location_id) == ("slot_not_offered", shop.gracia)
    with pytest.raises(SlotNotOffered):
        await check_out(db, provider, who, cart, ON_COLLECTION)
    assert await reserved(db, shop.cup, shop.gracia) == 0
    assert (await carts.mine(db.reading, who, cart.id)).order_id is None


async def test_a_slot_of_a_place_where_nothing_is_collected_is_in_nobodys_way(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await shop_with_slots(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.sent): 1})
    cart = await choose(db, who, cart, {shop.gracia: clock() - timedelta(days=1)}, clock())

    assert (await check_out(db, provider, who, cart)).order.state is OrderState.PLACED


async def test_what_is_short_is_refused_with_where_else_it_can_be_had_and_by_when(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db, stock=0), given.shopper()
    await stock(db, {(shop.cup, shop.sants): 3, (shop.cup, shop.warehouse): 3, (shop.cup, shop.gracia): 1})
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 3})

    for pay_by in (ON_COLLECTION, CARD):
        with pytest.raises(InsufficientStock) as refused:
            await check_out(db, provider, who, cart, pay_by)
        found = refused.value.facts["alternatives"]
        assert isinstance(found, list)
        assert [(each.kind, each.location_id, each.ready_by - clock()) for each in found] == [
            ("pickup", shop.sants, timedelta(hours=1)),
            ("ship", None, timedelta(hours=1)),
        ]
    [flaw] = await short_lines(db.reading, cart, at=clock())
    assert (flaw.code, flaw.available, [each.kind for each in flaw.alternatives]) == (
        "insufficient_stock",
        1,
        ["pickup", "ship"],
    )

    sent = await given.cart(db, shop, who, {(shop.cup, shop.sent): 7})
    with pytest.raises(InsufficientStock) as refused:
        await check_out(db, provider, who, sent)
    assert refused.value.facts["alternatives"] == []  # no place has seven, and sending is what failed
