"""Customers: somebody whose payment methods may be kept."""

from commerce.sandbox.errors import Document
from commerce.sandbox.objects import customer
from commerce.sandbox.parameters import Parameters
from commerce.sandbox.payment_methods import attach
from commerce.sandbox.records import Customer, new_id
from commerce.sandbox.store import Change


def create(change: Change, params: Parameters) -> Document:
    """POST /v1/customers"""
    made = change.put(
        Customer(
            id=new_id("cus_"),
            created=change.now,
            metadata=params.merged_metadata({}),
            details={key: value for key, value in params.values.items() if key not in {"metadata", "expand"}},
        )
    )
    method = params.text("payment_method")
    if method is not None:
        attach(change, Parameters({"customer": made.id}), method)
    change.emit("customer.created", customer(made))
    return customer(made)


def retrieve(change: Change, params: Parameters, identifier: str) -> Document:
    """GET /v1/customers/{id}"""
    return customer(change.get(Customer, identifier))
