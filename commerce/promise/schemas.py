"""The wire of availability. The public sees stock in bands, never in figures."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from commerce.kernel.money import Money
from commerce.kernel.wire import Text3, WireOut

Band = Literal["in", "few", "out"]


class LineStockOut(WireOut, frozen=True, kw_only=True):
    """One article of the basket: `in` when the quantity asked for can be had, `few` when it can and little more is left, `out` when not.

    `expected_from`: from when all of it could be had (UTC), where what is not there comes and may be ordered now.
    """

    variant_id: UUID
    quantity: int
    stock: Band
    expected_from: datetime | None = None


class CollectionOut(WireOut, frozen=True, kw_only=True):
    """One location where one can collect.

    `available` when the whole basket can be collected there: then `ready_by` is the instant (UTC) from which it waits, if ordered now; wall
    times are in `timezone`. Otherwise it is null. `paused` says that it takes no online work now: what it promises begins when the pause ends.
    `expected_from` is from when all of the basket would wait, where some of it comes and may be ordered now.
    """

    location_id: UUID
    code: str
    name: str
    timezone: str
    distance_km: float | None
    available: bool
    ready_by: datetime | None
    lines: list[LineStockOut]
    paused: bool
    expected_from: datetime | None = None


class SendingOptionOut(WireOut, frozen=True, kw_only=True):
    """One way of sending: the charge for one delivery, and the dates, where the last parcel leaves, between which all of it arrives."""

    method_id: UUID
    code: str
    name: Text3
    amount: Money
    arrives_from: date
    arrives_until: date


class SendingOut(WireOut, frozen=True, kw_only=True):
    """Whether the whole basket can be sent, in how many parcels, and by when (UTC) the last of them leaves. `expected_from`: when all of it can
    be sent, where some of it comes and may be ordered now.
    """

    available: bool
    parcels: int
    ships_by: datetime | None
    lines: list[LineStockOut]
    options: list[SendingOptionOut]
    expected_from: datetime | None = None


class AvailabilityOut(WireOut, frozen=True, kw_only=True):
    """What can be had where and by when, if it is ordered now. Nothing is kept for anybody: checkout judges again."""

    at: datetime
    collection: list[CollectionOut]
    sending: SendingOut


class SlotOut(WireOut, frozen=True, kw_only=True):
    """A pickup slot, half-open, in UTC; `local` is its start in the location's own time with its offset, which tells repeated hours apart."""

    starts_at: datetime
    ends_at: datetime
    local: str
    left: int
    available: bool


class SlotsOut(WireOut, frozen=True, kw_only=True):
    """The slots that an order placed now can be ready for; nothing is kept until the order is placed."""

    location_id: UUID
    timezone: str
    at: datetime
    slots: list[SlotOut]
