"""The wire of transfers."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from commerce.kernel.wire import BATCH_MOST, Instant, Name, Quantity, WireIn, WireOut
from commerce.replenishment.facts import TransferState
from commerce.replenishment.schemas import CARTONS_MOST, LINES_MOST, Barcode, Lot, Reason, Serials, Units


class TransferLineIn(WireIn, frozen=True, kw_only=True):
    """Units of an article that should travel."""

    variant_id: UUID
    quantity: Units


TransferLines = Annotated[list[TransferLineIn], Meta(min_length=1, max_length=LINES_MOST)]


class TransferIn(WireIn, frozen=True, kw_only=True):
    """A new transfer, as a draft, between two locations of which one is the caller's; an article may stand in it once."""

    origin_id: UUID
    destination_id: UUID
    reason: Reason
    lines: TransferLines


class TransferPatch(WireIn, frozen=True, kw_only=True):
    """The lines of a draft, replaced as a whole, and its reason."""

    reason: Reason | UnsetType = UNSET
    lines: TransferLines | UnsetType = UNSET


class ShipLineIn(WireIn, frozen=True, kw_only=True):
    """Units of a line that leave now; of articles with serial numbers, which ones."""

    transfer_line_id: UUID
    quantity: Units
    serials: Serials = field(default_factory=list)
    lot: Lot | None = None


class TransferCartonUnits(WireIn, frozen=True, kw_only=True):
    """Units of a line in a carton, with their serial numbers where the article asks for them."""

    transfer_line_id: UUID
    quantity: Quantity
    serials: Serials = field(default_factory=list)


class TransferCartonIn(WireIn, frozen=True, kw_only=True):
    """A carton by its barcode and what is in it."""

    barcode: Barcode
    units: Annotated[list[TransferCartonUnits], Meta(min_length=1, max_length=BATCH_MOST)]


class ShipTransferIn(WireIn, frozen=True, kw_only=True):
    """A shipment: the units of `lines`, else those in `cartons`, else all that is approved and has not left.

    With both, what is in cartons is part of the lines. `eta` is when it should arrive.
    """

    lines: Annotated[list[ShipLineIn], Meta(min_length=1, max_length=LINES_MOST)] | None = None
    cartons: Annotated[list[TransferCartonIn], Meta(max_length=CARTONS_MOST)] = field(default_factory=list)
    carrier: Name | None = None
    tracking_number: Name | None = None
    eta: Instant | None = None


class ReceiveTransferIn(WireIn, frozen=True, kw_only=True):
    """One scan: a carton's barcode, or an article's barcode or SKU with its units. `scan_id` is the scanner's own, a new one for each scan.

    `found`: the article is not on the transfer and is here nevertheless; it needs a reason and the scope stock:adjust or stock:approve.
    """

    scan_id: UUID
    barcode: Barcode
    quantity: Units = 1
    condition: Literal["good", "damaged"] = "good"
    lot: Lot | None = None
    expires_on: date | None = None
    serials: Serials = field(default_factory=list)
    found: bool = False
    reason: Reason | None = None


class CloseTransferIn(WireIn, frozen=True, kw_only=True):
    """Why what is still in transit is written off, and the claim against whoever lost it."""

    reason: Reason
    claim: Name | None = None


class CancelTransferIn(WireIn, frozen=True, kw_only=True):
    """Why; and, where goods are in transit, whether they come back to the origin or are written off."""

    reason: Reason
    in_transit: Literal["return", "write_off"] | None = None


class EtaIn(WireIn, frozen=True, kw_only=True):
    """When a shipment is expected now, and why."""

    eta: Instant
    reason: Reason


class TransferLineOut(WireOut, frozen=True, kw_only=True):
    """Units of one article: quantity = to_ship + cancelled + shipped; shipped = in_transit + received + damaged + lost + returned.

    The first `pegged` good ones that arrive are the order line's.
    """

    id: UUID
    variant_id: UUID
    sku: str | None
    title: str | None
    quantity: int
    to_ship: int
    cancelled: int
    shipped: int
    in_transit: int
    received: int
    damaged: int
    lost: int
    returned: int
    pegged: int
    order_id: UUID | None
    order_line_id: UUID | None


class ShippedUnitsOut(WireOut, frozen=True, kw_only=True):
    """Units of a line in a shipment."""

    transfer_line_id: UUID
    quantity: int


class TransferShipmentOut(WireOut, frozen=True, kw_only=True):
    """What left together."""

    id: UUID
    number: str
    carrier: str | None
    tracking_number: str | None
    eta: datetime | None
    shipped_at: datetime
    units: list[ShippedUnitsOut]


class TransferOut(WireOut, frozen=True, kw_only=True):
    """A transfer; `returns_id` is the cancelled one whose goods it brings back, `returned_by` the one that brings its own back. Its shipments
    are shown when it is read by itself.
    """

    id: UUID
    version: int
    number: str
    origin_id: UUID
    destination_id: UUID
    state: TransferState
    reason: str
    returns_id: UUID | None
    returned_by: UUID | None
    close_reason: str | None
    claim: str | None
    created_at: datetime
    approved_at: datetime | None
    closed_at: datetime | None
    lines: list[TransferLineOut]
    shipments: list[TransferShipmentOut] | None = None


class TransferScannedOut(WireOut, frozen=True, kw_only=True):
    """Units that a scan took in; without a line they were found. `reserved` of them are kept for `order_line_id` now."""

    transfer_line_id: UUID | None
    variant_id: UUID
    sku: str | None = None
    title: str | None = None
    quantity: int
    condition: Literal["good", "damaged"]
    reserved: int
    order_line_id: UUID | None


class TransferScanOut(WireOut, frozen=True, kw_only=True):
    """What a scan took in, and the transfer's state and units in transit after it."""

    scan_id: UUID
    units: list[TransferScannedOut]
    state: TransferState
    in_transit: int
