"""Stock: where units are, why, and what of them is promised to whom.

Owns: levels, balances beside the shelf, movements (append-only), reservations, what shelves keep back, how much of them orders wait for, demand that has
no place yet.
Promises: each movement has two ends, so no unit comes from nowhere; on hand is the sum of its movements and never negative; no more is promised than there is, whoever asks and however many at once;
    each reserved unit ends once, as consumed, released or expired; an effect key moves units once; no answer depends on a job having run.
Emits: ClaimedShelfChanged.
Knows: articles and locations by their ids, orders and holds as whose the units are; no price, no order, no calendar.
"""

from commerce.inventory.adjust import Adjustment, adjust
from commerce.inventory.ahead import close_until, count_claimed, lock_shelves
from commerce.inventory.beyond import adjust_beyond, sell_beyond
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
    NotWanted,
    StockMoved,
    StockNotKept,
    TooFewThere,
)
from commerce.inventory.events import ClaimedShelfChanged
from commerce.inventory.expire import free_all_expired
from commerce.inventory.facts import FEW_UNITS, Balance, Cause, Demand, Level, Move, MovementKind, Place, Shortage, Spot
from commerce.inventory.hold import hold
from commerce.inventory.keep_back import set_buffer, set_safety
from commerce.inventory.move import move, settle_shortage
from commerce.inventory.queries import available, levels, live_levels, spots, unrouted
from commerce.inventory.receive import receive, set_initial
from commerce.inventory.release import release
from commerce.inventory.repair import Repair, book_repairs, show_repairs
from commerce.inventory.reserve import OrderDemands, reserve, reserve_together
from commerce.inventory.rows import Row as Shelf
from commerce.inventory.want import unwant, want

__all__ = [
    "FEW_UNITS",
    "Adjustment",
    "AlreadyStocked",
    "Balance",
    "BelowReserved",
    "Cause",
    "ClaimedShelfChanged",
    "Demand",
    "EffectDiffers",
    "HoldDiffers",
    "HoldExpired",
    "InsufficientStock",
    "Level",
    "Move",
    "MovementKind",
    "NotReserved",
    "NotWanted",
    "OrderDemands",
    "Place",
    "Repair",
    "Shelf",
    "Shortage",
    "Spot",
    "StockMoved",
    "StockNotKept",
    "TooFewThere",
    "adjust",
    "adjust_beyond",
    "available",
    "bind",
    "book_repairs",
    "close_until",
    "consume",
    "count_claimed",
    "free_all_expired",
    "hold",
    "levels",
    "live_levels",
    "lock_shelves",
    "move",
    "receive",
    "release",
    "reserve",
    "reserve_together",
    "sell_beyond",
    "set_buffer",
    "set_initial",
    "set_safety",
    "settle_shortage",
    "show_repairs",
    "spots",
    "unrouted",
    "unwant",
    "want",
]
