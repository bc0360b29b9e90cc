"""What stores hands out: channels, locations with their calendars, the shop's settings."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from math import asin, cos, radians, sin, sqrt
from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.errors import NotFound
from commerce.kernel.ids import ChannelId, LocationId
from commerce.kernel.zones import capital_zone
from commerce.stores.calendar import Calendar, minute_of

EARTH_RADIUS_KM = 6371.0088  # the mean radius of the IUGG

Kind = Literal["store", "warehouse"]


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how something is sold: a web shop, an app, the tills of a country.

    `timezone` is what was set; `zone` is the IANA zone that it goes by, that of its country's capital where none was set.
    """

    id: ChannelId
    code: str
    name: str
    currency: str
    country: str
    languages: tuple[str, ...]
    prices_include_tax: bool
    active: bool
    version: int
    timezone: str | None = None

    @property
    def zone(self) -> str:
        """The IANA zone of its days and hours."""
        return self.timezone or capital_zone(self.country)


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a location is."""

    line1: str
    line2: str | None = None
    postal_code: str | None = None
    city: str
    region: str | None = None


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """One opening of one weekday, ISO numbered (1 is Monday); wall times `HH:MM`, half-open; `24:00` is the end of the day."""

    weekday: int
    opens: str
    closes: str


class DayHours(msgspec.Struct, frozen=True, kw_only=True):
    """One opening of one date."""

    opens: str
    closes: str


class ExceptionDay(msgspec.Struct, frozen=True, kw_only=True):
    """A date whose hours replace the weekly ones; no hours means closed."""

    day: date
    hours: tuple[DayHours, ...]
    reason: str | None = None


class Location(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A place with goods: a store or a warehouse, with its hours in its own zone."""

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
    hours: tuple[Hours, ...]
    exceptions: tuple[ExceptionDay, ...]
    version: int

    @cached_property
    def calendar(self) -> Calendar:
        """The hours as intervals of instants."""
        weekly: dict[int, list[tuple[int, int]]] = {}
        for each in self.hours:
            weekly.setdefault(each.weekday - 1, []).append((minute_of(each.opens), minute_of(each.closes)))
        dated = {
            each.day: [(minute_of(span.opens), minute_of(span.closes)) for span in each.hours]
            for each in self.exceptions
        }
        return Calendar(self.timezone, weekly, dated)

    def is_open(self, at: datetime) -> bool:
        """Says whether it is open at an instant; half-open, so no longer at the minute of closing."""
        return self.calendar.is_open(at)

    def ready_at(self, at: datetime) -> datetime | None:
        """Gives when an order of this instant is ready: the lead time counted in opening hours. Always an open instant at least the lead
        after `at`, in UTC; None when the location has no opening long enough in the next 400 days.
        """
        return self.calendar.ready_at(at, self.lead_minutes)

    def next_change(self, at: datetime) -> datetime | None:
        """Gives when it next closes, if it is open, or next opens, if it is closed."""
        return self.calendar.next_change(at)

    def collect_until(self, ready: datetime, opening_days: int) -> datetime | None:
        """Gives the closing of the so-manyeth opening day after the day of `ready`: how long a collection waits."""
        return self.calendar.collect_until(ready, opening_days)

    def distance_km(self, latitude: float, longitude: float) -> float | None:
        """Gives the great-circle distance to a point in kilometres (haversine), or None without coordinates."""
        if self.latitude is None or self.longitude is None:
            return None
        lat1, lat2 = radians(self.latitude), radians(latitude)
        half_lat, half_lon = (lat2 - lat1) / 2, radians(longitude - self.longitude) / 2
        chord = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2
        return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


class Locations:
    """All locations, as they were at most a second ago."""

    def __init__(self, rows: Iterable[Location]) -> None:
        self.all: Sequence[Location] = tuple(sorted(rows, key=lambda each: (each.code, each.id)))
        self.by_id: Mapping[UUID, Location] = {each.id: each for each in self.all}
        self._pickup = tuple(each for each in self.all if each.active and each.pickup)
        self._shipping = tuple(each for each in self.all if each.active and each.ships)

    def get(self, location_id: UUID) -> Location:
        """Gives one location, active or not; refuses with NotFound."""
        if found := self.by_id.get(location_id):
            return found
        raise NotFound("There is no such location.")

    def pickup_points(self) -> Sequence[Location]:
        """Gives the active locations where one can collect."""
        return self._pickup

    def shipping_points(self) -> Sequence[Location]:
        """Gives the active locations that send parcels, warehouses first."""
        return sorted(self._shipping, key=lambda each: (each.kind != "warehouse", each.code))


class Channels:
    """All channels and which one is the default."""

    def __init__(self, rows: Iterable[Channel], default_id: UUID | None) -> None:
        self.all: Sequence[Channel] = tuple(rows)
        self.by_id: Mapping[UUID, Channel] = {each.id: each for each in self.all}
        self.default_id = default_id

    def get(self, channel_id: UUID | None) -> Channel:
        """Gives an active channel, the default one for None; refuses with NotFound."""
        found = self.by_id.get(channel_id or self.default_id or UUID(int=0))
        if found is None or not found.active:
            raise NotFound("There is no such channel." if channel_id else "No channel has been set up yet.")
        return found


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop decides once for all channels."""

    shop_name: str = "Commerce"
    default_channel_id: ChannelId | None = None
    default_country: str = "ES"
    contact_email: str | None = None
    pickup_hold_days: int = 7
    return_days: int = 30
    payment_minutes: int = 30
    version: int = 1
