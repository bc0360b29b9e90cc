"""Refunds: never more than was captured and not yet given back."""

from msgspec.structs import replace

from commerce.sandbox import cards
from commerce.sandbox.amounts import check_amount, worded
from commerce.sandbox.errors import Document, invalid
from commerce.sandbox.lists import window
from commerce.sandbox.objects import charge as shown_charge, refund as shown
from commerce.sandbox.parameters import Parameters
from commerce.sandbox.records import Charge, Intent, Method, Refund, new_id
from commerce.sandbox.store import Change

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create(change: Change, params: Parameters) -> Document:
    """POST /v1/refunds, by PaymentIntent or by charge; all that is left when no amount is given."""
    charge = _charge(change, params)
    reason = params.text("reason")
    if reason is not None and reason not in REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(REASONS)}", param="reason")
    if charge.status == "failed":
        raise invalid(f"Charge {charge.id} has failed and cannot be refunded.", code="charge_not_refundable")
    if charge.status == "pending" or charge.amount_captured == 0:
        raise invalid(
            "This PaymentIntent does not have a successful charge to refund. Cancel the PaymentIntent to release funds "
            "that were authorized and not captured.",
            code="charge_not_refundable",
        )
    left = charge.amount_captured - charge.amount_refunded
    if left == 0:
        raise invalid(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    sent = params.integer("amount")
    amount = left if sent is None else check_amount(sent, charge.currency, param="amount")
    if amount > left:
        raise invalid(
            f"Refund amount ({worded(amount, charge.currency)}) is greater than unrefunded amount on charge "
            f"({worded(left, charge.currency)})",
            param="amount",
        )
    return shown(_give_back(change, charge, amount, reason, params))


def _charge(change: Change, params: Parameters) -> Charge:
    """The charge that is named, or the one that paid the intent."""
    by_charge, by_intent = params.text("charge"), params.text("payment_intent")
    if by_charge is not None:
        charge = change.get(Charge, by_charge, param="charge")
        if by_intent is not None and charge.payment_intent != by_intent:
            raise invalid("The charge does not belong to the PaymentIntent.", param="payment_intent")
        return charge
    if by_intent is None:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    intent = change.get(Intent, by_intent, param="payment_intent")
    if intent.latest_charge is None:
        raise invalid(
            f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.", param="payment_intent"
        )
    return change.get(Charge, intent.latest_charge)


def _give_back(change: Change, charge: Charge, amount: int, reason: str | None, params: Parameters) -> Refund:
    """Book the refund; some test cards decide its fate only later."""
    used = change.get(Method, charge.payment_method)
    card = cards.BY_NUMBER.get(used.reference)
    course = "at_once" if card is None else card.refund
    later = course != "at_once"
    refund = change.put(
        Refund(
            id=new_id("re_"),
            created=change.now,
            amount=amount,
            currency=charge.currency,
            status="pending" if course == "succeeds_later" else "succeeded",
            charge=charge.id,
            payment_intent=charge.payment_intent,
            metadata=params.merged_metadata({}),
            reason=reason,
            settles_at=change.now + change.settle_seconds if later else None,
            settles_as={"succeeds_later": "succeeded", "fails_later": "failed"}.get(course),
        )
    )
    before = {"amount_refunded": charge.amount_refunded}
    charge = change.put(replace(charge, amount_refunded=charge.amount_refunded + amount))
    change.count("refunded", change.get(Intent, charge.payment_intent), amount, refund=refund.id)
    change.emit("refund.created", shown(refund))
    change.emit("charge.refunded", shown_charge(charge, change), before)
    return refund


def settle(change: Change, refund: Refund) -> None:
    """What was open is decided: a pending refund succeeds, or one that seemed to have succeeded comes back."""
    before = {"status": refund.status}
    if refund.settles_as == "failed":
        refund = change.put(
            replace(
                refund, status="failed", failure_reason="expired_or_canceled_card", settles_at=None, settles_as=None
            )
        )
        charge = change.get(Charge, refund.charge)
        change.put(replace(charge, amount_refunded=charge.amount_refunded - refund.amount))
        change.count("refund_failed", change.get(Intent, refund.payment_intent), refund.amount, refund=refund.id)
        change.emit("refund.updated", shown(refund), before)
        change.emit("refund.failed", shown(refund), before)
        return
    settled = change.put(replace(refund, status="succeeded", settles_at=None, settles_as=None))
    change.emit("refund.updated", shown(settled), before)


def retrieve(change: Change, params: Parameters, identifier: str) -> Document:
    """GET /v1/refunds/{id}"""
    return shown(change.get(Refund, identifier))


def update(change: Change, params: Parameters, identifier: str) -> Document:
    """POST /v1/refunds/{id}: its metadata only."""
    found = change.get(Refund, identifier)
    return shown(change.put(replace(found, metadata=params.merged_metadata(found.metadata))))


def listing(change: Change, params: Parameters) -> Document:
    """GET /v1/refunds: newest first, by PaymentIntent or charge."""
    intent, charge = params.text("payment_intent"), params.text("charge")
    found = [
        record
        for record in change.all(Refund)
        if (intent is None or record.payment_intent == intent) and (charge is None or record.charge == charge)
    ]
    return window(change, found, params, "/v1/refunds")
