"""The wire of locations, channels and settings."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from commerce.kernel.currencies import Currency
from commerce.kernel.wire import Code, Country, Email, Language, Name, ShortText, WireIn, WireOut

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
LocationKind = Literal["store", "warehouse"]


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


class HoursIn(WireIn, frozen=True, kw_only=True):
    """The whole week's hours; what stood before is replaced."""

    hours: WeeklyHours


class ExceptionIn(WireIn, frozen=True, kw_only=True):
    """One date's hours, in place of the weekly ones; an empty list means closed."""

    hours: DayOpenings
    reason: ShortText | None = None


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
    """A location as anybody sees it: where it is, when it is open, what it offers."""

    id: UUID
    code: str
    name: str
    timezone: str
    country: str
    address: AddressOut
    latitude: float | None
    longitude: float | None
    phone: str | None
    services: list[Literal["pickup", "ships"]]
    hours: list[HoursOut]
    exceptions: list[ExceptionOut]
    open_now: bool
    changes_at: datetime | None
    pickup_ready_at: datetime | None
    distance_km: float | None = None


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


ChannelZone = Annotated[ZoneName, Meta(description="IANA zone; null: that of the capital of its country")]


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


class ChannelPatch(WireIn, frozen=True, kw_only=True):
    """What changes about a channel. Its currency stays: prices and orders are kept in it."""

    name: Name | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    languages: Languages | UnsetType = UNSET
    prices_include_tax: bool | UnsetType = UNSET
    timezone: ChannelZone | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


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
