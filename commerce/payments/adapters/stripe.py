"""Stripe, through its own client. Nothing here knows whether it talks to Stripe or to a sandbox that speaks the same API."""

from collections.abc import Awaitable, Mapping
from typing import Final
from uuid import UUID

import msgspec
import stripe
import structlog
from stripe.params import PaymentIntentCaptureParams, PaymentIntentConfirmParams, PaymentIntentCreateParams

from commerce.kernel.money import Money
from commerce.payments.adapters import stripe_reading as reading
from commerce.payments.adapters.stripe_amounts import to_stripe
from commerce.payments.adapters.stripe_reading import SeenIntent, SeenRefund
from commerce.payments.errors import BadSignature
from commerce.payments.ports import (
    Absent,
    AuthenticationRequired,
    ChargeRequest,
    Declined,
    IntentOutcome,
    News,
    RefundOutcome,
    RefundRefused,
    Refused,
    Unknown,
)
from commerce.platform.settings import Settings

TIMEOUT_SECONDS: Final = 20.0
RETRIES: Final = 1
"""Repetitions by the client itself, under the same key, when a connection fails: enough for a blink, the sweeper does the rest."""
SIGNATURE_TOLERANCE_SECONDS: Final = 300
SANDBOX_KEY: Final = "sk_test_sandbox"
SANDBOX_WEBHOOK_SECRET: Final = "whsec_sandbox"  # noqa: S105 -- signs play money only
SANDBOX_ADDRESS: Final = "http://127.0.0.1:12111"
TOKEN_PREFIX: Final = "ctoken_"  # noqa: S105 -- the kind of a reference, no secret
PAGE: Final = 100
MISSING: Final = "resource_missing"

log = structlog.get_logger("payments.stripe")


def stripe_provider(settings: Settings) -> "StripeProvider":
    """Makes the provider of the settings: Stripe with a key, the sandbox at its usual address without one."""
    if settings.stripe_secret_key is None:
        return StripeProvider(
            key=SANDBOX_KEY,
            webhook_secret=settings.stripe_webhook_secret or SANDBOX_WEBHOOK_SECRET,
            api_base=settings.stripe_api_base or SANDBOX_ADDRESS,
        )
    return StripeProvider(
        key=settings.stripe_secret_key,
        webhook_secret=settings.stripe_webhook_secret or "",
        api_base=settings.stripe_api_base,
    )


class StripeProvider:
    """A PaymentProvider. Each POST carries a key of ours, so that a repetition has no second effect."""

    def __init__(
        self,
        *,
        key: str,
        webhook_secret: str,
        api_base: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        retries: int = RETRIES,
    ) -> None:
        self._webhook_secret = webhook_secret
        self._http = stripe.HTTPXClient(timeout=timeout_seconds)
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": api_base} if api_base else {},
            http_client=self._http,
            max_network_retries=retries,
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def create_customer(self, *, key: str, order_id: UUID) -> str | Unknown | Refused:
        """Gives the reference of a new customer, or of the one that the key made before."""
        try:
            made = await self._client.v1.customers.create_async(
                {"metadata": {"order_id": str(order_id)}}, {"idempotency_key": key}
            )
        except stripe.InvalidRequestError as refused:
            return Refused(code=reading.code_of(refused))
        except stripe.StripeError as failure:
            return _unknown(failure)
        return made.id

    async def authorize(self, request: ChargeRequest) -> IntentOutcome:
        """Creates and confirms an intent with manual capture."""
        amount = to_stripe(request.money)
        if amount is None:
            return Declined(intent=None, code="currency_not_supported")
        params: PaymentIntentCreateParams = {
            "amount": amount[0],
            "currency": amount[1],
            "capture_method": "manual",
            "confirm": True,
            "customer": request.customer,
            "allowed_payment_method_types": ["card"],
            "payment_method_options": {"card": {"request_multicapture": "if_available"}},
            "metadata": {
                "payment_id": str(request.payment_id),
                "part_id": str(request.part_id),
                "order_id": str(request.order_id),
            },
            "expand": ["latest_charge"],
        }
        if request.method.startswith(TOKEN_PREFIX):
            params["confirmation_token"] = request.method
        else:
            params["payment_method"] = request.method
        if request.on_session:
            params["setup_future_usage"] = "off_session"
            if request.return_url is not None:
                params["return_url"] = request.return_url
        else:
            params["off_session"] = True
        call = self._client.v1.payment_intents.create_async(params, {"idempotency_key": request.key})
        outcome = await _charged(call)
        if request.on_session and isinstance(outcome, AuthenticationRequired):
            # The shopper was there and could not be asked: that is an end, not a reason to ask again.
            return Declined(intent=outcome.intent, code=reading.AUTHENTICATION_REQUIRED)
        return outcome

    async def confirm_on_session(self, intent: str, *, key: str, method: str, return_url: str | None) -> IntentOutcome:
        """Confirms an intent again, now that the shopper can be asked."""
        params: PaymentIntentConfirmParams = {"payment_method": method, "expand": ["latest_charge"]}
        if return_url is not None:
            params["return_url"] = return_url
        return await _charged(self._client.v1.payment_intents.confirm_async(intent, params, {"idempotency_key": key}))

    async def capture(self, intent: str, money: Money, *, key: str, final: bool, multicapture: bool) -> IntentOutcome:
        """Captures; `final_capture` is sent only where multicapture is available, since Stripe refuses it elsewhere."""
        amount = to_stripe(money)
        if amount is None:
            return Refused(code="currency_not_supported")
        params: PaymentIntentCaptureParams = {"amount_to_capture": amount[0]}
        if multicapture:
            params["final_capture"] = final
        return await _moved(self._client.v1.payment_intents.capture_async(intent, params, {"idempotency_key": key}))

    async def void(self, intent: str, *, key: str) -> IntentOutcome:
        """Cancels; what was captured before stays captured."""
        return await _moved(self._client.v1.payment_intents.cancel_async(intent, {}, {"idempotency_key": key}))

    async def look_up(self, intent: str | None, *, part_id: UUID, customer: str | None) -> IntentOutcome:
        """Retrieves an intent, or goes through the customer's, which are listed at once (a search would lag behind)."""
        try:
            if intent is not None:
                found = await self._client.v1.payment_intents.retrieve_async(intent, {"expand": ["latest_charge"]})
                return reading.intent_outcome(_seen_intent(found))
            if customer is None:
                return Absent()
            page = await self._client.v1.payment_intents.list_async({"customer": customer, "limit": PAGE})
            async for each in page.auto_paging_iter():
                seen = _seen_intent(each)
                if seen.metadata.get("part_id") == str(part_id):
                    return reading.intent_outcome(seen)
        except stripe.InvalidRequestError as refused:
            return Absent() if refused.code == MISSING else _unknown(refused)
        except stripe.StripeError as failure:
            return _unknown(failure)
        return Absent()

    async def refund(self, intent: str, money: Money, *, key: str, refund_id: UUID) -> RefundOutcome:
        """Refunds a captured intent."""
        amount = to_stripe(money)
        if amount is None:
            return RefundRefused(refund=None, code="currency_not_supported")
        try:
            made = await self._client.v1.refunds.create_async(
                {"payment_intent": intent, "amount": amount[0], "metadata": {"refund_id": str(refund_id)}},
                {"idempotency_key": key},
            )
        except (stripe.InvalidRequestError, stripe.CardError) as refused:
            return RefundRefused(refund=None, code=reading.code_of(refused))
        except stripe.StripeError as failure:
            return _unknown(failure)
        return reading.refund_outcome(_seen_refund(made))

    async def look_up_refund(self, intent: str, *, refund: str | None, refund_id: UUID) -> RefundOutcome:
        """Retrieves a refund, or goes through the intent's."""
        try:
            if refund is not None:
                return reading.refund_outcome(_seen_refund(await self._client.v1.refunds.retrieve_async(refund)))
            page = await self._client.v1.refunds.list_async({"payment_intent": intent, "limit": PAGE})
            async for each in page.auto_paging_iter():
                seen = _seen_refund(each)
                if seen.metadata.get("refund_id") == str(refund_id):
                    return reading.refund_outcome(seen)
        except stripe.StripeError as failure:
            return _unknown(failure)
        return Absent()

    def read_news(self, body: bytes, headers: Mapping[str, str]) -> News:
        """Verifies the signature and its age, then reads the event."""
        if not self._webhook_secret:
            raise BadSignature("No webhook secret is configured, so nothing can be verified.")
        signature = headers.get("stripe-signature", "")
        if not signature.isascii():
            raise BadSignature("The Stripe-Signature header is not one of Stripe's.")
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(), signature, self._webhook_secret, SIGNATURE_TOLERANCE_SECONDS
            )
            return reading.news(body)
        except stripe.SignatureVerificationError as refused:
            raise BadSignature(refused.user_message or "The Stripe-Signature header does not fit the body.") from None
        except (UnicodeDecodeError, msgspec.MsgspecError):
            raise BadSignature("The body is no event of Stripe's.") from None


async def _charged(call: Awaitable[stripe.PaymentIntent]) -> IntentOutcome:
    """The outcome of asking for money: a definite no is a decline."""
    try:
        return reading.intent_outcome(_seen_intent(await call))
    except stripe.CardError as declined:
        seen = reading.intent_of_error(declined)
        if seen is not None:
            outcome = reading.intent_outcome(seen)
            if isinstance(outcome, Declined | AuthenticationRequired):
                return outcome
        return Declined(intent=None if seen is None else seen.id, code=reading.code_of(declined))
    except stripe.InvalidRequestError as refused:
        seen = reading.intent_of_error(refused)
        return Declined(intent=None, code=reading.code_of(refused)) if seen is None else reading.intent_outcome(seen)
    except stripe.StripeError as failure:
        return _unknown(failure)


async def _moved(call: Awaitable[stripe.PaymentIntent]) -> IntentOutcome:
    """The outcome of moving money that is held: where Stripe says that the state does not allow it, how the intent stands."""
    try:
        return reading.intent_outcome(_seen_intent(await call))
    except (stripe.InvalidRequestError, stripe.CardError) as refused:
        seen = reading.intent_of_error(refused)
        if seen is not None and refused.code == "payment_intent_unexpected_state":
            return reading.intent_outcome(seen)
        return Refused(code=reading.code_of(refused))
    except stripe.StripeError as failure:
        return _unknown(failure)


def _unknown(failure: stripe.StripeError) -> Unknown:
    outcome = reading.unknown_of(failure)
    log.warning("provider_unknown", error=type(failure).__name__, status=failure.http_status, spent=outcome.spent)
    return outcome


def _seen_intent(intent: stripe.PaymentIntent) -> SeenIntent:
    return msgspec.convert(intent.to_dict(), SeenIntent)


def _seen_refund(refund: stripe.Refund) -> SeenRefund:
    return msgspec.convert(refund.to_dict(), SeenRefund)
