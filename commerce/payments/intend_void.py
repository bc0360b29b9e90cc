"""What is held for an order, or for a group of it, is to be let go."""

from uuid import UUID

from commerce.kernel import clock
from commerce.kernel.ids import OrderId
from commerce.payments import rules
from commerce.payments.book import keep_locked, lock_order
from commerce.payments.change import Change
from commerce.payments.events import PaymentVoided
from commerce.payments.facts import EntryKind, Part, PartState, Payment, PaymentState, Tender
from commerce.payments.states import LIVE, OPEN
from commerce.platform.database import Tx


async def intend_void(tx: Tx, order_id: OrderId, group_id: UUID | None, effect_key: str) -> list[Payment]:
    """Write down that what is held and was not captured is to be let go, of a group or of the whole order; a job does it.

    Captures that were asked for before are made first. An attempt that is not authorised yet ends here, and what it may still bring in is
    let go when it comes. Does nothing where nothing is held; asked twice, it happens once. Gives the payments that it concerned.
    """
    kept = []
    for payment in await lock_order(tx, order_id):
        if payment.state not in LIVE:
            continue
        change = Change(payment, clock.now())
        parts = [part for part in payment.parts if group_id in {None, part.group_id}]
        if group_id is None and payment.state in OPEN:
            change.move(PaymentState.VOIDED)
            for part in parts:
                change.emit(PaymentVoided, group_id=part.group_id, amount=0)
        for part in parts:
            if payment.kind == "on_collection":
                _let_go(change, part, effect_key)
            else:
                rules.give_up(change, part, effect_key)
        rules.conclude(change)
        kept.append(await keep_locked(tx, change))
    return kept


def _let_go(change: Change, part: Part, effect_key: str) -> None:
    """Nobody holds what was to be paid at the counter: it is simply not due any more."""
    held = part.held
    if not held:
        return
    change.book(EntryKind.VOIDED, part, held, f"voided:{part.id}:{part.voided + held}", tender=Tender.COUNTER)
    state = PartState.CAPTURED if part.captured else PartState.VOIDED
    change.put(part, state=state, voided=part.voided + held, void_key=effect_key)
    change.emit(PaymentVoided, group_id=part.group_id, amount=held)
