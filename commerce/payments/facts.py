"""Payments as values. Amounts are minor units of the payment's currency."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType
from uuid import UUID

import msgspec

from commerce.kernel.currencies import Currency
from commerce.kernel.ids import OrderId, PaymentId, RefundId
from commerce.kernel.money import Money

PartId = NewType("PartId", UUID)
CaptureId = NewType("CaptureId", UUID)
PaymentKind = Literal["card", "on_collection"]


class PaymentState(StrEnum):
    """Where an attempt to pay an order is. What was captured and given back stands in its amounts, never here."""

    INTENDED = "intended"
    UNKNOWN = "unknown"
    ACTION_REQUIRED = "action_required"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    MISMATCH = "mismatch"
    SUPERSEDED = "superseded"
    VOIDED = "voided"


class PartState(StrEnum):
    """Where one part's intent at the provider is. `unknown`: it was sent and no answer came; never a decline."""

    INTENDED = "intended"
    UNKNOWN = "unknown"
    ACTION_REQUIRED = "action_required"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    DECLINED = "declined"
    MISMATCH = "mismatch"
    VOIDED = "voided"


class CaptureState(StrEnum):
    """Whether money was taken: intended, captured, or failed for good."""

    INTENDED = "intended"
    CAPTURED = "captured"
    FAILED = "failed"


class RefundState(StrEnum):
    """Whether money went back: intended, pending (the provider has it under way), succeeded, failed. One that succeeded may fail later."""

    INTENDED = "intended"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class EntryKind(StrEnum):
    """What one entry of the money ledger says."""

    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"


class Tender(StrEnum):
    """How money moves: through the provider, over the counter, or at the provider without us (its dashboard)."""

    PROVIDER = "provider"
    COUNTER = "counter"
    OUTSIDE = "outside"


class AlertKind(StrEnum):
    """What waits for a person."""

    AMOUNT_DIFFERS = "amount_differs"
    SECOND_INTENT = "second_intent"
    CAPTURE_FAILED = "capture_failed"
    VOID_FAILED = "void_failed"
    REFUND_FAILED = "refund_failed"


class PartIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a fulfilment group costs, to be authorised on its own. Amount 0 needs no authorisation.

    `location_id` is where the group is collected or from where it is sent: callers that are bound to locations see the payments that have
    a part there.
    """

    group_id: UUID
    amount: int
    location_id: UUID | None = None


class Cause(msgspec.Struct, frozen=True):
    """Why money goes back: the kind of the document ("return", "cancellation", "goodwill" …), its id, and who acted (a principal)."""

    kind: str
    document_id: UUID | None = None
    actor: str = "system"
    reason: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One fulfilment group's share of a payment: one intent at the provider.

    authorized >= captured + voided and captured >= refunded, always. `refunding` is what refunds ask for that the provider has not yet
    taken on. `after_part` names the part whose single capture was spent when this one was added for the same group.
    `waiting`: not sent yet, since the parts before it do not stand.
    """

    id: PartId
    group_id: UUID
    location_id: UUID | None = None
    after_part: PartId | None = None
    position: int
    amount: int
    state: PartState = PartState.INTENDED
    on_session: bool = False
    intent_ref: str | None = None
    multicapture: bool = False
    authorized: int = 0
    captured: int = 0
    voided: int = 0
    refunding: int = 0
    refunded: int = 0
    next_action_url: str | None = None
    decline_code: str | None = None
    void_key: str | None = None
    sent_at: datetime | None = None
    tries: int = 0
    due_at: datetime | None = None

    @property
    def held(self) -> int:
        """What the provider holds for us and was neither captured nor given back."""
        return self.authorized - self.captured - self.voided

    @property
    def refundable(self) -> int:
        """What can still be given back."""
        return max(self.captured - self.refunded - self.refunding, 0)


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """An intention to take money of a part, and what became of it. Its id is the provider's idempotency key."""

    id: CaptureId
    part_id: PartId
    amount: int
    effect_key: str
    tender: Tender
    state: CaptureState = CaptureState.INTENDED
    failure_code: str | None = None
    key_number: int = 0
    created_at: datetime
    sent_at: datetime | None = None
    tries: int = 0
    due_at: datetime | None = None


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way back. Its id is the provider's idempotency key."""

    id: RefundId
    part_id: PartId
    amount: int
    effect_key: str
    tender: Tender
    cause: Cause
    state: RefundState = RefundState.INTENDED
    provider_ref: str | None = None
    failure_code: str | None = None
    key_number: int = 0
    created_at: datetime
    sent_at: datetime | None = None
    tries: int = 0
    due_at: datetime | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to pay one order, with its parts, captures and refunds."""

    id: PaymentId
    order_id: OrderId
    shopper_id: UUID | None
    kind: PaymentKind
    currency: Currency
    amount: int
    state: PaymentState
    payment_method: str | None
    return_url: str | None
    customer_ref: str | None
    method_ref: str | None
    created_at: datetime
    updated_at: datetime
    version: int = 1
    parts: tuple[Part, ...] = ()
    captures: tuple[Capture, ...] = ()
    refunds: tuple[Refund, ...] = ()

    @property
    def authorized(self) -> int:
        """What was authorised, ever."""
        return sum(part.authorized for part in self.parts)

    @property
    def captured(self) -> int:
        """What was taken."""
        return sum(part.captured for part in self.parts)

    @property
    def voided(self) -> int:
        """What was authorised and let go."""
        return sum(part.voided for part in self.parts)

    @property
    def refunding(self) -> int:
        """What refunds ask for that the provider has not taken on yet."""
        return sum(part.refunding for part in self.parts)

    @property
    def refunded(self) -> int:
        """What went back, or is on its way."""
        return sum(part.refunded for part in self.parts)

    @property
    def next_action_url(self) -> str | None:
        """Where the shopper has to go next, if anywhere."""
        if self.state is not PaymentState.ACTION_REQUIRED:
            return None
        return next((part.next_action_url for part in self.parts if part.next_action_url), None)

    @property
    def decline_code(self) -> str | None:
        """Why the payment was declined: the provider's code."""
        return next((part.decline_code for part in self.parts if part.decline_code and part.after_part is None), None)

    def part(self, part_id: PartId) -> Part:
        """Gives a part by its id."""
        return next(part for part in self.parts if part.id == part_id)

    def money(self, amount: int) -> Money:
        """Gives an amount in the payment's currency."""
        return Money(amount, self.currency)

    def open_captures(self, part_id: PartId) -> Iterator[Capture]:
        """Gives the captures of a part that are still to be made, the oldest first."""
        return (each for each in self.captures if each.part_id == part_id and each.state is CaptureState.INTENDED)


class PartFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A part as others hear of it."""

    id: PartId
    group_id: UUID
    state: PartState
    amount: int
    authorized: int
    captured: int
    voided: int
    refunding: int
    refunded: int


class PaymentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as others hear of it: nothing personal, nothing of the provider's."""

    id: PaymentId
    order_id: OrderId
    kind: PaymentKind
    state: PaymentState
    currency: Currency
    amount: int
    authorized: int
    captured: int
    voided: int
    refunding: int
    refunded: int
    parts: tuple[PartFacts, ...]


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """An order's money over all of its payments; net paid = captured - refunded, refundable = captured - refunded - refunding."""

    order_id: OrderId
    currency: Currency
    authorized: int = 0
    captured: int = 0
    voided: int = 0
    refunding: int = 0
    refunded: int = 0

    @property
    def net_paid(self) -> int:
        """What was captured and not given back."""
        return self.captured - self.refunded

    @property
    def refundable(self) -> int:
        """What can still be given back."""
        return self.captured - self.refunded - self.refunding


def facts_of(payment: Payment) -> PaymentFacts:
    """Gives what events say of a payment."""
    return PaymentFacts(
        id=payment.id,
        order_id=payment.order_id,
        kind=payment.kind,
        state=payment.state,
        currency=payment.currency,
        amount=payment.amount,
        authorized=payment.authorized,
        captured=payment.captured,
        voided=payment.voided,
        refunding=payment.refunding,
        refunded=payment.refunded,
        parts=tuple(
            PartFacts(**{name: getattr(part, name) for name in PartFacts.__struct_fields__}) for part in payment.parts
        ),
    )
