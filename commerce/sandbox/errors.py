"""Refusals, in exactly the shape that Stripe gives them (https://docs.stripe.com/api/errors)."""

Document = dict[str, object]
"""A JSON object as it goes over the wire."""

DOC_PAGES = "https://stripe.com/docs/error-codes/"


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure
    """The API says no: a status and the error object that explains it.

    `keeps_effects` is true where Stripe records what happened before it refused: a declined card leaves a failed
    charge and an intent that waits for another method.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        keeps_effects: bool = False,
        **details: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.keeps_effects = keeps_effects
        self.error: Document = {"message": message, "type": kind}
        if code is not None:
            self.error |= {"code": code, "doc_url": DOC_PAGES + code.replace("_", "-")}
        if param is not None:
            self.error["param"] = param
        self.error |= {key: value for key, value in details.items() if value is not None}

    @property
    def body(self) -> Document:
        """The JSON body of the answer."""
        return {"error": self.error}


def invalid(message: str, *, param: str | None = None, code: str | None = None, **details: object) -> Refused:
    """400: the request cannot be carried out as it is."""
    return Refused(400, "invalid_request_error", message, code=code, param=param, keeps_effects=False, **details)


def missing(what: str, identifier: str, *, param: str) -> Refused:
    """404 when the address names nothing; 400 when a parameter does, as Stripe answers it."""
    message = f"No such {what}: '{identifier}'"
    status = 404 if param in PATH_PARAMETERS else 400
    return Refused(status, "invalid_request_error", message, code="resource_missing", param=param)


PATH_PARAMETERS = frozenset({"intent", "id"})


def unexpected_state(message: str, intent: Document) -> Refused:
    """400: the PaymentIntent is not in a state in which this can be done."""
    return invalid(message, code="payment_intent_unexpected_state", payment_intent=intent)


def unauthorised(message: str) -> Refused:
    """401: no key, or not this sandbox's key."""
    return Refused(401, "invalid_request_error", message)


def idempotency(status: int, message: str, code: str | None = None) -> Refused:
    """400 when a key comes back with other content, 409 while its first request is still running."""
    return Refused(status, "idempotency_error", message, code=code)


def api_error(status: int = 500) -> Refused:
    """Something went wrong on Stripe's end."""
    return Refused(status, "api_error", "An unknown error occurred")
