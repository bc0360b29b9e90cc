"""Whether attributes and custom values are such as their definitions allow. Pure: definitions and values in, faults out."""

from collections.abc import Iterator, Mapping
from datetime import date
from math import isfinite
from typing import NamedTuple

import msgspec

from commerce.catalog.kinds import AttributeKind
from commerce.kernel.wire import Text3

MOST_TEXT = 2_000
MOST_VALUES = 50
Values = Mapping[str, object]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One value that an attribute of kind choice can have, with what it is called."""

    code: str
    label: Text3 = Text3()


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Bounds of a custom field: of a number itself, of a text's length; the codes of which a choice is one."""

    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute's definition, as far as its values are checked by it."""

    code: str
    kind: AttributeKind
    choices: tuple[Choice, ...] = ()
    many: bool = False
    for_variants: bool = False


class ProductType(msgspec.Struct, frozen=True, kw_only=True):
    """Which attributes a product of this type has, in order, and which of them it is not published without."""

    code: str
    attributes: tuple[str, ...]
    required: tuple[str, ...] = ()


class CustomField(msgspec.Struct, frozen=True, kw_only=True):
    """A custom field's definition."""

    code: str
    kind: AttributeKind
    limits: Limits = Limits()


class Definitions(msgspec.Struct, frozen=True, kw_only=True):
    """What there is, by code."""

    attributes: dict[str, Attribute] = {}
    types: dict[str, ProductType] = {}
    custom: dict[str, CustomField] = {}


class ValueFault(NamedTuple):
    """Which value does not fit, and why."""

    code: str
    reason: str


def attribute_faults(
    known: Definitions, product_type: str, values: Values, *, for_variants: bool
) -> Iterator[ValueFault]:
    """Gives what is wrong with the attributes of a product of a type, or (`for_variants`) of one of its variants."""
    of_type = known.types.get(product_type)
    for code, value in values.items():
        attribute = known.attributes.get(code)
        if attribute is None:
            yield ValueFault(code, "There is no such attribute.")
        elif of_type is None:
            yield ValueFault(code, "Attributes need a product type that has them.")
        elif code not in of_type.attributes:
            yield ValueFault(code, f"Products of the type {product_type} have no such attribute.")
        elif attribute.for_variants != for_variants:
            yield ValueFault(
                code, "Each variant has its own; give it there." if not for_variants else "It is the product's."
            )
        elif reason := _attribute_fault(attribute, value):
            yield ValueFault(code, reason)


def custom_faults(known: Definitions, values: Values) -> Iterator[ValueFault]:
    """Gives what is wrong with the custom values of a product."""
    for code, value in values.items():
        field = known.custom.get(code)
        if field is None:
            yield ValueFault(code, "There is no such custom field.")
        elif reason := _one_fault(field.kind, value, field.limits.choices) or _limit_fault(field.limits, value):
            yield ValueFault(code, reason)


def _attribute_fault(attribute: Attribute, value: object) -> str | None:
    choices = tuple(each.code for each in attribute.choices)
    if not attribute.many:
        return _one_fault(attribute.kind, value, choices)
    if not isinstance(value, list | tuple):
        return "It has several values: give a list."
    if not 1 <= len(value) <= MOST_VALUES or len(set(map(str, value))) < len(value):
        return f"Give 1 to {MOST_VALUES} values, each once; leave the attribute out where there is none."
    return next((reason for each in value if (reason := _one_fault(attribute.kind, each, choices))), None)


def _one_fault(kind: AttributeKind, value: object, choices: tuple[str, ...]) -> str | None:
    match kind:
        case "text":
            fits = isinstance(value, str) and 0 < len(value) <= MOST_TEXT and "\x00" not in value
            return None if fits else f"Give a text of 1 to {MOST_TEXT:,} characters."
        case "choice":
            return None if isinstance(value, str) and value in choices else f"Give one of {', '.join(choices)}."
        case "number":
            fits = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
            return None if fits else "Give a number."
        case "boolean":
            return None if isinstance(value, bool) else "Give true or false."
        case "date":
            return None if isinstance(value, str) and _is_day(value) else "Give a day as YYYY-MM-DD."


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _limit_fault(limits: Limits, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    measured, what = (len(value), " characters") if isinstance(value, str) else (value, "")
    if limits.least is not None and measured < limits.least:
        return f"At least {limits.least:g}{what}."
    if limits.most is not None and measured > limits.most:
        return f"At most {limits.most:g}{what}."
    return None
