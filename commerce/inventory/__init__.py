"""Stock: what is on which shelf, why, and what of it is promised to whom.

Owns: levels, movements (append-only), reservations.
Promises: on hand is the sum of its movements and never negative; no more is promised than there is, whoever asks and however many at once;
    each reserved unit ends once, as consumed, released or expired; an effect key moves units once; no answer depends on a job having run.
Emits: nothing yet.
Knows: articles and locations by their ids, orders and holds as whose the units are; no price, no order, no calendar.
"""

from commerce.inventory.adjust import Adjustment, adjust
from commerce.inventory.bind import bind
from commerce.inventory.consume import consume
from commerce.inventory.errors import (
    AlreadyStocked,
    BelowReserved,
    EffectDiffers,
    HoldDiffers,
    HoldExpired,
    InsufficientStock,
    NotReserved,
    StockMoved,
)
from commerce.inventory.expire import free_all_expired
from commerce.inventory.facts import FEW_UNITS, Cause, Demand, Level, MovementKind, Shortage
from commerce.inventory.hold import hold
from commerce.inventory.queries import available, levels, live_levels
from commerce.inventory.receive import receive, set_initial
from commerce.inventory.release import release
from commerce.inventory.reserve import reserve

__all__ = [
    "FEW_UNITS",
    "Adjustment",
    "AlreadyStocked",
    "BelowReserved",
    "Cause",
    "Demand",
    "EffectDiffers",
    "HoldDiffers",
    "HoldExpired",
    "InsufficientStock",
    "Level",
    "MovementKind",
    "NotReserved",
    "Shortage",
    "StockMoved",
    "adjust",
    "available",
    "bind",
    "consume",
    "free_all_expired",
    "hold",
    "levels",
    "live_levels",
    "receive",
    "release",
    "reserve",
    "set_initial",
]
