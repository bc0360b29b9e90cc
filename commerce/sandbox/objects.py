"""Records as Stripe shows them: every field that its current API version gives, the unused ones empty."""

from commerce.sandbox import cards
from commerce.sandbox.errors import Document
from commerce.sandbox.records import Charge, Customer, Event, Intent, Method, Record, Refund, Token
from commerce.sandbox.store import Change

NO_ADDRESS: Document = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def show(record: Record, change: Change) -> Document:
    """Any record that the API can give back."""
    match record:
        case Intent():
            return intent(record, change)
        case Charge():
            return charge(record, change)
        case Refund():
            return refund(record)
        case Method():
            return method(record)
        case Customer():
            return customer(record)
        case Token():
            return token(record, change)
        case Event():
            return event(record)
        case _:
            raise TypeError(f"{type(record).__name__} is not shown by the API")


def intent(record: Intent, change: Change) -> Document:
    """https://docs.stripe.com/api/payment_intents/object"""
    return {
        "id": record.id,
        "object": "payment_intent",
        "allowed_payment_method_types": record.allowed_types,
        "amount": record.amount,
        "amount_capturable": record.amount_capturable,
        "amount_details": {"tip": {}},
        "amount_received": record.amount_received,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": record.automatic,
        "canceled_at": _seconds(record.canceled_at),
        "cancellation_reason": record.cancellation_reason,
        "capture_method": record.capture_method,
        "client_secret": record.client_secret,
        "confirmation_method": "automatic",
        "created": int(record.created),
        "currency": record.currency,
        "customer": record.customer,
        "customer_account": None,
        "description": record.description,
        "excluded_payment_method_types": None,
        "last_payment_error": _last_error(record, change),
        "latest_charge": record.latest_charge,
        "livemode": False,
        "metadata": record.metadata,
        "next_action": next_action(record),
        "on_behalf_of": None,
        "payment_method": record.payment_method,
        "payment_method_configuration_details": None,
        "payment_method_options": record.method_options,
        "payment_method_types": record.types,
        "processing": None,
        "receipt_email": record.receipt_email,
        "review": None,
        "setup_future_usage": record.setup_future_usage,
        "shipping": record.shipping,
        "source": None,
        "statement_descriptor": record.statement_descriptor,
        "statement_descriptor_suffix": record.statement_descriptor_suffix,
        "status": record.status,
        "transfer_data": None,
        "transfer_group": record.transfer_group,
    }


def next_action(record: Intent) -> Document | None:
    """Where the shopper has to go. Without a return address Stripe leaves the redirect to its own script."""
    if record.status != "requires_action" or record.challenge_url is None:
        return None
    if record.return_url is None:
        return {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": record.challenge_url},
        }
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"url": record.challenge_url, "return_url": record.return_url},
    }


def _last_error(record: Intent, change: Change) -> Document | None:
    """The error with the method that it befell."""
    if record.last_error is None:
        return None
    shown = dict(record.last_error)
    used = change.find(Method, str(shown.pop("payment_method", "")))
    return shown if used is None else {**shown, "payment_method": method(used)}


def charge(record: Charge, change: Change) -> Document:
    """https://docs.stripe.com/api/charges/object"""
    used = change.get(Method, record.payment_method)
    captured_all = record.captured and record.amount_captured > 0
    return {
        "id": record.id,
        "object": "charge",
        "amount": record.amount,
        "amount_captured": record.amount_captured,
        "amount_refunded": record.amount_refunded,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": f"txn_{record.id[3:]}" if record.amount_captured else None,
        "billing_details": _billing(used),
        "calculated_statement_descriptor": "SANDBOX",
        "captured": record.captured,
        "created": int(record.created),
        "currency": record.currency,
        "customer": record.customer,
        "description": record.description,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None if record.failure is None else record.failure.get("code"),
        "failure_message": None if record.failure is None else record.failure.get("message"),
        "fraud_details": {},
        "livemode": False,
        "metadata": record.metadata,
        "on_behalf_of": None,
        "outcome": _outcome(record),
        "paid": record.status == "succeeded",
        "payment_intent": record.payment_intent,
        "payment_method": record.payment_method,
        "payment_method_details": _method_details(record, used),
        "radar_options": {},
        "receipt_email": record.receipt_email,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": captured_all and record.amount_refunded == record.amount_captured,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": record.status,
        "transfer_data": None,
        "transfer_group": None,
    }


def _outcome(record: Charge) -> Document:
    if record.failure is None:
        return {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 17,
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    reason = record.failure.get("decline_code") or record.failure.get("code")
    blocked = reason == "fraudulent"
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "not_sent_to_network" if blocked else "declined_by_network",
        "reason": "highest_risk_level" if blocked else reason,
        "risk_level": "highest" if blocked else "normal",
        "risk_score": 98 if blocked else 17,
        "seller_message": "Stripe blocked this payment." if blocked else "The bank did not return any further details.",
        "type": "blocked" if blocked else "issuer_declined",
    }


def _method_details(record: Charge, used: Method) -> Document:
    if used.type == "sepa_debit":
        return {"type": "sepa_debit", "sepa_debit": _account(used)}
    card = cards.BY_NUMBER[used.reference]
    month, year = used.expiry
    return {
        "type": "card",
        "card": {
            "amount_authorized": record.amount if record.status == "succeeded" else None,
            "authorization_code": None,
            "brand": card.brand,
            "capture_before": _seconds(record.capture_before) if not record.captured else None,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": card.country,
            "exp_month": month,
            "exp_year": year,
            "extended_authorization": {"status": "disabled"},
            "fingerprint": f"sandbox{card.number[-12:]}",
            "funding": card.funding,
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "last4": card.last4,
            "mandate": None,
            "multicapture": {"status": "available" if record.multicapture else "unavailable"},
            "network": card.brand,
            "network_token": {"used": False},
            "overcapture": {"maximum_amount_capturable": record.amount, "status": "unavailable"},
            "three_d_secure": {"result": "authenticated", "version": "2.2.0", "authentication_flow": "challenge"}
            if record.authenticated
            else None,
            "wallet": None,
        },
    }


def refund(record: Refund) -> Document:
    """https://docs.stripe.com/api/refunds/object"""
    shown: Document = {
        "id": record.id,
        "object": "refund",
        "amount": record.amount,
        "balance_transaction": f"txn_{record.id[3:]}",
        "charge": record.charge,
        "created": int(record.created),
        "currency": record.currency,
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": record.metadata,
        "payment_intent": record.payment_intent,
        "reason": record.reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": record.status,
        "transfer_reversal": None,
    }
    if record.status == "pending":
        shown["pending_reason"] = "processing"
    if record.failure_reason is not None:
        shown["failure_reason"] = record.failure_reason
        shown["failure_balance_transaction"] = f"txn_failed{record.id[3:]}"
    return shown


def method(record: Method) -> Document:
    """https://docs.stripe.com/api/payment_methods/object"""
    shown: Document = {
        "id": record.id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": _billing(record),
        "created": int(record.created),
        "customer": record.customer,
        "customer_account": None,
        "livemode": False,
        "metadata": record.metadata,
        "radar_options": {},
        "type": record.type,
    }
    if record.type == "sepa_debit":
        return {**shown, "sepa_debit": _account(record)}
    card = cards.BY_NUMBER[record.reference]
    month, year = record.expiry
    return {
        **shown,
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "unchecked"},
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": month,
            "exp_year": year,
            "fingerprint": f"sandbox{card.number[-12:]}",
            "funding": card.funding,
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": card.brand != "amex"},
            "wallet": None,
        },
    }


def _account(record: Method) -> Document:
    return {
        "bank_code": record.reference[4:9],
        "branch_code": None,
        "country": record.reference[:2],
        "fingerprint": f"sandbox{record.reference[-8:]}",
        "last4": record.reference[-4:],
    }


def _billing(record: Method) -> Document:
    """Billing details with all of their fields."""
    sent = record.billing_details
    address = sent.get("address")
    return {
        "address": {**NO_ADDRESS, **address} if isinstance(address, dict) else dict(NO_ADDRESS),
        "email": sent.get("email"),
        "name": sent.get("name"),
        "phone": sent.get("phone"),
        "tax_id": sent.get("tax_id"),
    }


def customer(record: Customer) -> Document:
    """https://docs.stripe.com/api/customers/object"""
    known = ("address", "description", "email", "name", "phone", "shipping")
    return {
        "id": record.id,
        "object": "customer",
        "balance": 0,
        "created": int(record.created),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "invoice_prefix": record.id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": record.metadata,
        "next_invoice_sequence": 1,
        "preferred_locales": record.details.get("preferred_locales") or [],
        "tax_exempt": record.details.get("tax_exempt") or "none",
        "test_clock": None,
        **{key: record.details.get(key) for key in known},
    }


def token(record: Token, change: Change) -> Document:
    """https://docs.stripe.com/api/confirmation_tokens/object"""
    used = change.get(Method, record.payment_method)
    preview = {key: value for key, value in method(used).items() if key in {"billing_details", "card", "type"}}
    return {
        "id": record.id,
        "object": "confirmation_token",
        "created": int(record.created),
        "expires_at": int(record.created) + 12 * 3600,
        "livemode": False,
        "mandate_data": None,
        "payment_intent": None,
        "payment_method_options": None,
        "payment_method_preview": {**preview, "allow_redisplay": "unspecified", "customer": used.customer},
        "return_url": record.return_url,
        "setup_future_usage": record.setup_future_usage,
        "setup_intent": None,
        "shipping": record.shipping,
        "use_stripe_sdk": False,
    }


def event(record: Event) -> Document:
    """https://docs.stripe.com/api/events/object"""
    data: Document = {"object": record.shown}
    if record.previous is not None:
        data["previous_attributes"] = record.previous
    return {
        "id": record.id,
        "object": "event",
        "api_version": record.api_version,
        "created": int(record.created),
        "data": data,
        "livemode": False,
        "pending_webhooks": 1 if record.state == "pending" else 0,
        "request": {"id": record.request_id, "idempotency_key": record.idempotency_key},
        "type": record.type,
    }


def page(shown: list[Document], url: str, *, has_more: bool) -> Document:
    """https://docs.stripe.com/api/pagination"""
    return {"object": "list", "data": shown, "has_more": has_more, "url": url}


def _seconds(instant: float | None) -> int | None:
    return None if instant is None else int(instant)
