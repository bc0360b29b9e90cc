"""What putting drafts would change, or did: field by field, before and after. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import msgspec

from commerce.catalog.facts import Difference, FieldChange
from commerce.catalog.rows import ProductRow, VariantRow

# What follows from other fields, or is nobody's to read.
UNTOLD = frozenset(
    {"id", "product_id", "codes", "described", "option_words", "restricted", "version", "barcode_key", "position"}
)

QUIET = {"perishable": False}  # what is not worth a line of what is new


def differences(
    products: Sequence[tuple[ProductRow | None, ProductRow]], variants: Sequence[tuple[VariantRow | None, VariantRow]]
) -> list[Difference]:
    """Gives what is made and what is changed, in the order of the handles; of what is made the fields that say something."""
    of_product: defaultdict[UUID, list[FieldChange]] = defaultdict(list)
    for was, now in variants:
        name = " / ".join(now.option_values) or now.sku
        of_product[now.product_id] += _changes(was, now, f"variants[{name}].")
    found = [
        Difference(
            product_id=now.id,
            handle=now.handle,
            made=was is None,
            changes=(*_changes(was, now, ""), *of_product[now.id]),
        )
        for was, now in products
    ]
    return sorted(found, key=lambda each: each.handle)


def _changes(was: ProductRow | VariantRow | None, now: ProductRow | VariantRow, prefix: str) -> list[FieldChange]:
    changes = []
    for name in now.__struct_fields__:
        before, after = None if was is None else getattr(was, name), getattr(now, name)
        if (
            name not in UNTOLD
            and before != after
            and (was is not None or (_says(after) and after is not QUIET.get(name)))
        ):
            changes.append(FieldChange(field=f"{prefix}{name}", before=_plain(before), after=_plain(after)))
    return changes


def _says(value: object) -> bool:
    plain = _plain(value)
    return plain is not None and plain not in ("", [], {})


def _plain(value: object) -> object:
    """Gives a value as JSON has it; a text in three languages without those that it does not have."""
    plain = msgspec.to_builtins(value)
    return {key: each for key, each in plain.items() if each is not None} if isinstance(plain, dict) else plain
