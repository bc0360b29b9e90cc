"""What changes after an order was placed: it is cancelled, or units of it come back.

Owns: returns with their lines, the deliveries that are given back with them, the record of their states.
Promises: a unit is given back once, whatever the number of tills, posts and clicks at once (G7, G8); what is given back is exactly what
the accepted units were charged, and sums to it whatever the split (G4); stock comes back at the location that took it in, once, with its
cause (G5); only the moves in its table (G10).
Emits: ReturnRequested, ReturnApproved, ReturnDeclined, ReturnReceived, ReturnInspected, ReturnRefunding, ReturnRefunded,
ReturnRefundFailed, ReturnCancelled.
Knows: orders, fulfilment, inventory, traceability, payments, stores; promotions and tax, whose books an end of an order changes; never the provider.
"""

from commerce.aftersale.cancel_order import cancel_order
from commerce.aftersale.decide import approve, cancel_return, decline
from commerce.aftersale.errors import TooLate, WorkHasBegun, WrongCount
from commerce.aftersale.events import (
    ReturnApproved,
    ReturnCancelled,
    ReturnDeclined,
    ReturnInspected,
    ReturnReceived,
    ReturnRefunded,
    ReturnRefundFailed,
    ReturnRefunding,
    ReturnRequested,
)
from commerce.aftersale.facts import Inspected, Kind, Labelled, Return, ReturnLine, ReturnReason, ReturnState
from commerce.aftersale.inspect import inspect
from commerce.aftersale.policy import Policy, policy
from commerce.aftersale.queries import return_now, seen as returned
from commerce.aftersale.receive import receive
from commerce.aftersale.refund import refund
from commerce.aftersale.request import Wish, ask

__all__ = [
    "Inspected",
    "Kind",
    "Labelled",
    "Policy",
    "Return",
    "ReturnApproved",
    "ReturnCancelled",
    "ReturnDeclined",
    "ReturnInspected",
    "ReturnLine",
    "ReturnReason",
    "ReturnReceived",
    "ReturnRefundFailed",
    "ReturnRefunded",
    "ReturnRefunding",
    "ReturnRequested",
    "ReturnState",
    "TooLate",
    "Wish",
    "WorkHasBegun",
    "WrongCount",
    "approve",
    "ask",
    "cancel_order",
    "cancel_return",
    "decline",
    "inspect",
    "policy",
    "receive",
    "refund",
    "return_now",
    "returned",
]
