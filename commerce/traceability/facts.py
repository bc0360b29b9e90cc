"""What traceability takes and gives: units with their lot or their serial numbers."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Literal, NamedTuple

import msgspec

from commerce.inventory import Spot
from commerce.kernel.ids import LocationId, OrderLineId, VariantId

Tracking = Literal["none", "lot", "serial"]
"""What an article asks for: nothing, the lot of each unit, or the serial number of each unit."""

STANDING = (Spot.SHELF, Spot.IN_TRANSIT, Spot.QUARANTINE, Spot.DAMAGED)
"""Where lots have a balance and serial numbers can be met; in transit stands at the location that it goes to."""

MOST_SERIALS = 10_000
"""The most serial numbers that one call takes."""

MOST_CODE = 64
"""The most characters of a lot or a serial number; GS1's own (application identifiers 10 and 21) have at most 20."""


class TraceKind(StrEnum):
    """What a line of the journal is about."""

    LOT = "lot"
    SERIAL = "serial"


class Standing(NamedTuple):
    """A spot of a location."""

    location_id: LocationId
    spot: Spot = Spot.SHELF


class Came(NamedTuple):
    """Units that came in, with what is printed on them: the lot and its last day of sale, or a serial number for each unit.

    `expires_on` is a date at the location; a lot without one never expires. What the article does not ask for is ignored.
    """

    variant_id: VariantId
    quantity: int
    lot: str | None = None
    expires_on: date | None = None
    serials: Sequence[str] = ()


class Left(NamedTuple):
    """Units that left or went elsewhere: by their serial numbers, from a lot by its name, or from the lots that expire first."""

    variant_id: VariantId
    quantity: int
    serials: Sequence[str] = ()
    lot: str | None = None


class Returned(NamedTuple):
    """Units that a customer brings back, with the order line that they left with; None where nobody knows it.

    `expires_on` is of use only for a lot that nobody knows yet.
    """

    variant_id: VariantId
    quantity: int
    order_line_id: OrderLineId | None = None
    serials: Sequence[str] = ()
    lot: str | None = None
    expires_on: date | None = None


class Counted(NamedTuple):
    """Units that were counted on a shelf: of one lot, or with their serial numbers; 0 units and no lot where nothing was found."""

    variant_id: VariantId
    quantity: int
    lot: str | None = None
    expires_on: date | None = None
    serials: Sequence[str] = ()


class Traced(msgspec.Struct, frozen=True):
    """Units of one lot, or one unit with its serial number, as they were moved; `order_line_id` where they left with or came back from one."""

    variant_id: VariantId
    lot: str | None
    serial: str | None
    quantity: int
    order_line_id: OrderLineId | None = None


class LotUnits(msgspec.Struct, frozen=True):
    """Units of a lot at one place; `expires_on` is the last day on which they may be sold there, None where there is no such day."""

    variant_id: VariantId
    lot: str
    expires_on: date | None
    quantity: int


class LotShortage(msgspec.Struct, frozen=True):
    """Lots that cannot give what was asked of them; `expired` are units that are there beyond their last day."""

    variant_id: VariantId
    lot: str | None
    requested: int
    available: int
    expired: int


class SerialWhere(msgspec.Struct, frozen=True):
    """A serial number that is not where it was said to be, and where it is by the books."""

    variant_id: VariantId
    serial: str
    spot: Spot
    location_id: LocationId


class Undeclared(msgspec.Struct, frozen=True):
    """A spot whose units were not told one by one: how many are there, and how many were told."""

    location_id: LocationId
    spot: Spot
    units: int
    declared: int
