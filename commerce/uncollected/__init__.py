"""Uncollected: how long a pickup waits, and what follows when nobody comes.

Owns: pickups that wait with their moves, deadlines and reminders, what was set aside, who did not come, collection policies.
Promises: a deadline is reckoned in the opening time of its place and moves later only, whatever becomes of the calendar; each reminder goes
once, and none for what was collected; a pickup ends once, by a hand-over or by its expiry, whoever is first (G8, G10); what nobody collected
is neither charged nor sold again before somebody has put it away (G7); no personal data is kept about who did not come.
Emits: PickupReminded, PickupExtended, PickupExpired, PickupPutAway.
Knows: orders, fulfilment, inventory, traceability, payments, stores; categories by their ids.
"""

from commerce.uncollected.errors import CollectionPolicyTaken, ExtensionNotOffered, PickupOver
from commerce.uncollected.events import PickupExpired, PickupExtended, PickupPutAway, PickupReminded
from commerce.uncollected.expire import expire_one
from commerce.uncollected.extend import extend
from commerce.uncollected.facts import NoShows, Policy, Terms, Wait, WaitState, WaitUnits
from commerce.uncollected.put_away import Damaged, put_away
from commerce.uncollected.queries import deadline_of, let_go, wait_of, waits_of

__all__ = [
    "CollectionPolicyTaken",
    "Damaged",
    "ExtensionNotOffered",
    "NoShows",
    "PickupExpired",
    "PickupExtended",
    "PickupOver",
    "PickupPutAway",
    "PickupReminded",
    "Policy",
    "Terms",
    "Wait",
    "WaitState",
    "WaitUnits",
    "deadline_of",
    "expire_one",
    "extend",
    "let_go",
    "put_away",
    "wait_of",
    "waits_of",
]
