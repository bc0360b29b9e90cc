"""Lots with their last day of sale and serial numbers, for the articles that ask for them, beside the stock ledger.

Owns: what articles ask for (with its history), lots, their balances, serial numbers, the journal of their comings and goings (append-only).
Promises: units of a tracked article have a lot or a number at every spot; no lot goes below zero and a number is at one place only, however
    many act at once; a lot's balance is the sum of its journal; what expires first leaves first, and after its last day, by the calendar of the
    place, nothing leaves for a customer; an effect key moves once. An article that asks for nothing costs one statement.
Emits: nothing.
Knows: inventory's spots and causes; articles, locations and order lines by their ids. It moves no stock but what has expired, into quarantine:
    whoever does calls it in the same transaction, after inventory, with the same cause and effect key.
"""

from commerce.traceability.came import came
from commerce.traceability.counted import counted
from commerce.traceability.errors import (
    LotDiffers,
    LotExpired,
    LotNeeded,
    LotShort,
    NotSoldWithLine,
    SerialElsewhere,
    SerialNeeded,
    SerialUnknown,
    UnitsUndeclared,
)
from commerce.traceability.expired import expired, put_aside, take_aside
from commerce.traceability.facts import (
    MOST_SERIALS,
    STANDING,
    Came,
    Counted,
    Left,
    LotUnits,
    Returned,
    Standing,
    Traced,
    Tracking,
)
from commerce.traceability.follow import Tagged, follow
from commerce.traceability.left import left, went
from commerce.traceability.queries import numbers_on, pick_lots
from commerce.traceability.returned import returned
from commerce.traceability.schemas import TraceCode
from commerce.traceability.tracked import tracking
from commerce.traceability.unmatched import Unmatched, unmatched

__all__ = [
    "MOST_SERIALS",
    "STANDING",
    "Came",
    "Counted",
    "Left",
    "LotDiffers",
    "LotExpired",
    "LotNeeded",
    "LotShort",
    "LotUnits",
    "NotSoldWithLine",
    "Returned",
    "SerialElsewhere",
    "SerialNeeded",
    "SerialUnknown",
    "Standing",
    "Tagged",
    "TraceCode",
    "Traced",
    "Tracking",
    "UnitsUndeclared",
    "Unmatched",
    "came",
    "counted",
    "expired",
    "follow",
    "left",
    "numbers_on",
    "pick_lots",
    "put_aside",
    "returned",
    "take_aside",
    "tracking",
    "unmatched",
    "went",
]
