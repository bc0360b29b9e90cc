"""What a place cannot give becomes another place's work, later work, or nothing: attempts, transfers, moved promises, expiry."""

import asyncio
from datetime import timedelta

import pytest

from commerce import fulfilment, inventory, orders
from commerce.fulfilment import Fulfilment, FulfilmentState as S, Pick, Proof, ShortReason
from commerce.inventory import Demand
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput, Refusal
from commerce.kernel.ids import HoldId, LocationId, new_id
from commerce.orders import OrderCancelled, OrderState
from commerce.platform.database import Database, Tx
from tests.fulfilment.test_work import captured, on_hand, proven, told
from tests.given import fulfilment as given
from tests.given.fulfilment import Shelf, staff
from tests.given.orders import Want

SYSTEM = staff()


async def offered_at(db: Database, work: Fulfilment, place: LocationId, units: int) -> Fulfilment:
    """Promises unplaced units of the work's first line at a place, reserves them there and offers them as the next attempt."""
    line = work.lines[0]

    async def step(tx: Tx) -> Fulfilment:
        order = await orders.place_at(tx, work.order_id, [(line.order_line_id, units)], place)
        demand = Demand(line.variant_id, place, units)
        await inventory.reserve(tx, [demand], work.order_id, HoldId(new_id()), at=order.opened_at)
        return await fulfilment.offer_units(
            tx,
            order,
            work.group_id,
            place,
            "pickup",
            [(line.order_line_id, units)],
            ready_by=order.opened_at + timedelta(days=1),
            attempt=work.attempt + 1,
        )

    return await db.transact(step)


async def waiting(db: Database, shelf: Shelf, units: int) -> Fulfilment:
    """Gives work at the store whose rejected units a transfer is to bring."""
    (work,) = await given.offered(db, Want(quantity=units, unit=1000, location_id=shelf.store, variant_id=shelf.cup))
    await db.transact(fulfilment.reject, staff(shelf.store), work.id, ShortReason.NO_CAPACITY)

    async def step(tx: Tx) -> Fulfilment:
        order = await orders.lock(tx, work.order_id)
        return await fulfilment.offer_units(
            tx,
            order,
            work.group_id,
            shelf.store,
            "pickup",
            [(work.lines[0].order_line_id, units)],
            ready_by=None,
            attempt=2,
            waiting_for=new_id(),
        )

    return await db.transact(step)


async def test_two_places_hand_over_what_one_group_promised_and_charge_it_exactly(
    db: Database, clock: HeldClock
) -> None:
    shelf = await Shelf.filled(db)
    here, there = staff(shelf.store), staff(shelf.warehouse)
    want = Want(quantity=3, unit=999, delivery=495, location_id=shelf.store, variant_id=shelf.cup)
    first = await given.picking(db, here, want)
    line = first.lines[0].id
    await db.transact(fulfilment.pick, here, first.id, [Pick(line, 1, 2, ShortReason.NO_CAPACITY)])
    second = await offered_at(db, first, shelf.warehouse, 2)
    await proven(db)
    assert (second.attempt, second.state, await on_hand(db, shelf.cup, shelf.warehouse)) == (2, S.OFFERED, (10, 2))
    await db.transact(fulfilment.ready, here, first.id, None)
    await db.transact(fulfilment.accept, there, second.id)
    await db.transact(fulfilment.pick, there, second.id, [Pick(second.lines[0].id, 2)])
    await db.transact(fulfilment.ready, there, second.id, None)
    await asyncio.gather(
        fulfilment.hand_over(db, new_id(), here, first.id, Proof(identity_checked=True), None),
        fulfilment.hand_over(db, new_id(), there, second.id, Proof(identity_checked=True), None),
    )
    assert await captured(db, first.order_id) == 3 * 999 + 495
    assert (await on_hand(db, shelf.cup, shelf.store), await on_hand(db, shelf.cup, shelf.warehouse)) == (
        (9, 0),
        (8, 0),
    )
    assert (await orders.order(db.reading, first.order_id)).state is OrderState.COMPLETED
    await proven(db)


async def test_a_cancelled_order_ends_the_work_of_all_places(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    here = staff(shelf.store)
    first = await given.picking(db, here, Want(quantity=3, location_id=shelf.store, variant_id=shelf.cup))
    await db.transact(fulfilment.pick, here, first.id, [Pick(first.lines[0].id, 1, 2, ShortReason.NO_CAPACITY)])
    await offered_at(db, first, shelf.warehouse, 1)

    async def cancel(tx: Tx) -> None:
        order = await orders.cancel(tx, first.order_id, "customer", "shopper:test")
        await inventory.release(tx, order.id, None, inventory.Cause("order", order.id, "shopper:test"))
        await fulfilment.cancel_of(
            tx, OrderCancelled(order_id=order.id, order=order.facts(), reason="customer", by="shopper:test")
        )

    await db.transact(cancel)
    assert {work.state for work in await fulfilment.fulfilments_of(db.reading, first.order_id)} == {S.CANCELLED}
    assert (await on_hand(db, shelf.cup, shelf.store), await on_hand(db, shelf.cup, shelf.warehouse)) == (
        (10, 0),
        (10, 0),
    )
    await proven(db)


async def test_work_that_waits_for_a_transfer_can_only_begin_when_its_units_have_come(
    db: Database, clock: HeldClock
) -> None:
    shelf = await Shelf.filled(db)
    work = await waiting(db, shelf, 2)
    clerk = staff(shelf.store)
    await proven(db)
    for refused in (
        db.transact(fulfilment.accept, clerk, work.id),
        db.transact(fulfilment.reject, clerk, work.id, ShortReason.DAMAGE),
    ):
        with pytest.raises(IllegalMove):
            await refused
    clock.move(hours=3)

    async def arrive(tx: Tx) -> Fulfilment:
        line = work.lines[0]
        await orders.place_at(tx, work.order_id, [(line.order_line_id, 2)], shelf.store)
        demand = Demand(line.variant_id, shelf.store, 2)
        await inventory.reserve(tx, [demand], work.order_id, HoldId(new_id()), at=clock.at)
        return await fulfilment.goods_arrived(tx, SYSTEM, work.id)

    here = await db.transact(arrive)
    again = await db.transact(fulfilment.goods_arrived, SYSTEM, work.id)
    assert (here.state, here.offered_at, again.version) == (S.OFFERED, clock.at, here.version)
    assert (await db.transact(fulfilment.accept, clerk, work.id)).state is S.ACCEPTED
    await proven(db)


async def test_units_that_a_transfer_does_not_bring_leave_the_work_and_the_last_of_them_ends_it(
    db: Database, clock: HeldClock
) -> None:
    shelf = await Shelf.filled(db)
    work = await waiting(db, shelf, 3)
    line = work.lines[0].order_line_id
    after = await db.transact(fulfilment.not_arrived, SYSTEM, work.id, {line: 1})
    assert (after.state, after.lines[0].short, after.lines[0].short_reason) == (
        S.WAITING_FOR_TRANSFER,
        1,
        ShortReason.NOT_ARRIVED,
    )
    ended = await db.transact(fulfilment.not_arrived, SYSTEM, work.id, {line: 2})
    assert (ended.state, ended.reject_reason) == (S.REJECTED, "not_arrived")
    await proven(db)


async def test_a_moved_promise_keeps_the_first_one_and_is_told(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    work = await given.picking(db, clerk, Want(location_id=shelf.store, variant_id=shelf.cup))
    later = clock.at + timedelta(days=1)
    moved = await db.transact(fulfilment.move_promise, clerk, work.id, later, "no_capacity")
    same = await db.transact(fulfilment.move_promise, clerk, work.id, later, "no_capacity")
    assert (moved.ready_by, moved.promised_by, same.version) == (later, work.ready_by, moved.version)
    with pytest.raises(InvalidInput):
        await db.transact(fulfilment.move_promise, clerk, work.id, clock.at, "no_capacity")
    (fact,) = await told(db, "fulfilment.promise_moved.v1")
    assert (fact["reason"], fact["fulfilment"]["promised_by"]) == ("no_capacity", fact["before"])
    await proven(db)
    await db.transact(fulfilment.pick, clerk, work.id, [Pick(work.lines[0].id, 1)])
    await db.transact(fulfilment.ready, clerk, work.id, None)
    with pytest.raises(IllegalMove):
        await db.transact(fulfilment.move_promise, clerk, work.id, later + timedelta(days=1), "no_capacity")


async def test_expiry_and_hand_over_at_once_end_in_one_of_the_two(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    for _ in range(5):
        work = await given.ready(db, clerk, Want(location_id=shelf.store, variant_id=shelf.cup))

        async def expire(tx: Tx, work: Fulfilment = work) -> Fulfilment:
            await orders.lock(tx, work.order_id)
            return await fulfilment.expire(tx, SYSTEM, work.id)

        outcomes = await asyncio.gather(
            db.transact(expire),
            fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(identity_checked=True), None),
            return_exceptions=True,
        )
        assert len([each for each in outcomes if isinstance(each, Refusal)]) == 1
        after = await fulfilment.fulfilment(db.reading, work.id, clerk)
        order = await orders.order(db.reading, work.order_id)
        assert (after.state, order.lines[0].fulfilled) in {(S.EXPIRED, 0), (S.HANDED_OVER, 1)}
        assert await fulfilment.pickup_code(db.reading, work.id) is None


async def test_only_work_that_nobody_took_on_is_taken_away(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    (taken,) = await given.offered(db, Want(location_id=shelf.store, variant_id=shelf.cup))
    (left,) = await given.offered(db, Want(location_id=shelf.store, variant_id=shelf.cup))
    await db.transact(fulfilment.accept, clerk, taken.id)
    assert await db.transact(fulfilment.not_accepted, taken.id) is None
    gone = await db.transact(fulfilment.not_accepted, left.id)
    assert gone is not None
    assert (gone.state, gone.reject_reason, await on_hand(db, shelf.cup, shelf.store)) == (
        S.REJECTED,
        "not_accepted",
        (10, 1),
    )
    await proven(db)
