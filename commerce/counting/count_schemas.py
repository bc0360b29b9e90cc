"""Counts on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from commerce.counting.facts import LINES_MOST, CountKind, CountState, Outcome
from commerce.counting.finish_count import Uncounted
from commerce.counting.scan import Taken
from commerce.counting.schemas import ArticleCode, Note, Units
from commerce.kernel.wire import WireIn, WireOut
from commerce.traceability import TraceCode

SCANS_MOST = 200


class ArticleIn(WireIn, frozen=True, kw_only=True):
    """An article: by `variant_id`, or by a `code`, its barcode or SKU."""

    variant_id: UUID | None = None
    code: ArticleCode | None = None


class CountIn(WireIn, frozen=True, kw_only=True):
    """What is to be counted at a location: `articles`, or a `category_id` (with all below it), or neither for the whole shelf.

    A category and a shelf are counted in parts of `most` articles; the next part comes after the `through_variant_id` of the one before.
    """

    location_id: UUID
    articles: Annotated[list[ArticleIn], Meta(min_length=1, max_length=LINES_MOST)] | None = None
    category_id: UUID | None = None
    after_variant_id: UUID | None = None
    most: Annotated[int, Meta(ge=1, le=LINES_MOST)] = LINES_MOST
    note: Note = ""


class ScanIn(WireIn, frozen=True, kw_only=True):
    """Something that was seen on the shelf. The `id` is yours: sent again, the scan counts once.

    `add`: so many more than were scanned before. `total`: so many in all, whatever was scanned of the article in this round. An article
    with lots needs the lot with each scan, one with serial numbers is scanned unit by unit.
    """

    id: UUID
    variant_id: UUID | None = None
    code: ArticleCode | None = None
    units: Units = 1
    how: Literal["add", "total"] = "add"
    lot: TraceCode | None = None
    expires_on: date | None = None
    serial: TraceCode | None = None


class ScansIn(WireIn, frozen=True, kw_only=True):
    """Scans, in the order in which they were made."""

    scans: Annotated[list[ScanIn], Meta(min_length=1, max_length=SCANS_MOST)]


class SubmitCountIn(WireIn, frozen=True, kw_only=True):
    """What becomes of articles that nobody scanned in this round: the count is refused, there are none of them, or they are left out."""

    uncounted: Uncounted = "refuse"


class RecountIn(WireIn, frozen=True, kw_only=True):
    """Which articles are to be counted again; without a list, all that differ."""

    variant_ids: Annotated[list[UUID], Meta(min_length=1, max_length=LINES_MOST)] | None = None


class CountLineOut(WireOut, frozen=True, kw_only=True):
    """An article of a count, as its counter sees it: what was scanned in its round, and whether it is to be counted now."""

    variant_id: UUID
    sku: str | None
    title: str | None
    round: int
    counted: int | None
    to_count: bool


class CountOut(WireOut, frozen=True, kw_only=True):
    """A count as its counters see it: nobody who counts is told what is expected.

    `through_variant_id` is where this part of a shelf or a category ends; null where nothing comes after it.
    """

    id: UUID
    number: str
    location_id: UUID
    kind: CountKind
    category_id: UUID | None
    after_variant_id: UUID | None
    through_variant_id: UUID | None
    state: CountState
    round: int
    note: str
    opened_by: str
    submitted_by: str | None
    opened_at: datetime
    submitted_at: datetime | None
    closed_at: datetime | None
    version: int
    lines: list[CountLineOut]


class CountSummaryOut(WireOut, frozen=True, kw_only=True):
    """A count in a list."""

    id: UUID
    number: str
    location_id: UUID
    kind: CountKind
    state: CountState
    round: int
    note: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None


class ScanOut(WireOut, frozen=True, kw_only=True):
    """What became of a scan, and what its line stands at now.

    `repeated` and `differs`: its id was taken before, with the same content or with another. `not_in_round`: the article is not to be
    counted again. `lot_needed`, `serial_needed`, `serial_twice`: scan the label, once. What was not `accepted` changed nothing.
    """

    id: UUID
    taken: Taken
    variant_id: UUID | None
    sku: str | None
    title: str | None
    counted: int | None


class ScansOut(WireOut, frozen=True, kw_only=True):
    """An answer for each scan, in their order, and how many articles of this round nobody has scanned yet."""

    count_id: UUID
    round: int
    uncounted: int
    scans: list[ScanOut]


class DifferenceOut(WireOut, frozen=True, kw_only=True):
    """A line for those who approve: `expected` is what the ledger said when it was counted, `position` the last movement by then.

    `booked` is what it changed (of which `short` units could not be taken from the shelf, since they are promised); null until it is booked.
    """

    variant_id: UUID
    sku: str | None
    title: str | None
    round: int
    counted: int | None
    expected: int | None
    difference: int | None
    position: int | None
    moved_meanwhile: bool
    outcome: Outcome | None
    booked: int | None
    short: int | None


class DifferencesOut(WireOut, frozen=True, kw_only=True):
    """What a count differs by, and the limits that hold for it, in units."""

    count_id: UUID
    state: CountState
    round: int
    recount_beyond: int
    approve_beyond: int
    units_off: int | None
    decided_by: str | None
    lines: list[DifferenceOut]
