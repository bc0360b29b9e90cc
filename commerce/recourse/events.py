"""What recourse reports. Each fact carries the rejection as it is after it; an address is in none of them."""

from datetime import datetime
from uuid import UUID

import msgspec

from commerce.kernel.events import Event
from commerce.kernel.ids import FulfilmentOrderId, OrderId, RejectionId
from commerce.recourse.facts import Choice, Rejection
from commerce.recourse.substitute_facts import Substitute


class _OfRejection(msgspec.Struct, frozen=True, kw_only=True):
    rejection_id: RejectionId
    order_id: OrderId
    rejection: Rejection

    def about(self) -> UUID:
        """Gives the rejection's id."""
        return self.rejection_id


class RejectionOpened(_OfRejection, Event, frozen=True, kw_only=True, tag="recourse.rejection_opened.v1"):
    """A place did not give units that it promised: another one is looked for, or the customer is asked."""


class ChoiceWanted(_OfRejection, Event, frozen=True, kw_only=True, tag="recourse.choice_wanted.v1"):
    """The customer can choose, until `choose_by` of the rejection, what becomes of units that a place could not give."""


class UnitsRerouted(_OfRejection, Event, frozen=True, kw_only=True, tag="recourse.units_rerouted.v1"):
    """Units are sent from elsewhere, by these pieces of work."""

    fulfilment_order_ids: tuple[FulfilmentOrderId, ...]


class ChoiceMade(_OfRejection, Event, frozen=True, kw_only=True, tag="recourse.choice_made.v1"):
    """It was chosen what becomes of the units, or the time for it ended (`defaulted`): these pieces of work follow, or `amount` is not
    charged, in minor units.
    """

    choice: Choice
    defaulted: bool
    amount: int | None
    fulfilment_order_ids: tuple[FulfilmentOrderId, ...]


class _OfSubstitute(msgspec.Struct, frozen=True, kw_only=True):
    order_id: OrderId
    rejection_id: RejectionId
    substitute: Substitute

    def about(self) -> UUID:
        """Gives the substitute's id."""
        return self.substitute.id


class SubstituteProposed(_OfSubstitute, Event, frozen=True, kw_only=True, tag="recourse.substitute_proposed.v1"):
    """A place has another article instead of one that is missing, and asks its buyer; the answer counts until `answer_by`."""

    answer_by: datetime


class SubstituteAnswered(_OfSubstitute, Event, frozen=True, kw_only=True, tag="recourse.substitute_answered.v1"):
    """The other article was accepted, now or beforehand, or declined. `amount` is what is not charged because it is cheaper, in minor units;
    the units are this piece of work's where they were accepted.
    """

    amount: int
    fulfilment_order_id: FulfilmentOrderId | None


class SubstituteWithdrawn(_OfSubstitute, Event, frozen=True, kw_only=True, tag="recourse.substitute_withdrawn.v1"):
    """The place took its proposal back before it was answered."""


class RejectionClosed(_OfRejection, Event, frozen=True, kw_only=True, tag="recourse.rejection_closed.v1"):
    """The order ended before anything was chosen."""
