"""Capturing what is held, and giving the hold back."""

from msgspec.structs import replace

from commerce.sandbox.amounts import check_amount
from commerce.sandbox.errors import Document, invalid, unexpected_state
from commerce.sandbox.objects import charge as shown_charge, intent as shown
from commerce.sandbox.parameters import Parameters
from commerce.sandbox.records import Charge, Intent
from commerce.sandbox.store import Change

CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")
REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
MOST_CAPTURES = 50


def capture(change: Change, params: Parameters, identifier: str) -> Document:
    """POST /v1/payment_intents/{id}/capture: once, the rest is released; more often where multicapture is available."""
    found = change.get(Intent, identifier, param="intent")
    if found.status == "succeeded":
        raise unexpected_state(
            "This PaymentIntent could not be captured because it has already been captured.", shown(found, change)
        )
    if found.status != "requires_capture" or found.latest_charge is None:
        raise unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of {found.status}. Only a PaymentIntent "
            "with one of the following statuses may be captured: requires_capture.",
            shown(found, change),
        )
    charge = change.get(Charge, found.latest_charge)
    if "final_capture" in params and not charge.multicapture:
        raise invalid(
            "You can only use `final_capture` when multicapture is available for the PaymentIntent.",
            param="final_capture",
            payment_intent=shown(found, change),
        )
    final = params.flag("final_capture") or "final_capture" not in params
    amount = _amount(change, params, found, charge, final=final)
    found = replace(found, metadata=params.merged_metadata(found.metadata))
    return shown(take(change, found, charge, amount, final=final), change)


def _amount(change: Change, params: Parameters, intent: Intent, charge: Charge, *, final: bool) -> int:
    """How much: all that is held unless the caller says otherwise; 0 only releases what is left of several captures."""
    amount = params.integer("amount_to_capture")
    if amount is None:
        return intent.amount_capturable
    if amount == 0 and final and charge.amount_captured > 0:
        return 0
    if amount > intent.amount_capturable:
        raise invalid(
            "The payment could not be captured because the requested capture amount is greater than the authorized "
            "amount. If you are trying to collect a tip or over-capture, your account might not be configured for "
            "those features. Contact us via https://support.stripe.com/contact/",
            param="amount_to_capture",
            code="amount_too_large",
            payment_intent=shown(intent, change),
        )
    if charge.captures >= MOST_CAPTURES:
        raise invalid(f"A PaymentIntent can be captured up to {MOST_CAPTURES} times.", param="amount_to_capture")
    return check_amount(amount, intent.currency, param="amount_to_capture")


def take(change: Change, intent: Intent, charge: Charge, amount: int, *, final: bool) -> Intent:
    """Move the money; the last time, let the rest of the hold go."""
    left = 0 if final else intent.amount_capturable - amount
    released = intent.amount_capturable - amount - left
    done = left == 0
    charge = change.put(
        replace(
            charge,
            amount_captured=charge.amount_captured + amount,
            captured=done,
            captures=charge.captures + 1,
        )
    )
    captured = change.put(
        replace(
            intent,
            amount_capturable=left,
            amount_received=intent.amount_received + amount,
            status="succeeded" if done else "requires_capture",
            settles_at=None if done else intent.settles_at,
        )
    )
    if amount:
        change.count("captured", captured, amount)
    if released:
        change.count("released", captured, released)
    if charge.multicapture:
        change.emit("charge.updated", shown_charge(charge, change))
        before = {"amount_capturable": intent.amount_capturable, "amount_received": intent.amount_received}
        change.emit("payment_intent.amount_capturable_updated", shown(captured, change), before)
    if done:
        change.emit("charge.captured", shown_charge(charge, change), {"captured": False})
        change.emit("payment_intent.succeeded", shown(captured, change))
    return captured


def cancel(change: Change, params: Parameters, identifier: str) -> Document:
    """POST /v1/payment_intents/{id}/cancel: what is held goes back; what was captured before stays captured."""
    found = change.get(Intent, identifier, param="intent")
    if found.status not in CANCELABLE:
        raise unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {found.status}. Only a PaymentIntent "
            "with one of the following statuses may be canceled: requires_payment_method, requires_capture, "
            "requires_confirmation, requires_action.",
            shown(found, change),
        )
    reason = params.text("cancellation_reason")
    if reason is not None and reason not in REASONS:
        raise invalid(f"Invalid cancellation_reason: must be one of {', '.join(REASONS)}", param="cancellation_reason")
    return shown(release(change, found, reason), change)


def release(change: Change, intent: Intent, reason: str | None) -> Intent:
    """End the intent without (more) money. Partly captured ones end as succeeded: docs.stripe.com/payments/multicapture."""
    charge = None if intent.latest_charge is None else change.find(Charge, intent.latest_charge)
    if intent.amount_received and charge is not None:
        return take(change, intent, charge, 0, final=True)
    if charge is not None and intent.status == "requires_capture":
        charge = change.put(replace(charge, released=True))
        change.count("released", intent, intent.amount_capturable)
        if reason == "expired":
            change.emit("charge.expired", shown_charge(charge, change))
    canceled = change.put(
        replace(
            intent,
            status="canceled",
            amount_capturable=0,
            canceled_at=change.now,
            cancellation_reason=reason,
            challenge_url=None,
            settles_at=None,
        )
    )
    change.emit("payment_intent.canceled", shown(canceled, change))
    return canceled
