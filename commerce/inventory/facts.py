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


class Spot(StrEnum):
    """Where units can be. Each movement goes from one spot to another, so that no unit comes from nowhere.

    The first four keep a balance for each article and location that is never below zero; what is in transit stands at the location that it
    goes to. A shortage keeps one that is never above zero: units that were sold or missed although no shelf had them free. The other five
    are the world outside: they have no location and no balance, and what came from them or went there is the sum of the movements.
    """

    SHELF = "shelf"
    IN_TRANSIT = "in_transit"
    QUARANTINE = "quarantine"
    DAMAGED = "damaged"
    SHORTAGE = "shortage"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    SHRINKAGE = "shrinkage"
    OPENING = "opening"


INSIDE = (Spot.SHELF, Spot.IN_TRANSIT, Spot.QUARANTINE, Spot.DAMAGED, Spot.SHORTAGE)
"""The spots whose units are counted at a location: the sum over all of them changes only by what comes in or goes out."""

BESIDE_THE_SHELF = (Spot.IN_TRANSIT, Spot.QUARANTINE, Spot.DAMAGED)
"""Where units are that are the shop's and that nobody can be promised."""


class MovementKind(StrEnum):
    """Why units came to a spot or left it."""

    INITIAL = "initial"
    RECEIVED = "received"
    ADJUSTED = "adjusted"
    SOLD = "sold"
    RETURNED = "returned"
    MOVED = "moved"
    SETTLED = "settled"


class OwnerKind(StrEnum):
    """For whom units are reserved once they are more than a hold."""

    ORDER = "order"
    TRANSFER = "transfer"


class EndingKind(StrEnum):
    """How a reserved unit ends: it left the shelf, it was given up, or its hold was over."""

    CONSUMED = "consumed"
    RELEASED = "released"
    EXPIRED = "expired"


class RepairKind(StrEnum):
    """What a repair made agree: a balance with its movements, reserved units with reservations, a reservation with its endings."""

    BALANCE = "balance"
    RESERVED = "reserved"
    ENDING = "ending"


class Place(NamedTuple):
    """One article at one location: what a level, a movement and a reservation are about."""

    variant_id: VariantId
    location_id: LocationId


class Demand(NamedTuple):
    """Units of one article at one location, in units of sale; at least 1."""

    variant_id: VariantId
    location_id: LocationId
    quantity: int


class Move(NamedTuple):
    """Units of one article from one spot to another; at least 1.

    A spot that keeps a balance needs its location. A shortage may be left without one when the other end has one: it is that location's.
    """

    variant_id: VariantId
    quantity: int
    from_spot: Spot
    from_location: LocationId | None
    to_spot: Spot
    to_location: LocationId | None


class Balance(msgspec.Struct, frozen=True):
    """Units of an article at a spot of a location that is not its shelf; a shortage is below zero."""

    variant_id: VariantId
    location_id: LocationId
    spot: Spot
    units: int


class Cause(msgspec.Struct, frozen=True):
    """Why stock changes: the kind of the document ("return", "fulfilment_order", "adjustment" …), its id, and who acted (a principal)."""

    kind: str
    document_id: UUID | None
    actor: str
    reason: str = ""


class Level(msgspec.Struct, frozen=True):
    """What is on a shelf, what of it is promised to live holds and orders, and what is left: available = on_hand - reserved.

    Of what is available, `safety` units are kept back from whatever is sold without standing before the shelf, and so are the `claimed` units that
    orders wait for here, and all of it while the shelf is `closed`: until its release date.
    """

    variant_id: VariantId
    location_id: LocationId
    on_hand: int
    reserved: int
    available: int
    safety: int = 0
    claimed: int = 0
    closed: bool = False

    @property
    def online(self) -> int:
        """What may be promised to those who do not stand before the shelf, before the buffers of single channels."""
        return 0 if self.closed else max(0, self.available - self.safety - self.claimed)


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
    return dict(sorted(wanted.items(), key=lambda each: in_order(each[0])))


def in_order(place: Place) -> tuple[int, int]:
    """Gives what places are sorted by, before their rows are locked: the order of PostgreSQL's own UUIDs, in plain numbers."""
    return place.variant_id.int, place.location_id.int
