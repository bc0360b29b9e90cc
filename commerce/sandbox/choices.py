"""What a caller may choose about a PaymentIntent when it is made, changed or confirmed."""

from msgspec.structs import replace

from commerce.sandbox.errors import invalid
from commerce.sandbox.parameters import Parameters
from commerce.sandbox.payment_methods import make, resolve
from commerce.sandbox.records import Intent, Method
from commerce.sandbox.store import Change

CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
FUTURE_USAGES = ("off_session", "on_session")


def method_sent(change: Change, params: Parameters) -> Method | None:
    """The method that the request names or describes."""
    reference = params.text("payment_method")
    if reference is not None:
        return resolve(change, reference)
    described = params.table("payment_method_data")
    return None if described is None else make(change, Parameters(described))


def with_choices(before: Intent, params: Parameters) -> Intent:
    """How to capture, what may pay, and what for later; these can also come with the confirmation."""
    if params.text("confirmation_method") == "manual":
        raise invalid("The sandbox does not serve confirmation_method=manual.", param="confirmation_method")
    capture = params.text("capture_method") or before.capture_method
    if capture not in CAPTURE_METHODS:
        raise invalid(f"Invalid capture_method: must be one of {', '.join(CAPTURE_METHODS)}", param="capture_method")
    usage = params.text("setup_future_usage") if "setup_future_usage" in params else before.setup_future_usage
    if usage is not None and usage not in FUTURE_USAGES:
        raise invalid("Invalid setup_future_usage: must be one of off_session, on_session", param="setup_future_usage")
    allowed = params.texts("allowed_payment_method_types") or before.allowed_types
    automatic = params.table("automatic_payment_methods") or before.automatic
    if allowed is not None:
        automatic = None
    elif automatic is None:
        automatic = {"allow_redirects": "always", "enabled": True}
    else:
        automatic = {"allow_redirects": "always", **automatic}
    excluded = params.texts("excluded_payment_method_types") or []
    options = {**before.method_options, **(params.table("payment_method_options") or {})}
    served = ["card"] if before.currency != "eur" or capture == "manual" else ["card", "sepa_debit"]
    types = [kind for kind in served if (allowed is None or kind in allowed) and kind not in excluded]
    if not types:
        raise invalid(
            "No valid payment method types for this Payment Intent. Please ensure that the payment methods you allow "
            "are compatible with its amount and currency.",
            param="allowed_payment_method_types",
        )
    return replace(
        before,
        capture_method=capture,
        setup_future_usage=usage,
        allowed_types=allowed,
        automatic=automatic,
        types=types,
        method_options=options,
    )
