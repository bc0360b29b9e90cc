"""Confirming: the card is asked for the money, its holder for consent, or the bank for time."""

from urllib.parse import urlsplit

from msgspec.structs import replace

from commerce.sandbox import cards
from commerce.sandbox.cards import Card, Decline
from commerce.sandbox.choices import method_sent, with_choices
from commerce.sandbox.errors import Document, Refused, invalid, unexpected_state
from commerce.sandbox.objects import charge as shown_charge, intent as shown, method as shown_method
from commerce.sandbox.parameters import Parameters
from commerce.sandbox.payment_methods import check_reusable
from commerce.sandbox.records import Charge, Intent, Method, Token, new_id
from commerce.sandbox.store import Change

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
DAY = 86_400
AUTHORISED_FOR_SECONDS = 7 * DAY
"""How long a card payment online stays authorised (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method)."""
NEEDS_RETURN_URL = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
    "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want "
    "to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)
FAILED_AUTHENTICATION: Document = {
    "code": "payment_intent_authentication_failure",
    "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
    "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
    "PaymentMethod to attempt to fulfill this PaymentIntent again.",
    "type": "invalid_request_error",
}


def confirmable(intent: Intent) -> bool:
    """Whether it still waits for somebody to pay."""
    return intent.status in CONFIRMABLE


def confirm(change: Change, params: Parameters, identifier: str) -> Document:
    """POST /v1/payment_intents/{id}/confirm"""
    found = change.get(Intent, identifier, param="intent")
    if found.status == "succeeded":
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.",
            shown(found, change),
        )
    if not confirmable(found):
        raise unexpected_state(
            f"You cannot confirm this PaymentIntent because it has a status of {found.status}. Only a PaymentIntent "
            "with one of the following statuses may be confirmed: requires_confirmation, requires_action.",
            shown(found, change),
        )
    method = method_sent(change, params)
    after = with_choices(found, params)
    if method is not None:
        after = replace(after, payment_method=method.id)
    if "receipt_email" in params:
        after = replace(after, receipt_email=params.text("receipt_email"))
    if "shipping" in params:
        after = replace(after, shipping=params.table("shipping"))
    return shown(confirm_with(change, after, params), change)


def confirm_with(change: Change, intent: Intent, params: Parameters) -> Intent:
    """Ask for the money. Refuses with a card error, and keeps what happened, when the card says no."""
    intent = replace(intent, return_url=params.text("return_url"), challenge_url=None, last_error=None)
    token = params.text("confirmation_token")
    if token is not None:
        collected = change.get(Token, token, param="confirmation_token")
        intent = replace(
            intent,
            payment_method=intent.payment_method or collected.payment_method,
            return_url=intent.return_url or collected.return_url,
            setup_future_usage=intent.setup_future_usage or collected.setup_future_usage,
            shipping=intent.shipping or collected.shipping,
        )
    if intent.return_url is not None and not urlsplit(intent.return_url).scheme:
        raise invalid("Not a valid URL", param="return_url", code="url_invalid")
    method = _usable_method(change, intent)
    automatic = intent.automatic
    if automatic and automatic.get("enabled") and automatic.get("allow_redirects") != "never" and not intent.return_url:
        raise invalid(NEEDS_RETURN_URL)
    if method.type == "sepa_debit":
        return _debit(change, intent, method, params)
    if intent.statement_descriptor is not None:
        raise invalid(
            "The `statement_descriptor` parameter cannot be used for card charges. Use `statement_descriptor_suffix` "
            "instead.",
            param="statement_descriptor",
        )
    card = cards.BY_NUMBER[method.reference]
    absent = params.flag("off_session") or params.text("off_session") in {"one_off", "recurring"}
    if needs_authentication(card, method, intent, absent=absent):
        if absent or params.flag("error_on_requires_action"):
            raise _decline(change, intent, method, cards.AUTHENTICATION_REQUIRED)
        return _challenge(change, intent)
    return charge_card(change, intent, method, authenticated=False)


def _usable_method(change: Change, intent: Intent) -> Method:
    """The method that is to pay, after the checks that Stripe makes of it."""
    if intent.payment_method is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken.",
            shown(intent, change),
        )
    method = change.get(Method, intent.payment_method, param="payment_method")
    if method.customer is not None and intent.customer is None:
        raise invalid(
            f"The PaymentMethod {method.id} is attached to a customer. Please include the customer in the parameters "
            "on the PaymentIntent.",
            param="payment_method",
        )
    if method.customer is not None and method.customer != intent.customer:
        raise invalid(
            f"The payment method supplied ({method.id}) belongs to a different Customer.", param="payment_method"
        )
    check_reusable(method)
    if method.type not in intent.types:
        raise invalid(
            f"The PaymentMethod provided ({method.type}) is not allowed for this PaymentIntent. Please attach a "
            "PaymentMethod of one of the following types: " + ", ".join(intent.types) + ".",
            param="payment_method",
            code="payment_intent_incompatible_payment_method",
        )
    return method


def needs_authentication(card: Card, method: Method, intent: Intent, *, absent: bool) -> bool:
    """Whether the issuer wants to see its customer (https://docs.stripe.com/testing#regulatory-cards)."""
    match card.authentication:
        case "never":
            return False
        case "always":
            return True
        case "unless_set_up":
            return not (absent and method.set_up)
        case "on_session_only":
            return not absent
        case "on_request":
            options = intent.method_options.get("card")
            return isinstance(options, dict) and options.get("request_three_d_secure") in {"any", "challenge"}


def _challenge(change: Change, intent: Intent) -> Intent:
    """The shopper has to go to the issuer's page first."""
    url = f"{change.base_url}/authenticate/{intent.id}?client_secret={intent.client_secret}"
    waiting = change.put(replace(intent, status="requires_action", challenge_url=url))
    change.emit("payment_intent.requires_action", shown(waiting, change))
    return waiting


def captures_later(intent: Intent) -> bool:
    """Whether the money is only held; an option of the card goes before the intent's own."""
    options = intent.method_options.get("card")
    overridden = isinstance(options, dict) and options.get("capture_method") == "manual"
    return overridden or intent.capture_method == "manual"


def charge_card(change: Change, intent: Intent, method: Method, *, authenticated: bool) -> Intent:
    """Take the money, or hold it. Refuses when the card says no."""
    card = cards.BY_NUMBER[method.reference]
    if card.decline is not None:
        raise _decline(change, intent, method, card.decline)
    later = captures_later(intent)
    options = intent.method_options.get("card")
    asked = isinstance(options, dict) and options.get("request_multicapture") == "if_available"
    until = change.now + AUTHORISED_FOR_SECONDS if later else None
    charge = change.put(
        Charge(
            id=new_id("ch_"),
            created=change.now,
            amount=intent.amount,
            currency=intent.currency,
            status="succeeded",
            payment_intent=intent.id,
            payment_method=method.id,
            metadata=intent.metadata,
            customer=intent.customer,
            captured=not later,
            amount_captured=0 if later else intent.amount,
            multicapture=later and asked and change.multicapture and card.multicapture,
            authenticated=authenticated,
            capture_before=until,
            description=intent.description,
            receipt_email=intent.receipt_email,
        )
    )
    _remember(change, intent, method)
    paid = change.put(
        replace(
            intent,
            status="requires_capture" if later else "succeeded",
            amount_capturable=intent.amount if later else 0,
            amount_received=0 if later else intent.amount,
            latest_charge=charge.id,
            challenge_url=None,
            settles_at=until,
        )
    )
    change.count("authorised", paid, paid.amount)
    change.emit("charge.succeeded", shown_charge(charge, change))
    if later:
        change.emit("payment_intent.amount_capturable_updated", shown(paid, change))
    else:
        change.count("captured", paid, paid.amount)
        change.emit("payment_intent.succeeded", shown(paid, change))
    return paid


def _remember(change: Change, intent: Intent, method: Method) -> None:
    """A method that paid is spent, unless it is kept for later."""
    if intent.setup_future_usage is not None:
        kept = replace(method, set_up=method.set_up or intent.setup_future_usage == "off_session")
        change.put(replace(kept, customer=method.customer or intent.customer))
    elif method.customer is None:
        change.put(replace(method, used=True))


def _decline(change: Change, intent: Intent, method: Method, decline: Decline) -> Refused:
    """The card said no: a failed charge, an intent that waits for another method, and a 402 that tells of both."""
    failure: Document = {
        "code": decline.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message,
        "type": "card_error",
    }
    if decline.decline_code is not None:
        failure["decline_code"] = decline.decline_code
    if decline.param is not None:
        failure["param"] = decline.param
    charge = change.put(
        Charge(
            id=new_id("ch_"),
            created=change.now,
            amount=intent.amount,
            currency=intent.currency,
            status="failed",
            payment_intent=intent.id,
            payment_method=method.id,
            metadata=intent.metadata,
            customer=intent.customer,
            failure=failure,
        )
    )
    change.emit("charge.failed", shown_charge(charge, change))
    failed = fail(change, replace(intent, latest_charge=charge.id), {**failure, "charge": charge.id}, method)
    return Refused(
        402,
        "card_error",
        decline.message,
        code=decline.code,
        param=decline.param,
        keeps_effects=True,
        decline_code=decline.decline_code,
        charge=charge.id,
        payment_intent=shown(failed, change),
        payment_method=shown_method(method),
    )


def fail(change: Change, intent: Intent, error: Document, method: Method) -> Intent:
    """The attempt is over, the intent is not: it waits for another method."""
    failed = change.put(
        replace(
            intent,
            status="requires_payment_method",
            payment_method=None,
            challenge_url=None,
            settles_at=None,
            last_error={**error, "payment_method": method.id},
        )
    )
    change.emit("payment_intent.payment_failed", shown(failed, change))
    return failed


def _debit(change: Change, intent: Intent, method: Method, params: Parameters) -> Intent:
    """A bank account is debited: nobody knows the end of it for a while."""
    if params.table("mandate_data") is None and params.text("mandate") is None and not method.set_up:
        raise invalid(
            "This PaymentIntent requires a mandate, but no existing mandate was found. Please collect mandate "
            "acceptance from the customer and try again, providing acceptance data in the mandate_data parameter.",
            code="payment_intent_mandate_invalid",
        )
    charge = change.put(
        Charge(
            id=new_id("py_"),
            created=change.now,
            amount=intent.amount,
            currency=intent.currency,
            status="pending",
            payment_intent=intent.id,
            payment_method=method.id,
            metadata=intent.metadata,
            customer=intent.customer,
        )
    )
    waiting = change.put(
        replace(intent, status="processing", latest_charge=charge.id, settles_at=change.now + change.settle_seconds)
    )
    change.emit("payment_intent.processing", shown(waiting, change))
    change.emit("charge.pending", shown_charge(charge, change))
    return waiting
