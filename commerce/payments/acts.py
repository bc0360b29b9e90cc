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


def acts(payment: Payment, at: datetime, *, look: bool) -> Iterator[Act]:
    """Gives what can be done now, the most urgent first. `look`: also look up what nobody told us of yet."""
    for part in payment.parts:
        if act := _of_part(payment, part, at, look=look):
            if act.deed in {Deed.AUTHORIZE, Deed.CONFIRM} and payment.customer_ref is None:
                act = Act(deed=Deed.CREATE_CUSTOMER, part=part, subject_id=payment.id)
            yield act
    for refund in payment.refunds:
        if act := _of_refund(payment, refund, at, look=look):
            yield act


def _of_part(payment: Payment, part: Part, at: datetime, *, look: bool) -> Act | None:
    if payment.kind == "on_collection" or part.sent_at is None:
        return None
    if part.state in OPEN_PARTS:
        return _of_open_part(payment, part, at, look=look)
    if part.state is PartState.AUTHORIZED:
        for capture in payment.open_captures(part.id):
            stale = _stale(capture.sent_at, at)
            return Act(deed=Deed.CAPTURE, part=part, subject_id=capture.id, stale=stale)
    if part.void_key is not None and part.due_at is not None:
        return Act(deed=Deed.VOID if part.intent_ref else Deed.LOOK_UP, part=part, subject_id=part.id)
    return None


def _of_open_part(payment: Payment, part: Part, at: datetime, *, look: bool) -> Act | None:
    given_up = part.void_key is not None or payment.state not in LIVE
    if given_up:
        return Act(deed=Deed.VOID if part.intent_ref else Deed.LOOK_UP, part=part, subject_id=part.id)
    if part.state in {PartState.ACTION_REQUIRED, PartState.PROCESSING}:
        due = part.due_at is not None and part.due_at <= at
        return Act(deed=Deed.LOOK_UP, part=part, subject_id=part.id) if look or due else None
    stale = _stale(part.sent_at, at)
    if part.intent_ref is not None:
        return Act(deed=Deed.CONFIRM if part.on_session else Deed.LOOK_UP, part=part, subject_id=part.id, stale=stale)
    return Act(deed=Deed.AUTHORIZE, part=part, subject_id=part.id, stale=stale)


def _of_refund(payment: Payment, refund: Refund, at: datetime, *, look: bool) -> Act | None:
    part = payment.part(refund.part_id)
    if refund.state is RefundState.INTENDED:
        return Act(deed=Deed.REFUND, part=part, subject_id=refund.id, stale=_stale(refund.sent_at, at))
    due = refund.due_at is not None and refund.due_at <= at
    if refund.state is RefundState.PENDING and (look or due):
        return Act(deed=Deed.LOOK_UP_REFUND, part=part, subject_id=refund.id)
    return None


def _stale(sent_at: datetime | None, at: datetime) -> bool:
    return sent_at is not None and at - sent_at >= KEYS_HOLD
