"""Pick lists on the wire."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from commerce.fulfilment.pick_facts import WORKS_MOST, PickList, PickListKind, PickListState, Walk
from commerce.fulfilment.schemas import Reason
from commerce.kernel.ids import VariantId
from commerce.kernel.wire import BATCH_MOST, Instant, Quantity, WireIn, WireOut
from commerce.traceability import LotUnits, TraceCode

SCANNED_MOST = 100
Scanned = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+\Z", description="A barcode or a SKU")
]
Spot = Annotated[str, Meta(max_length=20, pattern=r"^[^\x00-\x1f\x7f]*\Z")]


class NewPickList(WireIn, frozen=True, kw_only=True):
    """What is picked together. `order`: one fulfilment order. `batch`: several. `wave`: all that is due before `due_by`, or, with
    `carrier_cut_off`, all parcels that were placed before the carriers' next cut-off; `work_kind` keeps a wave to one kind of work.

    `picker_id` is one of the staff; left out, the caller.
    """

    location_id: UUID
    kind: PickListKind
    fulfilment_order_ids: Annotated[tuple[UUID, ...], Meta(max_length=WORKS_MOST)] = ()
    due_by: Instant | None = None
    carrier_cut_off: bool = False
    work_kind: Literal["pickup", "ship"] | None = None
    picker_id: UUID | None = None


class AssignIn(WireIn, frozen=True, kw_only=True):
    """Who picks from now on; left out, the caller."""

    picker_id: UUID | None = None


class PickScanIn(WireIn, frozen=True, kw_only=True):
    """Units of an article that were taken off the shelf. `scan_id` is the scanner's own, a new one for each scan; `serials` has one for
    each unit, where the article asks for serial numbers and they are not asked for when the goods leave.
    """

    scan_id: UUID
    code: Scanned
    quantity: Quantity = 1
    serials: Annotated[tuple[TraceCode, ...], Meta(max_length=SCANNED_MOST)] = ()


class PickShortIn(WireIn, frozen=True, kw_only=True):
    """Units of an article that cannot be had, and why; `scan_id` as with a scan.

    `serials` are the numbers of these units, as far as somebody read them: damaged ones.
    """

    scan_id: UUID
    code: Scanned
    quantity: Quantity
    reason: Reason
    serials: Annotated[tuple[TraceCode, ...], Meta(max_length=SCANNED_MOST)] = ()


class ShelfPlaceIn(WireIn, frozen=True, kw_only=True):
    """Where an article lies; without an aisle it lies nowhere any more."""

    variant_id: UUID
    aisle: Spot | None = None
    bay: Spot = ""
    position: Spot = ""


class ShelfPlacesIn(WireIn, frozen=True, kw_only=True):
    """Where articles lie at a location."""

    location_id: UUID
    places: Annotated[list[ShelfPlaceIn], Meta(min_length=1, max_length=BATCH_MOST)]


class ShelfPlaceOut(WireOut, frozen=True, kw_only=True):
    """Where an article lies."""

    variant_id: UUID
    aisle: str
    bay: str
    position: str


class ShelfPlacesOut(WireOut, frozen=True, kw_only=True):
    """How many places were set and how many taken away."""

    location_id: UUID
    set: int
    removed: int


class PickLotOut(WireOut, frozen=True, kw_only=True):
    """A lot to take units from; those that expire first come first."""

    lot: str
    expires_on: date | None
    quantity: int


class PickShareOut(WireOut, frozen=True, kw_only=True):
    """What one order has of an article on the list."""

    fulfilment_order_id: UUID
    number: str
    line_id: UUID
    quantity: int
    picked: int
    short: int


class PickLineOut(WireOut, frozen=True, kw_only=True):
    """An article, where it lies, how far it is, and which orders want it, in the order of their promises."""

    variant_id: UUID
    sku: str
    title: str
    option_text: str
    place: ShelfPlaceOut | None
    quantity: int
    picked: int
    short: int
    left: int
    lots: list[PickLotOut]
    orders: list[PickShareOut]


class PickListHeaderOut(WireOut, frozen=True, kw_only=True):
    """A pick list."""

    id: UUID
    number: str
    location_id: UUID
    kind: PickListKind
    state: PickListState
    picker: str
    due_by: datetime | None
    made_at: datetime
    closed_at: datetime | None


class PickListOut(PickListHeaderOut, frozen=True, kw_only=True):
    """A pick list with its articles in walking order."""

    left: int
    lines: list[PickLineOut]


class PutOut(WireOut, frozen=True, kw_only=True):
    """Units for one order."""

    fulfilment_order_id: UUID
    number: str
    quantity: int


class PickScanOut(WireOut, frozen=True, kw_only=True):
    """What became of a scan: which units go into which order, and what is left of the article and of the list."""

    scan_id: UUID
    variant_id: UUID
    sku: str
    quantity: int
    put: list[PutOut]
    article_left: int
    list_left: int


def header_out(found: PickList) -> PickListHeaderOut:
    """Shapes a list for the wire, without its articles."""
    return PickListHeaderOut(**{name: getattr(found, name) for name in PickListHeaderOut.__struct_fields__})


def pick_list_out(
    found: PickList, walks: Sequence[Walk], lots: Mapping[VariantId, Sequence[LotUnits]], language: str
) -> PickListOut:
    """Shapes a list for the wire, titles in a language."""
    return PickListOut(
        **{name: getattr(found, name) for name in PickListHeaderOut.__struct_fields__},
        left=sum(walk.left for walk in walks),
        lines=[_line_out(walk, lots.get(walk.variant_id, ()), language) for walk in walks],
    )


def _line_out(walk: Walk, lots: Sequence[LotUnits], language: str) -> PickLineOut:
    place = walk.place
    return PickLineOut(
        variant_id=walk.variant_id,
        sku=walk.sku,
        title=walk.title.said(language),
        option_text=walk.option_text,
        place=None
        if place is None
        else ShelfPlaceOut(variant_id=place.variant_id, aisle=place.aisle, bay=place.bay, position=place.position),
        quantity=sum(share.quantity for share in walk.shares),
        picked=sum(share.picked for share in walk.shares),
        short=sum(share.short for share in walk.shares),
        left=walk.left,
        lots=[PickLotOut(lot=lot.lot, expires_on=lot.expires_on, quantity=lot.quantity) for lot in lots],
        orders=[
            PickShareOut(**{name: getattr(share, name) for name in PickShareOut.__struct_fields__})
            for share in walk.shares
        ],
    )
