"""Places in store days and slots: never more than there are, given back with the order, expired by time and not by a job."""

import asyncio
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import LocationId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.promise import BookingExpired, DayFull, Slot, SlotFull, SlotNotOffered, Window, book, keep, slots, unbook
from commerce.promise.audit import CHECKS
from commerce.promise.slots import slot
from tests.given import stores

TODAY = date(2026, 3, 10)


async def store(db: Database, *, slot_capacity: int = 1, daily_capacity: int | None = None) -> LocationId:
    place = await stores.location(db)
    await stores.service(
        db, place, lead_minutes=30, slot_minutes=60, slot_capacity=slot_capacity, daily_capacity=daily_capacity
    )
    return place


async def first_slot(db: Database, place: LocationId, clock: HeldClock) -> Slot:
    return (await slots(db.reading, place, at=clock(), first=TODAY, last=TODAY))[0]


async def taken(db: Database, owner: UUID, windows: list[Window], at: datetime, until: datetime | None = None) -> bool:
    try:
        await db.transact(book, owner, windows, at=at, until=until)
    except (SlotFull, DayFull):
        return False
    return True


async def in_order(db: Database) -> bool:
    return [found.name for found in await run_checks(db.reading, CHECKS) if found.rows] == []


async def test_fifty_who_want_the_last_place_at_once_get_it_exactly_once(db: Database, clock: HeldClock) -> None:
    place = await store(db)
    wanted = list((await first_slot(db, place, clock)).windows)

    won = await asyncio.gather(*(taken(db, new_id(), wanted, clock()) for _ in range(50)))

    assert sum(won) == 1
    assert (await first_slot(db, place, clock)).left == 0
    with pytest.raises(SlotFull) as refused:
        await slot(db.reading, place, (await first_slot(db, place, clock)).starts_at, clock())
    assert refused.value.facts["location_id"] == place
    assert await in_order(db)


async def test_fifty_who_want_the_last_three_orders_of_a_day_at_once_get_three(db: Database, clock: HeldClock) -> None:
    place = await store(db, daily_capacity=3)

    won = await asyncio.gather(*(taken(db, new_id(), [Window(place, "pickup", TODAY)], clock()) for _ in range(50)))

    assert sum(won) == 3
    assert await taken(db, new_id(), [Window(place, "pickup", TODAY + timedelta(days=1))], clock())
    assert await in_order(db)


async def test_who_wants_several_windows_gets_all_or_none(db: Database, clock: HeldClock) -> None:
    one, two = await stores.location(db, "one"), await stores.location(db, "two")
    for place in (one, two):
        await stores.service(db, place, daily_capacity=1)
    await db.transact(book, new_id(), [Window(two, "pickup", TODAY)], at=clock())

    both = [Window(one, "pickup", TODAY), Window(two, "pickup", TODAY)]
    assert not await taken(db, new_id(), both, clock())

    assert await taken(db, new_id(), both[:1], clock())
    assert await in_order(db)


async def test_crowds_that_want_the_same_windows_in_another_order_all_get_an_answer(
    db: Database, clock: HeldClock
) -> None:
    places = [await stores.location(db, f"s-{nth}") for nth in range(4)]
    for place in places:
        await stores.service(db, place, daily_capacity=10)
    windows = [Window(place, "pickup", TODAY) for place in places]

    async def come_and_go(nth: int) -> bool:
        owner = new_id()
        won = await taken(db, owner, windows[::-1] if nth % 2 else windows, clock())
        if nth % 3 == 0:
            await db.transact(unbook, owner, at=clock())
        return won

    assert sum(await asyncio.gather(*(come_and_go(nth) for nth in range(60)))) >= 10
    assert await in_order(db)


async def test_what_is_given_back_can_be_had_again_once(db: Database, clock: HeldClock) -> None:
    place, mine = await store(db, daily_capacity=1), new_id()
    found = await first_slot(db, place, clock)
    await db.transact(book, mine, found.windows, at=clock())
    assert [each.left for each in await slots(db.reading, place, at=clock(), first=TODAY, last=TODAY)] == []

    await db.transact(unbook, mine, at=clock(), location_ids=[LocationId(new_id())])
    assert not await taken(db, new_id(), list(found.windows), clock())
    await asyncio.gather(*(db.transact(unbook, mine, at=clock()) for _ in range(8)))

    assert (await first_slot(db, place, clock)).left == 1
    won = await asyncio.gather(*(taken(db, new_id(), list(found.windows), clock()) for _ in range(8)))
    assert sum(won) == 1
    assert await in_order(db)


async def test_an_owner_who_books_twice_has_one_place(db: Database, clock: HeldClock) -> None:
    place, mine = await store(db, slot_capacity=2), new_id()
    found = await first_slot(db, place, clock)

    await db.transact(book, mine, found.windows, at=clock())
    await db.transact(book, mine, found.windows, at=clock())

    assert (await first_slot(db, place, clock)).left == 1
    assert await in_order(db)


async def test_a_place_that_is_kept_expires_by_time_and_whoever_needs_it_frees_it(
    db: Database, clock: HeldClock
) -> None:
    place, late = await store(db), new_id()
    found = await first_slot(db, place, clock)
    until = clock() + timedelta(minutes=5)
    await db.transact(book, late, found.windows, at=clock(), until=until)
    clock.move(minutes=4, seconds=59)
    assert not await taken(db, new_id(), list(found.windows), clock())

    clock.move(seconds=1)

    assert (await first_slot(db, place, clock)).left == 1  # no job has run
    won = await asyncio.gather(*(taken(db, new_id(), list(found.windows), clock()) for _ in range(20)))
    assert sum(won) == 1
    with pytest.raises(BookingExpired):
        await db.transact(keep, late, at=clock())
    assert await in_order(db)


async def test_what_is_over_cannot_be_kept_even_if_nobody_else_came(db: Database, clock: HeldClock) -> None:
    place, mine = await store(db), new_id()
    found = await first_slot(db, place, clock)
    await db.transact(book, mine, found.windows, at=clock(), until=clock() + timedelta(minutes=5))

    clock.move(minutes=5)

    with pytest.raises(BookingExpired):
        await db.transact(keep, mine, at=clock())


async def test_what_is_kept_in_time_stays(db: Database, clock: HeldClock) -> None:
    place, mine = await store(db), new_id()
    found = await first_slot(db, place, clock)
    await db.transact(book, mine, found.windows, at=clock(), until=clock() + timedelta(minutes=5))
    await db.transact(keep, mine, at=clock())
    await db.transact(keep, mine, at=clock())

    clock.move(minutes=10)

    assert not await taken(db, new_id(), list(found.windows), clock())
    await db.transact(keep, new_id(), at=clock())  # who has no booking has none to lose


async def test_keeping_and_freeing_at_once_leave_one_owner(db: Database, clock: HeldClock) -> None:
    place, at = await store(db), clock()
    found = await first_slot(db, place, clock)
    for nth in range(6):
        mine, other = new_id(), new_id()
        until = at + timedelta(minutes=5)
        await db.transact(book, mine, found.windows, at=at, until=until)

        async def kept(owner: UUID = mine, until: datetime = until) -> bool:
            try:
                await db.transact(keep, owner, at=until - timedelta(seconds=1))
            except Refusal:
                return False
            return True

        results = await asyncio.gather(kept(), taken(db, other, list(found.windows), until))
        assert sum(results) == 1, nth
        await db.transact(unbook, mine, at=at)
        await db.transact(unbook, other, at=at)
        assert await in_order(db)


async def test_a_capacity_that_is_lowered_takes_nobodys_place_and_no_new_order(db: Database, clock: HeldClock) -> None:
    place = await store(db, daily_capacity=5)
    day = [Window(place, "pickup", TODAY)]
    for _ in range(3):
        await db.transact(book, new_id(), day, at=clock())

    await stores.service(db, place, daily_capacity=2)
    assert not await taken(db, new_id(), day, clock())
    await stores.service(db, place, daily_capacity=4)
    assert [await taken(db, new_id(), day, clock()) for _ in range(2)] == [True, False]
    await stores.service(db, place, daily_capacity=0)
    assert not await taken(db, new_id(), day, clock())
    await stores.service(db, place)
    assert await taken(db, new_id(), day, clock())  # nothing limits the day any more
    assert await in_order(db)


async def test_a_slot_that_is_no_longer_offered_takes_nobody(db: Database, clock: HeldClock) -> None:
    place = await store(db)
    found = await first_slot(db, place, clock)
    await stores.service(db, place)

    assert not await taken(db, new_id(), list(found.windows), clock())
    with pytest.raises(SlotNotOffered):
        await slot(db.reading, place, found.starts_at, clock())


async def test_booked_instants_stay_when_the_hours_change(db: Database, clock: HeldClock) -> None:
    place, mine = await store(db), new_id()
    found = await first_slot(db, place, clock)
    await db.transact(book, mine, found.windows, at=clock())

    await stores.exception(db, place, TODAY, ("11:15", "20:00"))

    again = await slots(db.reading, place, at=clock(), first=TODAY, last=TODAY)
    assert found.starts_at not in {each.starts_at for each in again}
    assert all(each.left == 1 for each in again)
    await db.transact(keep, mine, at=clock())
    assert await in_order(db)
