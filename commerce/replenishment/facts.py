"""Suppliers, purchase orders, goods receipts and transfers, as values."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.ids import (
    FulfilmentOrderId,
    GoodsReceiptId,
    LocationId,
    OrderId,
    OrderLineId,
    PurchaseOrderId,
    SupplierId,
    TransferId,
    TransferLineId,
    VariantId,
)

Condition = Literal["good", "damaged"]


class PurchaseState(StrEnum):
    """Where a purchase order is. `closed_short`: what had not come by then is expected no more."""

    DRAFT = "draft"
    ORDERED = "ordered"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CANCELLED = "cancelled"
    CLOSED_SHORT = "closed_short"


class ReceiptState(StrEnum):
    """Where a goods receipt is: scanned into, booked, or thrown away."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class TransferState(StrEnum):
    """Where a transfer is. `ready_to_ship`: its units are reserved at the origin. `received`: nothing of it is open any more."""

    DRAFT = "draft"
    READY_TO_SHIP = "ready_to_ship"
    IN_TRANSIT = "in_transit"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class Peg(msgspec.Struct, frozen=True, kw_only=True):
    """For which units of which order goods travel: what arrives is reserved for that order at once."""

    order_id: OrderId
    order_line_id: OrderLineId
    fulfilment_order_id: FulfilmentOrderId | None = None


class PurchaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one article that were ordered; received (good) + damaged + cancelled <= ordered + over. `over` were accepted beyond it."""

    id: UUID
    position: int
    variant_id: VariantId
    supplier_sku: str | None = None
    unit_cost: int | None = None
    ordered: int
    received: int = 0
    damaged: int = 0
    cancelled: int = 0
    over: int = 0

    @property
    def came(self) -> int:
        """Units that arrived, in whatever condition."""
        return self.received + self.damaged

    @property
    def open(self) -> int:
        """Units that are still expected."""
        return max(0, self.ordered - self.came - self.cancelled)


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order: what a supplier is to bring to one location. Costs are minor units of `currency`."""

    id: PurchaseOrderId
    number: str
    supplier_id: SupplierId
    location_id: LocationId
    state: PurchaseState
    currency: str
    expected_on: date | None = None
    close_reason: str | None = None
    created_by: str
    created_at: datetime
    ordered_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1
    lines: tuple[PurchaseLine, ...] = ()

    def line_of(self, variant_id: UUID) -> PurchaseLine | None:
        """Gives the line of an article; there is at most one."""
        return next((line for line in self.lines if line.variant_id == variant_id), None)


class NoticeUnits(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one article that a supplier says are in a carton, with their lot or serial numbers where it says them."""

    variant_id: VariantId
    quantity: int
    lot: str | None = None
    expires_on: date | None = None
    serials: tuple[str, ...] = ()


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """Units that one scan added to a goods receipt. `exception`: none, an article that was not ordered, or more than was."""

    variant_id: VariantId
    quantity: int
    condition: Condition = "good"
    exception: Literal["wrong_article", "over"] | None = None
    lot: str | None = None
    expires_on: date | None = None
    serials: tuple[str, ...] = ()


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that arrived from a supplier at one location; without a purchase order it is blind. Nothing is booked until it is closed."""

    id: GoodsReceiptId
    number: str
    location_id: LocationId
    purchase_order_id: PurchaseOrderId | None = None
    notice_id: UUID | None = None
    state: ReceiptState
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None = None
    version: int = 1
    units: tuple[Scanned, ...] = ()


class TransferLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one article on their way: shipped + cancelled <= quantity, received + damaged + lost + returned <= shipped.

    The first `pegged` good units that arrive are the order line's, the rest is for the shelf.
    """

    id: TransferLineId
    position: int
    variant_id: VariantId
    quantity: int
    cancelled: int = 0
    shipped: int = 0
    received: int = 0
    damaged: int = 0
    lost: int = 0
    returned: int = 0
    pegged: int = 0
    order_id: OrderId | None = None
    order_line_id: OrderLineId | None = None
    fulfilment_order_id: FulfilmentOrderId | None = None

    @property
    def peg(self) -> Peg | None:
        """For which order its units travel."""
        if self.order_id is None or self.order_line_id is None or not self.pegged:
            return None
        return Peg(
            order_id=self.order_id, order_line_id=self.order_line_id, fulfilment_order_id=self.fulfilment_order_id
        )

    @property
    def for_order(self) -> int:
        """Units that arrived and are the order's."""
        return min(self.received, self.pegged)

    @property
    def to_ship(self) -> int:
        """Units that have not left the origin and are still to."""
        return self.quantity - self.cancelled - self.shipped

    @property
    def in_transit(self) -> int:
        """Units that left the origin and of which nothing was heard since."""
        return self.shipped - self.received - self.damaged - self.lost - self.returned


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that go from one location to another. `returns_id` is the cancelled transfer whose goods this one brings back."""

    id: TransferId
    number: str
    origin_id: LocationId
    destination_id: LocationId
    state: TransferState
    reason: str
    returns_id: TransferId | None = None
    close_reason: str | None = None
    claim: str | None = None
    created_by: str
    created_at: datetime
    approved_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1
    lines: tuple[TransferLine, ...] = ()

    def line(self, line_id: UUID) -> TransferLine | None:
        """Gives a line by its id."""
        return next((line for line in self.lines if line.id == line_id), None)


class TransferWish(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one article that should travel, for an order's line or for the shelf."""

    variant_id: VariantId
    quantity: int
    peg: Peg | None = None


class ShippedUnits(msgspec.Struct, frozen=True, kw_only=True):
    """Units of a transfer's line in a shipment."""

    transfer_line_id: TransferLineId
    quantity: int


class TransferShipment(msgspec.Struct, frozen=True, kw_only=True):
    """One of the shipments of a transfer: what left together, who carries it, and when it should arrive."""

    id: UUID
    number: str
    transfer_id: TransferId
    carrier: str | None = None
    tracking_number: str | None = None
    eta: datetime | None = None
    shipped_by: str
    shipped_at: datetime
    units: tuple[ShippedUnits, ...] = ()


class LineUnits(msgspec.Struct, frozen=True, kw_only=True):
    """What became of units of one transfer line in one act; `reserved` of the received ones are the order's now that `peg` names."""

    transfer_line_id: TransferLineId
    variant_id: VariantId
    received: int = 0
    reserved: int = 0
    damaged: int = 0
    lost: int = 0
    returned: int = 0
    cancelled: int = 0
    peg: Peg | None = None


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop decides of receiving. `receiver_differs`: who shipped does not receive, unless they may approve."""

    receiver_differs: bool = True
    over_tolerance_percent: int = 10
    version: int = 1


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """An article at a location that is below its minimum, and what counts towards it.

    `coming` is in transit, on transfers that have not left and on purchase orders, drafts too.
    """

    variant_id: VariantId
    location_id: LocationId
    minimum: int
    maximum: int
    on_hand: int
    reserved: int
    coming: int

    @property
    def missing(self) -> int:
        """Units up to the maximum."""
        return self.maximum - (self.on_hand - self.reserved + self.coming)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier that has an article, with its terms; `pack_size` and `minimum_order` in units of sale."""

    variant_id: VariantId
    supplier_id: SupplierId
    lead_days: int
    supplier_sku: str | None = None
    pack_size: int = 1
    minimum_order: int = 1
    unit_cost: int | None = None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Units that should come, and from where: a warehouse (transfer), a supplier (purchase), or nobody has them."""

    need: Need
    kind: Literal["transfer", "purchase", "none"]
    quantity: int
    origin_id: LocationId | None = None
    source: Source | None = None
