"""Reads: what is resident in each process (channels, locations with their calendars, settings), and single rows for the back office."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Date, Select, String, Uuid, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import LocationId
from commerce.platform.database import Reading, Reads
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement, given
from commerce.stores.calendar import wall
from commerce.stores.facts import (
    Address,
    Channel,
    Channels,
    ExceptionDay,
    Holiday,
    Hours,
    Location,
    Locations,
    Settings,
)
from commerce.stores.places import SERVICES, Kind, Terms
from commerce.stores.tables import (
    channels,
    holidays,
    location_exceptions,
    location_holidays,
    location_hours,
    location_services,
    locations,
    shop_settings,
)

# Exceptions further back than this no longer matter to any promise.
PAST_EXCEPTION_DAYS = 40


class _HoursRow(msgspec.Struct, frozen=True):
    weekday: int
    opens: int
    closes: int


class _LocationRow(msgspec.Struct, frozen=True):
    id: LocationId
    code: str
    name: str
    kind: Kind
    timezone: str
    country: str
    address: Address
    latitude: float | None
    longitude: float | None
    phone: str | None
    pickup: bool
    ships: bool
    active: bool
    lead_minutes: int
    version: int
    operator: str | None
    minutes_per_order: int
    staff: int
    paused_at: datetime | None
    paused_until: datetime | None
    pause_reason: str | None
    hours: tuple[_HoursRow, ...]
    exceptions: tuple[ExceptionDay, ...]
    terms: tuple[Terms, ...]
    holidays: tuple[Holiday, ...]


def _list_of(inner: Select[tuple[object]]) -> ColumnElement[object]:
    return func.coalesce(inner.scalar_subquery(), literal_column("'[]'::jsonb", JSONB))


_hours = select(
    func.jsonb_agg(
        aggregate_order_by(
            func.jsonb_build_object(
                "weekday", location_hours.c.weekday, "opens", location_hours.c.opens, "closes", location_hours.c.closes
            ),
            location_hours.c.weekday,
            location_hours.c.opens,
        ),
        type_=JSONB,
    )
).where(location_hours.c.location_id == locations.c.id)
_exceptions = select(
    func.jsonb_agg(
        aggregate_order_by(
            func.jsonb_build_object(
                "day",
                cast(location_exceptions.c.day, String),
                "hours",
                location_exceptions.c.hours,
                "reason",
                location_exceptions.c.reason,
            ),
            location_exceptions.c.day,
        ),
        type_=JSONB,
    )
).where(location_exceptions.c.location_id == locations.c.id, location_exceptions.c.day >= given("since", Date))


_TERMS = ("service", "lead_minutes", "daily_capacity", "slot_minutes", "slot_capacity", "cutoffs")
_terms = select(
    func.jsonb_agg(
        func.jsonb_build_object(*(part for name in _TERMS for part in (name, location_services.c[name]))), type_=JSONB
    )
).where(location_services.c.location_id == locations.c.id)
# A date that two calendars name is one holiday, by the name that comes first.
_closed = (
    select(cast(holidays.c.day, String).label("day"), func.min(holidays.c.name).label("name"))
    .join(location_holidays, location_holidays.c.calendar_id == holidays.c.calendar_id)
    .where(location_holidays.c.location_id == locations.c.id, holidays.c.day >= given("since", Date))
    .group_by(holidays.c.day)
    .correlate(locations)
    .lateral("closed")
)
_holidays = select(
    func.jsonb_agg(
        aggregate_order_by(func.jsonb_build_object("day", _closed.c.day, "name", _closed.c.name), _closed.c.day),
        type_=JSONB,
    )
).select_from(_closed)


_LOCATION = select(
    *(column for column in locations.c if column.name not in {"created_at", "updated_at"}),
    _list_of(_hours.correlate(locations)).label("hours"),
    _list_of(_exceptions.correlate(locations)).label("exceptions"),
    _list_of(_terms.correlate(locations)).label("terms"),
    _list_of(_holidays.correlate(locations)).label("holidays"),
)
ALL_LOCATIONS = Statement(_LOCATION, into=_LocationRow)
ONE_LOCATION = Statement(_LOCATION.where(locations.c.id == given("id", Uuid)), into=_LocationRow)

_CHANNEL = select(*(column for column in channels.c if column.name not in {"created_at", "updated_at"}))
ALL_CHANNELS = Statement(_CHANNEL.order_by(channels.c.code), into=Channel)
ONE_CHANNEL = Statement(_CHANNEL.where(channels.c.id == given("id", Uuid)), into=Channel)
SETTINGS = Statement(
    select(*(column for column in shop_settings.c if column.name not in {"id", "updated_at"})), into=Settings
)


def _since() -> date:
    return (clock.now() - timedelta(days=PAST_EXCEPTION_DAYS)).date()


def _location(row: _LocationRow) -> Location:
    parts = {name: getattr(row, name) for name in row.__struct_fields__ if name not in {"hours", "terms"}}
    hours = tuple(Hours(weekday=each.weekday, opens=wall(each.opens), closes=wall(each.closes)) for each in row.hours)
    terms = tuple(sorted(row.terms, key=lambda each: SERVICES.index(each.service)))
    return Location(hours=hours, terms=terms, **parts)


async def _load_locations(reading: Reading) -> Locations:
    return Locations(_location(row) for row in await reading.fetch(ALL_LOCATIONS, since=_since()))


async def load_settings(reads: Reads) -> Settings:
    """Gives the settings as they stand in the database; the defaults until somebody has set one."""
    return await reads.fetch_one(SETTINGS) or Settings()


async def _load_channels(reading: Reading) -> Channels:
    rows = await reading.fetch(ALL_CHANNELS)
    return Channels(rows, (await load_settings(reading)).default_channel_id)


LOCATIONS = Resident("stores.locations", _load_locations)
CHANNELS = Resident("stores.channels", _load_channels)
SETTINGS_NOW = Resident("stores.settings", load_settings)


async def locations_now(reading: Reading) -> Locations:
    """Gives all locations with their calendars; in the process, at most one second old."""
    return await LOCATIONS.get(reading)


async def channels_now(reading: Reading) -> Channels:
    """Gives all channels; in the process, at most one second old."""
    return await CHANNELS.get(reading)


async def channel(reading: Reading, channel_id: UUID | None = None) -> Channel:
    """Gives an active channel, the default one for None; refuses with NotFound."""
    return (await CHANNELS.get(reading)).get(channel_id)


async def settings(reading: Reading) -> Settings:
    """Gives the shop's settings; in the process, at most one second old."""
    return await SETTINGS_NOW.get(reading)


async def one_location(reads: Reads, location_id: UUID) -> Location:
    """Gives a location as it stands in the database; refuses with NotFound."""
    row = await reads.fetch_one(ONE_LOCATION, id=location_id, since=_since())
    if row is None:
        raise NotFound("There is no such location.")
    return _location(row)


async def one_channel(reads: Reads, channel_id: UUID) -> Channel:
    """Gives a channel as it stands in the database, active or not; refuses with NotFound."""
    found = await reads.fetch_one(ONE_CHANNEL, id=channel_id)
    if found is None:
        raise NotFound("There is no such channel.")
    return found
