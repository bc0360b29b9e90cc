"""The wire of stock."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from commerce.inventory.facts import MovementKind
from commerce.kernel.wire import BATCH_MOST, WireIn, WireOut

MOST_ADJUSTED = 1_000_000
Delta = Annotated[
    int,
    Meta(
        ge=-MOST_ADJUSTED, le=MOST_ADJUSTED, description="Units more (or fewer) than there were; not 0", examples=[-1]
    ),
]
Counted = Annotated[int, Meta(ge=0, le=MOST_ADJUSTED, description="Units that were counted on the shelf")]
Reason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]+\Z",
        description="Why, in words that stay in the ledger",
    ),
]


class AdjustmentLineIn(WireIn, frozen=True, kw_only=True):
    """One correction: either `delta`, or `counted` with the units that were `expected` there (409 when others moved units meanwhile)."""

    variant_id: UUID
    location_id: UUID
    delta: Delta | None = None
    counted: Counted | None = None
    expected: Counted | None = None


class AdjustmentIn(WireIn, frozen=True, kw_only=True):
    """Corrections that happen all or not at all; an article may stand once for each location."""

    reason: Reason
    lines: Annotated[list[AdjustmentLineIn], Meta(min_length=1, max_length=BATCH_MOST)]


class LevelOut(WireOut, frozen=True, kw_only=True):
    """Units of an article at a location: available = on_hand - reserved. Holds that are over are not counted as reserved."""

    variant_id: UUID
    location_id: UUID
    on_hand: int
    reserved: int
    available: int


class AdjustmentOut(WireOut, frozen=True, kw_only=True):
    """A correction that was booked: its id is the `document_id` of its movements; the level of each line after it."""

    id: UUID
    reason: str
    levels: list[LevelOut]


class MovementOut(WireOut, frozen=True, kw_only=True):
    """Units that came (or left, when negative), with what was on the shelf afterwards, why, by which document, and who acted.

    `seq` grows: of two movements of an article at a location, the later one has the higher.
    """

    id: UUID
    seq: int
    variant_id: UUID
    location_id: UUID
    quantity: int
    on_hand_after: int
    kind: MovementKind
    document_kind: str
    document_id: UUID | None
    actor: str
    reason: str
    effect_key: str
    at: datetime


class ReservationOut(WireOut, frozen=True, kw_only=True):
    """Units kept for a basket until `expires_at`, or for an order until they leave; quantity = open + consumed + released + expired."""

    hold_id: UUID
    order_id: UUID | None
    variant_id: UUID
    location_id: UUID
    quantity: int
    open: int
    consumed: int
    released: int
    expired: int
    expires_at: datetime | None
    created_at: datetime


class WhyMovementOut(WireOut, frozen=True, kw_only=True):
    """A movement of the article at this location."""

    id: UUID
    quantity: int
    on_hand_after: int
    kind: MovementKind
    document_kind: str
    document_id: UUID | None
    actor: str
    reason: str
    at: datetime


class WhyReservedOut(WireOut, frozen=True, kw_only=True):
    """Units that a live hold or an order has open here."""

    hold_id: UUID
    order_id: UUID | None
    open: int
    expires_at: datetime | None


class WhyLocationOut(WireOut, frozen=True, kw_only=True):
    """One location's figures explained.

    on_hand = moved_before + the quantities of `movements` (the latest first); reserved = reserved_further + the open units of
    `reserved_by` (orders first); available = on_hand - reserved.
    """

    location_id: UUID
    on_hand: int
    reserved: int
    available: int
    moved_before: int
    movements: list[WhyMovementOut]
    reserved_further: int
    reserved_by: list[WhyReservedOut]


class WhyOut(WireOut, frozen=True, kw_only=True):
    """Where an article's stock is and why; the sums are over the locations that the caller may see."""

    variant_id: UUID
    on_hand: int
    reserved: int
    available: int
    locations: list[WhyLocationOut]
