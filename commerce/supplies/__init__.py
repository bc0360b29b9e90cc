"""Supplies: what may be sold before it is there, and which orders wait for it.

Owns: the terms on which an article is sold ahead at a location, with their history; claims: units of order lines that wait for supply there.
Promises: no more is waited for than dated supply brings and the staff's own limit allows, whoever asks and however many at once (G6); each
    claimed unit ends once, as served or released, and how is written down (G7); what comes is for those who wait, the oldest first, before
    anybody else can be promised it; nothing of a pre-order is served before its release date.
Emits: SupplyLost, SupplyTermsChanged.
Knows: stores (calendars), inventory (levels), replenishment (what is on its way); orders by their ids only.
"""

from commerce.supplies.claim import claim, keep_claims
from commerce.supplies.end import end_some, free_over, give_up, moved, release_claims, release_lines, set_beyond
from commerce.supplies.errors import ClaimOver
from commerce.supplies.events import SupplyLost, SupplyTermsChanged
from commerce.supplies.facts import Ahead, Claim, Kind, Outlook, Settlement, Terms
from commerce.supplies.judge import judged, settled
from commerce.supplies.outlook import outlook, ready_at
from commerce.supplies.queries import claims_of, due_places, queue_of, waiting_for

__all__ = [
    "Ahead",
    "Claim",
    "ClaimOver",
    "Kind",
    "Outlook",
    "Settlement",
    "SupplyLost",
    "SupplyTermsChanged",
    "Terms",
    "claim",
    "claims_of",
    "due_places",
    "end_some",
    "free_over",
    "give_up",
    "judged",
    "keep_claims",
    "moved",
    "outlook",
    "queue_of",
    "ready_at",
    "release_claims",
    "release_lines",
    "set_beyond",
    "settled",
    "waiting_for",
]
