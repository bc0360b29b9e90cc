"""Captures: which part pays for one, what became of it, and what happens when a part can pay no more. Pure."""

from typing import Any
from uuid import UUID

from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.payments.change import Change
from commerce.payments.errors import MoreThanAuthorized, NotAuthorized, PaymentEffectDiffers
from commerce.payments.events import CaptureFailed, PaymentCaptured, PaymentVoided
from commerce.payments.facts import (
    AlertKind,
    Capture,
    CaptureId,
    CaptureState,
    EntryKind,
    Part,
    PartId,
    PartState,
    PaymentState,
    Tender,
)
from commerce.payments.pauses import later
from commerce.payments.ports import Captured

GOING = (CaptureState.INTENDED, CaptureState.CAPTURED)


def intended(change: Change, group_id: UUID, money: Money, effect_key: str) -> Capture:
    """Adds a capture of a group, to the part that can pay for it.

    Where a part can be captured once only and that was used, or where the provider let it go by itself, the group gets a further part,
    charged off session with the kept method. Refuses with NotAuthorized, MoreThanAuthorized, PaymentEffectDiffers.
    """
    payment = change.payment
    parts = [part for part in payment.parts if part.group_id == group_id]
    if payment.state is not PaymentState.AUTHORIZED or not parts:
        raise NotAuthorized("Nothing is authorised for this group of the order.", group_id=group_id)
    ids = {part.id for part in parts}
    asked = sum(each.amount for each in payment.captures if each.part_id in ids and each.state in GOING)
    if asked + money.amount > parts[0].amount:
        raise MoreThanAuthorized(
            f"{payment.money(parts[0].amount - asked)} of the group can still be captured, not {money}.",
            capturable=payment.money(parts[0].amount - asked),
        )
    if payment.kind == "on_collection":
        return _at_the_counter(change, parts[0], money.amount, effect_key)
    part = _payer(change, parts[-1], money.amount)
    change.work = True
    return change.put_capture(_new(change, part.id, money.amount, effect_key, Tender.PROVIDER))


def found(change: Change, effect_key: str, group_id: UUID, amount: int) -> Capture | None:
    """Gives the capture that an effect key made before; refuses with PaymentEffectDiffers when it was another one."""
    for each in change.payment.captures:
        if each.effect_key == effect_key:
            if each.amount != amount or change.part(each.part_id).group_id != group_id:
                raise PaymentEffectDiffers(f"{effect_key} captured {change.payment.money(each.amount)} before.")
            return each
    return None


def _new(change: Change, part_id: PartId, amount: int, effect_key: str, tender: Tender) -> Capture:
    capture_id = CaptureId(new_id())
    due = change.at if tender is Tender.PROVIDER else None
    return Capture(
        id=capture_id,
        part_id=part_id,
        amount=amount,
        effect_key=effect_key,
        tender=tender,
        created_at=change.at,
        sent_at=due,
        due_at=due,
    )


def _at_the_counter(change: Change, part: Part, amount: int, effect_key: str) -> Capture:
    """Records the tender that was taken when the goods were handed over."""
    capture = change.put_capture(_new(change, part.id, amount, effect_key, Tender.COUNTER))
    total = part.captured + amount
    done = total + part.voided == part.authorized
    after = change.put(part, captured=total, state=PartState.CAPTURED if done else part.state)
    _made(change, after, capture)
    return change.capture(capture.id)


def _payer(change: Change, last: Part, amount: int) -> Part:
    """Gives the part that pays; adds one where the last can pay no more."""
    payment = change.payment
    if last.void_key is not None:
        raise NotAuthorized("What was held for this group was let go.", group_id=last.group_id)
    spoken_for = sum(each.amount for each in payment.open_captures(last.id))
    used = any(each.part_id == last.id and each.state in GOING for each in payment.captures)
    if last.state is PartState.AUTHORIZED and (last.multicapture or not used) and amount <= last.held - spoken_for:
        return last
    return _further_part(change, last, amount)


def _further_part(change: Change, last: Part, amount: int) -> Part:
    """Adds a part for a group whose last part can pay no more; it is charged off session with the kept method."""
    payment = change.payment
    if payment.method_ref is None or payment.customer_ref is None:
        raise NotAuthorized("Nothing is held for this group any more.", group_id=last.group_id)
    return change.put(
        Part(
            id=PartId(new_id()),
            group_id=last.group_id,
            location_id=last.location_id,
            after_part=last.id,
            position=max(part.position for part in payment.parts) + 1,
            amount=amount,
            sent_at=change.at,
            due_at=change.at,
        )
    )


def captured(change: Change, part: Part, outcome: Captured) -> None:
    """Books what was taken beyond what we know of, to the captures that asked for it or as taken at the provider without us."""
    total = outcome.captured
    if total is None or total.currency != change.payment.currency or total.amount - part.captured > part.held:
        facts: dict[str, Any] = {"held": change.payment.money(part.held), "captured": total}
        change.alert(AlertKind.AMOUNT_DIFFERS, part, f"captured:{part.id}:{total}", **facts)
        return
    new = total.amount - part.captured
    if new < 0:
        return  # late news: more was captured since
    after = part
    if new:
        after = change.put(part, captured=part.captured + new)
        _assign(change, after, new)
        if part.state is not PartState.AUTHORIZED:
            over: dict[str, Any] = {"expected": change.payment.money(0), "found": total, "state": part.state}
            change.alert(AlertKind.AMOUNT_DIFFERS, part, f"captured:{part.id}:{total}", **over)
    rest = after.held
    if rest and not outcome.final:
        return
    if rest:
        change.book(EntryKind.VOIDED, after, rest, f"voided:{after.id}:{after.voided + rest}")
        change.emit(PaymentVoided, group_id=after.group_id, amount=rest)
    state = PartState.CAPTURED if after.state is PartState.AUTHORIZED else after.state
    change.put(after, state=state, voided=after.voided + rest, due_at=None)
    for each in list(change.payment.open_captures(part.id)):
        _fail(change, each, "captured_otherwise")


def _assign(change: Change, part: Part, new: int) -> None:
    for each in list(change.payment.open_captures(part.id)):
        if each.amount <= new:
            _made(change, part, each)
            new -= each.amount
    if new:
        key = f"outside:{part.id}:{part.captured}"
        _made(change, part, change.put_capture(_new(change, part.id, new, key, Tender.OUTSIDE)))


def _made(change: Change, part: Part, capture: Capture) -> None:
    change.put_capture(capture, state=CaptureState.CAPTURED, due_at=None)
    change.book(
        EntryKind.CAPTURED,
        part,
        capture.amount,
        f"captured:{capture.id}",
        tender=capture.tender,
        capture_id=capture.id,
    )
    change.emit(
        PaymentCaptured,
        capture_id=capture.id,
        group_id=part.group_id,
        amount=capture.amount,
        tender=capture.tender,
    )


def refused(change: Change, capture: Capture, code: str) -> None:
    """The provider will not capture: what is owed stays owed, and a person hears of it."""
    if capture.state is CaptureState.INTENDED:
        _fail(change, capture, code)


def lost(change: Change, part: Part, code: str) -> None:
    """A further part was declined: what it was to pay stays owed."""
    for each in list(change.payment.open_captures(part.id)):
        _fail(change, each, code)


def released(change: Change, part: Part) -> None:
    """A part was let go while captures were still to be made: they go to a further part, or fail where it was given up on purpose."""
    waiting = list(change.payment.open_captures(part.id))
    chargeable = change.payment.method_ref is not None and change.payment.customer_ref is not None
    for each in waiting:
        if part.void_key is None and chargeable:
            further = _further_part(change, part, each.amount)
            number = each.key_number + 1  # the provider's answer under the old key is that of the old intent
            change.put_capture(each, part_id=further.id, key_number=number, due_at=change.at, tries=0)
            change.work = True
        else:
            _fail(change, each, "let_go")


def _fail(change: Change, capture: Capture, code: str) -> None:
    part = change.part(capture.part_id)
    change.put_capture(capture, state=CaptureState.FAILED, failure_code=code, due_at=None)
    facts: dict[str, Any] = {"capture_id": capture.id, "amount": change.payment.money(capture.amount), "code": code}
    change.alert(AlertKind.CAPTURE_FAILED, part, f"capture_failed:{capture.id}", **facts)
    change.emit(CaptureFailed, capture_id=capture.id, group_id=part.group_id, amount=capture.amount, code=code)


def void_failed(change: Change, part: Part, code: str) -> None:
    """The provider will not let it go: a person hears of it, and it is asked for again later."""
    if part.void_key is None:
        return
    change.put(part, tries=part.tries + 1, due_at=later(change.at, part.tries))
    change.alert(AlertKind.VOID_FAILED, part, f"void_failed:{part.id}", code=code, intent=part.intent_ref)
