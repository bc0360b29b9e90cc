"""What places are and do, through the verbs: third parties, services, the switch for online work, holiday calendars."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import column, select, table

from commerce import stores
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import LocationId, new_id
from commerce.platform.database import Database
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement
from commerce.stores import pause, resume
from commerce.stores.change_location import change_location
from commerce.stores.holidays import one_calendar, put_calendar
from commerce.stores.schemas import HolidayCalendarIn, HolidayFields, LocationPatch
from tests.given import stores as given

TODAY = date(2026, 3, 10)
TAGS = Statement(select(column("tag")).select_from(table("events")))
CALENDARS = Statement(select(column("id")).select_from(table("holiday_calendars")))


async def said(db: Database) -> list[str]:
    """Gives the tags of the facts that were told, by name, but for those of locations that changed in whatever way."""
    tags = [row["tag"] for row in await db.reading.fetch(TAGS)]
    return sorted(tag.removeprefix("stores.") for tag in tags if tag != "stores.location_changed.v1")


async def test_a_third_partys_place_names_its_operator_and_an_own_place_has_none(db: Database) -> None:
    locker = await given.location(db, "locker", kind="locker", operator="Correos", lead_minutes=0)

    assert not (await stores.location(db.reading, locker)).holds_stock
    assert (await stores.locations(db.reading)).third_parties == {locker}
    for kind, operator in (("locker", None), ("pickup_point", None), ("store", "Correos"), ("warehouse", "Correos")):
        with pytest.raises(InvalidInput) as refused:
            await given.location(db, "other", kind=kind, operator=operator)
        assert [each.pointer for each in refused.value.errors] == ["/operator"]
    with pytest.raises(InvalidInput):
        await db.transact(change_location, locker, 1, LocationPatch(operator=None))


async def test_terms_of_a_service_are_set_replaced_and_dropped(db: Database) -> None:
    gracia = await given.location(db, pickup=False)
    await given.service(db, gracia, "pickup", lead_minutes=30, slot_minutes=60, slot_capacity=4, cutoffs={1: "14:00"})
    await given.service(db, gracia, "returns")

    known = await stores.location(db.reading, gracia)
    assert (known.pickup, list(known.services), known.version) == (True, ["pickup", "returns"], 3)
    terms = known.terms_of("pickup")
    assert (terms.lead_minutes, terms.slot_minutes, terms.slot_capacity, terms.daily_capacity) == (30, 60, 4, None)
    assert [(each.weekday, each.at) for each in terms.cutoffs] == [(1, "14:00")]

    await given.service(db, gracia, "pickup", daily_capacity=9)
    terms = (await stores.location(db.reading, gracia)).terms_of("pickup")
    assert (terms.lead_minutes, terms.daily_capacity, terms.slot_minutes, terms.cutoffs) == (None, 9, None, ())


IMPOSSIBLE = [
    ("pickup", {"slot_minutes": 30}, "/slot_minutes"),
    ("pickup", {"slot_capacity": 3}, "/slot_minutes"),
    ("ships", {"slot_minutes": 30, "slot_capacity": 3}, "/slot_minutes"),
]


async def test_impossible_terms_are_refused_and_change_nothing(db: Database) -> None:
    gracia = await given.location(db)

    for name, terms, pointer in IMPOSSIBLE:
        with pytest.raises(InvalidInput) as refused:
            await given.service(db, gracia, name, **terms)  # type: ignore[arg-type]
        assert [each.pointer for each in refused.value.errors] == [pointer]
    assert (await stores.location(db.reading, gracia)).version == 1


async def test_online_work_is_switched_off_with_a_reason_and_on_again(db: Database, clock: HeldClock) -> None:
    gracia = await given.location(db)
    until = clock() + timedelta(hours=2)

    await db.transact(pause, gracia, until, "flood", "staff:ana")
    paused = (await stores.locations(db.reading)).get(gracia)
    assert (paused.is_paused(clock()), paused.pause_reason, paused.paused_until) == (True, "flood", until)
    assert paused.ready_at(clock()) == until + timedelta(hours=1)
    await db.transact(resume, gracia, "staff:ana")
    assert (await stores.location(db.reading, gracia)).takes_online(clock())
    version = (await stores.location(db.reading, gracia)).version
    await db.transact(resume, gracia, "staff:ana")
    assert (await stores.location(db.reading, gracia)).version == version
    assert await said(db) == ["hours_changed.v1", "hours_changed.v1", "paused.v1", "resumed.v1"]


async def test_a_pause_is_over_by_its_time_although_nobody_ended_it(db: Database, clock: HeldClock) -> None:
    gracia = await given.location(db)
    await db.transact(pause, gracia, clock() + timedelta(minutes=30), "flood", "staff:ana")

    clock.move(minutes=30)

    store = (await stores.locations(db.reading)).get(gracia)
    assert (store.takes_online(clock()), store.paused_at is None) == (True, False)
    assert store.ready_at(clock()) == clock() + timedelta(hours=1)
    await db.transact(resume, gracia, "staff:ana")  # nothing to do
    assert await said(db) == ["hours_changed.v1", "paused.v1"]


async def test_a_pause_needs_an_end_ahead_a_reason_and_a_place(db: Database, clock: HeldClock) -> None:
    gracia = await given.location(db)
    for until, reason, pointer in ((clock(), "flood", "/until"), (None, "", "/reason")):
        with pytest.raises(InvalidInput) as refused:
            await db.transact(pause, gracia, until, reason, "staff:ana")
        assert [each.pointer for each in refused.value.errors] == [pointer]
    with pytest.raises(NotFound):
        await db.transact(pause, LocationId(new_id()), None, "flood", "staff:ana")
    with pytest.raises(NotFound):
        await db.transact(resume, LocationId(new_id()), "staff:ana")
    assert (await stores.location(db.reading, gracia)).takes_online(clock())


async def test_two_who_pause_at_once_leave_one_pause_and_two_entries(db: Database, clock: HeldClock) -> None:
    gracia = await given.location(db)
    ends = [clock() + timedelta(hours=hours) for hours in (1, 2)]

    await asyncio.gather(*(db.transact(pause, gracia, until, "flood", "staff:ana") for until in ends))

    store = await stores.location(db.reading, gracia)
    assert store.paused_until in ends
    assert store.version == 3


async def test_a_store_that_closes_today_moves_its_promise_to_the_next_opening_and_says_so(
    db: Database, clock: HeldClock
) -> None:
    gracia = await given.location(db)
    before = (await stores.locations(db.reading)).get(gracia).ready_at(clock())

    await given.exception(db, gracia, TODAY, ("09:00", "11:30"))  # it is 11:00 there

    after = (await stores.locations(db.reading)).get(gracia).ready_at(clock())
    assert before == datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
    assert after == datetime(2026, 3, 11, 8, 30, tzinfo=UTC)
    assert await said(db) == ["hours_changed.v1"]


async def test_a_holiday_calendar_closes_whoever_follows_it(db: Database, clock: HeldClock) -> None:
    gracia, sants = await given.location(db, "gracia"), await given.location(db, "sants")
    await given.holidays(db, gracia, TODAY, date(2026, 3, 11))

    known = await stores.locations(db.reading)
    assert known.get(gracia).ready_at(clock()) == datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
    assert known.get(sants).ready_at(clock()) == clock() + timedelta(hours=1)
    await given.exception(db, gracia, TODAY, ("12:00", "20:00"))
    assert (await stores.locations(db.reading)).get(gracia).ready_at(clock()) == datetime(
        2026, 3, 10, 12, 0, tzinfo=UTC
    )
    assert await said(db) == ["hours_changed.v1"] * 2


async def test_other_days_of_a_calendar_reach_all_that_follow_it_at_once(db: Database, clock: HeldClock) -> None:
    gracia = await given.location(db)
    await given.holidays(db, gracia, date(2026, 12, 25))
    row = await db.reading.fetch_value(CALENDARS)
    days = [HolidayFields(day=TODAY, name="Feast")]

    await db.transact(put_calendar, row, 1, HolidayCalendarIn(name="Other", days=days))

    assert not (await stores.locations(db.reading)).get(gracia).is_open(clock())
    assert await said(db) == ["hours_changed.v1"] * 2
    with pytest.raises(StaleVersion):
        await db.transact(put_calendar, row, 1, HolidayCalendarIn(name="Other", days=[]))
    with pytest.raises(InvalidInput):
        await db.transact(put_calendar, row, 2, HolidayCalendarIn(name="Other", days=days * 2))
    await db.transact(put_calendar, row, 2, HolidayCalendarIn(name="Same days, other name", days=days))
    assert await said(db) == ["hours_changed.v1"] * 2
    found = await one_calendar(db.reading, row)
    assert (found.followers, [each.day for each in found.days], found.version) == (1, [TODAY], 3)


async def test_every_change_of_when_a_place_works_is_told(db: Database) -> None:
    gracia = await given.location(db)
    await db.transact(change_location, gracia, 1, LocationPatch(name="Other"))
    assert await said(db) == []
    await db.transact(change_location, gracia, 2, LocationPatch(lead_minutes=90))
    await given.service(db, gracia, "pickup", lead_minutes=15)
    assert await said(db) == ["hours_changed.v1"] * 2
