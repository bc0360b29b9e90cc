"""What anybody may ask about locations: which there are, near where, open when, with which service."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound, invalid
from commerce.kernel.wire import Page
from commerce.platform.http import (
    PUBLIC,
    Call,
    Cursor,
    Limit,
    after_cursor,
    answer_bytes,
    content_etag,
    get,
    paged,
)
from commerce.stores.facts import Location
from commerce.stores.places import Service
from commerce.stores.queries import locations_now
from commerce.stores.schemas import AddressOut, DayHoursOut, ExceptionOut, HolidayOut, HoursOut, LocationOut

CACHED = "public, max-age=10"
HOLIDAYS_SHOWN = timedelta(days=60)
NOWHERE_KM = 100_000.0  # where a location without coordinates stands in a list by distance: after all others

Point = tuple[float, float]
Near = FromQuery[
    Annotated[
        str,
        Meta(
            max_length=60,
            pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,15})?,-?[0-9]{1,3}(\.[0-9]{1,15})?\Z",
            description="A point as `latitude,longitude`; the list is then ordered by distance",
            examples=["41.3874,2.1686"],
        ),
    ]
    | None
]
WithService = FromQuery[Annotated[Service, Meta(description="Only locations with this service")] | None]
TakesOnline = FromQuery[
    Annotated[bool, Meta(description="Only locations that take online work now (true) or do not (false)")] | None
]
OpenNow = FromQuery[Annotated[bool, Meta(description="Only locations that are open (true) or closed (false)")] | None]


@get("/v1/locations", operation="listLocations", scope=PUBLIC, tag="locations", refusals=[InvalidInput])
async def list_locations(
    request: Call,
    near: Near = None,
    service: WithService = None,
    open_now: OpenNow = None,
    takes_online: TakesOnline = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[LocationOut]]:
    """List the locations that the public may know: stores, and whatever else lets people collect.

    Ordered by distance from `near`, or by code.
    """
    point, at = _point(near), clock.now()
    place = after_cursor(cursor, float, str) or (-1.0, "")
    found = [
        (km, each)
        for each in (await locations_now(request.db.reading)).all
        if _shown(each, service, open_now, at)
        and (takes_online is None or each.takes_online(at) == takes_online)
        and ((km := _sort_km(each, point)), each.code) > place
    ]
    found.sort(key=lambda each: (each[0], each[1].code))
    page = paged(found[: limit + 1], limit, key=lambda each: [each[0], each[1].code])
    items = [location_out(each, at, point) for _, each in page.items]
    return _public(request, Page(items=items, next_cursor=page.next_cursor))


@get("/v1/locations/{location_id:uuid}", operation="getLocation", scope=PUBLIC, tag="locations", refusals=[NotFound])
async def get_location(request: Call, location_id: FromPath[UUID]) -> Response[LocationOut]:
    """Get a location with its hours, whether it is open, and when an order placed now would be ready there."""
    at = clock.now()
    location = (await locations_now(request.db.reading)).get(location_id)
    if not _shown(location, None, None, at):
        raise NotFound("There is no such location.")
    return _public(request, location_out(location, at, None))


def location_out(location: Location, at: datetime, point: Point | None) -> LocationOut:
    """Gives a location as the public sees it at an instant, with the distance from a point if there is one."""
    km = location.distance_km(*point) if point is not None else None
    return LocationOut(
        id=location.id,
        code=location.code,
        name=location.name,
        timezone=location.timezone,
        country=location.country,
        address=msgspec.convert(location.address, AddressOut, from_attributes=True),
        latitude=location.latitude,
        longitude=location.longitude,
        phone=location.phone,
        services=list(location.services),
        hours=[HoursOut(weekday=each.weekday, opens=each.opens, closes=each.closes) for each in location.hours],
        exceptions=exceptions_out(location),
        open_now=location.is_open(at),
        changes_at=location.next_change(at),
        pickup_ready_at=location.ready_at(at) if location.pickup else None,
        distance_km=None if km is None else round(km, 3),
        kind=location.kind,
        operator=location.operator,
        paused=location.is_paused(at),
        paused_until=location.paused_until if location.is_paused(at) else None,
        takes_online=location.takes_online(at),
        slots=location.pickup and location.terms_of("pickup").slot_minutes is not None,
        holidays=_holidays(location, at),
    )


def _holidays(location: Location, at: datetime) -> list[HolidayOut]:
    """Gives the holidays of the next sixty days on which no exception opens the location."""
    today = location.calendar.date_of(at)
    return [
        HolidayOut(day=each.day, name=each.name)
        for each in location.holidays
        if today <= each.day <= today + HOLIDAYS_SHOWN and not location.calendar.spans(each.day)
    ]


def exceptions_out(location: Location) -> list[ExceptionOut]:
    """Gives the dated exceptions on the wire."""
    return [
        ExceptionOut(
            day=each.day,
            hours=[DayHoursOut(opens=span.opens, closes=span.closes) for span in each.hours],
            reason=each.reason,
        )
        for each in location.exceptions
    ]


def _public(request: Call, value: object) -> Response[Any]:
    body = msgspec.json.encode(value)
    return answer_bytes(request, body, cache=CACHED, etag=content_etag(body))


def _shown(location: Location, service: Service | None, open_now: bool | None, at: datetime) -> bool:
    return (
        location.active
        and (location.kind != "warehouse" or location.pickup)
        and (service is None or service in location.services)
        and (open_now is None or location.is_open(at) == open_now)
    )


def _sort_km(location: Location, point: Point | None) -> float:
    if point is None:
        return 0.0
    km = location.distance_km(*point)
    return NOWHERE_KM if km is None else km


def _point(near: str | None) -> Point | None:
    if near is None:
        return None
    latitude, longitude = (float(part) for part in near.split(","))
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004 -- the degrees of the globe
        raise invalid("?near", "Latitude goes from -90 to 90 and longitude from -180 to 180.")
    return latitude, longitude


ROUTES: list[Any] = [list_locations, get_location]
