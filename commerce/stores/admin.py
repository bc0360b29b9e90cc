"""The back office of locations, channels and settings."""

from collections.abc import Awaitable, Callable
from datetime import date
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
    patch,
    perform,
    post,
    put,
)
from commerce.stores.admin_places import ROUTES as OF_PLACES, admin_location as _location, own as _own
from commerce.stores.change_channel import change_channel
from commerce.stores.change_location import change_location, drop_exception, set_exception, set_hours
from commerce.stores.change_settings import change_settings
from commerce.stores.errors import ChannelCodeTaken, DefaultChannelNeeded, LocationCodeTaken
from commerce.stores.facts import Channel, Settings
from commerce.stores.open_location import open_channel, open_location
from commerce.stores.queries import channels_now, load_settings, locations_now, one_channel, one_location
from commerce.stores.schemas import (
    AdminLocation,
    ChannelOut,
    ChannelPatch,
    ExceptionIn,
    HoursIn,
    LocationPatch,
    NewChannel,
    NewLocation,
    SettingsOut,
    SettingsPatch,
)

LOCATIONS = "locations:write"
SETTINGS = "settings:manage"


@get("/v1/admin/locations", operation="adminListLocations", scope=LOCATIONS, tag="admin: locations")
async def list_locations(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[AdminLocation]]:
    """List all locations that the caller may act at, by code, closed ones too."""
    after = (after_cursor(cursor, str) or ("",))[0]
    known = (await locations_now(request.db.reading)).all
    rows = [_location(each) for each in known if each.code > after and request.caller.may_at(each.id)]
    return answer(request, paged(rows[: limit + 1], limit, key=lambda row: [row.code]))


@post(
    "/v1/admin/locations",
    operation="openLocation",
    scope=LOCATIONS,
    tag="admin: locations",
    refusals=[InvalidInput, LocationCodeTaken, Forbidden],
)
async def create_location(request: Call, data: JSONBody[NewLocation]) -> Response[AdminLocation]:
    """Open a location with its weekly hours. Needs a caller who is bound to no location."""
    _everywhere(request.caller)
    return await perform(request, _shown, _location, open_location, data)


@get(
    "/v1/admin/locations/{location_id:uuid}",
    operation="adminGetLocation",
    scope=LOCATIONS,
    tag="admin: locations",
    refusals=[NotFound],
)
async def get_location(request: Call, location_id: FromPath[UUID]) -> Response[AdminLocation]:
    """Get a location with its hours and exceptions."""
    _own(request.caller, location_id)
    return answer(request, _location(await one_location(request.db.reading, location_id)))


@patch(
    "/v1/admin/locations/{location_id:uuid}",
    operation="changeLocation",
    scope=LOCATIONS,
    tag="admin: locations",
    refusals=[InvalidInput, NotFound],
)
async def patch_location(
    request: Call, location_id: FromPath[UUID], data: JSONBody[LocationPatch]
) -> Response[AdminLocation]:
    """Change a location. Closing it for good is `active: false`."""
    _own(request.caller, location_id)
    return await perform(request, _shown, _location, change_location, location_id, request.expected_version(), data)


@put(
    "/v1/admin/locations/{location_id:uuid}/hours",
    operation="setLocationHours",
    scope=LOCATIONS,
    tag="admin: locations",
    refusals=[InvalidInput, NotFound],
)
async def put_hours(request: Call, location_id: FromPath[UUID], data: JSONBody[HoursIn]) -> Response[AdminLocation]:
    """Replace the weekly hours of a location, in its own wall time."""
    _own(request.caller, location_id)
    return await perform(request, _shown, _location, set_hours, location_id, request.expected_version(), data)


@put(
    "/v1/admin/locations/{location_id:uuid}/exceptions/{day:date}",
    operation="setLocationException",
    scope=LOCATIONS,
    tag="admin: locations",
    refusals=[InvalidInput, NotFound],
)
async def put_exception(
    request: Call, location_id: FromPath[UUID], day: FromPath[date], data: JSONBody[ExceptionIn]
) -> Response[AdminLocation]:
    """Give one date hours of its own; an empty list closes the location on that date."""
    _own(request.caller, location_id)
    expected = request.expected_version()
    return await perform(request, _shown, _location, set_exception, location_id, day, expected, data)


@delete(
    "/v1/admin/locations/{location_id:uuid}/exceptions/{day:date}",
    operation="dropLocationException",
    scope=LOCATIONS,
    tag="admin: locations",
    refusals=[NotFound],
)
async def delete_exception(request: Call, location_id: FromPath[UUID], day: FromPath[date]) -> Response[None]:
    """Give a date its weekly hours back. The answer's ETag is the location's new version."""
    _own(request.caller, location_id)
    return await perform(request, _shown, _location, drop_exception, location_id, day, request.expected_version())


@get("/v1/admin/channels", operation="listChannels", scope=SETTINGS, tag="admin: settings")
async def list_channels(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[ChannelOut]]:
    """List the channels by code."""
    after = (after_cursor(cursor, str) or ("",))[0]
    rows = [_channel(each) for each in (await channels_now(request.db.reading)).all if each.code > after]
    return answer(request, paged(rows[: limit + 1], limit, key=lambda row: [row.code]))


@post(
    "/v1/admin/channels",
    operation="openChannel",
    scope=SETTINGS,
    tag="admin: settings",
    refusals=[InvalidInput, ChannelCodeTaken, Forbidden],
)
async def create_channel(request: Call, data: JSONBody[NewChannel]) -> Response[ChannelOut]:
    """Open a channel. The first active one becomes the default."""
    _everywhere(request.caller)
    return await perform(request, _shown, _channel, open_channel, data)


@get(
    "/v1/admin/channels/{channel_id:uuid}",
    operation="getChannel",
    scope=SETTINGS,
    tag="admin: settings",
    refusals=[NotFound],
)
async def get_channel(request: Call, channel_id: FromPath[UUID]) -> Response[ChannelOut]:
    """Get a channel."""
    return answer(request, _channel(await one_channel(request.db.reading, channel_id)))


@patch(
    "/v1/admin/channels/{channel_id:uuid}",
    operation="changeChannel",
    scope=SETTINGS,
    tag="admin: settings",
    refusals=[InvalidInput, NotFound, DefaultChannelNeeded, Forbidden],
)
async def patch_channel(
    request: Call, channel_id: FromPath[UUID], data: JSONBody[ChannelPatch]
) -> Response[ChannelOut]:
    """Change a channel. Its code and currency stay as they are."""
    _everywhere(request.caller)
    return await perform(request, _shown, _channel, change_channel, channel_id, request.expected_version(), data)


@get("/v1/admin/settings", operation="getSettings", scope=SETTINGS, tag="admin: settings")
async def get_settings(request: Call) -> Response[SettingsOut]:
    """Get the shop's settings."""
    return answer(request, _settings(await load_settings(request.db.reading)))


@patch(
    "/v1/admin/settings",
    operation="changeSettings",
    scope=SETTINGS,
    tag="admin: settings",
    refusals=[InvalidInput, Forbidden],
)
async def patch_settings(request: Call, data: JSONBody[SettingsPatch]) -> Response[SettingsOut]:
    """Change the shop's settings."""
    _everywhere(request.caller)
    return await perform(request, _shown, _settings, change_settings, request.expected_version(), data)


def _everywhere(caller: Caller) -> None:
    if caller.locations is not None:
        raise Forbidden("This needs a caller who is bound to no location.")


async def _shown(
    tx: Tx, wire: Callable[[Any], object], step: Callable[..., Awaitable[object]], *args: object
) -> object:
    return wire(await step(tx, *args))


def _channel(channel: Channel) -> ChannelOut:
    shown = msgspec.structs.asdict(channel) | {"timezone": channel.zone}
    return msgspec.convert(shown, ChannelOut)


def _settings(settings: Settings) -> SettingsOut:
    return msgspec.convert(settings, SettingsOut, from_attributes=True)


ROUTES: list[Any] = [
    list_locations,
    create_location,
    get_location,
    patch_location,
    put_hours,
    put_exception,
    delete_exception,
    list_channels,
    create_channel,
    get_channel,
    patch_channel,
    get_settings,
    patch_settings,
    *OF_PLACES,
]
