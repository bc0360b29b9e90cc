"""What Stripe says, as outcomes: intents, refunds, errors, events."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
import stripe

from commerce.payments.adapters.stripe_amounts import from_stripe
from commerce.payments.ports import (
    ActionRequired,
    AuthenticationRequired,
    Authorized,
    Captured,
    Declined,
    IntentNews,
    IntentOutcome,
    News,
    OtherNews,
    Processing,
    RefundDone,
    RefundNews,
    RefundOutcome,
    RefundPending,
    RefundRefused,
    Unknown,
    Voided,
)

AUTHENTICATION_REQUIRED = "authentication_required"
INTENT_NEWS = frozenset(
    {
        "payment_intent.requires_action",
        "payment_intent.processing",
        "payment_intent.amount_capturable_updated",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "payment_intent.canceled",
    }
)
REFUND_NEWS = frozenset({"refund.created", "refund.updated", "refund.failed"})
CONFLICT = 409


class SeenIntent(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a PaymentIntent that we look at. Its client secret and the shopper's details are left unread."""

    id: str
    status: str
    amount: int
    currency: str
    amount_received: int = 0
    payment_method: Any = None
    next_action: dict[str, Any] | None = None
    last_payment_error: dict[str, Any] | None = None
    latest_charge: Any = None
    metadata: dict[str, str] = {}


class SeenRefund(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a Refund that we look at."""

    id: str
    status: str | None
    amount: int
    currency: str
    payment_intent: Any = None
    failure_reason: str | None = None
    metadata: dict[str, str] = {}


class _Data(msgspec.Struct, frozen=True):
    object: msgspec.Raw


class SeenEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The part of an Event that we look at."""

    id: str
    type: str
    data: _Data


def intent_outcome(seen: SeenIntent) -> IntentOutcome:
    """Gives how an intent stands (https://docs.stripe.com/payments/paymentintents/lifecycle)."""
    money = from_stripe(seen.amount, seen.currency)
    captured = from_stripe(seen.amount_received, seen.currency)
    method = _id_of(seen.payment_method)
    match seen.status:
        case "requires_capture" if not seen.amount_received:
            return Authorized(intent=seen.id, money=money, method=method, multicapture=_multicapture(seen))
        case "requires_capture" | "succeeded":
            final = seen.status == "succeeded"
            return Captured(
                intent=seen.id,
                money=money,
                captured=captured,
                final=final,
                method=method,
                multicapture=_multicapture(seen),
            )
        case "requires_action":
            return _action(seen)
        case "requires_payment_method" if seen.last_payment_error is not None:
            return _failure(seen.id, seen.last_payment_error)
        case "canceled" if not seen.amount_received:
            return Voided(intent=seen.id)
        case "canceled":
            return Captured(intent=seen.id, money=money, captured=captured, final=True, method=method)
        case _:
            return Processing(intent=seen.id)


def _action(seen: SeenIntent) -> IntentOutcome:
    action = seen.next_action or {}
    redirect, script = action.get("redirect_to_url"), action.get("use_stripe_sdk")
    url = redirect.get("url") if isinstance(redirect, dict) else None
    if url is None and isinstance(script, dict):
        url = script.get("stripe_js")
    if not isinstance(url, str):
        return Declined(intent=seen.id, code="action_not_supported")
    return ActionRequired(intent=seen.id, money=from_stripe(seen.amount, seen.currency), url=url)


def _failure(intent: str, error: Mapping[str, Any]) -> IntentOutcome:
    if error.get("code") == AUTHENTICATION_REQUIRED:
        return AuthenticationRequired(intent=intent)
    return Declined(intent=intent, code=_code(error.get("decline_code"), error.get("code")))


def _code(*candidates: object) -> str:
    return next((str(each) for each in candidates if each), "declined")


def _multicapture(seen: SeenIntent) -> bool:
    """Whether the charge may be captured more than once; told only where the charge was asked for with the intent."""
    charge = seen.latest_charge
    if not isinstance(charge, dict):
        return False
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    return bool((card.get("multicapture") or {}).get("status") == "available")


def _id_of(value: object) -> str | None:
    """The id of what may be an id, the whole thing, or nothing."""
    if isinstance(value, dict):
        return str(value["id"])
    return value if isinstance(value, str) else None


def refund_outcome(seen: SeenRefund) -> RefundOutcome:
    """Gives how a refund stands (https://docs.stripe.com/refunds#failed-refunds)."""
    money = from_stripe(seen.amount, seen.currency)
    match seen.status:
        case "succeeded":
            return RefundDone(refund=seen.id, money=money)
        case "failed" | "canceled":
            return RefundRefused(refund=seen.id, code=seen.failure_reason or seen.status)
        case _:
            return RefundPending(refund=seen.id, money=money)


def intent_of_error(error: stripe.StripeError) -> SeenIntent | None:
    """Gives the intent that an error carries, which tells how it stands."""
    body = error.json_body
    carried = body.get("error", {}).get("payment_intent") if isinstance(body, dict) else None
    return msgspec.convert(carried, SeenIntent) if isinstance(carried, dict) else None


def code_of(error: stripe.StripeError) -> str:
    """Gives the code of a refusal: the bank's where there is one."""
    body = error.json_body
    told = body.get("error", {}) if isinstance(body, dict) else {}
    return _code(told.get("decline_code"), told.get("code"), told.get("type"))


def unknown_of(error: stripe.StripeError) -> Unknown:
    """Gives the outcome of a call that nobody knows the end of.

    A failure that comes again under the same key is what the provider keeps for a day: only a look tells what it stands for.
    """
    headers = {str(name).lower(): str(value) for name, value in (error.headers or {}).items()}
    replayed = headers.get("idempotent-replayed") == "true" and error.http_status != CONFLICT
    clash = isinstance(error, stripe.IdempotencyError)
    return Unknown(reason=f"{type(error).__name__} {error.http_status or ''}".strip(), spent=replayed or clash)


def news(body: bytes) -> News:
    """Gives what an event whose signature was verified tells."""
    event = msgspec.json.decode(body, type=SeenEvent)
    if event.type in INTENT_NEWS:
        intent = msgspec.json.decode(event.data.object, type=SeenIntent)
        return IntentNews(
            event_id=event.id,
            type=event.type,
            intent=intent.id,
            part_id=_uuid(intent.metadata.get("part_id")),
            outcome=intent_outcome(intent),
        )
    if event.type in REFUND_NEWS:
        refund = msgspec.json.decode(event.data.object, type=SeenRefund)
        return RefundNews(
            event_id=event.id,
            type=event.type,
            intent=_id_of(refund.payment_intent),
            refund=refund.id,
            refund_id=_uuid(refund.metadata.get("refund_id")),
            outcome=refund_outcome(refund),
        )
    return OtherNews(event_id=event.id, type=event.type)


def _uuid(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None
