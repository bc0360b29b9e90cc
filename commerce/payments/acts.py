"""What is to be done next with a payment at the provider. Pure; `pursue` does it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from commerce.payments.facts import Part, PartState, Payment, Refund, RefundState
from commerce.payments.states import LIVE, OPEN_PARTS

KEYS_HOLD: Final = timedelta(hours=23)
"""The provider forgets an idempotency key after a day; before that it is safe to repeat, after it one has to look first."""


class Deed(StrEnum):
    """The kinds of calls."""

    CREATE_CUSTOMER = "create_customer"
    AUTHORIZE = "authorize"
    CONFIRM = "confirm"
    CAPTURE = "capture"
    VOID = "void"
    LOOK_UP = "look_up"
    REFUND = "refund"
    LOOK_UP_REFUND = "look_up_refund"


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One call to be made: of a part, of a capture of it, of a refund. `stale`: the key may be forgotten, so look before repeating."""

    deed: Deed
    part: Part
    subject_id: UUID
    stale: bool = False


class Now(msgspec.Struct, frozen=True):
    """The present, for whoever asks what is to be done. `eager`: whoever waits for the answer does not wait for a pause to pass.

    `look`: what we wait to hear of is looked up.
    """

    at: datetime
    eager: bool = False
    look: bool = False

    def due(self, due_at: datetime | None) -> bool:
        """Says whether its time has come."""
        return due_at is not None and due_at <= self.at

    def stale(self, sent_at: datetime | None) -> bool:
        """Says whether the provider may have forgotten the key."""
        return sent_at is not None and self.at - sent_at >= KEYS_HOLD


def acts(payment: Payment, now: Now) -> Iterator[Act]:
    """Gives what is to be done now, the most urgent first."""
    for part in payment.parts:
        if act := _of_part(payment, part, now):
            if act.deed in {Deed.AUTHORIZE, Deed.CONFIRM} and payment.customer_ref is None:
                act = Act(deed=Deed.CREATE_CUSTOMER, part=part, subject_id=payment.id)
            yield act
    for refund in payment.refunds:
        if act := _of_refund(payment, refund, now):
            yield act


def _of_part(payment: Payment, part: Part, now: Now) -> Act | None:
    if payment.kind == "on_collection" or (part.sent_at is None and part.intent_ref is None):
        return None
    if part.state in OPEN_PARTS:
        return _of_open_part(payment, part, now)
    captures = list(payment.open_captures(part.id))
    if part.state is PartState.AUTHORIZED and captures:
        first = captures[0]
        stale = now.stale(first.sent_at)
        return Act(deed=Deed.CAPTURE, part=part, subject_id=first.id, stale=stale) if now.due(first.due_at) else None
    if part.void_key is not None and now.due(part.due_at):
        return _let_go(part)
    return None


def _of_open_part(payment: Payment, part: Part, now: Now) -> Act | None:
    due = now.due(part.due_at)
    if (part.void_key is not None and not _owed(payment, part)) or payment.state not in LIVE:
        return _let_go(part) if due else None
    if part.state in {PartState.ACTION_REQUIRED, PartState.PROCESSING}:
        return Act(deed=Deed.LOOK_UP, part=part, subject_id=part.id) if now.look or due else None
    if not (due or now.eager):
        return None
    stale = now.stale(part.sent_at)
    if part.intent_ref is not None:
        return Act(deed=Deed.CONFIRM if part.on_session else Deed.LOOK_UP, part=part, subject_id=part.id, stale=stale)
    return Act(deed=Deed.AUTHORIZE, part=part, subject_id=part.id, stale=stale)


def _owed(payment: Payment, part: Part) -> bool:
    """Whether goods have left for which a further part is still to be charged: what is let go beside them is the rest, never their price."""
    return part.after_part is not None and any(payment.open_captures(part.id))


def _let_go(part: Part) -> Act:
    return Act(deed=Deed.VOID if part.intent_ref else Deed.LOOK_UP, part=part, subject_id=part.id)


def _of_refund(payment: Payment, refund: Refund, now: Now) -> Act | None:
    part = payment.part(refund.part_id)
    due = now.due(refund.due_at)
    if refund.state is RefundState.INTENDED and due:
        return Act(deed=Deed.REFUND, part=part, subject_id=refund.id, stale=now.stale(refund.sent_at))
    if refund.state is RefundState.PENDING and (now.look or due):
        return Act(deed=Deed.LOOK_UP_REFUND, part=part, subject_id=refund.id)
    return None
