"""The wire of lots and serial numbers."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from commerce.inventory import Spot
from commerce.kernel.wire import WireIn, WireOut
from commerce.traceability.facts import MOST_CODE, TraceKind, Tracking

TraceCode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MOST_CODE,
        pattern=r"^[!-~]+\Z",
        description="As it is printed: visible ASCII characters without spaces, upper and lower case differ",
        examples=["L2405-A"],
    ),
]
SpotName = Literal["shelf", "in_transit", "quarantine", "damaged"]
MOST_LINES = 1_000
MOST_ON_A_LINE = 1_000


class UnitsIn(WireIn, frozen=True, kw_only=True):
    """Units that are there: `quantity` of one `lot` with its last day of sale, or their `serials`, one for each."""

    location_id: UUID
    spot: SpotName = "shelf"
    lot: TraceCode | None = None
    expires_on: Annotated[date, Meta(description="The last day of sale, a date at the location")] | None = None
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    serials: Annotated[tuple[TraceCode, ...], Meta(max_length=MOST_ON_A_LINE)] = ()


class TrackingIn(WireIn, frozen=True, kw_only=True):
    """What an article asks for from now on, and all of its units that are there; `dated`: each lot needs a last day of sale."""

    tracking: Tracking
    dated: bool = False
    reason: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
    units: Annotated[tuple[UnitsIn, ...], Meta(max_length=MOST_LINES)] = ()


class TrackingOut(WireOut, frozen=True, kw_only=True):
    """What an article asks for; version 0 where nobody ever set it."""

    variant_id: UUID
    tracking: Tracking
    dated: bool
    version: int


class TrackingChangeOut(WireOut, frozen=True, kw_only=True):
    """What an article asked for from an instant on, and who set it. `id` is the `document_id` in the journal."""

    id: UUID
    version: int
    tracking: Tracking
    dated: bool
    actor: str
    reason: str
    at: datetime


class LotOut(WireOut, frozen=True, kw_only=True):
    """Units of a lot at a spot of a location. `expires_on` is the last day of sale there; `expired` says that it is over."""

    variant_id: UUID
    location_id: UUID
    spot: Spot
    lot: str
    expires_on: date | None
    expired: bool
    quantity: int


class SerialOut(WireOut, frozen=True, kw_only=True):
    """A serial number and where its unit is: at a spot of the location, or out, and then `location_id` is where it was last.

    `customer` is sold, with the order line that it left with; `supplier` sent back; `shrinkage` lost; `opening` told no longer.
    """

    variant_id: UUID
    serial: str
    spot: Spot
    location_id: UUID
    order_line_id: UUID | None
    moved_at: datetime


class TraceOut(WireOut, frozen=True, kw_only=True):
    """Units of a lot, or the unit with a serial number (`code`), that came to a spot, or left it when negative, and the other end.

    `seq` grows: of two lines about one code, the later one has the higher.
    """

    id: UUID
    seq: int
    kind: TraceKind
    variant_id: UUID
    location_id: UUID
    spot: Spot
    code: str
    quantity: int
    other_spot: Spot
    other_location_id: UUID | None
    order_line_id: UUID | None
    document_kind: str
    document_id: UUID | None
    actor: str
    reason: str
    effect_key: str
    at: datetime
