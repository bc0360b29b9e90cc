"""Where goods are and where they are sold: locations with their calendars, channels, the shop's settings.

Owns: channels, locations with weekly hours and dated exceptions, shop_settings.
Promises: hours are wall times in the location's own zone, half-open, right on the days when the clocks change; what is resident is at most
one second old.
Emits: stores.location_changed, stores.channel_changed.
Knows: identity (who is bound to which location).
"""

from commerce.stores.errors import UnknownPlace
from commerce.stores.events import ChannelChanged, LocationChanged
from commerce.stores.facts import (
    Address,
    Channel,
    Channels,
    DayHours,
    ExceptionDay,
    Hours,
    Location,
    Locations,
    Settings,
)
from commerce.stores.open_location import open_channel, open_location
from commerce.stores.queries import (
    channel,
    channels_now as channels,
    locations_now as locations,
    settings,
)

__all__ = [
    "Address",
    "Channel",
    "ChannelChanged",
    "Channels",
    "DayHours",
    "ExceptionDay",
    "Hours",
    "Location",
    "LocationChanged",
    "Locations",
    "Settings",
    "UnknownPlace",
    "channel",
    "channels",
    "locations",
    "open_channel",
    "open_location",
    "settings",
]
