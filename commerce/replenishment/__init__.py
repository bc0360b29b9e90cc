"""Replenishment: what comes from suppliers and what goes from one location to another, until it lies on a shelf.

Owns: suppliers and their articles, purchase orders, shipping notices, goods receipts, transfers with their shipments and cartons, the
bounds of replenishment, the shop's rules of receiving.
Promises: only the moves in its tables (G10); a scan counts once, however often it is sent; received + lost = dispatched, and the sum over
all places changes by nothing at each step of a transfer (G5, G7); no more is received than is in transit; what is on its way is written off
or brought back by somebody who says so; what arrives for an order's line is reserved for it in the same transaction.
Emits: TransferApproved, TransferShipped, TransferReceived, TransferClosed, TransferCancelled, TransferDelayed, PurchaseOrdered,
PurchaseMoved, PurchaseClosed, GoodsReceived.
Knows: stores, the catalogue's codes, inventory; orders and fulfilment orders by their ids only.
"""

from commerce.replenishment.draft_transfer import request_transfer
from commerce.replenishment.errors import (
    InTransitChoiceNeeded,
    MoreThanInTransit,
    OtherSidesTurn,
    OverReceipt,
    ScanDiffers,
)
from commerce.replenishment.events import (
    GoodsReceived,
    PurchaseClosed,
    PurchaseMoved,
    PurchaseOrdered,
    TransferApproved,
    TransferCancelled,
    TransferClosed,
    TransferDelayed,
    TransferReceived,
    TransferShipped,
)
from commerce.replenishment.expected import Expected, expected
from commerce.replenishment.facts import LineUnits, Peg, Transfer, TransferLine, TransferState, TransferWish
from commerce.replenishment.queries import shipments_of, transfer
from commerce.replenishment.unpeg import Unpegged, unpeg

__all__ = [
    "Expected",
    "GoodsReceived",
    "InTransitChoiceNeeded",
    "LineUnits",
    "MoreThanInTransit",
    "OtherSidesTurn",
    "OverReceipt",
    "Peg",
    "PurchaseClosed",
    "PurchaseMoved",
    "PurchaseOrdered",
    "ScanDiffers",
    "Transfer",
    "TransferApproved",
    "TransferCancelled",
    "TransferClosed",
    "TransferDelayed",
    "TransferLine",
    "TransferReceived",
    "TransferShipped",
    "TransferState",
    "TransferWish",
    "Unpegged",
    "expected",
    "request_transfer",
    "shipments_of",
    "transfer",
    "unpeg",
]
