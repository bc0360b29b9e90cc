"""Cancelling: who may, until when, and that order, stock, money and work end together or not at all."""

import pytest

from commerce import aftersale, fulfilment, inventory, orders
from commerce.aftersale import WorkHasBegun
from commerce.fulfilment import FulfilmentState, Proof
from commerce.inventory import Demand
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, NotFound
from commerce.kernel.ids import HoldId, new_id
from commerce.orders import OrderState, PartlyFulfilled
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.http import Forbidden
from commerce.platform.work import Worker
from tests.aftersale.seen import at_once, facts, money, shelf, sound
from tests.given import aftersale as given
from tests.given.fulfilment import Shelf
from tests.given.orders import Want, opened


async def test_a_cancelled_order_gives_stock_money_and_work_back_in_one_go(
    db: Database, provider: StripeProvider, worker: Worker, clock: HeldClock
) -> None:
    place, who = await Shelf.filled(db), given.shopper()
    order = await given.placed(
        db,
        Want(quantity=5, location_id=place.store, variant_id=place.cup),
        Want(quantity=2, kind="ship", location_id=place.warehouse, variant_id=place.bowl, delivery=495),
        who=who,
        provider=provider,
    )
    assert await shelf(db, place.cup, place.store) == (10, 5)

    cancelled = await db.transact(aftersale.cancel_order, who, order.id, "changed_mind")

    assert (cancelled.state, cancelled.cancel_reason) == (OrderState.CANCELLED, "changed_mind")
    assert await shelf(db, place.cup, place.store) == (10, 0)
    assert await shelf(db, place.bowl, place.warehouse) == (10, 0)
    works = await fulfilment.fulfilments_of(db.reading, order.id)
    assert {work.state for work in works} == {FulfilmentState.CANCELLED}
    await sound(db)
    await worker.drain()
    assert await money(db, order) == {"captured": 0, "refunded": 0, "held": 0}
    await sound(db)


async def test_a_shopper_cannot_cancel_once_a_location_works_on_it_but_the_store_can(
    db: Database, clock: HeldClock
) -> None:
    place, who = await Shelf.filled(db), given.shopper()
    clerk = given.terminal(place.store)
    order = await given.placed(db, Want(quantity=2, location_id=place.store, variant_id=place.cup), who=who)
    (work,) = await fulfilment.fulfilments_of(db.reading, order.id)
    await db.transact(fulfilment.accept, clerk, work.id)

    with pytest.raises(WorkHasBegun):
        await db.transact(aftersale.cancel_order, who, order.id, "changed_mind")
    assert (await orders.order(db.reading, order.id)).state is OrderState.PLACED
    assert await shelf(db, place.cup, place.store) == (10, 2)

    await db.transact(fulfilment.pick, clerk, work.id, [fulfilment.Pick(line.id, 2) for line in work.lines])
    await db.transact(fulfilment.ready, clerk, work.id, "A3")
    await db.transact(aftersale.cancel_order, clerk, order.id, "not_collected")
    assert await shelf(db, place.cup, place.store) == (10, 0)
    assert (await fulfilment.fulfilment(db.reading, work.id, clerk)).state is FulfilmentState.CANCELLED
    await sound(db)


async def test_an_unpaid_order_gives_its_hold_back_too(db: Database, clock: HeldClock) -> None:
    place, who = await Shelf.filled(db), given.shopper()
    order = await opened(db, Want(quantity=3, location_id=place.store, variant_id=place.cup), shopper_id=who.id)
    assert order.hold_until is not None
    assert order.hold_id is not None
    hold_id = HoldId(order.hold_id)
    await inventory.hold(db, [Demand(place.cup, place.store, 3)], until=order.hold_until, hold_id=hold_id)
    assert await shelf(db, place.cup, place.store) == (10, 3)
    await db.transact(aftersale.cancel_order, who, order.id, "ordered_by_mistake")
    assert await shelf(db, place.cup, place.store) == (10, 0)
    await sound(db)


async def test_cancelling_after_shipment_is_refused_and_stock_does_not_rise(db: Database, clock: HeldClock) -> None:
    place, who = await Shelf.filled(db, units=100), given.shopper()
    order = await given.bought(
        db, Want(quantity=5, kind="ship", location_id=place.warehouse, variant_id=place.cup), who=who
    )
    for caller in (who, given.office()):
        with pytest.raises(IllegalMove):
            await db.transact(aftersale.cancel_order, caller, order.id, "changed_mind")
    assert await shelf(db, place.cup, place.warehouse) == (95, 0)
    await sound(db)


async def test_a_partly_handed_over_order_is_not_cancelled_as_a_whole(db: Database, clock: HeldClock) -> None:
    place = await Shelf.filled(db)
    clerk = given.terminal(place.store)
    order = await given.placed(db, Want(quantity=2, location_id=place.store, variant_id=place.cup))
    (work,) = await fulfilment.fulfilments_of(db.reading, order.id)
    await db.transact(fulfilment.accept, clerk, work.id)
    await db.transact(fulfilment.pick, clerk, work.id, [fulfilment.Pick(work.lines[0].id, 2)])
    await db.transact(fulfilment.ready, clerk, work.id, None)
    await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(identity_checked=True), {work.lines[0].id: 1})
    with pytest.raises(PartlyFulfilled):
        await db.transact(aftersale.cancel_order, clerk, order.id, "not_collected")
    assert await shelf(db, place.cup, place.store) == (9, 1)
    await sound(db)


async def test_cancelling_again_and_at_once_has_one_effect(db: Database, clock: HeldClock) -> None:
    place, who = await Shelf.filled(db), given.shopper()
    order = await given.placed(db, Want(quantity=5, location_id=place.store, variant_id=place.cup), who=who)
    came, refused = await at_once(
        *(db.transact(aftersale.cancel_order, who, order.id, "changed_mind") for _ in range(6))
    )
    assert (len(came), {type(each) for each in refused}) == (1, {IllegalMove})
    with pytest.raises(IllegalMove, match="this state is final"):
        await db.transact(aftersale.cancel_order, given.office(), order.id, "other")
    assert await shelf(db, place.cup, place.store) == (10, 0)
    assert (await facts(db, order)).count("orders.cancelled") == 1
    await sound(db)


async def test_cancelling_and_shipping_at_once_end_in_one_of_the_two(
    db: Database, provider: StripeProvider, worker: Worker, clock: HeldClock
) -> None:
    place, clerk = await Shelf.filled(db), given.office()
    for _ in range(4):
        order = await given.placed(
            db, Want(quantity=1, kind="ship", location_id=place.warehouse, variant_id=place.cup), provider=provider
        )
        before = await shelf(db, place.cup, place.warehouse)
        (work,) = await fulfilment.fulfilments_of(db.reading, order.id)
        await db.transact(fulfilment.accept, clerk, work.id)
        await db.transact(fulfilment.pick, clerk, work.id, [fulfilment.Pick(work.lines[0].id, 1)])
        await db.transact(fulfilment.pack, clerk, work.id)
        came, refused = await at_once(
            db.transact(aftersale.cancel_order, clerk, order.id, "other"),
            db.transact(fulfilment.ship, clerk, work.id, "Correos", None, None),
        )
        assert (len(came), len(refused)) == (1, 1)
        await worker.drain()
        after = await orders.order(db.reading, order.id)
        moved = await money(db, order)
        if after.state is OrderState.CANCELLED:
            assert (await shelf(db, place.cup, place.warehouse), moved["captured"]) == ((before[0], before[1] - 1), 0)
        else:
            assert after.state is OrderState.COMPLETED
            assert await shelf(db, place.cup, place.warehouse) == (before[0] - 1, before[1] - 1)
            assert moved["captured"] == order.total
        assert moved["held"] == 0
    await sound(db)


async def test_a_cancelled_order_takes_nothing_more(db: Database, clock: HeldClock) -> None:
    place, who = await Shelf.filled(db), given.shopper()
    order = await given.placed(db, Want(quantity=2, location_id=place.store, variant_id=place.cup), who=who)
    (work,) = await fulfilment.fulfilments_of(db.reading, order.id)
    await db.transact(aftersale.cancel_order, who, order.id, "changed_mind")
    line = order.lines[0].id
    with pytest.raises(IllegalMove):
        await db.transact(orders.fulfil, order.id, [(line, 1)])
    with pytest.raises(IllegalMove):
        await db.transact(fulfilment.accept, given.office(), work.id)
    with pytest.raises(orders.NotThatManyUnits):
        await given.asked(db, who, order, 1)
    assert await shelf(db, place.cup, place.store) == (10, 0)
    assert await money(db, order) == {"captured": 0, "refunded": 0, "held": 0}
    await sound(db)


async def test_others_orders_do_not_exist_and_stores_cancel_only_what_is_all_theirs(
    db: Database, clock: HeldClock
) -> None:
    place, who = await Shelf.filled(db), given.shopper()
    order = await given.placed(
        db,
        Want(location_id=place.store, variant_id=place.cup),
        Want(kind="ship", location_id=place.warehouse, variant_id=place.cup),
        who=who,
    )
    elsewhere = given.terminal(new_id())
    for stranger in (given.shopper(), elsewhere):
        with pytest.raises(NotFound):
            await db.transact(aftersale.cancel_order, stranger, order.id, "other")
    with pytest.raises(NotFound):
        await db.transact(aftersale.cancel_order, who, new_id(), "other")
    with pytest.raises(Forbidden):
        await db.transact(aftersale.cancel_order, given.terminal(place.store), order.id, "other")
    assert (await orders.order(db.reading, order.id)).state is OrderState.PLACED
