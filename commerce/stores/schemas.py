"""The wire of locations, channels and settings."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from commerce.kernel.currencies import Currency
from commerce.kernel.wire import Code, Country, Email, Instant, Language, Name, ShortText, WireIn, WireOut
from commerce.stores.places import Kind, Service

WallTime = Annotated[
    str,
    Meta(
        pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z", description="Wall time HH:MM; 24:00 is the end of the day"
    ),
]
ZoneName = Annotated[str, Meta(min_length=1, max_length=64, description="IANA time zone, such as Europe/Madrid")]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
LeadMinutes = Annotated[
    int, Meta(ge=0, le=43_200, description="Minutes of opening time that an order needs to be ready")
]
Weekday = Annotated[int, Meta(ge=1, le=7, description="ISO weekday: 1 is Monday")]
Phone = Annotated[str, Meta(max_length=40, pattern=r"^[0-9+() ./-]+\Z")]
Languages = Annotated[list[Language], Meta(min_length=1, max_length=3)]
LocationKind = Kind
OrderMinutes = Annotated[
    int,
    Meta(ge=0, le=1_440, description="Minutes of work that each order still to be done adds to the wait of the next"),
]
Staff = Annotated[int, Meta(ge=1, le=1_000, description="How many people work on orders at once")]
Operator = Annotated[Name, Meta(description="The carrier whose counter or locker it is; for these kinds only")]
Capacity = Annotated[int, Meta(ge=0, le=100_000, description="Orders a store day; null: no limit")]


class AddressFields(WireIn, frozen=True, kw_only=True):
    """A location's address."""

    line1: Name
    line2: Name | None = None
    postal_code: Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[^\x00-\x1f\x7f]+\Z")] | None = None
    city: Name
    region: Name | None = None


class HoursFields(WireIn, frozen=True, kw_only=True):
    """One opening of a weekday, half-open; a night is written as two openings, one until 24:00."""

    weekday: Weekday
    opens: WallTime
    closes: WallTime


class DayHoursFields(WireIn, frozen=True, kw_only=True):
    """One opening of a date, half-open."""

    opens: WallTime
    closes: WallTime


WeeklyHours = Annotated[list[HoursFields], Meta(max_length=70)]
DayOpenings = Annotated[list[DayHoursFields], Meta(max_length=10)]


class NewLocation(WireIn, frozen=True, kw_only=True):
    """A location to open."""

    code: Code
    name: Name
    kind: LocationKind = "store"
    timezone: ZoneName
    country: Country
    address: AddressFields
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    phone: Phone | None = None
    pickup: bool = True
    ships: bool = False
    active: bool = True
    lead_minutes: LeadMinutes = 60
    operator: Operator | None = None
    minutes_per_order: OrderMinutes = 0
    staff: Staff = 1
    hours: WeeklyHours = msgspec.field(default_factory=list)


class LocationPatch(WireIn, frozen=True, kw_only=True):
    """What changes about a location; fields left out stay."""

    name: Name | UnsetType = UNSET
    timezone: ZoneName | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    address: AddressFields | UnsetType = UNSET
    latitude: Latitude | UnsetType | None = UNSET
    longitude: Longitude | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET
    pickup: bool | UnsetType = UNSET
    ships: bool | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    lead_minutes: LeadMinutes | UnsetType = UNSET
    operator: Operator | UnsetType | None = UNSET
    minutes_per_order: OrderMinutes | UnsetType = UNSET
    staff: Staff | UnsetType = UNSET


class HoursIn(WireIn, frozen=True, kw_only=True):
    """The whole week's hours; what stood before is replaced."""

    hours: WeeklyHours


class ExceptionIn(WireIn, frozen=True, kw_only=True):
    """One date's hours, in place of the weekly ones; an empty list means closed."""

    hours: DayOpenings
    reason: ShortText | None = None


class CutoffFields(WireIn, frozen=True, kw_only=True):
    """On one weekday, what is ordered from this wall time on waits for the next opening day; `24:00` cuts nothing off."""

    weekday: Weekday
    at: WallTime


class ServiceIn(WireIn, frozen=True, kw_only=True):
    """The terms of a service. Slots are for `pickup`: their length and how many orders each takes, both or neither."""

    lead_minutes: LeadMinutes | None = None
    daily_capacity: Capacity | None = None
    slot_minutes: Annotated[int, Meta(ge=5, le=720)] | None = None
    slot_capacity: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    cutoffs: Annotated[list[CutoffFields], Meta(max_length=7)] = msgspec.field(default_factory=list)


class PauseIn(WireIn, frozen=True, kw_only=True):
    """Why a location takes no online work, and until when (half-open); none: until somebody switches it on."""

    reason: Annotated[ShortText, Meta(min_length=1)]
    until: Instant | None = None


class FollowedIn(WireIn, frozen=True, kw_only=True):
    """The codes of the holiday calendars that a location follows; what stood before is replaced."""

    calendars: Annotated[list[Code], Meta(max_length=20)]


class HolidayFields(WireIn, frozen=True, kw_only=True):
    """One holiday: whoever follows the calendar is closed on that date."""

    day: date
    name: Name


HolidayList = Annotated[list[HolidayFields], Meta(max_length=1_000)]
Region = Annotated[
    str, Meta(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9-]+\Z", description="Such as ES-CT (ISO 3166-2)")
]


class NewHolidayCalendar(WireIn, frozen=True, kw_only=True):
    """A holiday calendar; country and region say whose days they are."""

    code: Code
    name: Name
    country: Country | None = None
    region: Region | None = None
    days: HolidayList = msgspec.field(default_factory=list)


class HolidayCalendarIn(WireIn, frozen=True, kw_only=True):
    """A holiday calendar as it is from now on; the days that stood before are replaced."""

    name: Name
    country: Country | None = None
    region: Region | None = None
    days: HolidayList


class HolidayOut(WireOut, frozen=True, kw_only=True):
    """A date on which it is closed because of a holiday."""

    day: date
    name: str


class HolidayCalendarOut(WireOut, frozen=True, kw_only=True):
    """A holiday calendar with its days in order, and how many locations follow it."""

    id: UUID
    code: str
    name: str
    country: str | None
    region: str | None
    days: list[HolidayOut]
    followers: int
    version: int


class CutoffOut(WireOut, frozen=True, kw_only=True):
    """A cut-off of one weekday, in the location's own wall time."""

    weekday: int
    at: str


class ServiceOut(WireOut, frozen=True, kw_only=True):
    """The terms of one service."""

    service: Service
    lead_minutes: int | None
    daily_capacity: int | None
    slot_minutes: int | None
    slot_capacity: int | None
    cutoffs: list[CutoffOut]


class AddressOut(WireOut, frozen=True, kw_only=True):
    """A location's address."""

    line1: str
    line2: str | None
    postal_code: str | None
    city: str
    region: str | None


class HoursOut(WireOut, frozen=True, kw_only=True):
    """One opening of a weekday, in the location's own wall time."""

    weekday: int
    opens: str
    closes: str


class DayHoursOut(WireOut, frozen=True, kw_only=True):
    """One opening of a date."""

    opens: str
    closes: str


class ExceptionOut(WireOut, frozen=True, kw_only=True):
    """A date with hours of its own; none means closed."""

    day: date
    hours: list[DayHoursOut]
    reason: str | None


class LocationOut(WireOut, frozen=True, kw_only=True):
    """A location as anybody sees it: where it is, when it is open, what it offers.

    `paused` says that it takes no online work now, until `paused_until` where that is known. `slots` says that pickup slots can be booked.
    `holidays` are those of the next sixty days on which it is closed. `pickup_ready_at` is null where nothing can be collected.
    """

    id: UUID
    code: str
    name: str
    timezone: str
    country: str
    address: AddressOut
    latitude: float | None
    longitude: float | None
    phone: str | None
    services: list[Service]
    hours: list[HoursOut]
    exceptions: list[ExceptionOut]
    open_now: bool
    changes_at: datetime | None
    pickup_ready_at: datetime | None
    distance_km: float | None = None
    kind: LocationKind
    operator: str | None
    paused: bool
    paused_until: datetime | None
    takes_online: bool
    slots: bool
    holidays: list[HolidayOut]


class AdminLocation(WireOut, frozen=True, kw_only=True):
    """A location as the back office sees it."""

    id: UUID
    code: str
    name: str
    kind: LocationKind
    timezone: str
    country: str
    address: AddressOut
    latitude: float | None
    longitude: float | None
    phone: str | None
    pickup: bool
    ships: bool
    active: bool
    lead_minutes: int
    hours: list[HoursOut]
    exceptions: list[ExceptionOut]
    version: int
    operator: str | None
    minutes_per_order: int
    staff: int
    paused_at: datetime | None
    paused_until: datetime | None
    pause_reason: str | None
    terms: list[ServiceOut]
    holidays: list[HolidayOut]


ChannelZone = Annotated[ZoneName, Meta(description="IANA zone; null: that of the capital of its country")]


ProductUrl = Annotated[
    str,
    Meta(
        max_length=500,
        pattern=r"^https?://[^\s\x00-\x1f\x7f{}/]+/(?:[^\s\x00-\x1f\x7f{}]|\{(?:slug|id|sku|variant|language)\})*\Z",
        description="Where the channel's website shows a product, for feeds and structured data: an address with {slug} or {id} in it, "
        "and {variant}, {sku} and {language} if wanted",
    ),
]


class NewChannel(WireIn, frozen=True, kw_only=True):
    """A channel to open; the first one becomes the default."""

    code: Code
    name: Name
    currency: Currency
    country: Country
    languages: Languages
    prices_include_tax: bool = True
    timezone: ChannelZone | None = None
    active: bool = True
    product_url: ProductUrl | None = None


class ChannelPatch(WireIn, frozen=True, kw_only=True):
    """What changes about a channel. Its currency stays: prices and orders are kept in it."""

    name: Name | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    languages: Languages | UnsetType = UNSET
    prices_include_tax: bool | UnsetType = UNSET
    timezone: ChannelZone | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    product_url: ProductUrl | UnsetType | None = UNSET


class ChannelOut(WireOut, frozen=True, kw_only=True):
    """A channel. `timezone` is the IANA zone that its hours and days go by."""

    id: UUID
    code: str
    name: str
    currency: str
    country: str
    languages: list[str]
    prices_include_tax: bool
    timezone: str
    active: bool
    product_url: str | None = None
    version: int


class SettingsPatch(WireIn, frozen=True, kw_only=True):
    """What changes about the shop's settings."""

    shop_name: Name | UnsetType = UNSET
    default_channel_id: UUID | UnsetType = UNSET
    default_country: Country | UnsetType = UNSET
    contact_email: Email | UnsetType | None = UNSET
    pickup_hold_days: (
        Annotated[int, Meta(ge=1, le=60, description="Opening days that a collection waits")] | UnsetType
    ) = UNSET
    return_days: Annotated[int, Meta(ge=0, le=3_650, description="Days after delivery")] | UnsetType = UNSET
    payment_minutes: (
        Annotated[int, Meta(ge=5, le=10_080, description="Minutes that an unpaid order keeps its goods")] | UnsetType
    ) = UNSET


class SettingsOut(WireOut, frozen=True, kw_only=True):
    """The shop's settings."""

    shop_name: str
    default_channel_id: UUID | None
    default_country: str
    contact_email: str | None
    pickup_hold_days: int
    return_days: int
    payment_minutes: int
    version: int
