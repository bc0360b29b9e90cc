"""Recourse: what becomes of units that a place promised and cannot give.

Owns: rejections with their lines and moves, other articles that are proposed instead, what waits for a person, how long is waited, which
work is late.
Promises: the units of a rejection are decided once, whoever is quickest: the customer, the clock, the order's end (G8, G10); no pickup moves
by itself; no place that rejected an article of an order is asked for it again; what nobody can give is not charged; the price stays as
agreed, so goods come from one zone of tax; stock is judged again when something is chosen (G6); nobody gets another article without having
agreed to it, and it costs no more than was agreed (G4).
Emits: RejectionOpened, ChoiceWanted, UnitsRerouted, ChoiceMade, RejectionClosed, SubstituteProposed, SubstituteAnswered,
SubstituteWithdrawn; FulfilmentLate of fulfilment's facts.
Knows: orders, fulfilment, inventory, traceability, payments, promise, quotes, the catalogue, replenishment, stores.
"""

from commerce.recourse.answer import answer
from commerce.recourse.choose import Wish, choose
from commerce.recourse.errors import (
    AddressAgreed,
    AddressNeeded,
    AlreadyProposed,
    ChoiceOver,
    KitGoesTogether,
    NoSubstitute,
    NothingMissing,
    NothingWaits,
    NotOffered,
    SubstituteUnwanted,
)
from commerce.recourse.events import (
    ChoiceMade,
    ChoiceWanted,
    RejectionClosed,
    RejectionOpened,
    SubstituteAnswered,
    SubstituteProposed,
    SubstituteWithdrawn,
    UnitsRerouted,
)
from commerce.recourse.facts import Choice, Patience, RejectedLine, Rejection, RejectionState, WaitingException
from commerce.recourse.give_up import give_up_waiting
from commerce.recourse.options import Options, options
from commerce.recourse.propose import Proposal, propose, withdraw
from commerce.recourse.queries import rejection, rejections_of
from commerce.recourse.substitute_facts import Substitute, SubstituteState
from commerce.recourse.substitute_rows import substitute

__all__ = [
    "AddressAgreed",
    "AddressNeeded",
    "AlreadyProposed",
    "Choice",
    "ChoiceMade",
    "ChoiceOver",
    "ChoiceWanted",
    "KitGoesTogether",
    "NoSubstitute",
    "NotOffered",
    "NothingMissing",
    "NothingWaits",
    "Options",
    "Patience",
    "Proposal",
    "RejectedLine",
    "Rejection",
    "RejectionClosed",
    "RejectionOpened",
    "RejectionState",
    "Substitute",
    "SubstituteAnswered",
    "SubstituteProposed",
    "SubstituteState",
    "SubstituteUnwanted",
    "SubstituteWithdrawn",
    "UnitsRerouted",
    "WaitingException",
    "Wish",
    "answer",
    "choose",
    "give_up_waiting",
    "options",
    "propose",
    "rejection",
    "rejections_of",
    "substitute",
    "withdraw",
]
