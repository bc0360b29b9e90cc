"""What aftersale reports of returns. Each fact carries the return as it is after it, without the words that people wrote."""

from typing import TypeVar
from uuid import UUID

import msgspec

from commerce.aftersale.facts import Return
from commerce.kernel.events import Event
from commerce.kernel.ids import OrderId, ReturnId


class _OfReturn(msgspec.Struct, frozen=True, kw_only=True):
    return_id: ReturnId
    order_id: OrderId
    returned: Return

    def about(self) -> UUID:
        """Gives the return's id."""
        return self.return_id


class ReturnRequested(_OfReturn, Event, frozen=True, kw_only=True, tag="aftersale.return_requested.v1"):
    """Units are to come back; what they entitle to is locked."""


class ReturnApproved(_OfReturn, Event, frozen=True, kw_only=True, tag="aftersale.return_approved.v1"):
    """The units may be brought or sent."""


class ReturnDeclined(_OfReturn, Event, frozen=True, kw_only=True, tag="aftersale.return_declined.v1"):
    """The units will not be taken back; the order has them again."""


class ReturnReceived(_OfReturn, Event, frozen=True, kw_only=True, tag="aftersale.return_received.v1"):
    """Units arrived at a location; nobody has looked at them yet."""


class ReturnInspected(_OfReturn, Event, frozen=True, kw_only=True, tag="aftersale.return_inspected.v1"):
    """It was decided which units are accepted and what becomes of them; rejected ones are the order's again."""


class ReturnRefunding(_OfReturn, Event, frozen=True, kw_only=True, tag="aftersale.return_refunding.v1"):
    """The money for the accepted units was asked to go back."""


class ReturnRefunded(_OfReturn, Event, frozen=True, kw_only=True, tag="aftersale.return_refunded.v1"):
    """The money went back, all of it."""


class ReturnRefundFailed(_OfReturn, Event, frozen=True, kw_only=True, tag="aftersale.return_refund_failed.v1"):
    """Money did not go back, or came back to us after all; it can be asked for again."""


class ReturnCancelled(_OfReturn, Event, frozen=True, kw_only=True, tag="aftersale.return_cancelled.v1"):
    """The customer keeps the units after all; the order has them again."""


E = TypeVar("E", bound=_OfReturn)


def fact(kind: type[E], now_is: Return) -> E:
    """Makes a fact about a return. What staff wrote stays with the return, where it can be erased: facts stay for ever."""
    told = msgspec.structs.replace(now_is, decline_reason=None, override_reason=None)
    return kind(return_id=now_is.id, order_id=now_is.order_id, returned=told)
