"""What promise answers: where a basket can be collected and from when, and from where it is sent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

import msgspec
from asyncpg.pgproto.pgproto import UUID as DriverUUID  # noqa: N811 -- two classes of one name

from commerce.inventory import Shortage
from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, VariantId
from commerce.kernel.wire import WireOut
from commerce.stores import Service

Line = tuple[VariantId, int]
Point = tuple[float, float]
"""Latitude and longitude in degrees."""


class PickupOption(msgspec.Struct, frozen=True, kw_only=True):
    """One location where one can collect. `available` when it has the whole basket and opens: then `ready_by` is the instant, in UTC, from
    which the basket waits there, if ordered now; `short` names what it has too few of, and `expected_from` is from when all of it would wait, where that comes and
    may be ordered now.
    """

    location_id: LocationId
    ready_by: datetime | None
    available: bool
    short: Sequence[Shortage]
    expected_from: datetime | None = None


class Window(NamedTuple):
    """What takes so many orders: a store day of a service, or a pickup slot of it, whose instants are fixed when it is booked."""

    location_id: LocationId
    service: Service
    day: date
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from others; its end does not."""
        return self.location_id, self.service, self.day, self.starts_at


class Promised(msgspec.Struct, frozen=True, kw_only=True):
    """When an order is ready at a location, in UTC, and the store day in which it counts: the one on which its work begins."""

    location_id: LocationId
    service: Service
    ready_by: datetime
    day: date

    @property
    def window(self) -> Window:
        """The store day, to be taken with the order."""
        return Window(self.location_id, self.service, self.day)


class Alternative(WireOut, frozen=True, kw_only=True):
    """Another way to have the same units, as it could be promised now: collected at a place from `ready_by` on (UTC), or sent, and then gone
    from the last of our places by `ready_by`; a delivery has no location.
    """

    kind: Literal["pickup", "ship"]
    location_id: LocationId | None
    code: str | None
    name: str | None
    ready_by: datetime


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A pickup slot, half-open, with the places that are left in it; `day` is its store day."""

    location_id: LocationId
    day: date
    starts_at: datetime
    ends_at: datetime
    left: int

    @property
    def windows(self) -> Sequence[Window]:
        """The slot and its store day, to be taken with the order."""
        return (
            Window(self.location_id, "pickup", self.day),
            Window(self.location_id, "pickup", self.day, self.starts_at, self.ends_at),
        )


def summed(lines: Iterable[Line]) -> Mapping[VariantId, int]:
    """Gives the units wanted of each article; quantities below 1 are a Bug.

    The ids come back as the driver has them, which know their hash: a basket is looked up on hundreds of shelves.
    """
    wanted: dict[VariantId, int] = {}
    for variant_id, quantity in lines:
        if quantity < 1:
            raise Bug(f"{quantity} is no number of units to promise")
        quick = VariantId(DriverUUID(variant_id.bytes))
        wanted[quick] = wanted.get(quick, 0) + quantity
    return wanted
