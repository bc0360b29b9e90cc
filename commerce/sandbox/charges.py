"""Charges, events and confirmation tokens: what is only read, or made by what a checkout page does."""

from commerce.sandbox.errors import Document, invalid
from commerce.sandbox.lists import window
from commerce.sandbox.objects import show
from commerce.sandbox.parameters import Parameters
from commerce.sandbox.payment_methods import make, resolve
from commerce.sandbox.records import Charge, Event, Token, new_id
from commerce.sandbox.store import Change


def retrieve(change: Change, params: Parameters, identifier: str) -> Document:
    """GET /v1/charges/{id}"""
    return show(change.get(Charge, identifier), change)


def listing(change: Change, params: Parameters) -> Document:
    """GET /v1/charges: newest first, by PaymentIntent or customer; each failed attempt is one."""
    intent, customer = params.text("payment_intent"), params.text("customer")
    found = [
        record
        for record in change.all(Charge)
        if (intent is None or record.payment_intent == intent) and (customer is None or record.customer == customer)
    ]
    return window(change, found, params, "/v1/charges")


def retrieve_event(change: Change, params: Parameters, identifier: str) -> Document:
    """GET /v1/events/{id}"""
    return show(change.get(Event, identifier), change)


def list_events(change: Change, params: Parameters) -> Document:
    """GET /v1/events: newest first, by type; how a client catches up on what it missed."""
    kind, kinds = params.text("type"), params.texts("types")
    found = [
        record
        for record in change.all(Event)
        if (kind is None or record.type == kind) and (kinds is None or record.type in kinds)
    ]
    return window(change, found, params, "/v1/events")


def create_token(change: Change, params: Parameters) -> Document:
    """POST /v1/test_helpers/confirmation_tokens: stands in for the payment form in a browser."""
    reference, described = params.text("payment_method"), params.table("payment_method_data")
    if reference is not None:
        method = resolve(change, reference)
    elif described is not None:
        method = make(change, Parameters(described))
    else:
        raise invalid("Missing required param: payment_method.", param="payment_method", code="parameter_missing")
    made = change.put(
        Token(
            id=new_id("ctoken_"),
            created=change.now,
            payment_method=method.id,
            return_url=params.text("return_url"),
            setup_future_usage=params.text("setup_future_usage"),
            shipping=params.table("shipping"),
        )
    )
    return show(made, change)


def retrieve_token(change: Change, params: Parameters, identifier: str) -> Document:
    """GET /v1/confirmation_tokens/{id}"""
    return show(change.get(Token, identifier), change)
