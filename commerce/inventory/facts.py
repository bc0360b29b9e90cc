"""What inventory takes and gives: demands, causes, levels."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, VariantId

MOST_UNITS = 1_000_000_000
"""The most units that a shelf or a demand can have: far from what 32 bits hold, so that sums never overflow."""

FEW_UNITS = 5
"""So many available units, or fewer, are shown to the public as few; exact figures are for those who work with stock."""


class MovementKind(StrEnum):
    """Why units came to a shelf or left it."""

    INITIAL = "initial"
    RECEIVED = "received"
    ADJUSTED = "adjusted"
    SOLD = "sold"
    RETURNED = "returned"


class EndingKind(StrEnum):
    """How a reserved unit ends: it left the shelf, it was given up, or its hold was over."""

    CONSUMED = "consumed"
    RELEASED = "released"
    EXPIRED = "expired"


class Place(NamedTuple):
    """One article at one location: what a level, a movement and a reservation are about."""

    variant_id: VariantId
    location_id: LocationId


class Demand(NamedTuple):
    """Units of one article at one location, in units of sale; at least 1."""

    variant_id: VariantId
    location_id: LocationId
    quantity: int


class Cause(msgspec.Struct, frozen=True):
    """Why stock changes: the kind of the document ("return", "fulfilment_order", "adjustment" …), its id, and who acted (a principal)."""

    kind: str
    document_id: UUID | None
    actor: str
    reason: str = ""


class Level(msgspec.Struct, frozen=True):
    """What is on a shelf, what of it is promised to live holds and orders, and what is left: available = on_hand - reserved."""

    variant_id: VariantId
    location_id: LocationId
    on_hand: int
    reserved: int
    available: int


class Shortage(msgspec.Struct, frozen=True):
    """A demand that cannot be met: what was asked for, and what could be had instead; no location: anywhere that sends."""

    variant_id: VariantId
    location_id: LocationId | None
    requested: int
    available: int


def summed(lines: Iterable[tuple[VariantId, LocationId, int]]) -> Mapping[Place, int]:
    """Gives the units wanted at each place, in the order in which rows are locked. Quantities below 1 or beyond all sense are a Bug."""
    wanted: dict[Place, int] = {}
    for variant_id, location_id, quantity in lines:
        if not 1 <= quantity <= MOST_UNITS:
            raise Bug(f"{quantity} is no number of units to move or to keep")
        place = Place(variant_id, location_id)
        wanted[place] = wanted.get(place, 0) + quantity
    return dict(sorted(wanted.items()))
