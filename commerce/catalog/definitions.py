"""Definitions of attributes, product types and custom fields as writers of products need them: read and held, so that none changes meanwhile."""

from collections.abc import Collection, Iterable

import msgspec
from sqlalchemy import select

from commerce.catalog.checked_values import (
    Attribute,
    Choice,
    CustomField,
    Definitions,
    Limits,
    ProductType,
    ValueFault,
    attribute_faults,
    custom_faults,
)
from commerce.catalog.definition_tables import attributes, custom_fields, product_types
from commerce.kernel.errors import FieldError, InvalidInput
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of

_choices = msgspec.json.Decoder(tuple[Choice, ...])
_limits = msgspec.json.Decoder(Limits)
TYPES = Statement(
    select(product_types.c.code, product_types.c.attributes, product_types.c.required)
    .where(any_of(product_types.c.code, "codes"))
    .order_by(product_types.c.code)
    .with_for_update(read=True)
)
ATTRIBUTES = Statement(
    select(attributes.c.code, attributes.c.kind, attributes.c.choices, attributes.c.many, attributes.c.for_variants)
    .where(any_of(attributes.c.code, "codes"))
    .order_by(attributes.c.code)
    .with_for_update(read=True)
)
CUSTOM = Statement(
    select(custom_fields.c.code, custom_fields.c.kind, custom_fields.c.limits)
    .where(any_of(custom_fields.c.code, "codes"))
    .order_by(custom_fields.c.code)
    .with_for_update(read=True)
)


async def definitions(
    tx: Tx, *, types: Collection[str] = (), attribute_codes: Collection[str] = (), custom_codes: Collection[str] = ()
) -> Definitions:
    """Gives the definitions that some values are checked by, held against change until the transaction ends; at most three statements."""
    named = sorted({each for each in types if each})
    held = await tx.fetch(TYPES, codes=named) if named else []
    found = await tx.fetch(ATTRIBUTES, codes=sorted(set(attribute_codes))) if attribute_codes else []
    custom = await tx.fetch(CUSTOM, codes=sorted(set(custom_codes))) if custom_codes else []
    return Definitions(
        types={
            row["code"]: ProductType(
                code=row["code"], attributes=tuple(row["attributes"]), required=tuple(row["required"])
            )
            for row in held
        },
        attributes={
            row["code"]: Attribute(
                code=row["code"],
                kind=row["kind"],
                choices=_choices.decode(row["choices"]),
                many=row["many"],
                for_variants=row["for_variants"],
            )
            for row in found
        },
        custom={
            row["code"]: CustomField(code=row["code"], kind=row["kind"], limits=_limits.decode(row["limits"]))
            for row in custom
        },
    )


async def require_defined(
    tx: Tx,
    product_type: str,
    *,
    values: dict[str, object],
    of_variants: dict[str, dict[str, object]],
    custom: dict[str, object],
) -> None:
    """Refuses attributes and custom values that are not as they are defined, naming each field; `of_variants` are by the pointer of the variant."""
    wanted = {code for each in (values, *of_variants.values()) for code in each}
    if not wanted and not custom:
        return
    known = await definitions(tx, types=[product_type], attribute_codes=wanted, custom_codes=custom)
    faults = [*_told("/attributes", attribute_faults(known, product_type, values, for_variants=False))]
    for pointer, own in of_variants.items():
        faults += _told(f"{pointer}/attributes", attribute_faults(known, product_type, own, for_variants=True))
    faults += _told("/custom", custom_faults(known, custom))
    if faults:
        raise InvalidInput(f"{faults[0].pointer}: {faults[0].detail}", errors=faults)


def _told(pointer: str, faults: Iterable[ValueFault]) -> list[FieldError]:
    return [FieldError(f"{pointer}/{_escaped(fault.code)}", fault.reason) for fault in faults]


def _escaped(part: str) -> str:
    """Gives a member's name as part of a JSON pointer (RFC 6901, section 3)."""
    return part.replace("~", "~0").replace("/", "~1")
