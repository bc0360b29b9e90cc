"""Pick lists as values."""

import re
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from commerce.kernel.ids import FulfilmentOrderId, LocationId, PickListId, VariantId
from commerce.kernel.wire import Text3

WORKS_MOST = 50
"""The most orders that one picker walks for at a time."""

_DIGITS = re.compile(r"(\d+)")
WalkKey = tuple[bool, tuple[tuple[tuple[bool, int, str], ...], ...], str]


class PickListKind(StrEnum):
    """For what somebody walks: one order, several at once, or all that is due by an instant."""

    ORDER = "order"
    BATCH = "batch"
    WAVE = "wave"


class PickListState(StrEnum):
    """Whether somebody is still walking."""

    OPEN = "open"
    CLOSED = "closed"


class ShelfPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where an article lies at a location. People walk by aisle, bay and position; numbers in them count as numbers (A2 before A10)."""

    variant_id: VariantId
    aisle: str
    bay: str = ""
    position: str = ""


class PickList(msgspec.Struct, frozen=True, kw_only=True):
    """Work of a location that one picker does together. `picker` is a principal; `due_by` what a wave was made for, in UTC."""

    id: PickListId
    number: str
    location_id: LocationId
    kind: PickListKind
    state: PickListState
    picker: str
    due_by: datetime | None
    made_by: str
    made_at: datetime
    closed_at: datetime | None = None
    version: int = 1


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What one order has of an article on a list."""

    fulfilment_order_id: FulfilmentOrderId
    number: str
    line_id: UUID
    quantity: int
    picked: int
    short: int

    @property
    def left(self) -> int:
        """Units that nobody has looked for yet."""
        return self.quantity - self.picked - self.short


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """An article of a list: where it lies, and which orders want it, in the order of their promises."""

    variant_id: VariantId
    sku: str
    title: Text3
    option_text: str
    place: ShelfPlace | None
    shares: tuple[Share, ...]

    @property
    def left(self) -> int:
        """Units of all orders that nobody has looked for yet."""
        return sum(share.left for share in self.shares)


def walk_key(place: ShelfPlace | None, sku: str) -> WalkKey:
    """Gives what a walking order sorts by: aisle, bay, position; what lies nowhere comes last, by SKU."""
    parts = () if place is None else (place.aisle, place.bay, place.position)
    return place is None, tuple(_natural(part) for part in parts), sku


def _natural(part: str) -> tuple[tuple[bool, int, str], ...]:
    return tuple(
        (not piece.isdecimal(), int(piece) if piece.isdecimal() else 0, piece.upper())
        for piece in _DIGITS.split(part)
        if piece
    )
