"""Pickup slots: windows within opening hours in which so many orders are collected."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Date, DateTime, Integer, Uuid, cast, func, select

from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import LocationId
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.promise.errors import SlotFull, SlotNotOffered
from commerce.promise.facts import Slot
from commerce.promise.load import Load, load
from commerce.promise.tables import bookings, windows
from commerce.stores import Location, locations

DAYS_MOST = 14
PICKUP: Final = "pickup"

_over = (
    select(cast(func.count(), Integer))
    .where(
        bookings.c.window_id == windows.c.id,
        bookings.c.ended_at.is_(None),
        bookings.c.expires_at <= given("at", DateTime(timezone=True)),
    )
    .correlate(windows)
    .scalar_subquery()
)
TAKEN = Statement(
    select(windows.c.starts_at, (windows.c.taken - _over).label("taken")).where(
        windows.c.location_id == given("location_id", Uuid),
        windows.c.service == PICKUP,
        windows.c.day.between(given("first", Date), given("last", Date)),
        windows.c.starts_at.is_not(None),
        windows.c.taken > 0,
    )
)


async def slots(
    reading: Reading, location_id: LocationId, *, at: datetime, first: date | None = None, last: date | None = None
) -> list[Slot]:
    """Gives the slots of a location's store days from `first` to `last`, today and the six days after it unless told, that an order of `at`
    can be ready for, in order; full ones with no places left.

    A slot has its length in elapsed time, so none begins in an hour that the clocks skip, and those of a repeated hour are told apart by
    their instants. Refuses with NotFound a location where nothing is collected, and with InvalidInput more than fourteen days.
    """
    place = (await locations(reading)).get(location_id)
    if not (place.active and place.pickup):
        raise NotFound("There is no such location.")
    begins = first or place.calendar.date_of(at)
    ends = last or begins + timedelta(days=6)
    if not begins <= ends <= begins + timedelta(days=DAYS_MOST - 1):
        raise invalid("?until", f"must be from that day on, and no more than {DAYS_MOST} days in all")
    done = await load(reading, [place], [PICKUP], at)
    return await _offered(reading, place, done, at, begins, ends)


async def slot(reading: Reading, location_id: LocationId, starts_at: datetime, at: datetime) -> Slot:
    """Gives the slot that begins at an instant, with a place left in it.

    Refuses with SlotNotOffered what is no slot of the location, or one that an order of `at` would not be ready for; and with SlotFull.
    """
    place = (await locations(reading)).get(location_id)
    day = place.calendar.date_of(starts_at)
    done = await load(reading, [place], [PICKUP], at)
    known = await _offered(reading, place, done, at, day, day) if place.active and place.pickup else []
    found = next((each for each in known if each.starts_at == starts_at), None)
    if found is None:
        raise SlotNotOffered("Choose one of the location's slots.", location_id=location_id, starts_at=starts_at)
    if not found.left:
        raise SlotFull("Choose another slot.", location_id=location_id, day=day, starts_at=starts_at)
    return found


async def _offered(reading: Reading, place: Location, done: Load, at: datetime, first: date, last: date) -> list[Slot]:
    terms = place.terms_of(PICKUP)
    ready = done.promise(place, at, PICKUP)
    if terms.slot_minutes is None or terms.slot_capacity is None or ready is None:
        return []
    rows = await reading.fetch(TAKEN, location_id=place.id, first=first, last=last, at=at)
    taken = {row["starts_at"]: row["taken"] for row in rows}
    found: list[Slot] = []
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        room = done.left(place, PICKUP, day)
        for starts_at, ends_at in slots_of(place.calendar.intervals_of(day), terms.slot_minutes):
            if starts_at >= ready.ready_by:
                free = max(0, terms.slot_capacity - taken.get(starts_at, 0))
                left = free if room is None else min(free, room)
                found.append(Slot(location_id=place.id, day=day, starts_at=starts_at, ends_at=ends_at, left=left))
    return found


def slots_of(openings: Sequence[tuple[datetime, datetime]], minutes: int) -> Iterator[tuple[datetime, datetime]]:
    """Gives the slots of opening intervals, each of its full length; what is left over before a closing is none."""
    length = timedelta(minutes=minutes)
    for opens, closes in openings:
        starts = opens
        while starts + length <= closes:
            yield starts, starts + length
            starts += length
