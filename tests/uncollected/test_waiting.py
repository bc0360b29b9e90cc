"""A pickup from ready to collected: its deadline, its reminders, more time, a calendar that changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from commerce import fulfilment
from commerce.aftersale.cancel_order import cancel_order
from commerce.fulfilment.refuse import refuse
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, NotFound
from commerce.kernel.ids import FulfilmentOrderId, new_id
from commerce.platform.database import Database
from commerce.platform.work import Worker
from commerce.uncollected import ExtensionNotOffered, PickupExtended, PickupOver, PickupReminded, WaitState, extend
from commerce.uncollected.extend import reckon_missing
from commerce.uncollected.remind import remind_due
from tests.given import aftersale, checkout, inventory, orders as given_orders, recourse, stores, uncollected as given
from tests.given.uncollected import OFFICE


def madrid(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of 2026 by the wall clock of Madrid."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Madrid")).astimezone(UTC)


async def facts(dsn: str, tag: str, field: str) -> list[tuple[str, str]]:
    """A field of each fact of a kind, with its pickup, sorted."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "SELECT payload->>$2 AS field, payload->>'wait_id' AS wait FROM events WHERE tag = $1", tag, field
        )
        return sorted((row["field"], row["wait"]) for row in rows)
    finally:
        await connection.close()


async def test_what_is_ready_waits_for_the_days_of_the_settings_and_ends_when_it_is_collected(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    _, wait = await given.ready(db, recourse.pickup(shop, 3))
    assert (wait.state, wait.round, wait.deadline) == (WaitState.WAITING, 1, madrid(3, 18, 20)), "seven opening days"
    assert wait.due_at == madrid(3, 18, 20, 30)
    await db.transact(fulfilment.remind, OFFICE, wait.fulfilment_order_id)
    await given.handed(db, wait, 1)
    part = await given.pickup_of(db, wait.fulfilment_order_id)
    assert (part.state, part.deadline) == (WaitState.WAITING, wait.deadline), "what is left waits on"
    await given.handed(db, wait)
    after = await given.pickup_of(db, wait.fulfilment_order_id)
    assert (after.state, after.closed_at, after.version) == (WaitState.COLLECTED, clock.at, 2)
    await given.proven(db)


async def test_what_is_taken_back_to_picking_has_no_deadline_and_gets_a_new_one(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    _, wait = await given.ready(db, recourse.pickup(shop))
    await db.transact(extend, OFFICE, wait.order_id, wait.fulfilment_order_id)
    clock.move(days=1)
    await db.transact(fulfilment.unpack, OFFICE, wait.fulfilment_order_id)
    none = await given.pickup_of(db, wait.fulfilment_order_id)
    assert (none.state, none.ready_at, none.deadline, none.due_at) == (WaitState.WAITING, None, None, None)
    clock.move(days=20)
    assert (await given.expired(db, none)).state is WaitState.WAITING
    work = await fulfilment.fulfilment(db.reading, wait.fulfilment_order_id, OFFICE)
    picks = [fulfilment.Pick(line.id, line.to_pick) for line in work.lines]
    await db.transact(fulfilment.pick, OFFICE, work.id, picks)
    await db.transact(fulfilment.ready, OFFICE, work.id, None)
    again = await given.pickup_of(db, wait.fulfilment_order_id)
    assert (again.round, again.ready_at, again.deadline) == (2, clock.at, madrid(4, 8, 20))
    assert again.extended_at is None, "and can be extended anew"
    await given.proven(db)


async def test_a_cancelled_order_waits_for_nobody(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, wait = await given.ready(db, recourse.pickup(shop))
    await db.transact(cancel_order, OFFICE, order.id, "customer_request")
    assert (await given.pickup_of(db, wait.fulfilment_order_id)).state is WaitState.ENDED
    clock.move(days=30)
    assert (await given.expired(db, wait)).state is WaitState.ENDED
    assert await given.units_at(db, shop.cup, shop.gracia) == (10, 0, 0, 0)
    await given.proven(db)


async def test_each_reminder_goes_once_and_none_after_it_was_collected(
    db: Database, dsn: str, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    await given.policy(db, wait_days=1, reminders=(25, 50))
    _, wait = await given.ready(db, recourse.pickup(shop))  # Tuesday at eleven; 9 + 11 hours until Wednesday's closing
    _, other = await given.ready(db, recourse.pickup(shop))
    clock.at = madrid(3, 10, 15, 59)
    await remind_due(db)
    assert await facts(dsn, PickupReminded.name(), "percent") == []
    clock.at = madrid(3, 10, 16)
    await remind_due(db)
    await remind_due(db)
    assert await facts(dsn, PickupReminded.name(), "percent") == sorted([("25", str(wait.id)), ("25", str(other.id))])
    await given.handed(db, wait)
    clock.at = madrid(3, 11, 12)
    await remind_due(db)
    assert await facts(dsn, PickupReminded.name(), "percent") == [
        *sorted([("25", str(wait.id)), ("25", str(other.id))]),
        ("50", str(other.id)),
    ]


async def test_reminders_that_are_due_together_are_one_and_none_comes_after_the_deadline(
    db: Database, dsn: str, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    await given.policy(db, wait_days=1, reminders=(25, 50, 90))
    _, wait = await given.ready(db, recourse.pickup(shop))
    clock.at = madrid(3, 11, 12)
    await remind_due(db)
    assert await facts(dsn, PickupReminded.name(), "percent") == [("50", str(wait.id))]
    clock.at = madrid(3, 11, 20)
    await remind_due(db)
    assert len(await facts(dsn, PickupReminded.name(), "percent")) == 1, "over is over"


async def test_more_time_is_given_once_to_whose_order_it_is(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    owner, stranger = aftersale.shopper(), aftersale.shopper()
    _, wait = await given.ready(db, recourse.pickup(shop), who=owner)
    for nobody in (stranger, aftersale.terminal(shop.sants)):
        with pytest.raises(NotFound):
            await db.transact(extend, nobody, wait.order_id, wait.fulfilment_order_id)
    with pytest.raises(NotFound):
        await db.transact(extend, owner, wait.order_id, FulfilmentOrderId(new_id()))
    after = await db.transact(extend, owner, wait.order_id, wait.fulfilment_order_id)
    assert (after.deadline, after.extended_at) == (madrid(3, 21, 20), clock.at), "three opening days more"
    with pytest.raises(ExtensionNotOffered):
        await db.transact(extend, aftersale.terminal(shop.gracia), wait.order_id, wait.fulfilment_order_id)
    await given.proven(db)


async def test_more_time_is_refused_when_it_is_over_collected_or_not_offered(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    _, late = await given.ready(db, recourse.pickup(shop))
    _, gone = await given.ready(db, recourse.pickup(shop))
    _, grace = await given.ready(db, recourse.pickup(shop))
    await given.handed(db, gone)
    await given.policy(db, location_id=shop.gracia, wait_days=7, extension_days=0)
    _, short = await given.ready(db, recourse.pickup(shop))
    with pytest.raises(IllegalMove):
        await db.transact(extend, OFFICE, gone.order_id, gone.fulfilment_order_id)
    with pytest.raises(ExtensionNotOffered):
        await db.transact(extend, OFFICE, short.order_id, short.fulfilment_order_id)
    assert late.deadline is not None
    clock.at = late.deadline + timedelta(minutes=29)
    missed = await db.transact(extend, OFFICE, grace.order_id, grace.fulfilment_order_id)
    assert missed.deadline == madrid(3, 21, 20), "who missed it can still ask while the grace lasts"
    clock.move(minutes=1)
    with pytest.raises(PickupOver):
        await db.transact(extend, OFFICE, late.order_id, late.fulfilment_order_id)


async def test_all_deadlines_of_a_place_move_when_it_closes_unexpectedly_and_none_comes_earlier(
    db: Database, dsn: str, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    _, first = await given.ready(db, recourse.pickup(shop))
    _, asked = await given.ready(db, recourse.pickup(shop))
    _, gone = await given.ready(db, recourse.pickup(shop))
    sants = given_orders.Want(quantity=1, location_id=shop.sants, variant_id=shop.cup)
    _, other = await given.ready(db, sants)
    await given.handed(db, gone)
    await db.transact(extend, OFFICE, asked.order_id, asked.fulfilment_order_id)
    clock.at = madrid(3, 18, 9)
    await stores.exception(db, shop.gracia, date(2026, 3, 18))
    await worker.drain()
    moved = [await given.pickup_of(db, each.fulfilment_order_id) for each in (first, asked, gone, other)]
    assert [each.deadline for each in moved] == [
        madrid(3, 19, 20),
        madrid(3, 23, 20),
        gone.deadline,
        other.deadline,
    ]
    assert await facts(dsn, PickupExtended.name(), "why") == [
        ("asked", str(asked.id)),
        *sorted([("hours", str(asked.id)), ("hours", str(first.id))]),
    ]
    await stores.exception(db, shop.gracia, date(2026, 3, 18), ("09:00", "20:00"))
    await worker.drain()
    assert (await given.pickup_of(db, first.fulfilment_order_id)).deadline == madrid(3, 19, 20), "as it was told"
    await given.proven(db)


async def test_what_is_over_stays_over_when_the_place_closes_afterwards(
    db: Database, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    _, wait = await given.ready(db, recourse.pickup(shop))
    clock.at = madrid(3, 18, 20, 30)
    await stores.exception(db, shop.gracia, date(2026, 3, 18))
    await stores.exception(db, shop.gracia, date(2026, 3, 17))
    await worker.drain()
    assert (await given.pickup_of(db, wait.fulfilment_order_id)).deadline == wait.deadline


async def test_a_place_without_hours_has_no_deadline_until_it_has_some(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    closed = await stores.location(db, "closed", hours=[])
    await inventory.stock(db, {(shop.cup, closed): 5})
    want = given_orders.Want(quantity=1, location_id=closed, variant_id=shop.cup)
    _, wait = await given.ready(db, want)
    assert wait.deadline is None
    await reckon_missing(db)
    assert (await given.pickup_of(db, wait.fulfilment_order_id)).deadline is None
    for day in range(11, 19):
        await stores.exception(db, closed, date(2026, 3, day), ("10:00", "14:00"))
    await reckon_missing(db)
    assert (await given.pickup_of(db, wait.fulfilment_order_id)).deadline == madrid(3, 17, 14)


async def test_what_is_refused_at_the_counter_waits_no_more(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    _, none = await given.ready(db, recourse.pickup(shop, 2))
    _, some = await given.ready(db, recourse.pickup(shop, 2))
    await given.handed(db, some, 1)
    for wait, units in ((none, 2), (some, 1)):
        work = await fulfilment.fulfilment(db.reading, wait.fulfilment_order_id, OFFICE)
        await db.transact(refuse, OFFICE, work.id, {work.lines[0].id: units}, "changed_mind")
    found = [await given.pickup_of(db, each.fulfilment_order_id) for each in (none, some)]
    assert [each.state for each in found] == [WaitState.ENDED, WaitState.COLLECTED]
    await given.proven(db)
