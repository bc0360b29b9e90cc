"""What stores hands out: channels, locations with their calendars, the shop's settings."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from math import asin, cos, radians, sin, sqrt
from urllib.parse import quote
from uuid import UUID

import msgspec

from commerce.kernel.errors import NotFound
from commerce.kernel.ids import ChannelId, LocationId
from commerce.kernel.zones import capital_zone
from commerce.price_engine import zone_of
from commerce.stores.calendar import Calendar, minute_of
from commerce.stores.places import THIRD_PARTIES, Kind, Service, Terms

EARTH_RADIUS_KM = 6371.0088  # the mean radius of the IUGG


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
    product_url: str | None = None

    @property
    def zone(self) -> str:
        """The IANA zone of its days and hours."""
        return self.timezone or capital_zone(self.country)

    def product_page(self, *, language: str, **names: str) -> str | None:
        """Gives where its website shows a product: `slug`, `id`, `sku` and `variant` stand in the address as `product_url` says, escaped; None
        where no address was set.
        """
        if self.product_url is None:
            return None
        return self.product_url.format(
            language=language, **{name: quote(value, safe="") for name, value in names.items()}
        )


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


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    """A date on which a location is closed because a holiday calendar that it follows says so."""

    day: date
    name: str


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """When the work on an order can begin: an open instant, and its store day, in which the order counts."""

    at: datetime
    day: date


class Location(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A place where goods are, or to which they come: a store, a warehouse, a third party's counter or locker; hours in its own zone.

    It is closed on the holidays of the calendars that it follows; an exception of its own on the same date wins. `minutes_per_order` over
    `staff` is what each order that is still to be done adds to the wait of the next. `paused_at` until `paused_until` (none: until somebody
    says so) it takes no online work.
    """

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
    operator: str | None = None
    minutes_per_order: int = 0
    staff: int = 1
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    pause_reason: str | None = None
    terms: tuple[Terms, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    @cached_property
    def tax_zone(self) -> str:
        """The zone of tax that it is in: its country, or the part of it with taxes of its own."""
        return zone_of(self.country, self.address.region, self.address.postal_code)

    @cached_property
    def calendar(self) -> Calendar:
        """The hours as intervals of instants."""
        weekly: dict[int, list[tuple[int, int]]] = {}
        for each in self.hours:
            weekly.setdefault(each.weekday - 1, []).append((minute_of(each.opens), minute_of(each.closes)))
        dated: dict[date, Sequence[tuple[int, int]]] = {each.day: () for each in self.holidays}
        for day in self.exceptions:
            dated[day.day] = [(minute_of(span.opens), minute_of(span.closes)) for span in day.hours]
        return Calendar(self.timezone, weekly, dated)

    @cached_property
    def _terms(self) -> Mapping[Service, tuple[Terms, int, Mapping[int, int]]]:
        """The terms of each service that has some, its lead, and its cut-offs as minutes by weekday (0 is Monday)."""
        return {
            each.service: (
                each,
                self.lead_minutes if each.lead_minutes is None else each.lead_minutes,
                {cutoff.weekday - 1: minute_of(cutoff.at) for cutoff in each.cutoffs},
            )
            for each in self.terms
        }

    @cached_property
    def services(self) -> Sequence[Service]:
        """What it does, in the order of `Service`: what it offers itself, and whatever else it has terms for."""
        offered: list[Service] = [*(["pickup"] if self.pickup else []), *(["ships"] if self.ships else [])]  # type: ignore[list-item]
        return [*offered, *(each.service for each in self.terms if each.service not in {"pickup", "ships"})]

    @property
    def holds_stock(self) -> bool:
        """Says whether shelves there are ours; at a third party, goods belong to whom they came for."""
        return self.kind not in THIRD_PARTIES

    def terms_of(self, service: Service) -> Terms:
        """Gives the terms of a service; where none were set, no limits."""
        known = self._terms.get(service)
        return Terms(service=service) if known is None else known[0]

    def is_open(self, at: datetime) -> bool:
        """Says whether it is open at an instant; half-open, so no longer at the minute of closing."""
        return self.calendar.is_open(at)

    def is_paused(self, at: datetime) -> bool:
        """Says whether online work is switched off at an instant; judged by time, so a pause that is over needs nobody to end it."""
        return self.paused_at is not None and (self.paused_until is None or at < self.paused_until)

    def takes_online(self, at: datetime) -> bool:
        """Says whether it is taking online work at an instant: active, and not paused."""
        return self.active and not self.is_paused(at)

    def promises_nothing(self, at: datetime, service: Service) -> bool:
        """Says of a place at once that it has no promise to make: closed for good, without hours, paused without end, or taking no orders."""
        known = self._terms.get(service)
        return (
            not self.active
            or self.calendar.never_opens
            or (self.paused_at is not None and self.paused_until is None)
            or (known is not None and known[0].daily_capacity == 0)
        )

    def queue_minutes(self, open_orders: int) -> int:
        """Gives how long so many orders that are still to be done keep its staff busy, in minutes of opening time, rounded up."""
        return -(-open_orders * self.minutes_per_order // self.staff)

    def begins(
        self, at: datetime, service: Service = "pickup", *, open_orders: int = 0, full_days: Collection[date] = ()
    ) -> Begun | None:
        """Gives when work on an order of this instant begins: after a pause, after the cut-off's opening day, after the work that is
        already there, and not on a day that is full. None when it is paused without end, takes no orders on any day, or has no such day in
        the next 400.
        """
        known = self._terms.get(service)
        if known is not None and known[0].daily_capacity == 0:
            return None
        start = self.paused_until if self.is_paused(at) else at
        if start is not None:
            start = self.calendar.begins_at(start, {} if known is None else known[2])
        if start is not None and open_orders and (queue := self.queue_minutes(open_orders)):
            free = self.calendar.ready_at(at, queue)
            start = None if free is None else max(start, free)
        while start is not None:
            day = self.calendar.date_of(start)
            if day not in full_days:
                return Begun(at=start, day=day)
            start = self.calendar.opens_after(day)
        return None

    def ready_at(
        self, at: datetime, service: Service = "pickup", *, open_orders: int = 0, full_days: Collection[date] = ()
    ) -> datetime | None:
        """Gives when an order of this instant is ready: the lead of the service, counted in opening hours from when its work begins. Always an
        open instant at least the lead after `at`, in UTC, and never earlier for a later order; None when there is no such instant in the
        next 400 days.
        """
        begun = self.begins(at, service, open_orders=open_orders, full_days=full_days)
        return None if begun is None else self.done_at(begun.at, service)

    def done_at(self, begun: datetime, service: Service) -> datetime | None:
        """Gives when work that begins at an instant is done: the service's lead later in opening hours."""
        known = self._terms.get(service)
        return self.calendar.ready_at(begun, self.lead_minutes if known is None else known[1])

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
        self.third_parties = frozenset(each.id for each in self.all if not each.holds_stock)
        self._pickup = tuple(each for each in self.all if each.active and each.pickup)
        shipping = (each for each in self.all if each.active and each.ships)
        self._shipping = tuple(sorted(shipping, key=lambda each: (each.kind != "warehouse", each.code)))

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
        return self._shipping


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
