"""Corrections, limits, snapshots and shortfalls on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from commerce.counting.facts import (
    UNITS_MOST,
    AtRisk,
    CorrectionState,
    Direction,
    FigureKind,
    LimitKind,
)
from commerce.counting.snapshots import SNAPSHOT_LINES_MOST, Said
from commerce.inventory import Spot
from commerce.kernel.wire import BATCH_MOST, Code, Instant, Text3, WireIn, WireOut
from commerce.traceability import TraceCode

Units = Annotated[int, Meta(ge=0, le=UNITS_MOST, description="Units of sale that stand there; 0 where there are none")]
SomeUnits = Annotated[int, Meta(ge=1, le=UNITS_MOST, description="Units of sale, at least 1")]
Note = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
ArticleCode = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+\Z", description="A barcode or a SKU")
]
RoleCode = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*\Z")]
SERIALS_MOST = 100
Sequence64 = Annotated[int, Meta(ge=0, le=2**62, description="Grows with each snapshot of the source")]


class CorrectionLineIn(WireIn, frozen=True, kw_only=True):
    """Units of an article; with a lot or serial numbers where the article asks for them."""

    variant_id: UUID | None = None
    code: ArticleCode | None = None
    units: SomeUnits
    lot: TraceCode | None = None
    expires_on: date | None = None
    serials: Annotated[list[TraceCode], Meta(max_length=SERIALS_MOST)] | None = None


class CorrectionIn(WireIn, frozen=True, kw_only=True):
    """Units that leave the shelves of a location, or come to them, as the reason says; all of the lines or none."""

    location_id: UUID
    reason: Code
    note: Note = ""
    lines: Annotated[list[CorrectionLineIn], Meta(min_length=1, max_length=BATCH_MOST)]


class CorrectionLineOut(WireOut, frozen=True, kw_only=True):
    """Units of an article."""

    variant_id: UUID
    units: int
    lot: str | None
    expires_on: date | None
    serials: list[str]


class CorrectionOut(WireOut, frozen=True, kw_only=True):
    """A correction: `waiting` while its `units` are beyond what its asker may do alone (`limit_units`). Its id is its movements' `document_id`."""

    id: UUID
    number: str
    location_id: UUID
    reason: str
    direction: Direction
    spot: Spot
    note: str
    state: CorrectionState
    units: int
    limit_units: int
    lines: list[CorrectionLineOut]
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str
    version: int


class RejectCorrectionIn(WireIn, frozen=True, kw_only=True):
    """Why not."""

    reason: Words


class ReasonIn(WireIn, frozen=True, kw_only=True):
    """A reason for corrections: which way units go, and where they come from or end.

    A shelf gives units `off` to shrinkage (they are gone), damaged or quarantine; it gets units back (`onto`) from there.
    """

    name: Text3
    direction: Direction
    spot: Literal["shrinkage", "damaged", "quarantine"]
    active: bool = True


class ReasonOut(WireOut, frozen=True, kw_only=True):
    """A reason; version 0: as it comes with the product."""

    code: str
    name: str
    direction: Direction
    spot: Spot
    active: bool
    version: int


class ReasonsOut(WireOut, frozen=True, kw_only=True):
    """All reasons."""

    items: list[ReasonOut]


class LimitIn(WireIn, frozen=True, kw_only=True):
    """How many units: for one location or all of them, for one role or everybody. The most special one holds: role before location."""

    kind: LimitKind
    location_id: UUID | None = None
    role: RoleCode | None = None
    units: Units


class LimitOut(WireOut, frozen=True, kw_only=True):
    """A limit as it is kept."""

    id: UUID
    kind: LimitKind
    location_id: UUID | None
    role: str | None
    units: int
    version: int


class SnapshotLineIn(WireIn, frozen=True, kw_only=True):
    """What stood there of an article: all units on the shelf, those that are promised among them."""

    variant_id: UUID | None = None
    code: ArticleCode | None = None
    units: Units


class SnapshotIn(WireIn, frozen=True, kw_only=True):
    """What a system says of one location: at `taken_at`, so many units of each article stood on the shelf.

    Send a `sequence` where your system has one: it orders snapshots better than clocks do. With `dry_run` nothing is booked.
    """

    source: Code
    location_id: UUID
    taken_at: Instant
    sequence: Sequence64 | None = None
    lines: Annotated[list[SnapshotLineIn], Meta(min_length=1, max_length=SNAPSHOT_LINES_MOST)]
    dry_run: bool = False


class SnapshotLineOut(WireOut, frozen=True, kw_only=True):
    """What became of a line.

    `booked`: it differed from what the ledger said at that instant (`expected`), and the `difference` was booked; `agreed`: it did not.
    `older`, `repeated`, `superseded` (a figure of a later moment was booked): ignored. `differs` (the same snapshot said something else
    before), `unknown_article`, `named_twice`, `tracked` (it has lots or serial numbers: count it): not taken. `short`: units that could not be taken, since they are promised.
    """

    position: int
    said: Said
    variant_id: UUID | None
    units: int
    expected: int | None
    difference: int
    on_hand: int | None
    short: int


class SnapshotOut(WireOut, frozen=True, kw_only=True):
    """A snapshot that was taken in, line by line; its id is its movements' `document_id`, null after a dry run."""

    id: UUID | None
    source: str
    location_id: UUID
    taken_at: datetime
    sequence: int | None
    received_at: datetime
    booked: int
    lines: list[SnapshotLineOut]


class ShortfallOut(WireOut, frozen=True, kw_only=True):
    """Units that are promised from a shelf and are not there; `at_risk` are the orders and transfers that wait for some of it there."""

    id: UUID
    variant_id: UUID
    location_id: UUID
    units: int
    kind: FigureKind
    document_id: UUID
    at_risk: list[AtRisk]
    raised_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    version: int


class ResolveShortfallIn(WireIn, frozen=True, kw_only=True):
    """What was done about it."""

    resolution: Words
