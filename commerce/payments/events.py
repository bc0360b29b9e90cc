"""What payments report. Each fact carries the payment as it is after it, and the order that it is about."""

from uuid import UUID

import msgspec

from commerce.kernel.events import Event
from commerce.kernel.ids import OrderId, PaymentId, RefundId
from commerce.payments.facts import CaptureId, Cause, PaymentFacts, Tender


class _OfPayment(msgspec.Struct, frozen=True, kw_only=True):
    payment_id: PaymentId
    order_id: OrderId
    payment: PaymentFacts

    def about(self) -> UUID:
        """Gives the payment's id."""
        return self.payment_id


class PaymentActionRequired(_OfPayment, Event, frozen=True, kw_only=True, tag="payments.action_required.v1"):
    """The shopper has to do something first (3-D Secure); where, stands in the payment."""


class PaymentAuthorized(_OfPayment, Event, frozen=True, kw_only=True, tag="payments.authorized.v1"):
    """All parts are authorised, or will be paid on collection: the order may stand. Once per payment."""


class PaymentDeclined(_OfPayment, Event, frozen=True, kw_only=True, tag="payments.declined.v1"):
    """One part was declined, so the attempt is over and nothing of it is kept; another attempt is possible."""

    code: str


class PaymentMismatched(_OfPayment, Event, frozen=True, kw_only=True, tag="payments.mismatched.v1"):
    """The provider holds another amount or currency than was asked for: nothing is released, a person has to look."""


class PaymentCaptured(_OfPayment, Event, frozen=True, kw_only=True, tag="payments.captured.v1"):
    """Money of one group was taken."""

    capture_id: CaptureId
    group_id: UUID
    amount: int
    tender: Tender


class PaymentVoided(_OfPayment, Event, frozen=True, kw_only=True, tag="payments.voided.v1"):
    """Money of one group that was held is held no longer; `amount` is 0 when nothing was held yet."""

    group_id: UUID
    amount: int


class CaptureFailed(_OfPayment, Event, frozen=True, kw_only=True, tag="payments.capture_failed.v1"):
    """Money that is owed could not be taken; a person has to look."""

    capture_id: CaptureId
    group_id: UUID
    amount: int
    code: str


class RefundSucceeded(_OfPayment, Event, frozen=True, kw_only=True, tag="payments.refund_succeeded.v1"):
    """Money went back."""

    refund_id: RefundId
    group_id: UUID
    amount: int
    tender: Tender
    cause: Cause


class RefundFailed(_OfPayment, Event, frozen=True, kw_only=True, tag="payments.refund_failed.v1"):
    """Money did not go back, or came back to us after all: net paid is what it was before, and a new refund is possible."""

    refund_id: RefundId
    group_id: UUID
    amount: int
    cause: Cause
    code: str
