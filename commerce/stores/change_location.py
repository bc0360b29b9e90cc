"""Changing a location, its weekly hours and its dated exceptions. Each change is a new version of the location."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from msgspec import UNSET
from sqlalchemy import Date, DateTime, Integer, Uuid, delete, update
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.stores.calendar import wall
from commerce.stores.events import Because, HoursChanged, LocationChanged
from commerce.stores.facts import DayHours, Location
from commerce.stores.open_location import insert_hours
from commerce.stores.queries import LOCATIONS, one_location
from commerce.stores.rules import check_operator, check_point, check_zone, day_spans
from commerce.stores.schemas import ExceptionIn, HoursIn, LocationPatch
from commerce.stores.tables import location_exceptions, location_hours, locations

_CHANGED = (
    "name", "timezone", "country", "address", "latitude", "longitude", "phone", "pickup", "ships", "active", "lead_minutes",
    "operator", "minutes_per_order", "staff",
)  # fmt: skip
# What of these decides when work is done.
_WORKS = ("timezone", "active", "lead_minutes", "minutes_per_order", "staff")
WRITE = Statement(
    update(locations)
    .where(locations.c.id == given("id_", Uuid), locations.c.version == given("expected", Integer))
    .values(
        {name: given(f"new_{name}", locations.c[name].type) for name in _CHANGED}
        | {"version": locations.c.version + 1, "updated_at": given("now", DateTime(timezone=True))}
    )
)
DELETE_HOURS = Statement(delete(location_hours).where(location_hours.c.location_id == given("id_", Uuid)))
_exception = insert(location_exceptions)
PUT_EXCEPTION = Statement(
    _exception.on_conflict_do_update(
        index_elements=["location_id", "day"],
        set_={"hours": _exception.excluded.hours, "reason": _exception.excluded.reason},
    )
)
DELETE_EXCEPTION = Statement(
    delete(location_exceptions).where(
        location_exceptions.c.location_id == given("id_", Uuid), location_exceptions.c.day == given("day_", Date)
    )
)


async def change_location(tx: Tx, location_id: UUID, expected: int, patch: LocationPatch) -> Location:
    """Changes what the patch names.

    Refuses with NotFound, with StaleVersion when the location is no longer at the expected version, and with InvalidInput for an unknown
    zone or one coordinate alone.
    """
    wanted = {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}
    if "timezone" in wanted:
        check_zone(wanted["timezone"])
    before = await next_version(tx, location_id, expected, wanted)
    works = any(getattr(before, name) != wanted[name] for name in _WORKS if name in wanted)
    return await told(tx, before, "location" if works else None)


async def set_hours(tx: Tx, location_id: UUID, expected: int, week: HoursIn) -> Location:
    """Replaces the weekly hours. Refuses as `change_location` does, and with InvalidInput hours that overlap."""
    before = await next_version(tx, location_id, expected, {})
    await tx.execute(DELETE_HOURS, id_=location_id)
    await insert_hours(tx, before.id, list(week.hours))
    return await told(tx, before, "hours")


async def set_exception(tx: Tx, location_id: UUID, day: date, expected: int, data: ExceptionIn) -> Location:
    """Gives a date hours of its own, none meaning closed. Refuses as `change_location` does, and with InvalidInput hours that overlap."""
    spans = day_spans([DayHours(opens=each.opens, closes=each.closes) for each in data.hours])
    before = await next_version(tx, location_id, expected, {})
    hours = [DayHours(opens=wall(opens), closes=wall(closes)) for opens, closes in spans]
    await tx.execute(PUT_EXCEPTION, location_id=location_id, day=day, hours=hours, reason=data.reason)
    return await told(tx, before, "exception")


async def drop_exception(tx: Tx, location_id: UUID, day: date, expected: int) -> Location:
    """Gives a date its weekly hours back. Refuses as `change_location` does, and with NotFound when the date had none of its own."""
    before = await next_version(tx, location_id, expected, {})
    if not await tx.execute(DELETE_EXCEPTION, id_=location_id, day_=day):
        raise NotFound(f"{day.isoformat()} has no hours of its own.")
    return await told(tx, before, "exception")


async def next_version(tx: Tx, location_id: UUID, expected: int, wanted: Mapping[str, object]) -> Location:
    """Writes the row with its next version, which also locks it, and gives what stood before."""
    before = await one_location(tx, location_id)
    values = {name: wanted.get(name, getattr(before, name)) for name in _CHANGED}
    check_point(values["latitude"], values["longitude"])
    check_operator(before.kind, values["operator"])
    row = {f"new_{name}": value for name, value in values.items()}
    if not await tx.execute(WRITE, id_=location_id, expected=expected, now=clock.now(), **row):
        raise StaleVersion("The location has changed since it was read.")
    return before


async def told(tx: Tx, before: Location, because: Because | None) -> Location:
    """Makes a change known: to what is resident, to the audit log, as facts; and gives the location as it is now."""
    await LOCATIONS.changed(tx)
    after = await one_location(tx, before.id)
    tx.changed("location", before.id, before=before, after=after)
    tx.emit(LocationChanged(location_id=after.id, active=after.active))
    if because is not None:
        tx.emit(HoursChanged(location_id=after.id, because=because))
    return after
