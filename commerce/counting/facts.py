"""What counting takes and gives: counts and their lines, corrections, figures of a shelf and what became of them."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from commerce.catalog import ArticleName
from commerce.inventory import Spot
from commerce.kernel.ids import CountId, LocationId, VariantId

LINES_MOST = 500
"""The most articles of one count: a part of a shelf that one person counts in a few hours."""

UNITS_MOST = 1_000_000
"""The most units that a figure, a scan or a correction may speak of."""

ROUNDS_MOST = 20
"""The most rounds of one count; who has not agreed with the shelf by then opens another count."""


class CountState(StrEnum):
    """Where a count is."""

    COUNTING = "counting"
    RECOUNTING = "recounting"
    AWAITING_APPROVAL = "awaiting_approval"
    BOOKED = "booked"
    CANCELLED = "cancelled"


class CorrectionState(StrEnum):
    """Where a correction is: it waits for somebody else when it is beyond the limit."""

    WAITING = "waiting"
    BOOKED = "booked"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What became of the figure of a shelf: a difference was booked, there was none, a later figure stands, or nobody counted it."""

    BOOKED = "booked"
    AGREED = "agreed"
    SUPERSEDED = "superseded"
    LEFT_OUT = "left_out"


class LimitKind(StrEnum):
    """What a limit is for, in units.

    `correction`: of one correction without approval. `recount`: by which a line may differ before it is counted again. `count`: by which the
    lines of a count may differ together before somebody else approves it.
    """

    CORRECTION = "correction"
    RECOUNT = "recount"
    COUNT = "count"


class Direction(StrEnum):
    """Whether units leave the shelf or come to it."""

    OFF = "off"
    ONTO = "onto"


CountKind = Literal["articles", "category", "shelf"]
FigureKind = Literal["count", "snapshot"]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a shelf is corrected: which way units go, and the spot at the other end."""

    code: str
    name: dict[str, str]
    direction: Direction
    spot: Spot
    active: bool = True
    version: int = 0


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger says of an article at a location, its row locked: `position` is the number of its last movement, 0 before the first.

    `shortage` is at most 0: units that were sold or missed although no shelf had them free. What must truly stand there is
    `on_hand + shortage`. `reserved` counts live holds and orders only.
    """

    variant_id: VariantId
    on_hand: int
    shortage: int
    reserved: int
    position: int

    @property
    def due(self) -> int:
        """How many units must truly stand there."""
        return self.on_hand + self.shortage


class Figure(NamedTuple):
    """Somebody's word: `counted` units stood there at a position of the ledger, where it said `expected`."""

    variant_id: VariantId
    counted: int
    position: int
    expected: int


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """A figure against the ledger as it is now: what it changes on the shelf and in the shortage of the place, or why nothing."""

    variant_id: VariantId
    outcome: Outcome
    difference: int
    shelf: int
    shortage: int
    on_hand: int
    reserved: int


class CountLine(msgspec.Struct, frozen=True, kw_only=True):
    """One article of a count. `round` is the one in which it is counted; the figures are those of its last scan there.

    `first_position` is that of its first scan: another than `position` where units moved while it was being counted.
    """

    variant_id: VariantId
    round: int
    counted: int | None = None
    first_position: int | None = None
    position: int | None = None
    expected: int | None = None
    difference_before: int | None = None
    outcome: Outcome | None = None
    booked: int | None = None
    short: int | None = None

    @property
    def difference(self) -> int | None:
        """How many units more than expected were counted; None where nothing was counted yet."""
        return None if self.counted is None or self.expected is None else self.counted - self.expected

    @property
    def moved_meanwhile(self) -> bool:
        """Whether units moved between its first and its last scan, so that nobody can say what the sum is the sum of."""
        return self.first_position != self.position


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """A count of a location, or of a part of it, with the limits that held when it was opened."""

    id: CountId
    number: str
    location_id: LocationId
    kind: CountKind
    category_id: UUID | None
    after_variant_id: UUID | None
    through_variant_id: UUID | None
    state: CountState
    round: int
    recount_beyond: int
    approve_beyond: int
    units_off: int | None
    note: str
    opened_by: str
    submitted_by: str | None
    decided_by: str | None
    opened_at: datetime
    submitted_at: datetime | None
    closed_at: datetime | None
    version: int
    lines: Sequence[CountLine] = ()


class ShownCount(Count, frozen=True, kw_only=True):
    """A count with the names of its articles."""

    names: tuple[ArticleName, ...]


class CorrectionLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of an article that are corrected; with their lot or their serial numbers where the article asks for them."""

    variant_id: VariantId
    units: int
    lot: str | None = None
    expires_on: date | None = None
    serials: list[str] = []


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """Units that leave the shelves of a location, or come to them, for a reason; `limit_units` is what its asker may do alone."""

    id: UUID
    number: str
    location_id: LocationId
    reason: str
    direction: Direction
    spot: Spot
    note: str
    state: CorrectionState
    units: int
    limit_units: int
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str
    version: int
    lines: list[CorrectionLine]


class AtRisk(msgspec.Struct, frozen=True):
    """An order (or a transfer) that has units reserved where some are missing."""

    kind: str
    id: UUID
    units: int
