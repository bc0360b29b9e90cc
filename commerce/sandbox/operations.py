"""The part of the Stripe API that the sandbox serves, and the parameter type of each call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from commerce.sandbox import capture, charges, confirm, customers, intents, payment_methods, refunds
from commerce.sandbox.errors import Document
from commerce.sandbox.parameters import Parameters
from commerce.sandbox.store import Change

OnAll = Callable[[Change, Parameters], Document]
OnOne = Callable[[Change, Parameters, str], Document]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call. `name` is what failure plans and counts call it; `schema` is its type in `stripe.params`."""

    name: str
    method: Literal["GET", "POST"]
    path: str
    schema: tuple[str, str]
    on_all: OnAll | None = None
    on_one: OnOne | None = None

    def run(self, change: Change, params: Parameters, identifier: str | None) -> Document:
        """Do it."""
        if self.on_one is not None and identifier is not None:
            return self.on_one(change, params, identifier)
        if self.on_all is not None and identifier is None:
            return self.on_all(change, params)
        raise TypeError(f"{self.name} was called with the wrong kind of path")


def _all(name: str, method: Literal["GET", "POST"], path: str, schema: str, verb: OnAll) -> Operation:
    return Operation(name=name, method=method, path=path, schema=_schema(schema), on_all=verb)


def _one(name: str, method: Literal["GET", "POST"], path: str, schema: str, verb: OnOne) -> Operation:
    return Operation(name=name, method=method, path=path, schema=_schema(schema), on_one=verb)


def _schema(name: str) -> tuple[str, str]:
    """`payment_intent_create` is PaymentIntentCreateParams in stripe.params._payment_intent_create_params."""
    package, _, last = name.rpartition(".")
    module = f"{package}._{last}_params" if package else f"_{last}_params"
    return module, "".join(word.capitalize() for word in last.split("_")) + "Params"


INTENTS, REFUNDS, METHODS = "/v1/payment_intents", "/v1/refunds", "/v1/payment_methods"
HELPED = "test_helpers.confirmation_token_create"
OPERATIONS = (
    _all("payment_intents.create", "POST", INTENTS, "payment_intent_create", intents.create),
    _all("payment_intents.list", "GET", INTENTS, "payment_intent_list", intents.listing),
    _one("payment_intents.retrieve", "GET", f"{INTENTS}/{{id}}", "payment_intent_retrieve", intents.retrieve),
    _one("payment_intents.update", "POST", f"{INTENTS}/{{id}}", "payment_intent_update", intents.update),
    _one("payment_intents.confirm", "POST", f"{INTENTS}/{{id}}/confirm", "payment_intent_confirm", confirm.confirm),
    _one("payment_intents.capture", "POST", f"{INTENTS}/{{id}}/capture", "payment_intent_capture", capture.capture),
    _one("payment_intents.cancel", "POST", f"{INTENTS}/{{id}}/cancel", "payment_intent_cancel", capture.cancel),
    _all("charges.list", "GET", "/v1/charges", "charge_list", charges.listing),
    _one("charges.retrieve", "GET", "/v1/charges/{id}", "charge_retrieve", charges.retrieve),
    _all("refunds.create", "POST", REFUNDS, "refund_create", refunds.create),
    _all("refunds.list", "GET", REFUNDS, "refund_list", refunds.listing),
    _one("refunds.retrieve", "GET", f"{REFUNDS}/{{id}}", "refund_retrieve", refunds.retrieve),
    _one("refunds.update", "POST", f"{REFUNDS}/{{id}}", "refund_update", refunds.update),
    _all("payment_methods.create", "POST", METHODS, "payment_method_create", payment_methods.create),
    _one("payment_methods.retrieve", "GET", f"{METHODS}/{{id}}", "payment_method_retrieve", payment_methods.retrieve),
    _one("payment_methods.attach", "POST", f"{METHODS}/{{id}}/attach", "payment_method_attach", payment_methods.attach),
    _one("payment_methods.detach", "POST", f"{METHODS}/{{id}}/detach", "payment_method_detach", payment_methods.detach),
    _all("customers.create", "POST", "/v1/customers", "customer_create", customers.create),
    _one("customers.retrieve", "GET", "/v1/customers/{id}", "customer_retrieve", customers.retrieve),
    _all("events.list", "GET", "/v1/events", "event_list", charges.list_events),
    _one("events.retrieve", "GET", "/v1/events/{id}", "event_retrieve", charges.retrieve_event),
    _all("confirmation_tokens.create", "POST", "/v1/test_helpers/confirmation_tokens", HELPED, charges.create_token),
    _one(
        "confirmation_tokens.retrieve",
        "GET",
        "/v1/confirmation_tokens/{id}",
        "confirmation_token_retrieve",
        charges.retrieve_token,
    ),
)
NAMES = frozenset(operation.name for operation in OPERATIONS)
