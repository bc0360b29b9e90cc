"""What an outcome means for a part, and what the parts mean for their payment. Pure; news that is late or comes twice changes nothing."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from msgspec.structs import replace

from commerce.kernel.money import Money
from commerce.payments import capture_rules
from commerce.payments.change import Change
from commerce.payments.events import (
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentDeclined,
    PaymentMismatched,
    PaymentVoided,
)
from commerce.payments.facts import AlertKind, EntryKind, Part, PartState, Payment, PaymentState
from commerce.payments.pauses import later
from commerce.payments.ports import (
    Absent,
    ActionRequired,
    AuthenticationRequired,
    Authorized,
    Captured,
    Declined,
    IntentOutcome,
    Processing,
    Refused,
    Unknown,
    Voided,
)
from commerce.payments.states import LIVE, OPEN, OPEN_PARTS

ACTION_LOOK_SECONDS = 600
"""How often a challenge that the shopper was sent to is looked up, in case that nobody tells us of its end."""
NOT_RECEIVED = "not_received"


def settle_part(change: Change, part: Part, outcome: IntentOutcome) -> None:
    """Takes in what is known of a part's intent now, and what follows for the payment."""
    if not _is_second(change, part, outcome):
        _take_in(change, part, outcome)
        conclude(change)


def _take_in(change: Change, part: Part, outcome: IntentOutcome) -> None:
    match outcome:
        case Authorized():
            _authorized(change, part, outcome)
        case Captured():
            _captured(change, part, outcome)
        case ActionRequired():
            _action_required(change, part, outcome)
        case Processing():
            _processing(change, part, outcome)
        case Declined():
            _declined(change, part, outcome.intent, outcome.code)
        case AuthenticationRequired():
            _authentication_required(change, part, outcome)
        case Voided():
            _voided(change, part, outcome)
        case Absent():
            _absent(change, part)
        case Unknown():
            _unknown(change, part)
        case Refused():
            capture_rules.void_failed(change, part, outcome.code)


def conclude(change: Change) -> None:
    """Draws what follows for the payment from its parts, starts the next part, gives up the rest of a lost attempt."""
    payment = change.payment
    if payment.state in OPEN:
        _conclude_open(change, payment)
    elif payment.state is PaymentState.AUTHORIZED and _all_let_go(_originals(payment)):
        change.move(PaymentState.VOIDED)


def _all_let_go(parts: Sequence[Part]) -> bool:
    """Whether everything was let go on purpose. What the bank let go by itself can still be charged with the kept method."""
    return bool(parts) and all(part.state is PartState.VOIDED and part.void_key is not None for part in parts)


def _conclude_open(change: Change, payment: Payment) -> None:
    state = state_of(_originals(payment))
    change.move(state)
    match state:
        case PaymentState.AUTHORIZED:
            change.emit(PaymentAuthorized)
        case PaymentState.DECLINED:
            withdraw(change, f"declined:{payment.id}")
            change.emit(PaymentDeclined, code=payment.decline_code or "declined")
        case PaymentState.MISMATCH:
            withdraw(change, f"mismatch:{payment.id}")
            change.emit(PaymentMismatched)
        case PaymentState.VOIDED:
            withdraw(change, f"lost:{payment.id}")
        case PaymentState.ACTION_REQUIRED if payment.state is not PaymentState.ACTION_REQUIRED:
            change.emit(PaymentActionRequired)
        case _:
            _start_next(change, payment)


def state_of(parts: Iterable[Part]) -> PaymentState:
    """Gives the state of an attempt from those of its parts: the worst of them, and authorised only when all stand."""
    states = {part.state for part in parts}
    for part_state, state in _WORST_FIRST:
        if part_state in states:
            return state
    return PaymentState.AUTHORIZED


_WORST_FIRST = (
    (PartState.MISMATCH, PaymentState.MISMATCH),
    (PartState.DECLINED, PaymentState.DECLINED),
    (PartState.VOIDED, PaymentState.VOIDED),
    (PartState.ACTION_REQUIRED, PaymentState.ACTION_REQUIRED),
    (PartState.PROCESSING, PaymentState.PROCESSING),
    (PartState.UNKNOWN, PaymentState.UNKNOWN),
    (PartState.INTENDED, PaymentState.INTENDED),
)


def _originals(payment: Payment) -> list[Part]:
    return [part for part in payment.parts if part.after_part is None]


def _start_next(change: Change, payment: Payment) -> None:
    """Marks the next part as sent once all before it stand; whoever runs the payment sends it."""
    for part in _originals(payment):
        if part.state in OPEN_PARTS:
            if part.sent_at is None and payment.method_ref is not None:
                change.put(part, sent_at=change.at, due_at=change.at)
                change.work = True
            return


def withdraw(change: Change, key: str) -> None:
    """Gives up every part that is not captured: one that was never sent at once, the others at the provider."""
    for part in change.payment.parts:
        give_up(change, part, key)


def give_up(change: Change, part: Part, key: str) -> None:
    """Notes that a part is to be let go; one that was given up before stays under its first key."""
    if part.void_key is not None or part.state in {PartState.CAPTURED, PartState.VOIDED}:
        return
    if part.state in OPEN_PARTS and part.sent_at is None and part.intent_ref is None:
        change.put(part, state=PartState.VOIDED, void_key=key, due_at=None)
        return
    if part.intent_ref is None and part.state not in OPEN_PARTS:
        return
    change.put(part, void_key=key, due_at=change.at, tries=0)
    change.work = True


def _is_second(change: Change, part: Part, outcome: IntentOutcome) -> bool:
    """A second intent for one part (made when the provider had forgotten the first key) is never settled, but given up."""
    intent = getattr(outcome, "intent", None)
    if intent is None or part.intent_ref in {None, intent}:
        return False
    change.alert(AlertKind.SECOND_INTENT, part, f"second:{intent}", intent=intent)
    if not isinstance(outcome, Voided | Declined):
        change.strays.append(intent)
    return True


def _differs(change: Change, part: Part, intent: str, money: Money | None) -> bool:
    """Another amount or currency than ours: nothing of it counts, a person hears of it, and what is held is let go."""
    if money == change.payment.money(part.amount):
        return False
    change.alert(
        AlertKind.AMOUNT_DIFFERS,
        part,
        f"differs:{intent}:{money}",
        intent=intent,
        expected=change.payment.money(part.amount),
        found=money,
    )
    if part.state in OPEN_PARTS or (part.state is PartState.AUTHORIZED and not part.captured):
        mismatched = replace(part, state=PartState.MISMATCH, intent_ref=intent, next_action_url=None)
        change.put(mismatched, void_key=f"mismatch:{part.id}", due_at=change.at, tries=0)
        change.work = True
    elif part.due_at is not None:
        change.put(part, tries=part.tries + 1, due_at=later(change.at, part.tries))
    return True


def _authorized(change: Change, part: Part, outcome: Authorized | Captured) -> bool:
    """Books what is held, once. What comes after the attempt is over is booked as well, and let go. False: another sum than ours."""
    if _differs(change, part, outcome.intent, outcome.money):
        return False
    if part.authorized:
        if outcome.multicapture and not part.captured:
            change.put(part, multicapture=True)
        return True
    change.book(EntryKind.AUTHORIZED, part, part.amount, f"authorized:{part.id}")
    open_ = part.state in OPEN_PARTS
    after = change.put(
        part,
        state=PartState.AUTHORIZED if open_ else part.state,
        authorized=part.amount,
        intent_ref=outcome.intent,
        multicapture=outcome.multicapture,
        next_action_url=None,
        decline_code=None if open_ else part.decline_code,
        due_at=part.due_at if part.void_key else None,
        tries=0,
    )
    if change.payment.method_ref is None:
        change.payment = replace(change.payment, method_ref=outcome.method or change.payment.payment_method)
    if change.payment.state not in LIVE or not open_:
        change.put(after, void_key=after.void_key or f"late:{part.id}", due_at=change.at)
        change.work = True
    elif part.after_part is not None:
        change.work = True
    return True


def _captured(change: Change, part: Part, outcome: Captured) -> None:
    if _authorized(change, part, outcome):
        capture_rules.captured(change, change.part(part.id), outcome)


def _action_required(change: Change, part: Part, outcome: ActionRequired) -> None:
    if part.state not in {PartState.INTENDED, PartState.UNKNOWN, PartState.ACTION_REQUIRED, PartState.PROCESSING}:
        return
    if _differs(change, part, outcome.intent, outcome.money):
        return
    looked = part.state is PartState.ACTION_REQUIRED
    due = change.at + timedelta(seconds=ACTION_LOOK_SECONDS)
    change.put(
        part,
        state=PartState.ACTION_REQUIRED,
        on_session=True,
        intent_ref=outcome.intent,
        next_action_url=part.next_action_url if looked else outcome.url,
        due_at=part.due_at if part.void_key else due,
        tries=part.tries + 1 if looked else 0,
    )


def _processing(change: Change, part: Part, outcome: Processing) -> None:
    if part.state in OPEN_PARTS:
        change.put(
            part,
            state=PartState.PROCESSING,
            intent_ref=outcome.intent,
            next_action_url=None,
            due_at=change.at + timedelta(seconds=ACTION_LOOK_SECONDS),
            tries=part.tries + 1,
        )


def _declined(change: Change, part: Part, intent: str | None, code: str) -> None:
    """The end of an open part; the intent is given up, so that nothing can come of it any more."""
    if part.state not in OPEN_PARTS:
        return
    intent = intent or part.intent_ref
    given_up = {"void_key": part.void_key or f"declined:{part.id}", "due_at": change.at} if intent else {"due_at": None}
    change.put(
        part,
        state=PartState.DECLINED,
        decline_code=code,
        intent_ref=intent,
        next_action_url=None,
        tries=0,
        **given_up,
    )
    if intent:
        change.work = True
    capture_rules.lost(change, change.part(part.id), code)


def _authentication_required(change: Change, part: Part, outcome: AuthenticationRequired) -> None:
    """Off session the bank wants to see the shopper: at checkout the part goes on session; later nobody is there to be seen."""
    if part.state not in OPEN_PARTS:
        return
    if part.on_session:
        if part.state is PartState.INTENDED:
            _unknown(change, part)
        return
    if part.after_part is not None or part.void_key is not None:
        _declined(change, part, outcome.intent, "authentication_required")
        return
    change.put(
        part, state=PartState.INTENDED, on_session=True, intent_ref=outcome.intent, sent_at=change.at, due_at=change.at
    )
    change.work = True


def _voided(change: Change, part: Part, outcome: Voided) -> None:
    """Nothing is held (any longer). What the provider let go by itself can be charged anew for captures that are still to be made."""
    held = part.held
    if held:
        change.book(EntryKind.VOIDED, part, held, f"voided:{part.id}:{part.voided + held}")
        change.emit(PaymentVoided, group_id=part.group_id, amount=held)
    ends = part.state in OPEN_PARTS or (part.state is PartState.AUTHORIZED and not part.captured)
    after = change.put(
        part,
        state=PartState.VOIDED if ends else PartState.CAPTURED if part.state is PartState.AUTHORIZED else part.state,
        voided=part.voided + held,
        intent_ref=outcome.intent,
        next_action_url=None,
        due_at=None,
    )
    capture_rules.released(change, after)


def _absent(change: Change, part: Part) -> None:
    """The provider never heard of it: the attempt is lost, and nothing is held."""
    if part.state in OPEN_PARTS and part.intent_ref is None:
        if part.void_key is not None:
            capture_rules.released(change, change.put(part, state=PartState.VOIDED, due_at=None))
        else:
            _declined(change, part, None, NOT_RECEIVED)


def _unknown(change: Change, part: Part) -> None:
    """No answer: never a decline. The sweeper asks again."""
    state = PartState.UNKNOWN if part.state is PartState.INTENDED else part.state
    if part.state in OPEN_PARTS or part.void_key is not None:
        change.put(part, state=state, tries=part.tries + 1, due_at=later(change.at, part.tries))
