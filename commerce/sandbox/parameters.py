"""Checks a request against the parameter types that the `stripe` package itself carries.

They are generated from Stripe's own description of its API, so that what Stripe would refuse is refused: an unknown
name, a text where a number belongs, a missing field. Texts that list known values stay open, as they are there.
"""

import re
from functools import cache
from importlib import import_module
from typing import Any

import stripe
from pydantic import ConfigDict, TypeAdapter, ValidationError
from stripe import _request_options
from stripe._stripe_context import StripeContext

from commerce.sandbox.errors import Document, Refused, invalid

INTEGER = re.compile(r"-?\d{1,18}")
NOT_A_PARAMETER = frozenset(_request_options.RequestOptions.__annotations__)
"""Options of the Python client that its parameter types inherit; the API itself knows none of them."""
WITHDRAWN = {
    "payment_method_types": "payment_method_types_no_longer_supported",
}
"""Removed in 2026-09-30.endive: docs.stripe.com/changelog/endive, 'Removes the payment method types parameter'."""

NOT_SERVED = frozenset(
    (
        "amount_details",
        "amount_to_confirm",
        "application_fee_amount",
        "cash_balance",
        "customer_account",
        "hooks",
        "instructions_email",
        "on_behalf_of",
        "origin",
        "payment_details",
        "payment_method_configuration",
        "refund_application_fee",
        "reverse_transfer",
        "test_clock",
        "transfer_data",
    )
)
"""Parameters that Stripe acts upon and the sandbox does not: better a refusal than a difference nobody sees."""


def check(module: str, name: str, raw: Document) -> Document:
    """The parameters with their types, or a refusal that names the first one at fault."""
    for key in raw:
        if key in NOT_A_PARAMETER:
            raise _unknown(key)
        if key in WITHDRAWN and name.startswith("PaymentIntent"):
            raise invalid(f"`{key}` is no longer supported on this API version.", param=key, code=WITHDRAWN[key])
    try:
        (checked,) = _adapter(module, name).validate_python([raw])
    except ValidationError as failure:
        raise _refusal(failure) from None
    _plain_integers(raw, checked, "")
    for key in raw:
        if key in NOT_SERVED:
            raise invalid(f"The sandbox does not serve `{key}`.", param=key, code="not_served_by_the_sandbox")
    return checked


@cache
def _adapter(module: str, name: str) -> TypeAdapter[list[Document]]:
    """Built at the first use: the largest takes a tenth of a second.

    A list around the type, because pydantic takes a configuration for it only from outside.
    """
    source = import_module(f"stripe.params.{module}")
    names: dict[str, Any] = vars(stripe) | vars(_request_options) | {"StripeContext": StripeContext} | vars(source)
    adapter: TypeAdapter[list[Document]] = TypeAdapter(
        list[names[name]],  # type: ignore[valid-type]
        config=ConfigDict(extra="forbid", arbitrary_types_allowed=True, defer_build=True),
    )
    adapter.rebuild(_types_namespace=names)
    return adapter


def _unknown(path: str) -> Refused:
    return invalid(f"Received unknown parameter: {path}", param=path, code="parameter_unknown")


def _refusal(failure: ValidationError) -> Refused:
    """Stripe's words for the most telling of pydantic's findings: a union reports one for each of its members."""
    findings = failure.errors(include_url=False)
    ranks = {"extra_forbidden": 0, "missing": 1, "int_parsing": 2, "bool_parsing": 3, "dict_type": 4, "string_type": 5}
    first = min(findings, key=lambda finding: ranks.get(finding["type"], 9))
    path = _path(first["loc"][1:])
    match first["type"]:
        case "extra_forbidden":
            return _unknown(path)
        case "missing":
            return invalid(f"Missing required param: {path}.", param=path, code="parameter_missing")
        case "int_parsing" | "int_type" | "int_from_float":
            return invalid(f"Invalid integer: {first['input']}", param=path, code="parameter_invalid_integer")
        case "bool_parsing" | "bool_type":
            return invalid(f"Invalid boolean: {first['input']}", param=path)
        case "list_type":
            return invalid("Invalid array", param=path)
        case "dict_type" | "typed_dict_type":
            return invalid("Invalid object", param=path)
        case _ if first["input"] == "":
            message = f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; however '{path}' cannot be unset."
            return invalid(message, param=path, code="parameter_invalid_empty")
        case _:
            return invalid(f"Invalid {path}: {first['msg']}", param=path)


def _path(location: tuple[int | str, ...]) -> str:
    """`a[b][0]`, without the names that pydantic gives to the members of a union."""
    steps = [str(step) for step in location if isinstance(step, int) or re.fullmatch(r"[a-z][a-z0-9_]*", str(step))]
    steps = [step for step in steps if step not in {"bool", "int", "str", "float"}]
    return steps[0] + "".join(f"[{step}]" for step in steps[1:]) if steps else ""


def _plain_integers(raw: object, checked: object, path: str) -> None:
    """Pydantic reads `19.0` and `1_000` as whole numbers; Stripe does not."""
    if isinstance(checked, dict) and isinstance(raw, dict):
        for key, value in checked.items():
            _plain_integers(raw[key], value, f"{path}[{key}]" if path else key)
    elif isinstance(checked, list) and isinstance(raw, list):
        for index, (value, text) in enumerate(zip(checked, raw, strict=True)):
            _plain_integers(text, value, f"{path}[{index}]")
    elif isinstance(checked, int) and not isinstance(checked, bool) and not INTEGER.fullmatch(str(raw)):
        raise invalid(f"Invalid integer: {raw}", param=path, code="parameter_invalid_integer")


class Parameters:
    """Checked parameters, read by name and kind; what was not sent is None."""

    def __init__(self, values: Document) -> None:
        self.values = values

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str | None:
        """A text; an empty one means that the caller unsets it."""
        value = self.values.get(name)
        return str(value) if isinstance(value, str) and value else None

    def integer(self, name: str) -> int | None:
        """A whole number."""
        value = self.values.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, name: str) -> bool:
        """True only when sent as true; a type that also takes texts leaves the word as it came."""
        return self.values.get(name) in {True, "true"}

    def table(self, name: str) -> Document | None:
        """An object, or None when it was not sent or was emptied."""
        value = self.values.get(name)
        return value if isinstance(value, dict) else None

    def texts(self, name: str) -> list[str] | None:
        """A list of texts."""
        value = self.values.get(name)
        return [str(item) for item in value] if isinstance(value, list) else None

    def needs_text(self, name: str) -> str:
        """A text that the parameter types say is required."""
        value = self.text(name)
        if value is None:
            raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
        return value

    def merged_metadata(self, before: dict[str, str]) -> dict[str, str]:
        """Metadata as Stripe updates it: keys are merged, an empty value removes one, an empty `metadata` all."""
        sent = self.values.get("metadata")
        if sent == "":
            return {}
        if not isinstance(sent, dict):
            return before
        merged = before | {str(key): str(value) for key, value in sent.items()}
        kept = {key: value for key, value in merged.items() if value != ""}
        if len(kept) > MAX_METADATA_KEYS:
            raise invalid(f"Metadata can have up to {MAX_METADATA_KEYS} keys.", param="metadata")
        for key, value in kept.items():
            if len(key) > MAX_METADATA_KEY or len(value) > MAX_METADATA_VALUE:
                raise invalid(
                    f"Metadata keys can be up to {MAX_METADATA_KEY} characters and values up to {MAX_METADATA_VALUE}.",
                    param=f"metadata[{key}]",
                )
        return kept


MAX_METADATA_KEYS = 50
MAX_METADATA_KEY = 40
MAX_METADATA_VALUE = 500
