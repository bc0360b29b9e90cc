"""Opening a location or a channel."""

import msgspec
from sqlalchemy import SmallInteger, select
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel import clock
from commerce.kernel.ids import ChannelId, LocationId, new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested
from commerce.stores.events import ChannelChanged, LocationChanged
from commerce.stores.facts import Channel, Hours, Location, Settings
from commerce.stores.queries import CHANNELS, LOCATIONS, SETTINGS_NOW, one_channel, one_location
from commerce.stores.rules import (
    check_currency,
    check_operator,
    check_point,
    check_product_url,
    check_zone,
    weekly_spans,
)
from commerce.stores.schemas import HoursFields, NewChannel, NewLocation
from commerce.stores.tables import channels, location_hours, locations, shop_settings

INSERT_LOCATION = Statement(insert(locations))
_span = unnested("span", weekday=SmallInteger, opens=SmallInteger, closes=SmallInteger)
INSERT_HOURS = Statement(
    insert(location_hours).from_select(
        ["location_id", "weekday", "opens", "closes"],
        select(given("location_id", locations.c.id.type), _span.c.weekday, _span.c.opens, _span.c.closes),
    )
)
INSERT_CHANNEL = Statement(insert(channels))
_defaults = insert(shop_settings)
DEFAULT_IF_FIRST = Statement(
    _defaults.on_conflict_do_update(
        index_elements=["id"],
        set_={
            "default_channel_id": _defaults.excluded.default_channel_id,
            "version": shop_settings.c.version + 1,
            "updated_at": _defaults.excluded.updated_at,
        },
        where=shop_settings.c.default_channel_id.is_(None),
    )
)


async def open_location(tx: Tx, new: NewLocation) -> Location:
    """Opens a location with its weekly hours.

    Refuses with InvalidInput for an unknown zone, one coordinate alone, a third party without operator or hours that overlap, and with LocationCodeTaken; codes are
    compared in lower case.
    """
    check_zone(new.timezone)
    check_point(new.latitude, new.longitude)
    check_operator(new.kind, new.operator)
    location_id, now = LocationId(new_id()), clock.now()
    fields: dict[str, object] = {
        name: getattr(new, name) for name in new.__struct_fields__ if name not in {"hours", "code"}
    }
    fields |= {"paused_at": None, "paused_until": None, "pause_reason": None}
    await tx.execute(
        INSERT_LOCATION, id=location_id, code=new.code.lower(), version=1, created_at=now, updated_at=now, **fields
    )
    await insert_hours(tx, location_id, new.hours)
    await LOCATIONS.changed(tx)
    location = await one_location(tx, location_id)
    tx.changed("location", location_id, after=location)
    tx.emit(LocationChanged(location_id=location_id, active=location.active))
    return location


async def insert_hours(tx: Tx, location_id: LocationId, hours: list[HoursFields]) -> None:
    """Writes the weekly hours of a location that has none; refuses with InvalidInput those that overlap."""
    spans = weekly_spans([Hours(weekday=each.weekday, opens=each.opens, closes=each.closes) for each in hours])
    if spans:
        weekday, opens, closes = (list(column) for column in zip(*spans, strict=True))
        await tx.execute(INSERT_HOURS, location_id=location_id, weekday=weekday, opens=opens, closes=closes)


async def open_channel(tx: Tx, new: NewChannel) -> Channel:
    """Opens a channel; the first active one becomes the shop's default.

    Refuses with InvalidInput for an unknown currency or zone, and with ChannelCodeTaken; codes are compared in lower case.
    """
    check_currency(new.currency)
    check_zone(new.timezone or "UTC")
    check_product_url(new.product_url)
    channel_id, now = ChannelId(new_id()), clock.now()
    fields = {name: getattr(new, name) for name in new.__struct_fields__ if name not in {"code", "languages"}}
    await tx.execute(
        INSERT_CHANNEL,
        id=channel_id,
        code=new.code.lower(),
        languages=list(dict.fromkeys(new.languages)),
        version=1,
        created_at=now,
        updated_at=now,
        **fields,
    )
    if new.active:
        await _default_if_first(tx, channel_id)
    await CHANNELS.changed(tx)
    channel = await one_channel(tx, channel_id)
    tx.changed("channel", channel_id, after=channel)
    tx.emit(ChannelChanged(channel_id=channel_id, active=channel.active))
    return channel


async def _default_if_first(tx: Tx, channel_id: ChannelId) -> None:
    first = msgspec.structs.asdict(Settings(default_channel_id=channel_id))
    if await tx.execute(DEFAULT_IF_FIRST, id=1, updated_at=clock.now(), **first):
        await SETTINGS_NOW.changed(tx)
