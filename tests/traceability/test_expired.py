"""What is beyond its last day is promised to nobody and sold to nobody, whether or not a job has run; what is promised already stays put."""

import asyncio
from datetime import date, timedelta

import pytest

from commerce import inventory
from commerce.inventory import Demand, InsufficientStock, hold
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import HoldId, LocationId, VariantId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.promise import alternatives, pickup_options, source
from commerce.promise.availability import Asked, availability
from commerce.traceability import put_aside, take_aside
from commerce.traceability.audit import CHECKS
from commerce.traceability.expired import put_all_aside
from tests.given import catalog, stores
from tests.given.inventory import hold as held, stock
from tests.traceability.world import article, bring, lot, lots

TODAY, LATER = date(2026, 3, 10), date(2026, 4, 1)


async def in_order(db: Database) -> bool:
    from commerce.inventory.audit import CHECKS as OF_STOCK

    return [found for found in await run_checks(db.reading, [*CHECKS, *OF_STOCK]) if found.rows] == []


async def shop(db: Database, *, old: int = 3, fresh: int = 2) -> tuple[VariantId, LocationId, LocationId]:
    """Milk of two lots, of which one is good until today, in a store and in a warehouse."""
    milk, store, depot = await article(db, dated=True), await stores.location(db), await stores.warehouse(db)
    for place in (store, depot):
        await bring(db, place, lot(milk, old, "A", TODAY), lot(milk, fresh, "B", LATER))
    return milk, store, depot


async def buy(db: Database, variant: VariantId, place: LocationId, units: int, at: HeldClock) -> bool:
    """Holds units as a checkout does."""
    demand = Demand(variant, place, units)
    await take_aside(db, [(variant, place)])
    try:
        await hold(db, [demand], until=at.at + timedelta(minutes=15), hold_id=HoldId(new_id()))
    except Refusal:
        return False
    return True


async def test_no_answer_counts_what_has_expired_although_no_job_has_run(db: Database, clock: HeldClock) -> None:
    milk, _store, depot = await shop(db)
    channel = await stores.channel(db)
    [option] = await pickup_options(db.reading, [(milk, 5)], clock.at)
    assert option.available
    clock.move(days=1)
    [option] = await pickup_options(db.reading, [(milk, 3)], clock.at)
    assert [(short.requested, short.available) for short in option.short] == [(3, 2)]
    with pytest.raises(InsufficientStock) as refused:
        await source(db.reading, [(milk, 3)], clock.at)
    assert [short.available for short in refused.value.short] == [2]
    assert [each.kind for each in await alternatives(db.reading, [(milk, 3)], clock.at)] == []
    asked = Asked(
        lines=[(milk, 3)],
        near=None,
        location_id=None,
        only_available=False,
        limit=10,
        channel_id=channel,
        country=None,
    )
    told = await availability(db.reading, asked, clock.at)
    assert (told.sending.available, [each.available for each in told.collection]) == (False, [False])
    assert [each.spot for each in await inventory.spots(db.reading, [milk], None)] == [], "reads move nothing"
    assert (await source(db.reading, [(milk, 2)], clock.at)) == [Demand(milk, depot, 2)]


async def test_whoever_buys_meets_it_first(db: Database, clock: HeldClock) -> None:
    milk, store, _ = await shop(db)
    clock.move(days=1)
    assert await buy(db, milk, store, 3, clock) is False
    (aside,) = await inventory.spots(db.reading, [milk], [store])
    assert (aside.spot, aside.units) == ("quarantine", 3)
    won = await asyncio.gather(*(buy(db, milk, store, 1, clock) for _ in range(16)))
    assert sum(won) == 2
    assert await in_order(db)


async def test_many_who_meet_it_at_once_put_it_aside_once(db: Database, clock: HeldClock) -> None:
    milk, store, _ = await shop(db)
    clock.move(days=1)
    won = await asyncio.gather(*(buy(db, milk, store, 1, clock) for _ in range(16)))
    assert sum(won) == 2
    assert [each for each in await lots(db, store) if each[2]] == [("quarantine", "A", 3), ("shelf", "B", 2)]
    assert await in_order(db)


async def test_what_is_promised_stays_on_the_shelf(db: Database, clock: HeldClock) -> None:
    milk, store, _ = await shop(db)
    await held(db, [(milk, store, 4)], minutes=3 * 24 * 60)
    clock.move(days=1)
    assert await db.transact(put_aside, [(milk, store)], "system:test") == 1
    assert await db.transact(put_aside, [(milk, store)], "system:test") == 0
    (level,) = await inventory.levels(db.reading, [milk], [store])
    assert (level.on_hand, level.reserved) == (4, 4)
    assert await in_order(db)


async def test_the_hourly_job_knows_the_day_of_each_place(db: Database, clock: HeldClock) -> None:
    milk, _store, _depot = await shop(db)
    away = await stores.location(db, "azores", timezone="Atlantic/Azores")
    await bring(db, away, lot(milk, 3, "A", TODAY))
    clock.move(hours=14, minutes=30)  # 23:30 in UTC: midnight is over in Madrid, not in the Azores
    assert await put_all_aside(db) == 6
    assert await put_all_aside(db) == 0
    assert [each for each in await lots(db, away) if each[2]] == [("shelf", "A", 3)]
    clock.move(hours=2)
    assert await put_all_aside(db) == 3
    assert await in_order(db)


async def test_a_basket_without_lots_costs_no_statement_more(db: Database, clock: HeldClock) -> None:
    await shop(db)
    cup = await catalog.variant(db)
    store = await stores.location(db, "sants")
    await stock(db, {(cup, store): 1})
    counts = []
    for _ in range(4):  # the first one loads what is resident, which any of them may have to look at again
        before = db.statements
        await pickup_options(db.reading, [(cup, 1)], clock.at)
        promised = db.statements - before
        await take_aside(db, [(cup, store)])
        counts.append((promised, db.statements - before - promised))
    assert min(counts) == (2, 0)  # shelves, what comes where a place has too few
