"""Bring a payment as far as it goes: call the provider for what is written down, record what it says, until nothing is left to do.

Each call is made outside a transaction, under a key that was written before it; each answer is recorded in a transaction of its own. Whoever
runs it again after a crash finds the same keys. The request that opened the payment, the return page, jobs and the sweeper all run this.
"""

from uuid import UUID

from msgspec.structs import replace
from structlog.contextvars import bound_contextvars

from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import PaymentId
from commerce.payments import capture_rules, refund_rules, rules
from commerce.payments.acts import Act, Deed, Now, acts
from commerce.payments.book import GoesOn, load
from commerce.payments.change import Change
from commerce.payments.facts import CaptureState, Part, Payment
from commerce.payments.pauses import later
from commerce.payments.ports import (
    Absent,
    Authorized,
    ChargeRequest,
    Declined,
    IntentOutcome,
    PaymentProvider,
    RefundOutcome,
    Refused,
    Unknown,
)
from commerce.payments.settle import decide
from commerce.payments.states import OPEN
from commerce.platform.database import Database, Tx

MOST_ACTS = 200
NOT_RECEIVED_SECONDS = 600
"""How long a call may be under way: after it, an intent that nobody finds was never made."""


async def authorize(db: Database, provider: PaymentProvider, payment_id: PaymentId) -> Payment:
    """Ask for the money of a payment that was intended, and record what came of it; gives the payment as it is then.

    All parts authorised, or an action that the shopper has to take, or declined, or unknown: then the sweeper asks again with the same keys.
    It can be run again at any time, by anybody, also at once: each part is asked for once.
    """
    return await pursue(db, provider, payment_id, only_while_open=True)


async def pursue(
    db: Database,
    provider: PaymentProvider,
    payment_id: PaymentId,
    *,
    look: bool = False,
    only_while_open: bool = False,
) -> Payment:
    """Does what is due for a payment, each thing once; `look` also looks up what we wait to hear of.

    `only_while_open`: somebody waits for the end of the attempt, so no pause is kept, and what can be done later is left to a job.
    """
    done: set[tuple[Deed, UUID, int]] = set()
    payment = await load(db.reading, payment_id)
    for _ in range(MOST_ACTS):
        if only_while_open and payment.state not in OPEN:
            return payment
        now = Now(clock.now(), eager=only_while_open, look=look)
        act = next((each for each in acts(payment, now) if _mark(payment, each) not in done), None)
        if act is None:
            return payment
        done.add(_mark(payment, act))
        with bound_contextvars(payment_id=str(payment.id), order_id=str(payment.order_id), deed=act.deed.value):
            await _carry_out(db, provider, payment, act, _while_open if only_while_open else _always)
        payment = await load(db.reading, payment_id)
    raise Bug(f"the payment {payment_id} is never done")


def _while_open(payment: Payment) -> bool:
    return payment.state in OPEN


def _always(_: Payment) -> bool:
    return True


def _mark(payment: Payment, act: Act) -> tuple[Deed, UUID, int]:
    """An act is tried once for each key that it is made under."""
    numbers: dict[UUID, int] = {each.id: each.key_number for each in payment.captures}
    numbers |= {each.id: each.key_number for each in payment.refunds}
    return act.deed, act.subject_id, numbers.get(act.subject_id, 0)


async def _carry_out(db: Database, provider: PaymentProvider, payment: Payment, act: Act, goes_on: GoesOn) -> None:
    match act.deed:
        case Deed.CREATE_CUSTOMER:
            customer = await provider.create_customer(key=f"customer-{payment.id}", order_id=payment.order_id)
            await db.transact(_record_customer, payment.id, act, customer, goes_on)
        case Deed.REFUND | Deed.LOOK_UP_REFUND:
            refund_outcome = await _ask_refund(provider, payment, act)
            await db.transact(_record_refund, payment.id, act, refund_outcome, goes_on)
        case Deed.CAPTURE:
            outcome = await _ask_capture(provider, payment, act)
            await db.transact(_record_capture, payment.id, act, outcome, goes_on)
        case Deed.AUTHORIZE | Deed.CONFIRM | Deed.VOID | Deed.LOOK_UP:
            outcome = await _ask(provider, payment, act)
            await db.transact(_record, payment.id, act, outcome, goes_on)


async def _ask(provider: PaymentProvider, payment: Payment, act: Act) -> IntentOutcome:
    part = act.part
    if act.deed is Deed.VOID:
        return await provider.void(_intent(part), key=f"void-{part.id}-{part.tries}")
    if act.deed is Deed.LOOK_UP or act.stale:
        return await _look_up(provider, payment, part)
    if act.deed is Deed.CONFIRM:
        method, key = payment.method_ref or "", f"confirm-{part.id}-{part.tries}"
        outcome = await provider.confirm_on_session(
            _intent(part), key=key, method=method, return_url=payment.return_url
        )
    else:
        outcome = await provider.authorize(_charge(payment, part))
    if isinstance(outcome, Unknown) and outcome.spent:
        found = await _look_up(provider, payment, part)
        return Declined(intent=None, code="provider_error") if isinstance(found, Absent) else found
    return outcome


async def _look_up(provider: PaymentProvider, payment: Payment, part: Part) -> IntentOutcome:
    """Looks; that nothing is there counts only once a call that may still be under way must have arrived."""
    found = await provider.look_up(part.intent_ref, part_id=part.id, customer=payment.customer_ref)
    young = part.sent_at is not None and (clock.now() - part.sent_at).total_seconds() < NOT_RECEIVED_SECONDS
    return Unknown(reason="not there yet") if isinstance(found, Absent) and young else found


def _charge(payment: Payment, part: Part) -> ChargeRequest:
    """The request of a part; it is the same however often it is made, since it is made from what was written down."""
    method = (payment.payment_method if part.position == 0 else payment.method_ref) or ""
    return ChargeRequest(
        key=str(part.id),
        payment_id=payment.id,
        part_id=part.id,
        order_id=payment.order_id,
        money=payment.money(part.amount),
        customer=payment.customer_ref or "",
        method=method,
        on_session=part.on_session,
        return_url=payment.return_url if part.on_session else None,
    )


async def _ask_capture(provider: PaymentProvider, payment: Payment, act: Act) -> IntentOutcome:
    capture = next(each for each in payment.captures if each.id == act.subject_id)
    intent = _intent(act.part)
    if act.stale:
        return await provider.look_up(intent, part_id=act.part.id, customer=payment.customer_ref)
    money = payment.money(capture.amount)
    final = capture.amount == act.part.held
    outcome = await provider.capture(
        intent, money, key=_key(capture.id, capture.key_number), final=final, multicapture=act.part.multicapture
    )
    if isinstance(outcome, Unknown) and outcome.spent:
        return await provider.look_up(intent, part_id=act.part.id, customer=payment.customer_ref)
    return outcome


async def _ask_refund(provider: PaymentProvider, payment: Payment, act: Act) -> RefundOutcome:
    refund = next(each for each in payment.refunds if each.id == act.subject_id)
    intent = _intent(act.part)
    if act.deed is Deed.REFUND and not act.stale:
        key = _key(refund.id, refund.key_number)
        outcome = await provider.refund(intent, payment.money(refund.amount), key=key, refund_id=refund.id)
        if not (isinstance(outcome, Unknown) and outcome.spent):
            return outcome
    return await provider.look_up_refund(intent, refund=refund.provider_ref, refund_id=refund.id)


def _key(subject_id: UUID, number: int) -> str:
    """The idempotency key: the id itself, and a numbered one where the provider's answer under it is spent or forgotten."""
    return str(subject_id) if number == 0 else f"{subject_id}-{number}"


def _intent(part: Part) -> str:
    if part.intent_ref is None:
        raise Bug(f"the part {part.id} has no intent")
    return part.intent_ref


async def _record(tx: Tx, payment_id: PaymentId, act: Act, outcome: IntentOutcome, goes_on: GoesOn) -> Payment:
    return await decide(
        tx, payment_id, lambda change: rules.settle_part(change, change.part(act.part.id), outcome), goes_on
    )


async def _record_customer(
    tx: Tx, payment_id: PaymentId, act: Act, customer: str | Unknown | Refused, goes_on: GoesOn
) -> Payment:
    def rule(change: Change) -> None:
        match customer:
            case str():
                if change.payment.customer_ref is None:
                    change.payment = replace(change.payment, customer_ref=customer)
            case Refused(code=code):
                rules.settle_part(change, change.part(act.part.id), Declined(intent=None, code=code))
            case Unknown():
                rules.settle_part(change, change.part(act.part.id), customer)

    return await decide(tx, payment_id, rule, goes_on)


async def _record_capture(tx: Tx, payment_id: PaymentId, act: Act, outcome: IntentOutcome, goes_on: GoesOn) -> Payment:
    def rule(change: Change) -> None:
        capture = next(each for each in change.payment.captures if each.id == act.subject_id)
        match outcome:
            case Refused(code=code):
                capture_rules.refused(change, capture, code)
            case Absent():
                capture_rules.refused(change, capture, "intent_missing")
            case Unknown():
                _postpone(change, capture.id)
            case Authorized():
                # Looked up and still held: it was not captured, and the old key is of no use any more.
                if capture.state is CaptureState.INTENDED:
                    number = capture.key_number + 1
                    change.put_capture(capture, key_number=number, sent_at=change.at, due_at=change.at, tries=0)
            case _:
                rules.settle_part(change, change.part(act.part.id), outcome)
                _postpone(change, capture.id)

    return await decide(tx, payment_id, rule, goes_on)


def _postpone(change: Change, capture_id: UUID) -> None:
    """A capture that is still to be made, of the part that was asked, is tried again later."""
    capture = next(each for each in change.payment.captures if each.id == capture_id)
    if capture.state is CaptureState.INTENDED and capture.part_id in {each.part_id for each in change.before.captures}:
        due = later(change.at, capture.tries)
        change.put_capture(capture, tries=capture.tries + 1, due_at=due)


async def _record_refund(tx: Tx, payment_id: PaymentId, act: Act, outcome: RefundOutcome, goes_on: GoesOn) -> Payment:
    def rule(change: Change) -> None:
        refund = next(each for each in change.payment.refunds if each.id == act.subject_id)
        refund_rules.settle_refund(change, refund, outcome)

    return await decide(tx, payment_id, rule, goes_on)
