"""The history of products that a file changed: one line for each, with the import as its cause, in one statement a batch."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import msgspec

from commerce.catalog.facts import PutBy
from commerce.catalog.put_differences import UNTOLD
from commerce.catalog.rows import ProductRow, VariantRow
from commerce.platform.audit_log import Act, write_entries
from commerce.platform.database import Tx

OPERATION = "startImport"
CAUSE = "import:"
Fields = dict[str, Any]
_names: Final = {
    kind: tuple(name for name in kind.__struct_fields__ if name not in UNTOLD) for kind in (ProductRow, VariantRow)
}
TOLD: Final = {kind: (names, attrgetter(*names)) for kind, names in _names.items()}


async def note_changed(
    tx: Tx,
    by: PutBy,
    products: Sequence[tuple[ProductRow | None, ProductRow]],
    variants: Sequence[tuple[VariantRow | None, VariantRow]],
) -> None:
    """Writes into the log the fields of each product that are not as before, old and new; of its variants those that are not, by SKU.

    What is made by a file gets no line: it has no history yet, and the file's own counts say how much it made.
    """
    entries = {now.id: _differing(was, now) for was, now in products if was is not None}
    if not entries:
        return
    for before, after in variants:
        if (entry := entries.get(after.product_id)) is None:
            continue
        old, new = _differing(before, after) if before is not None else ({}, _said(after))
        sku = after.sku if before is None else before.sku
        for fields, changed in zip(entry, (old, new), strict=True):
            if changed:
                fields.setdefault("variants", {})[sku] = changed
    kind, _, identifier = by.actor.partition(":")
    act = Act(
        actor_kind=kind,
        actor_id=_id(identifier),
        operation=OPERATION,
        subject="product",
        request_id=f"{CAUSE}{by.import_id}",
    )
    await write_entries(tx, act, [("product", product_id, old, new) for product_id, (old, new) in entries.items()])


def _differing(was: ProductRow | VariantRow, now: ProductRow | VariantRow) -> tuple[Fields, Fields]:
    names, values = TOLD[type(now)]
    old: Fields = {}
    new: Fields = {}
    for name, before, after in zip(names, values(was), values(now), strict=True):
        if before != after:
            old[name], new[name] = before, after
    return old, new


def _said(row: VariantRow) -> Fields:
    names, values = TOLD[VariantRow]
    return dict(zip(names, values(row), strict=True))


def _id(text: str) -> UUID | None:
    try:
        return msgspec.convert(text, UUID)
    except msgspec.ValidationError:
        return None
