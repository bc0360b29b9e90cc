"""Holiday calendars: named sets of dates on which whoever follows them is closed."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Date, DateTime, Integer, Select, String, Text, Uuid, cast, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by, insert

from commerce.kernel import clock
from commerce.kernel.errors import FieldError, InvalidInput, NotFound
from commerce.kernel.ids import LocationId, new_id
from commerce.platform.database import Reads, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.stores.change_location import next_version, told
from commerce.stores.events import HoursChanged
from commerce.stores.facts import Holiday, Location
from commerce.stores.queries import LOCATIONS
from commerce.stores.schemas import FollowedIn, HolidayCalendarIn, HolidayFields, NewHolidayCalendar
from commerce.stores.tables import holiday_calendars, holidays, location_holidays


class HolidayCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """A holiday calendar with its days in order, and how many locations follow it."""

    id: UUID
    code: str
    name: str
    country: str | None
    region: str | None
    days: tuple[Holiday, ...]
    followers: int
    version: int


_days = (
    select(
        func.coalesce(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_object("day", cast(holidays.c.day, String), "name", holidays.c.name),
                    holidays.c.day,
                ),
                type_=JSONB,
            ),
            func.jsonb_build_array(),
            type_=JSONB,
        )
    )
    .where(holidays.c.calendar_id == holiday_calendars.c.id)
    .correlate(holiday_calendars)
    .scalar_subquery()
)
_followers = (
    select(cast(func.count(), Integer))
    .where(location_holidays.c.calendar_id == holiday_calendars.c.id)
    .correlate(holiday_calendars)
    .scalar_subquery()
)


def _calendars() -> Select[tuple[object, ...]]:
    shown = (holiday_calendars.c[name] for name in ("id", "code", "name", "country", "region", "version"))
    return select(*shown, _days.label("days"), _followers.label("followers"))


ONE = Statement(_calendars().where(holiday_calendars.c.id == given("id_", Uuid)), into=HolidayCalendar)
PAGE = Statement(
    _calendars()
    .where(or_(given("after", Text).is_(None), holiday_calendars.c.code > given("after", Text)))
    .order_by(holiday_calendars.c.code)
    .limit(given("most", Integer)),
    into=HolidayCalendar,
)
INSERT = Statement(insert(holiday_calendars))
CHANGE = Statement(
    update(holiday_calendars)
    .where(holiday_calendars.c.id == given("id_", Uuid), holiday_calendars.c.version == given("expected", Integer))
    .values(
        {name: given(f"new_{name}", Text) for name in ("name", "country", "region")}
        | {"version": holiday_calendars.c.version + 1, "updated_at": given("now", DateTime(timezone=True))}
    )
)
CLEAR = Statement(delete(holidays).where(holidays.c.calendar_id == given("id_", Uuid)))
_day = unnested("new", day=Date, name=Text)
FILL = Statement(
    insert(holidays).from_select(
        ["calendar_id", "day", "name"], select(given("calendar_id", Uuid), _day.c.day, _day.c.name)
    )
)
FOLLOWING = Statement(
    select(location_holidays.c.location_id)
    .where(location_holidays.c.calendar_id == given("id_", Uuid))
    .order_by(location_holidays.c.location_id)
)
NAMED = Statement(
    select(holiday_calendars.c.id, holiday_calendars.c.code).where(any_of(holiday_calendars.c.code, "codes"))
)
UNFOLLOW = Statement(delete(location_holidays).where(location_holidays.c.location_id == given("id_", Uuid)))
_followed = unnested("followed", calendar_id=Uuid)
FOLLOW = Statement(
    insert(location_holidays).from_select(
        ["location_id", "calendar_id"], select(given("location_id", Uuid), _followed.c.calendar_id)
    )
)


async def one_calendar(reads: Reads, calendar_id: UUID) -> HolidayCalendar:
    """Gives a holiday calendar; refuses with NotFound."""
    found = await reads.fetch_one(ONE, id_=calendar_id)
    if found is None:
        raise NotFound("There is no such holiday calendar.")
    return found


async def calendars_page(reads: Reads, *, after: str | None, most: int) -> list[HolidayCalendar]:
    """Gives up to `most` holiday calendars by code, after the code named."""
    return await reads.fetch(PAGE, after=after, most=most)


async def create_calendar(tx: Tx, new: NewHolidayCalendar) -> HolidayCalendar:
    """Makes a holiday calendar that nobody follows yet; refuses with HolidayCalendarCodeTaken, and with InvalidInput a date named twice."""
    _check_days(new.days)
    calendar_id, now = new_id(), clock.now()
    fields = {name: getattr(new, name) for name in ("name", "country", "region")}
    await tx.execute(INSERT, id=calendar_id, code=new.code.lower(), version=1, created_at=now, updated_at=now, **fields)
    await _fill(tx, calendar_id, new.days)
    made = await one_calendar(tx, calendar_id)
    tx.changed("holiday_calendar", calendar_id, after=made)
    return made


async def put_calendar(tx: Tx, calendar_id: UUID, expected: int, data: HolidayCalendarIn) -> HolidayCalendar:
    """Replaces a holiday calendar's days; each location that follows it has other hours from then on, and a fact says so of each.

    Refuses with NotFound, with StaleVersion, and with InvalidInput a date named twice.
    """
    _check_days(data.days)
    before = await one_calendar(tx, calendar_id)
    fields = {"new_name": data.name, "new_country": data.country, "new_region": data.region}
    if not await tx.execute(CHANGE, id_=calendar_id, expected=expected, now=clock.now(), **fields):
        raise StaleVersion("The holiday calendar has changed since it was read.")
    await tx.execute(CLEAR, id_=calendar_id)
    await _fill(tx, calendar_id, data.days)
    await LOCATIONS.changed(tx)
    after = await one_calendar(tx, calendar_id)
    tx.changed("holiday_calendar", calendar_id, before=before, after=after)
    if {each.day for each in before.days} != {each.day for each in after.days}:
        rows = await tx.fetch(FOLLOWING, id_=calendar_id)
        tx.emit(*(HoursChanged(location_id=LocationId(row["location_id"]), because="holidays") for row in rows))
    return after


async def follow(tx: Tx, location_id: UUID, expected: int, data: FollowedIn) -> Location:
    """Lets a location follow these holiday calendars and no others.

    Refuses with NotFound, with StaleVersion when the location is no longer at the expected version, and with InvalidInput a code that no
    calendar has.
    """
    codes = list(dict.fromkeys(code.lower() for code in data.calendars))
    known = {row["code"]: row["id"] for row in await tx.fetch(NAMED, codes=codes)}
    errors = [
        FieldError(f"/calendars/{nth}", f"There is no holiday calendar {code}.")
        for nth, code in enumerate(data.calendars)
        if code.lower() not in known
    ]
    if errors:
        raise InvalidInput(" ".join(each.detail for each in errors), errors=errors)
    before = await next_version(tx, location_id, expected, {})
    await tx.execute(UNFOLLOW, id_=location_id)
    await tx.execute(FOLLOW, location_id=location_id, calendar_id=[known[code] for code in codes])
    return await told(tx, before, "holidays")


async def _fill(tx: Tx, calendar_id: UUID, days: Sequence[HolidayFields]) -> None:
    if days:
        await tx.execute(
            FILL, calendar_id=calendar_id, day=[each.day for each in days], name=[each.name for each in days]
        )


def _check_days(days: Sequence[HolidayFields]) -> None:
    counted = Counter(each.day for each in days)
    errors = [
        FieldError(f"/days/{nth}/day", "This date is named twice.")
        for nth, each in enumerate(days)
        if counted[each.day] > 1
    ]
    if errors:
        raise InvalidInput("A date is named twice.", errors=errors)
