"""What replenishment reports. Each fact carries the document as it is after it; people and suppliers' contacts are in none of them."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.events import Event
from commerce.kernel.ids import GoodsReceiptId, LocationId, PurchaseOrderId, TransferId, VariantId
from commerce.replenishment.facts import LineUnits, Peg, Purchase, Transfer, TransferShipment


class _OfTransfer(msgspec.Struct, frozen=True, kw_only=True):
    transfer_id: TransferId
    transfer: Transfer

    def about(self) -> UUID:
        """Gives the transfer's id."""
        return self.transfer_id


class TransferApproved(_OfTransfer, Event, frozen=True, kw_only=True, tag="replenishment.transfer_approved.v1"):
    """Its units are reserved at the origin, which can send them."""


class TransferShipped(_OfTransfer, Event, frozen=True, kw_only=True, tag="replenishment.transfer_shipped.v1"):
    """Units left the origin."""

    shipment: TransferShipment


class TransferReceived(_OfTransfer, Event, frozen=True, kw_only=True, tag="replenishment.transfer_received.v1"):
    """Units arrived. `reserved` of the `received` ones are kept for the order of the peg at the destination; `damaged` ones never are."""

    lines: tuple[LineUnits, ...]


class TransferClosed(_OfTransfer, Event, frozen=True, kw_only=True, tag="replenishment.transfer_closed.v1"):
    """It was closed short: `lost` units are written off, `cancelled` ones never left the origin and are free there again."""

    reason: str
    claim: str | None
    lines: tuple[LineUnits, ...]


class TransferCancelled(_OfTransfer, Event, frozen=True, kw_only=True, tag="replenishment.transfer_cancelled.v1"):
    """It was cancelled. What was in transit is `returned` (by the transfer `return_id`) or `lost`, as was chosen."""

    in_transit: Literal["return", "write_off"] | None
    return_id: TransferId | None
    lines: tuple[LineUnits, ...]


class TransferDelayed(_OfTransfer, Event, frozen=True, kw_only=True, tag="replenishment.transfer_delayed.v1"):
    """A shipment is expected at another time than before; `pegs` are the order lines that wait for what is in it."""

    shipment_id: UUID
    eta_before: datetime | None
    eta: datetime
    reason: str
    pegs: tuple[Peg, ...]


class PurchaseOrdered(Event, frozen=True, kw_only=True, tag="replenishment.purchase_ordered.v1"):
    """A purchase order went to its supplier."""

    purchase_order_id: PurchaseOrderId
    purchase: Purchase

    def about(self) -> UUID:
        """Gives the purchase order's id."""
        return self.purchase_order_id


class PurchaseMoved(Event, frozen=True, kw_only=True, tag="replenishment.purchase_moved.v1"):
    """A purchase order that is open is expected on another day than `before`."""

    purchase_order_id: PurchaseOrderId
    purchase: Purchase
    before: date | None

    def about(self) -> UUID:
        """Gives the purchase order's id."""
        return self.purchase_order_id


class PurchaseClosed(Event, frozen=True, kw_only=True, tag="replenishment.purchase_closed.v1"):
    """Nothing more is expected of a purchase order: it was received, cancelled or closed short."""

    purchase_order_id: PurchaseOrderId
    purchase: Purchase

    def about(self) -> UUID:
        """Gives the purchase order's id."""
        return self.purchase_order_id


class ReceivedUnits(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one article that a goods receipt booked."""

    variant_id: VariantId
    good: int
    damaged: int


class GoodsReceived(Event, frozen=True, kw_only=True, tag="replenishment.goods_received.v1"):
    """Goods of a supplier are booked."""

    goods_receipt_id: GoodsReceiptId
    number: str
    location_id: LocationId
    purchase_order_id: PurchaseOrderId | None
    lines: tuple[ReceivedUnits, ...]

    def about(self) -> UUID:
        """Gives the goods receipt's id."""
        return self.goods_receipt_id
