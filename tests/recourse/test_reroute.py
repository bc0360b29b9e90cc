"""Parcels that a place rejects are sent from another one, by themselves, never where an article was rejected before; then a person is asked."""

import asyncio

import pytest

from commerce import fulfilment, orders
from commerce.fulfilment import FulfilmentState, ShortReason
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove
from commerce.kernel.ids import new_id
from commerce.orders import UNPLACED, OrderState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.http import BEGINNING, Caller
from commerce.platform.work import Worker
from commerce.recourse import Choice, RejectionState as S, Wish, choose, rejections_of
from commerce.recourse.queries import waiting_exceptions
from commerce.recourse.reroute import route, route_forgotten
from tests.given import aftersale, checkout, inventory as stock, recourse as given, stores
from tests.given.recourse import OFFICE, captured, case_of, emptied, proven, shelf, works_of


async def exceptions(db: Database) -> list[tuple[str, bool]]:
    """Gives the kinds of exceptions, and whether each is resolved."""
    found = await waiting_exceptions(db.reading, OFFICE, resolved_too=True, after=BEGINNING, most=50)
    return [(each.kind, each.resolved_at is not None) for each in found]


async def test_a_rejected_parcel_is_sent_from_the_next_place_and_charged_once(
    db: Database, clock: HeldClock, provider: StripeProvider, worker: Worker
) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.parcel(shop, 2), provider=provider)
    assert (case.state, await works_of(db, order)) == (S.ROUTING, [])
    await proven(db)
    await worker.drain()
    routed = await case_of(db, order)
    assert (routed.state, routed.lines[0].routed) == (S.ROUTED, 2)
    (work,) = await works_of(db, order)
    assert (work.location_id, work.kind, work.attempt) == (shop.sants, "ship", 2)
    assert (await shelf(db, shop.cup, shop.sants), await shelf(db, shop.cup, shop.warehouse)) == ((10, 2), (0, 0))
    await proven(db)
    await given.done(db, work.id, provider=provider)
    assert await captured(db, order) == (2000 + 495, 0)
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED
    assert await exceptions(db) == []
    await proven(db)


async def test_no_place_is_asked_twice_and_the_last_rejection_asks_a_person_and_the_customer(
    db: Database, clock: HeldClock, worker: Worker
) -> None:
    shop = await checkout.shop(db)
    third = await stores.warehouse(db, "zaragoza")
    fourth = await stores.warehouse(db, "zz")
    await stock.stock(db, {(shop.cup, place): 10 for place in (third, fourth)})
    order, _ = await given.rejected(db, given.parcel(shop, 2), reason=ShortReason.NO_CAPACITY)
    asked = [shop.warehouse]
    for _ in range(2):
        await worker.drain()
        (work,) = await works_of(db, order)
        assert work.location_id not in asked
        asked.append(work.location_id)
        await db.transact(fulfilment.reject, OFFICE, work.id, ShortReason.NO_CAPACITY)
    await worker.drain()
    last = await case_of(db, order)
    assert (last.state, last.attempt, await works_of(db, order)) == (S.WAITING_FOR_CHOICE, 3, [])
    assert await exceptions(db) == [("unroutable", False)]
    await proven(db)
    await choose(db, new_id(), OFFICE, order.id, last.id, Wish(choice=Choice.REFUND))
    assert (await exceptions(db), await captured(db, order)) == ([("unroutable", True)], (0, 0))
    assert (await orders.order(db.reading, order.id)).state is OrderState.CANCELLED
    for place in (shop.warehouse, third, fourth):
        assert await shelf(db, shop.cup, place) == (10, 0)
    await proven(db)


async def test_what_only_part_can_be_sent_of_is_sent_and_the_rest_is_asked_about(
    db: Database, clock: HeldClock, worker: Worker
) -> None:
    shop = await checkout.shop(db, stock=3)
    await emptied(db, shop.cup, shop.sants)
    await stock.stock(db, {(shop.cup, shop.sants): 2})
    order, case = await given.rejected(db, given.parcel(shop, 3))
    await worker.drain()
    after = await case_of(db, order)
    assert (after.id, after.state, after.lines[0].routed, after.units) == (
        case.id,
        S.WAITING_FOR_CHOICE,
        2,
        [(order.lines[0].id, 1)],
    )
    (work,) = await works_of(db, order)
    assert (work.location_id, work.lines[0].quantity) == (shop.sants, 2)
    await proven(db)
    done = await choose(db, new_id(), OFFICE, order.id, case.id, Wish(choice=Choice.REFUND))
    assert done.amount == 1000
    await given.done(db, work.id)
    assert await captured(db, order) == (2000 + 495, 0)
    await proven(db)


async def test_a_route_is_taken_once_however_often_it_is_looked_for(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.parcel(shop, 2))
    clock.move(minutes=2)
    await asyncio.gather(*(route(db, case) for _ in range(4)), route_forgotten(db), route_forgotten(db))
    assert (len(await works_of(db, order)), await shelf(db, shop.cup, shop.sants)) == (1, (10, 2))
    await proven(db)


async def test_orders_that_want_the_same_last_units_are_not_both_promised_them(
    db: Database, clock: HeldClock, worker: Worker
) -> None:
    shop = await checkout.shop(db, stock=4)
    await emptied(db, shop.cup, shop.sants)
    await stock.stock(db, {(shop.cup, shop.sants): 2})
    cases = [await given.rejected(db, given.parcel(shop, 2), reason=ShortReason.NO_CAPACITY) for _ in range(2)]
    await asyncio.gather(*(route(db, case) for _, case in cases))
    states = sorted([(await case_of(db, order)).state for order, _ in cases])
    assert states == [S.ROUTED, S.WAITING_FOR_CHOICE]
    assert await shelf(db, shop.cup, shop.sants) == (2, 2)
    await proven(db)


async def test_an_order_that_is_cancelled_before_its_route_is_found_has_none(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.parcel(shop, 2))
    await db.transact(orders.cancel, order.id, "customer", "shopper:test")
    await route(db, case)
    assert ((await case_of(db, order)).state, await works_of(db, order)) == (S.CLOSED, [])
    assert await shelf(db, shop.cup, shop.sants) == (10, 0)


async def test_two_rejections_at_once_of_the_same_parcel_are_one_rejection(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order = await aftersale.placed(db, given.parcel(shop, 2))
    (work,) = await works_of(db, order)
    outcomes = await asyncio.gather(
        *(db.transact(fulfilment.reject, OFFICE, work.id, ShortReason.DAMAGE) for _ in range(4)), return_exceptions=True
    )
    assert len([each for each in outcomes if isinstance(each, IllegalMove)]) == 3
    assert len(await rejections_of(db.reading, order.id)) == 1
    now_is = await orders.order(db.reading, order.id)
    assert now_is.units_at(now_is.lines[0], UNPLACED) == 2
    await proven(db)


async def test_a_parcel_that_nobody_has_waits_and_can_be_collected_instead(
    db: Database, clock: HeldClock, worker: Worker
) -> None:
    shop = await checkout.shop(db)
    await emptied(db, shop.cup, shop.sants)
    order, _ = await given.rejected(db, given.parcel(shop, 2))
    await worker.drain()
    case = await case_of(db, order)
    wish = Wish(choice=Choice.STORE, location_id=shop.gracia)
    await choose(db, new_id(), Caller(kind="staff", id=new_id()), order.id, case.id, wish)
    (work,) = await works_of(db, order)
    assert (work.kind, work.location_id, work.state) == ("pickup", shop.gracia, FulfilmentState.OFFERED)
    await given.done(db, work.id)
    assert await captured(db, order) == (2495, 0)
    await proven(db)


@pytest.mark.parametrize("reason", [ShortReason.NOT_IN_STOCK, ShortReason.CLOSED])
async def test_what_a_rejection_says_of_the_shelf_is_booked_also_when_it_is_routed(
    db: Database, clock: HeldClock, worker: Worker, reason: ShortReason
) -> None:
    shop = await checkout.shop(db)
    await given.rejected(db, given.parcel(shop, 2), reason=reason)
    await worker.drain()
    left = 0 if reason is ShortReason.NOT_IN_STOCK else 10
    assert await shelf(db, shop.cup, shop.warehouse) == (left, 0)
