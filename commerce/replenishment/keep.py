"""Stores documents: new ones with their lines, and what changed of locked ones, each with its move."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import CTE, Integer, Table, Uuid, insert, select, update

from commerce.kernel.errors import Bug
from commerce.platform.database import Tx
from commerce.platform.moves import first_move, moving, noting
from commerce.platform.statement import Statement, given, unnested
from commerce.replenishment.facts import Purchase, PurchaseLine, Receipt, Transfer, TransferLine
from commerce.replenishment.rules import PURCHASE, RECEIPT
from commerce.replenishment.tables import (
    goods_receipts,
    purchase_order_lines,
    purchase_orders,
    replenishment_transitions,
    transfer_lines,
    transfers,
)
from commerce.replenishment.transfer_rules import TRANSFER

PURCHASE_COUNTED: Final = ("received", "damaged", "cancelled", "over")
TRANSFER_COUNTED: Final = ("cancelled", "shipped", "received", "damaged", "lost", "returned", "pegged")
NOTE = first_move(replenishment_transitions, "document_kind", "document_id")


def _lines_in(table: Table, of: str) -> Statement[Any]:
    columns = [column for column in table.c if column.name != of]
    new = unnested("new", **{column.name: column.type for column in columns})
    return Statement(insert(table).from_select([of, *new.c.keys()], select(given(of, Uuid), *new.c)))


def _counting(table: Table, counted: Sequence[str]) -> CTE:
    new = unnested("counted", line_id=Uuid, **dict.fromkeys(counted, Integer))
    return (
        update(table)
        .where(table.c.id == new.c.line_id)
        .values({name: new.c[name] for name in counted})
        .returning(table.c.id)
        .cte("lines_counted")
    )


def _keeping(document: str, table: Table, changing: Sequence[str], *more: CTE) -> Statement[Any]:
    change = moving(table, changing)
    note = noting(change, replenishment_transitions, "document_id", document_kind=document)
    return Statement(select(change.c.id).add_cte(*more, note))


PURCHASE_CHANGING: Final = ("expected_on", "close_reason", "ordered_at", "closed_at")
TRANSFER_CHANGING: Final = ("close_reason", "claim", "approved_at", "closed_at")
OPEN_PURCHASE, OPEN_RECEIPT, OPEN_TRANSFER = (
    Statement(insert(table)) for table in (purchase_orders, goods_receipts, transfers)
)
PURCHASE_LINES = _lines_in(purchase_order_lines, "purchase_order_id")
TRANSFER_LINES = _lines_in(transfer_lines, "transfer_id")
KEEP_PURCHASE = _keeping(
    "purchase_order", purchase_orders, PURCHASE_CHANGING, _counting(purchase_order_lines, PURCHASE_COUNTED)
)
KEEP_RECEIPT = _keeping("goods_receipt", goods_receipts, ["closed_at"])
KEEP_TRANSFER = _keeping("transfer", transfers, TRANSFER_CHANGING, _counting(transfer_lines, TRANSFER_COUNTED))


async def open_purchase(tx: Tx, new: Purchase) -> Purchase:
    """Stores a new purchase order."""
    await _open(tx, OPEN_PURCHASE, purchase_orders, new)
    await put_lines(tx, PURCHASE_LINES, purchase_order_lines, "purchase_order_id", new)
    await note(tx, "purchase_order", new.id, None, new.state, by=new.created_by, at=new.created_at)
    return new


async def open_receipt(tx: Tx, new: Receipt) -> Receipt:
    """Stores a new goods receipt."""
    await _open(tx, OPEN_RECEIPT, goods_receipts, new)
    await note(tx, "goods_receipt", new.id, None, new.state, by=new.opened_by, at=new.opened_at)
    return new


async def open_transfer(tx: Tx, new: Transfer) -> Transfer:
    """Stores a new transfer."""
    await _open(tx, OPEN_TRANSFER, transfers, new)
    await put_lines(tx, TRANSFER_LINES, transfer_lines, "transfer_id", new)
    await note(tx, "transfer", new.id, None, new.state, by=new.created_by, at=new.created_at)
    return new


async def note(tx: Tx, document: str, id_: UUID, before: str | None, after: str, *, by: str, at: datetime) -> None:
    """Writes a move down."""
    await tx.execute(
        NOTE, document_kind=document, document_id=id_, state_before=before, state_after=after, by=by, at=at
    )


async def keep_purchase(tx: Tx, before: Purchase, after: Purchase, *, by: str, at: datetime) -> Purchase:
    """Stores what changed of a locked purchase order; gives it with its next version. Refuses a move that is not in the table."""
    if after.state is not before.state:
        PURCHASE.check(before.state, after.state)
        if PURCHASE.terminal(after.state):
            after = msgspec.structs.replace(after, closed_at=at)
    kept = await tx.fetch_value(
        KEEP_PURCHASE,
        **_moved(before, after, PURCHASE_CHANGING, by, at),
        **_counts(before.lines, after.lines, PURCHASE_COUNTED),
    )
    return _kept(tx, "purchase_order", before, after, kept=kept)


async def keep_receipt(tx: Tx, before: Receipt, after: Receipt, *, by: str, at: datetime) -> Receipt:
    """Stores the state of a locked goods receipt; as `keep_purchase`."""
    if after.state is not before.state:
        RECEIPT.check(before.state, after.state)
        after = msgspec.structs.replace(after, closed_at=at)
    kept = await tx.fetch_value(KEEP_RECEIPT, **_moved(before, after, ("closed_at",), by, at))
    return _kept(tx, "goods_receipt", before, after, kept=kept)


async def keep_transfer(tx: Tx, before: Transfer, after: Transfer, *, by: str, at: datetime) -> Transfer:
    """Stores what changed of a locked transfer; as `keep_purchase`."""
    if after.state is not before.state:
        TRANSFER.check(before.state, after.state)
        if TRANSFER.terminal(after.state):
            after = msgspec.structs.replace(after, closed_at=at)
    kept = await tx.fetch_value(
        KEEP_TRANSFER,
        **_moved(before, after, TRANSFER_CHANGING, by, at),
        **_counts(before.lines, after.lines, TRANSFER_COUNTED),
    )
    return _kept(tx, "transfer", before, after, kept=kept)


async def _open(tx: Tx, statement: Statement[Any], table: Table, new: object) -> None:
    await tx.execute(statement, **{column.name: getattr(new, column.name) for column in table.c})


async def put_lines(tx: Tx, statement: Statement[Any], table: Table, of: str, new: Purchase | Transfer) -> None:
    """Stores the lines of a document that has none."""
    names = [column.name for column in table.c if column.name != of]
    values = {name: [getattr(line, name) for line in new.lines] for name in names}
    await tx.execute(statement, **{of: new.id}, **values)


Document = Purchase | Receipt | Transfer
D = TypeVar("D", Purchase, Receipt, Transfer)


def _moved(before: Document, after: Document, changing: Sequence[str], by: str, at: datetime) -> dict[str, object]:
    return {
        "id": before.id,
        "version_before": before.version,
        "state_before": before.state,
        "state": after.state,
        **{name: getattr(after, name) for name in changing},
        "by": by,
        "at": at,
    }


def _counts(
    before: Sequence[PurchaseLine | TransferLine], after: Sequence[PurchaseLine | TransferLine], counted: Sequence[str]
) -> dict[str, object]:
    lines = [line for line, old in zip(after, before, strict=True) if line != old]
    return {
        "line_id": [line.id for line in lines],
        **{name: [getattr(line, name) for line in lines] for name in counted},
    }


def _kept(tx: Tx, kind: str, before: D, after: D, *, kept: object) -> D:
    if kept is None:
        raise Bug(f"the {kind} {before.number} changed although it was locked")
    tx.changed(kind, before.id, before={"state": before.state}, after={"state": after.state})
    return msgspec.structs.replace(after, version=before.version + 1)
