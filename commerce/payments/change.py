"""A payment being changed: what it becomes, and what leaves with it (ledger entries, facts, alerts, work). Pure; `keep` stores it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from commerce.kernel.events import Event
from commerce.kernel.ids import RefundId, new_id
from commerce.payments.facts import (
    AlertKind,
    Capture,
    CaptureId,
    EntryKind,
    Part,
    PartId,
    Payment,
    PaymentFacts,
    PaymentState,
    Refund,
    Tender,
    facts_of,
)
from commerce.payments.states import CAPTURE, PART, PAYMENT, REFUND


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that the ledger is to get."""

    id: UUID
    part_id: PartId
    kind: EntryKind
    tender: Tender
    amount: int
    effect_key: str
    capture_id: CaptureId | None = None
    refund_id: RefundId | None = None


class NewAlert(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is to look at; one effect key is raised once."""

    id: UUID
    part_id: PartId
    kind: AlertKind
    effect_key: str
    facts: dict[str, Any]


class Change:
    """One change of one payment. Each move is checked against the tables of legal moves as it is put."""

    def __init__(self, payment: Payment, at: datetime) -> None:
        self.before = payment
        self.payment = payment
        self.at = at
        self.entries: list[NewEntry] = []
        self.alerts: list[NewAlert] = []
        self.work = False
        self.strays: list[str] = []
        self._facts: list[Callable[[PaymentFacts], Event]] = []

    @property
    def empty(self) -> bool:
        """Whether nothing changed."""
        return self.payment == self.before and not self.alerts and not self.strays

    def part(self, part_id: PartId) -> Part:
        """Gives a part as it is by now."""
        return self.payment.part(part_id)

    def capture(self, capture_id: CaptureId) -> Capture:
        """Gives a capture as it is by now."""
        return next(each for each in self.payment.captures if each.id == capture_id)

    def refund(self, refund_id: RefundId) -> Refund:
        """Gives a refund as it is by now."""
        return next(each for each in self.payment.refunds if each.id == refund_id)

    def move(self, state: PaymentState) -> None:
        """Moves the payment itself."""
        if state is not self.payment.state:
            PAYMENT.check(self.payment.state, state)
            self.payment = replace(self.payment, state=state)

    def put(self, part: Part, **fields: Any) -> Part:
        """Puts a part with other values of some fields; a new one is added."""
        after = replace(part, **fields)
        before = next((each for each in self.payment.parts if each.id == part.id), None)
        if before is None:
            self.payment = replace(self.payment, parts=(*self.payment.parts, after))
            return after
        if after.state is not before.state:
            PART.check(before.state, after.state)
        parts = tuple(after if each.id == part.id else each for each in self.payment.parts)
        self.payment = replace(self.payment, parts=parts)
        return after

    def put_capture(self, capture: Capture, **fields: Any) -> Capture:
        """Puts a capture with other values of some fields; a new one is added."""
        after = replace(capture, **fields)
        before = next((each for each in self.payment.captures if each.id == capture.id), None)
        if before is None:
            self.payment = replace(self.payment, captures=(*self.payment.captures, after))
            return after
        if after.state is not before.state:
            CAPTURE.check(before.state, after.state)
        captures = tuple(after if each.id == capture.id else each for each in self.payment.captures)
        self.payment = replace(self.payment, captures=captures)
        return after

    def put_refund(self, refund: Refund, **fields: Any) -> Refund:
        """Puts a refund with other values of some fields; a new one is added."""
        after = replace(refund, **fields)
        before = next((each for each in self.payment.refunds if each.id == refund.id), None)
        if before is None:
            self.payment = replace(self.payment, refunds=(*self.payment.refunds, after))
            return after
        if after.state is not before.state:
            REFUND.check(before.state, after.state)
        refunds = tuple(after if each.id == refund.id else each for each in self.payment.refunds)
        self.payment = replace(self.payment, refunds=refunds)
        return after

    def book(
        self,
        kind: EntryKind,
        part: Part,
        amount: int,
        effect_key: str,
        *,
        tender: Tender = Tender.PROVIDER,
        capture_id: CaptureId | None = None,
        refund_id: RefundId | None = None,
    ) -> None:
        """Adds an entry to the ledger."""
        self.entries.append(
            NewEntry(
                id=new_id(),
                part_id=part.id,
                kind=kind,
                tender=tender,
                amount=amount,
                effect_key=effect_key,
                capture_id=capture_id,
                refund_id=refund_id,
            )
        )

    def alert(self, kind: AlertKind, part: Part, effect_key: str, **facts: Any) -> None:
        """Raises something for a person."""
        self.alerts.append(NewAlert(id=new_id(), part_id=part.id, kind=kind, effect_key=effect_key, facts=facts))

    def emit(self, event: Callable[..., Event], **fields: Any) -> None:
        """Notes a fact; it will carry the payment as it is when the change is complete."""
        self._facts.append(
            lambda payment: event(payment_id=payment.id, order_id=payment.order_id, payment=payment, **fields)
        )

    def facts(self) -> list[Event]:
        """Gives the facts of the complete change, in order."""
        payment = facts_of(self.payment)
        return [make(payment) for make in self._facts]
