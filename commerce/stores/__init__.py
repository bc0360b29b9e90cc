"""Where goods are and where they are sold: locations with their calendars, channels, the shop's settings.

Owns: channels, locations with weekly hours, dated exceptions, holidays, services and pauses, holiday_calendars, shop_settings.
Promises: hours are wall times in the location's own zone, half-open, right on the days when the clocks change; an order is ready at an open
instant, its lead after it was placed at the earliest, and no later order is ready before; a pause is over by its time, with or without a job;
what is resident is at most one second old.
Emits: stores.location_changed, stores.hours_changed, stores.paused, stores.resumed, stores.channel_changed.
Knows: identity (who is bound to which location).
"""

from commerce.stores.errors import UnknownPlace
from commerce.stores.events import ChannelChanged, HoursChanged, LocationChanged, LocationPaused, LocationResumed
from commerce.stores.facts import (
    Address,
    Begun,
    Channel,
    Channels,
    DayHours,
    ExceptionDay,
    Holiday,
    Hours,
    Location,
    Locations,
    Settings,
)
from commerce.stores.open_location import open_channel, open_location
from commerce.stores.pause import pause, resume
from commerce.stores.places import Service, Terms
from commerce.stores.queries import (
    channel,
    channels_now as channels,
    locations_now as locations,
    one_location as location,
    settings,
)

__all__ = [
    "Address",
    "Begun",
    "Channel",
    "ChannelChanged",
    "Channels",
    "DayHours",
    "ExceptionDay",
    "Holiday",
    "Hours",
    "HoursChanged",
    "Location",
    "LocationChanged",
    "LocationPaused",
    "LocationResumed",
    "Locations",
    "Service",
    "Settings",
    "Terms",
    "UnknownPlace",
    "channel",
    "channels",
    "location",
    "locations",
    "open_channel",
    "open_location",
    "pause",
    "resume",
    "settings",
]
