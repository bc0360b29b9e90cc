"""Refunds: how a sum is spread over what was captured, and what became of each. Pure."""

from collections.abc import Sequence

from commerce.kernel.ids import RefundId, new_id
from commerce.kernel.money import Money
from commerce.payments.change import Change
from commerce.payments.errors import MoreThanCaptured
from commerce.payments.events import RefundFailed, RefundSucceeded
from commerce.payments.facts import AlertKind, Cause, EntryKind, Part, Refund, RefundState, Tender
from commerce.payments.pauses import later
from commerce.payments.ports import Absent, RefundDone, RefundOutcome, RefundPending, RefundRefused, Unknown


class NewsTooEarly(Exception):  # noqa: N818 -- named for what it is
    """The provider tells of money given back of which we do not yet know that it was captured: it has to tell us again."""


def spread(parts: Sequence[Part], amount: int) -> list[tuple[Part, int]]:
    """Gives what each part gives back, the part with most left first; refuses with MoreThanCaptured."""
    found: list[tuple[Part, int]] = []
    left = amount
    for part in sorted(parts, key=lambda part: (-part.refundable, part.position, part.id)):
        share = min(part.refundable, left)
        if share:
            found.append((part, share))
            left -= share
    if left:
        raise MoreThanCaptured(
            f"{amount - left} minor units can be given back, not {amount}.", refundable=amount - left
        )
    return found


def intended(change: Change, part: Part, amount: int, cause: Cause, effect_key: str) -> RefundId:
    """Adds a refund of a part. Over the counter it is done at once; else the provider is asked later."""
    refund = Refund(
        id=RefundId(new_id()),
        part_id=part.id,
        amount=amount,
        effect_key=effect_key,
        tender=Tender.COUNTER if change.payment.kind == "on_collection" else Tender.PROVIDER,
        cause=cause,
        created_at=change.at,
    )
    if refund.tender is Tender.COUNTER:
        change.put_refund(refund)
        change.put(part, refunding=part.refunding + amount)
        _taken_on(change, refund, None, RefundState.SUCCEEDED)
        return refund.id
    change.put_refund(refund, sent_at=change.at, due_at=change.at)
    change.put(part, refunding=part.refunding + amount)
    change.work = True
    return refund.id


def settle_refund(change: Change, refund: Refund, outcome: RefundOutcome) -> None:
    """Takes in what is known of a refund now; late news never regresses, a failure after success counts."""
    match outcome:
        case RefundDone(refund=ref, money=money):
            if not _differs(change, refund, money):
                _forward(change, refund, ref, RefundState.SUCCEEDED)
        case RefundPending(refund=ref, money=money):
            if not _differs(change, refund, money):
                _forward(change, refund, ref, RefundState.PENDING)
        case RefundRefused(refund=ref, code=code):
            _failed(change, refund, ref, code)
        case Absent():
            if refund.state is RefundState.INTENDED:
                change.put_refund(
                    refund, key_number=refund.key_number + 1, sent_at=change.at, due_at=change.at, tries=0
                )
        case Unknown():
            if refund.state in {RefundState.INTENDED, RefundState.PENDING}:
                due = later(change.at, refund.tries)
                change.put_refund(refund, tries=refund.tries + 1, due_at=due)


def from_outside(change: Change, part: Part, ref: str, outcome: RefundOutcome) -> None:
    """Records a refund that was made at the provider without us; one that failed before we heard of it moved nothing."""
    if not isinstance(outcome, RefundDone | RefundPending):
        return
    money = outcome.money
    if money is None or money.currency != change.payment.currency:
        facts = {"refund": ref, "found": money}
        change.alert(AlertKind.AMOUNT_DIFFERS, part, f"differs:{ref}", **facts)
        return
    if part.refunded + money.amount > part.captured:
        raise NewsTooEarly(f"{ref} gives back more than we know to be captured")
    refund = change.put_refund(
        Refund(
            id=RefundId(new_id()),
            part_id=part.id,
            amount=money.amount,
            effect_key=f"outside:{ref}",
            tender=Tender.OUTSIDE,
            cause=Cause(kind="provider", actor="provider"),
            created_at=change.at,
        )
    )
    change.put(part, refunding=part.refunding + money.amount)
    settle_refund(change, refund, outcome)


def _differs(change: Change, refund: Refund, money: Money | None) -> bool:
    expected = change.payment.money(refund.amount)
    if money == expected:
        return False
    facts = {"refund_id": refund.id, "expected": expected, "found": money}
    change.alert(AlertKind.AMOUNT_DIFFERS, change.part(refund.part_id), f"differs:{refund.id}", **facts)
    return True


def _forward(change: Change, refund: Refund, ref: str, state: RefundState) -> None:
    if refund.state is RefundState.INTENDED:
        _taken_on(change, refund, ref, state)
    elif refund.state is RefundState.PENDING and state is RefundState.SUCCEEDED:
        change.put_refund(refund, state=state, due_at=None)
        _emit_success(change, refund)
    elif refund.state is RefundState.PENDING:
        change.put_refund(refund, due_at=later(change.at, 10), tries=refund.tries + 1)


def _taken_on(change: Change, refund: Refund, ref: str | None, state: RefundState) -> None:
    """The money is on its way: net paid falls now."""
    part = change.part(refund.part_id)
    pending = state is RefundState.PENDING
    change.put_refund(
        refund,
        state=state,
        provider_ref=ref,
        due_at=later(change.at, 10) if pending else None,
        tries=0,
    )
    change.put(part, refunding=part.refunding - refund.amount, refunded=part.refunded + refund.amount)
    key = f"refunded:{refund.id}"
    change.book(EntryKind.REFUNDED, part, refund.amount, key, tender=refund.tender, refund_id=refund.id)
    if not pending:
        _emit_success(change, refund)


def _emit_success(change: Change, refund: Refund) -> None:
    change.emit(
        RefundSucceeded,
        refund_id=refund.id,
        group_id=change.part(refund.part_id).group_id,
        amount=refund.amount,
        tender=refund.tender,
        cause=refund.cause,
    )


def _failed(change: Change, refund: Refund, ref: str | None, code: str) -> None:
    """The money did not go, or came back: net paid is what it was before."""
    if refund.state is RefundState.FAILED:
        return
    part = change.part(refund.part_id)
    if refund.state is RefundState.INTENDED:
        change.put(part, refunding=part.refunding - refund.amount)
    else:
        change.put(part, refunded=part.refunded - refund.amount)
        key = f"refund_failed:{refund.id}"
        change.book(EntryKind.REFUND_FAILED, part, refund.amount, key, tender=refund.tender, refund_id=refund.id)
    change.put_refund(
        refund, state=RefundState.FAILED, failure_code=code, provider_ref=refund.provider_ref or ref, due_at=None
    )
    facts = {"refund_id": refund.id, "amount": change.payment.money(refund.amount), "code": code}
    change.alert(AlertKind.REFUND_FAILED, part, f"refund_failed:{refund.id}", **facts)
    change.emit(
        RefundFailed,
        refund_id=refund.id,
        group_id=part.group_id,
        amount=refund.amount,
        cause=refund.cause,
        code=code,
    )
