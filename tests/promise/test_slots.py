"""Pickup slots: within opening hours, after the lead, none in a skipped hour, each of a repeated hour by its own instant."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import LocationId, new_id
from commerce.platform.database import Database
from commerce.promise import Window, book, slots
from commerce.stores import pause
from tests.given import stores
from tests.promise.test_routes import http  # noqa: F401 -- a fixture

MADRID = ZoneInfo("Europe/Madrid")


async def store(db: Database, minutes: int = 30, **fields: Any) -> LocationId:
    place = await stores.location(db, **fields)
    await stores.service(db, place, lead_minutes=30, slot_minutes=minutes, slot_capacity=3)
    return place


async def walls(db: Database, place: LocationId, at: datetime, day: date) -> list[str]:
    zone = MADRID
    return [
        f"{each.starts_at.astimezone(zone):%H:%M%z}"
        for each in await slots(db.reading, place, at=at, first=day, last=day)
    ]


async def test_the_first_slot_is_one_that_the_lead_time_reaches(db: Database, clock: HeldClock) -> None:
    place = await store(db)
    day = date(2026, 3, 10)
    ordered = datetime(2026, 3, 10, 15, 47, tzinfo=MADRID).astimezone(UTC)

    offered = await walls(db, place, ordered, day)

    assert offered[:2] == ["16:30+0100", "17:00+0100"]  # 16:17 at the earliest: not 16:00
    assert offered[-1] == "19:30+0100"
    on_the_edge = datetime(2026, 3, 10, 15, 30, tzinfo=MADRID).astimezone(UTC)
    assert (await walls(db, place, on_the_edge, day))[0] == "16:00+0100"


async def test_a_slot_that_does_not_end_before_the_closing_is_none(db: Database, clock: HeldClock) -> None:
    place = await store(db, minutes=90, hours=stores.week("09:00", "13:00"))

    assert await walls(db, place, clock(), date(2026, 3, 11)) == ["09:00+0100", "10:30+0100"]


async def test_no_slot_begins_in_the_hour_that_the_clocks_skip(db: Database, clock: HeldClock) -> None:
    place = await store(db, minutes=60, hours=stores.round_the_clock())

    offered = await walls(db, place, clock(), date(2026, 3, 29))

    assert offered[:4] == ["00:00+0100", "01:00+0100", "03:00+0200", "04:00+0200"]
    assert len(offered) == 23


async def test_the_slots_of_a_repeated_hour_are_told_apart_and_booked_apart(db: Database, clock: HeldClock) -> None:
    clock.at = datetime(2026, 10, 20, 8, 0, tzinfo=UTC)
    place, day = await store(db, minutes=60, hours=stores.round_the_clock()), date(2026, 10, 25)

    offered = await walls(db, place, clock(), day)
    assert offered[:5] == ["00:00+0200", "01:00+0200", "02:00+0200", "02:00+0100", "03:00+0100"]
    assert len(offered) == 25
    found = await slots(db.reading, place, at=clock(), first=day, last=day)
    await db.transact(book, new_id(), found[2].windows, at=clock())

    again = await slots(db.reading, place, at=clock(), first=day, last=day)
    assert [each.left for each in again[1:5]] == [3, 2, 3, 3]
    assert again[3].starts_at - again[2].starts_at == timedelta(hours=1)


async def test_slots_reckon_with_cut_offs_holidays_pauses_and_full_days(db: Database, clock: HeldClock) -> None:
    place = await stores.location(db)
    terms: dict[str, Any] = {"slot_minutes": 60, "slot_capacity": 3, "daily_capacity": 1}
    await stores.service(db, place, cutoffs={2: "10:00"}, **terms)
    await stores.holidays(db, place, date(2026, 3, 11))
    today = date(2026, 3, 10)

    async def first(at: datetime) -> str:
        offered = await slots(db.reading, place, at=at, first=today, last=today + timedelta(days=6))
        return f"{next(each for each in offered if each.left).starts_at.astimezone(MADRID):%d %H:%M}"

    assert await first(clock()) == "12 10:00"  # Tuesday's cut-off is over, Wednesday is a holiday; an hour of lead
    await db.transact(book, new_id(), [Window(place, "pickup", date(2026, 3, 12))], at=clock())
    assert await first(clock()) == "13 10:00"
    await db.transact(pause, place, clock() + timedelta(days=4), "flood", "staff:ana")
    assert await first(clock()) == "14 12:00"  # paused until Saturday, 11:00 in Barcelona


async def test_a_place_without_slots_or_collection_offers_none(db: Database, clock: HeldClock) -> None:
    plain, house = await stores.location(db), await stores.warehouse(db)

    assert await slots(db.reading, plain, at=clock()) == []
    for gone in (house, LocationId(new_id())):
        with pytest.raises(NotFound):
            await slots(db.reading, gone, at=clock())


async def test_a_window_of_days_is_bounded_and_runs_forward(db: Database, clock: HeldClock) -> None:
    place, day = await store(db), date(2026, 3, 10)

    assert len({each.day for each in await slots(db.reading, place, at=clock())}) == 6  # a week, without its Sunday
    for last in (day - timedelta(days=1), day + timedelta(days=14)):
        with pytest.raises(InvalidInput):
            await slots(db.reading, place, at=clock(), first=day, last=last)


async def test_slots_are_asked_for_in_the_address(db: Database, http: object, clock: HeldClock) -> None:  # noqa: F811
    place = await store(db)
    answer = await http.get(f"/v1/locations/{place}/slots?from=2026-03-10&until=2026-03-10")  # type: ignore[attr-defined]

    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["timezone"], len(said["slots"])) == ("Europe/Madrid", 17)
    assert said["slots"][0] == {
        "starts_at": "2026-03-10T10:30:00Z",
        "ends_at": "2026-03-10T11:00:00Z",
        "local": "2026-03-10T11:30:00+01:00",
        "left": 3,
        "available": True,
    }
    assert answer.headers["cache-control"] == "public, max-age=5"
    bad = await http.get(f"/v1/locations/{place}/slots?from=2026-03-10&until=2026-05-10")  # type: ignore[attr-defined]
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (400, "?until")
    assert (await http.get(f"/v1/locations/{new_id()}/slots")).status_code == 404  # type: ignore[attr-defined]
