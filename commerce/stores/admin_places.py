"""The back office of what locations do: services, the switch for online work, holiday calendars."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, JSONBody

from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Page
from commerce.platform.database import Tx
from commerce.platform.http import (
    Call,
    Caller,
    Cursor,
    Forbidden,
    Limit,
    after_cursor,
    answer,
    delete,
    get,
    paged,
    perform,
    post,
    put,
)
from commerce.stores.change_services import drop_service, set_service
from commerce.stores.errors import HolidayCalendarCodeTaken
from commerce.stores.facts import Location
from commerce.stores.holidays import (
    HolidayCalendar,
    calendars_page,
    create_calendar,
    follow,
    one_calendar,
    put_calendar,
)
from commerce.stores.pause import pause, resume
from commerce.stores.places import Service
from commerce.stores.schemas import (
    AdminLocation,
    FollowedIn,
    HolidayCalendarIn,
    HolidayCalendarOut,
    NewHolidayCalendar,
    PauseIn,
    ServiceIn,
)

LOCATIONS = "locations:write"
TAG = "admin: locations"


@put(
    "/v1/admin/locations/{location_id:uuid}/services/{service:str}",
    operation="setLocationService",
    scope=LOCATIONS,
    tag=TAG,
    refusals=[InvalidInput, NotFound],
)
async def put_service(
    request: Call, location_id: FromPath[UUID], service: FromPath[Service], data: JSONBody[ServiceIn]
) -> Response[AdminLocation]:
    """Offer a service at a location, on these terms: lead, cut-offs, orders a day, slots."""
    own(request.caller, location_id)
    return await perform(request, _set_service, location_id, service, request.expected_version(), data)


@delete(
    "/v1/admin/locations/{location_id:uuid}/services/{service:str}",
    operation="dropLocationService",
    scope=LOCATIONS,
    tag=TAG,
    status=200,
    refusals=[NotFound],
)
async def delete_service(
    request: Call, location_id: FromPath[UUID], service: FromPath[Service]
) -> Response[AdminLocation]:
    """Offer a service no longer."""
    own(request.caller, location_id)
    return await perform(request, _drop_service, location_id, service, request.expected_version())


@post(
    "/v1/admin/locations/{location_id:uuid}/pause",
    operation="pauseLocation",
    scope=LOCATIONS,
    tag=TAG,
    status=200,
    refusals=[InvalidInput, NotFound],
)
async def post_pause(request: Call, location_id: FromPath[UUID], data: JSONBody[PauseIn]) -> Response[AdminLocation]:
    """Switch the online work of a location off, until an instant or until it is switched on. Open work stays where it is."""
    own(request.caller, location_id)
    return await perform(request, _pause, location_id, data, request.caller.principal)


@post(
    "/v1/admin/locations/{location_id:uuid}/resume",
    operation="resumeLocation",
    scope=LOCATIONS,
    tag=TAG,
    status=200,
    refusals=[NotFound],
)
async def post_resume(request: Call, location_id: FromPath[UUID]) -> Response[AdminLocation]:
    """Switch the online work of a location on; where it is on, nothing happens."""
    own(request.caller, location_id)
    return await perform(request, _resume, location_id, request.caller.principal)


@put(
    "/v1/admin/locations/{location_id:uuid}/holiday-calendars",
    operation="followHolidayCalendars",
    scope=LOCATIONS,
    tag=TAG,
    refusals=[InvalidInput, NotFound],
)
async def put_followed(
    request: Call, location_id: FromPath[UUID], data: JSONBody[FollowedIn]
) -> Response[AdminLocation]:
    """Choose the holiday calendars on whose days a location is closed; its own exceptions win over them."""
    own(request.caller, location_id)
    return await perform(request, _follow, location_id, request.expected_version(), data)


@get("/v1/admin/holiday-calendars", operation="listHolidayCalendars", scope=LOCATIONS, tag=TAG)
async def list_calendars(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[HolidayCalendarOut]]:
    """List the holiday calendars by code."""
    (after,) = after_cursor(cursor, str) or (None,)
    rows = await calendars_page(request.db.reading, after=after, most=limit + 1)
    return answer(request, paged([calendar_out(each) for each in rows], limit, key=lambda row: [row.code]))


@post(
    "/v1/admin/holiday-calendars",
    operation="createHolidayCalendar",
    scope=LOCATIONS,
    tag=TAG,
    refusals=[InvalidInput, HolidayCalendarCodeTaken, Forbidden],
)
async def post_calendar(request: Call, data: JSONBody[NewHolidayCalendar]) -> Response[HolidayCalendarOut]:
    """Make a holiday calendar, of a country or a region. Needs a caller who is bound to no location."""
    _everywhere(request.caller)
    return await perform(request, _create_calendar, data)


@get(
    "/v1/admin/holiday-calendars/{calendar_id:uuid}",
    operation="getHolidayCalendar",
    scope=LOCATIONS,
    tag=TAG,
    refusals=[NotFound],
)
async def get_calendar(request: Call, calendar_id: FromPath[UUID]) -> Response[HolidayCalendarOut]:
    """Get a holiday calendar."""
    return answer(request, calendar_out(await one_calendar(request.db.reading, calendar_id)))


@put(
    "/v1/admin/holiday-calendars/{calendar_id:uuid}",
    operation="putHolidayCalendar",
    scope=LOCATIONS,
    tag=TAG,
    refusals=[InvalidInput, NotFound, Forbidden],
)
async def change_calendar(
    request: Call, calendar_id: FromPath[UUID], data: JSONBody[HolidayCalendarIn]
) -> Response[HolidayCalendarOut]:
    """Replace the days of a holiday calendar, for all the locations that follow it. Needs a caller who is bound to no location."""
    _everywhere(request.caller)
    return await perform(request, _put_calendar, calendar_id, request.expected_version(), data)


async def _set_service(tx: Tx, location_id: UUID, service: Service, expected: int, terms: ServiceIn) -> AdminLocation:
    return admin_location(await set_service(tx, location_id, service, expected, terms))


async def _drop_service(tx: Tx, location_id: UUID, service: Service, expected: int) -> AdminLocation:
    return admin_location(await drop_service(tx, location_id, service, expected))


async def _pause(tx: Tx, location_id: UUID, data: PauseIn, by: str) -> AdminLocation:
    return admin_location(await pause(tx, location_id, data.until, data.reason, by))


async def _resume(tx: Tx, location_id: UUID, by: str) -> AdminLocation:
    return admin_location(await resume(tx, location_id, by))


async def _follow(tx: Tx, location_id: UUID, expected: int, data: FollowedIn) -> AdminLocation:
    return admin_location(await follow(tx, location_id, expected, data))


async def _create_calendar(tx: Tx, data: NewHolidayCalendar) -> HolidayCalendarOut:
    return calendar_out(await create_calendar(tx, data))


async def _put_calendar(tx: Tx, calendar_id: UUID, expected: int, data: HolidayCalendarIn) -> HolidayCalendarOut:
    return calendar_out(await put_calendar(tx, calendar_id, expected, data))


def own(caller: Caller, location_id: UUID) -> None:
    """Answers another's location as if it were not there."""
    if not caller.may_at(location_id):
        raise NotFound("There is no such location.")


def _everywhere(caller: Caller) -> None:
    if caller.locations is not None:
        raise Forbidden("This needs a caller who is bound to no location.")


def admin_location(location: Location) -> AdminLocation:
    """Gives a location as the back office sees it."""
    return msgspec.convert(location, AdminLocation, from_attributes=True)


def calendar_out(calendar: HolidayCalendar) -> HolidayCalendarOut:
    """Gives a holiday calendar on the wire."""
    return msgspec.convert(calendar, HolidayCalendarOut, from_attributes=True)


ROUTES: list[Any] = [
    put_service,
    delete_service,
    post_pause,
    post_resume,
    put_followed,
    list_calendars,
    post_calendar,
    get_calendar,
    change_calendar,
]
