"""Identifiers: UUIDv7 (RFC 9562, section 5.7), made in the application, and a distinct type for each kind of thing."""

import os
import secrets
import time
from typing import NewType
from uuid import UUID

VariantId = NewType("VariantId", UUID)
ProductId = NewType("ProductId", UUID)
CategoryId = NewType("CategoryId", UUID)
LocationId = NewType("LocationId", UUID)
ChannelId = NewType("ChannelId", UUID)
PriceListId = NewType("PriceListId", UUID)
DeliveryMethodId = NewType("DeliveryMethodId", UUID)
QuoteId = NewType("QuoteId", UUID)
CartId = NewType("CartId", UUID)
CartLineId = NewType("CartLineId", UUID)
HoldId = NewType("HoldId", UUID)
OrderId = NewType("OrderId", UUID)
OrderLineId = NewType("OrderLineId", UUID)
PaymentId = NewType("PaymentId", UUID)
RefundId = NewType("RefundId", UUID)
FulfilmentOrderId = NewType("FulfilmentOrderId", UUID)
FulfilmentLineId = NewType("FulfilmentLineId", UUID)
ShipmentId = NewType("ShipmentId", UUID)
PackageId = NewType("PackageId", UUID)
PickListId = NewType("PickListId", UUID)
RejectionId = NewType("RejectionId", UUID)
SubstituteId = NewType("SubstituteId", UUID)
SlotId = NewType("SlotId", UUID)
SupplierId = NewType("SupplierId", UUID)
PurchaseOrderId = NewType("PurchaseOrderId", UUID)
GoodsReceiptId = NewType("GoodsReceiptId", UUID)
TransferId = NewType("TransferId", UUID)
TransferLineId = NewType("TransferLineId", UUID)
CountId = NewType("CountId", UUID)
ReturnId = NewType("ReturnId", UUID)
ReturnLineId = NewType("ReturnLineId", UUID)
ShopperId = NewType("ShopperId", UUID)
StaffId = NewType("StaffId", UUID)
TerminalId = NewType("TerminalId", UUID)
ApiClientId = NewType("ApiClientId", UUID)
SessionId = NewType("SessionId", UUID)
RoleId = NewType("RoleId", UUID)
EventId = NewType("EventId", UUID)
JobId = NewType("JobId", UUID)

# Letters and digits that people do not mistake for one another when they read a number aloud (no 0 O 1 I L U).
READABLE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """Gives a UUIDv7: 48 bits of the Unix time in milliseconds, then 74 random bits, so that rows made together lie together."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    return UUID(int=high | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | random & 0x3FFF_FFFF_FFFF_FFFF)


def document_number(prefix: str, length: int = 10) -> str:
    """Gives a short number for people, such as `O-7KQ2M9XW4T`: not guessable, unique by the table's own constraint."""
    return f"{prefix}-{readable_code(length)}"


def readable_code(length: int) -> str:
    """Gives random readable characters, about 4.9 bits each, from the operating system's source of randomness."""
    return "".join(secrets.choice(READABLE) for _ in range(length))
