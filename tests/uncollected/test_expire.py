"""Nobody came: what becomes of the order, its money, its goods; and who is first when somebody comes after all."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import pytest

from commerce import fulfilment, inventory, orders, payments
from commerce.fulfilment import FulfilmentState
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound, Refusal
from commerce.kernel.ids import HoldId, LocationId, VariantId, new_id
from commerce.orders import Order, OrderState
from commerce.payments import PaymentState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.work import Worker
from commerce.traceability import Came
from commerce.uncollected import Damaged, Wait, WaitState, expire_one, extend, put_away
from commerce.uncollected.jobs import find_overdue
from tests.given import aftersale, checkout, orders as given_orders, recourse, uncollected as given
from tests.given.orders import Want
from tests.given.uncollected import OFFICE, SECRET
from tests.traceability import world as traced

LATE = 10
"""Days after which everything here is over."""


async def over(
    db: Database, clock: HeldClock, *wants: Want, provider: StripeProvider | None = None
) -> tuple[Order, Wait]:
    """An order that nobody collected, and its pickup, which nobody has ended yet."""
    order, wait = await given.ready(db, *wants, provider=provider)
    clock.move(days=LATE)
    return order, wait


async def buyable(db: Database, variant: VariantId, place: LocationId) -> int:
    """How many units somebody else could have."""
    (level,) = await inventory.levels(db.reading, [variant], [place])
    return level.on_hand - level.reserved


async def test_what_nobody_collected_is_off_the_order_not_charged_and_not_sold_before_it_is_put_away(
    db: Database, worker: Worker, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=2)
    order, wait = await over(db, clock, recourse.pickup(shop, 2), provider=provider)
    await db.transact(find_overdue)
    await db.transact(find_overdue)
    await worker.drain()
    expired = await given.pickup_of(db, wait.fulfilment_order_id)
    assert (expired.state, expired.closed_at, expired.put_away_at) == (WaitState.EXPIRED, clock.at, None)
    assert [(each.units, each.damaged) for each in expired.units] == [(2, 0)]
    ended = await orders.order(db.reading, order.id)
    assert (ended.state, ended.lines[0].cancelled, ended.cancel_reason) == (OrderState.CANCELLED, 2, "not_collected")
    assert (await given.work_of(db, order)).state is FulfilmentState.EXPIRED
    (payment,) = await payments.payments_of(db.reading, order.id)
    assert (payment.state, payment.captured, sum(part.held for part in payment.parts)) == (PaymentState.VOIDED, 0, 0)
    assert await given.units_at(db, shop.cup, shop.gracia) == (0, 0, 2, 0)
    with pytest.raises(inventory.InsufficientStock):
        await inventory.hold(
            db,
            [inventory.Demand(shop.cup, shop.gracia, 1)],
            until=kernel_clock.now().replace(year=2027),
            hold_id=HoldId(new_id()),
        )
    with pytest.raises(IllegalMove):
        await given.handed(db, wait)
    back = await db.transact(put_away, aftersale.terminal(shop.gracia), wait.fulfilment_order_id)
    assert (back.state, back.put_away_at) == (WaitState.PUT_AWAY, clock.at)
    assert await given.units_at(db, shop.cup, shop.gracia) == (2, 0, 0, 0)
    await given.proven(db)


async def test_nothing_ends_before_the_grace_at_the_counter_has_passed(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    _, wait = await given.ready(db, recourse.pickup(shop))
    assert wait.due_at is not None
    clock.at = wait.due_at.replace(minute=wait.due_at.minute - 1)
    assert (await given.expired(db, wait)).state is WaitState.WAITING
    assert (
        await given.work_of(db, await orders.order(db.reading, wait.order_id))
    ).state is FulfilmentState.READY_FOR_PICKUP
    clock.at = wait.due_at
    assert (await given.expired(db, wait)).state is WaitState.EXPIRED
    await given.proven(db)


async def test_what_was_handed_over_stays_and_only_the_rest_is_cancelled(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, wait = await given.ready(db, recourse.pickup(shop, 3), provider=provider)
    await given.handed(db, wait, 1)
    clock.move(days=LATE)
    expired = await given.expired(db, wait)
    assert [each.units for each in expired.units] == [2]
    ended = await orders.order(db.reading, order.id)
    assert (ended.state, ended.lines[0].fulfilled, ended.lines[0].cancelled) == (OrderState.COMPLETED, 1, 2)
    for payment in await payments.payments_of(db.reading, order.id):
        await payments.pursue(db, provider, payment.id)
    (payment,) = await payments.payments_of(db.reading, order.id)
    assert (payment.captured, sum(part.held for part in payment.parts)) == (1000, 0)
    assert await given.units_at(db, shop.cup, shop.gracia) == (7, 0, 2, 0)
    await given.proven(db)


async def test_the_other_part_of_an_order_goes_on(db: Database, provider: StripeProvider, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order = await aftersale.placed(db, recourse.pickup(shop, 1), recourse.parcel(shop, 1), provider=provider)
    works = await fulfilment.fulfilments_of(db.reading, order.id)
    pickup = next(each for each in works if each.kind == "pickup")
    await given.made_ready(db, pickup.id)
    clock.move(days=LATE)
    await given.expired(db, await given.pickup_of(db, pickup.id))
    for payment in await payments.payments_of(db.reading, order.id):
        await payments.pursue(db, provider, payment.id)
    parcel = next(each for each in works if each.kind == "ship")
    await recourse.done(db, parcel.id, provider=provider)
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED
    assert await recourse.captured(db, order) == (1495, 0)
    await given.proven(db)


async def test_damaged_units_are_kept_apart_and_no_more_than_there_were(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    _, wait = await over(db, clock, recourse.pickup(shop, 3))
    with pytest.raises(IllegalMove):
        await db.transact(put_away, OFFICE, wait.fulfilment_order_id)
    expired = await given.expired(db, wait)
    line = expired.units[0].line_id
    with pytest.raises(NotFound):
        await db.transact(put_away, aftersale.terminal(shop.sants), wait.fulfilment_order_id)
    for wrong in ([Damaged(line, 4)], [Damaged(new_id(), 1)], [Damaged(line, 1), Damaged(line, 1)]):
        with pytest.raises(InvalidInput):
            await db.transact(put_away, OFFICE, wait.fulfilment_order_id, wrong)
    assert await given.units_at(db, shop.cup, shop.gracia) == (7, 0, 3, 0)
    back = await db.transact(put_away, OFFICE, wait.fulfilment_order_id, [Damaged(line, 1)])
    assert [(each.units, each.damaged) for each in back.units] == [(3, 1)]
    assert await given.units_at(db, shop.cup, shop.gracia) == (9, 0, 0, 1)
    with pytest.raises(IllegalMove):
        await db.transact(put_away, OFFICE, wait.fulfilment_order_id)
    await given.proven(db)


async def test_lots_and_serial_numbers_go_with_their_units(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db, stock=0)
    milk, phone = await traced.article(db, "lot"), await traced.article(db, "serial")
    await traced.bring(db, shop.gracia, Came(milk, 2, "A"), Came(milk, 5, "B"))
    await traced.bring(db, shop.gracia, Came(phone, 3, serials=["S1", "S2", "S3"]))
    wants = (
        Want(quantity=3, location_id=shop.gracia, variant_id=milk),
        Want(quantity=2, location_id=shop.gracia, variant_id=phone),
    )
    _, wait = await over(db, clock, *wants)
    expired = await given.expired(db, wait)
    found = {each.variant_id: {trace.code: trace.units for trace in each.traces} for each in expired.units}
    assert found == {milk: {"A": 2, "B": 1}, phone: {"S1": 1, "S2": 1}}
    lines = {each.variant_id: each.line_id for each in expired.units}
    for wrong in ([Damaged(lines[phone], 1)], [Damaged(lines[phone], 1, ["S3"])], [Damaged(lines[milk], 1, ["C"])]):
        with pytest.raises(InvalidInput):
            await db.transact(put_away, OFFICE, wait.fulfilment_order_id, wrong)
    damaged = [Damaged(lines[phone], 1, ["S2"]), Damaged(lines[milk], 1, ["B"])]
    await db.transact(put_away, OFFICE, wait.fulfilment_order_id, damaged)
    assert await given.units_at(db, milk, shop.gracia) == (6, 0, 0, 1)
    assert await given.units_at(db, phone, shop.gracia) == (2, 0, 0, 1)
    await given.proven(db)


async def met(*acts: Awaitable[object]) -> list[object]:
    """Lets acts begin together; gives what each came to, a refusal too."""
    return await asyncio.gather(*acts, return_exceptions=True)


async def queued(db: Database, order_id: UUID, *acts: Callable[[], Awaitable[object]]) -> list[object]:
    """Lets acts wait for one order, in the order given, behind a barrier that opens when all of them stand there."""
    together: list[asyncio.Task[object]] = []

    async def begun(act: Callable[[], Awaitable[object]]) -> object:
        return await act()

    async def barrier(tx: Tx) -> None:
        together.clear()
        await orders.lock_header(tx, order_id)
        for act in acts:
            together.append(asyncio.create_task(begun(act)))
            await asyncio.sleep(0.03)

    await db.transact(barrier)
    return await asyncio.gather(*together, return_exceptions=True)


async def test_a_hand_over_and_an_expiry_that_meet_have_one_winner(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=100)
    held = [await given.ready(db, recourse.pickup(shop, 2), provider=provider) for _ in range(30)]
    clock.move(days=LATE)
    collected = 0
    for turn, (order, wait) in enumerate(held):
        acts = [partial(given.handed, db, wait), partial(given.expired, db, wait), partial(given.expired, db, wait)]
        for result in await queued(db, order.id, *(acts if turn % 2 else reversed(acts))):
            assert not isinstance(result, BaseException) or isinstance(result, Refusal), result
        for payment in await payments.payments_of(db.reading, order.id):
            await payments.pursue(db, provider, payment.id)
        after = await given.pickup_of(db, wait.fulfilment_order_id)
        work = await given.work_of(db, order)
        ended = await orders.order(db.reading, order.id)
        told = (after.state, work.state, ended.state, (await recourse.captured(db, order)))
        assert told in (
            (WaitState.COLLECTED, FulfilmentState.HANDED_OVER, OrderState.COMPLETED, (2000, 0)),
            (WaitState.EXPIRED, FulfilmentState.EXPIRED, OrderState.CANCELLED, (0, 0)),
        )
        collected += after.state is WaitState.COLLECTED
    expired = 30 - collected
    assert await given.units_at(db, shop.cup, shop.gracia) == (40, 0, 2 * expired, 0)
    assert 0 < collected < 30, "both won sometimes"
    await given.proven(db)


async def test_an_expiry_that_runs_many_times_at_once_happens_once(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    _, wait = await over(db, clock, recourse.pickup(shop, 2))
    results = await met(*(expire_one(db, SECRET, wait.id, kernel_clock.now()) for _ in range(8)))
    assert {result.state for result in results if isinstance(result, Wait)} == {WaitState.EXPIRED}
    assert await given.units_at(db, shop.cup, shop.gracia) == (8, 0, 2, 0)
    await given.proven(db)


async def test_more_time_and_an_expiry_that_meet_have_one_winner(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db, stock=100)
    waits = [(await given.ready(db, recourse.pickup(shop, 1)))[1] for _ in range(20)]
    due = waits[0].due_at
    assert due is not None
    longer = 0
    for wait in waits:
        # One asks in the last second of the grace, the other's clock has passed it.
        clock.at = due.replace(minute=due.minute - 1)
        asked, _ = await met(
            db.transact(extend, OFFICE, wait.order_id, wait.fulfilment_order_id), expire_one(db, SECRET, wait.id, due)
        )
        after = await given.pickup_of(db, wait.fulfilment_order_id)
        assert (after.state, after.extended_at is None) in ((WaitState.WAITING, False), (WaitState.EXPIRED, True))
        assert isinstance(asked, Wait) is (after.state is WaitState.WAITING)
        longer += after.state is WaitState.WAITING
    assert await given.units_at(db, shop.cup, shop.gracia) == (80 + longer, longer, 20 - longer, 0)
    await given.proven(db)


async def test_what_is_put_away_by_many_at_once_goes_back_once(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    _, wait = await over(db, clock, recourse.pickup(shop, 2))
    await given.expired(db, wait)
    results = await met(*(db.transact(put_away, OFFICE, wait.fulfilment_order_id) for _ in range(8)))
    assert sum(isinstance(result, Wait) for result in results) == 1
    assert sum(isinstance(result, IllegalMove) for result in results) == 7
    assert await given.units_at(db, shop.cup, shop.gracia) == (10, 0, 0, 0)
    await given.proven(db)


async def test_two_orders_for_the_last_units_find_them_again_only_on_the_shelf(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db, stock=2)
    _, wait = await over(db, clock, given_orders.Want(quantity=2, location_id=shop.gracia, variant_id=shop.cup))
    buyers: list[Caller] = [aftersale.shopper() for _ in range(4)]

    async def buy(who: Caller) -> Order:
        return await aftersale.placed(db, recourse.pickup(shop, 1), who=who)

    results = await met(given.expired(db, wait), *(buy(who) for who in buyers))
    assert all(isinstance(result, Wait | inventory.InsufficientStock) for result in results), results
    await db.transact(put_away, OFFICE, wait.fulfilment_order_id)
    assert await buyable(db, shop.cup, shop.gracia) == 2
    await buy(buyers[0])
    await given.proven(db)
