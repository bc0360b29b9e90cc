"""Reads of purchase orders, goods receipts, transfers, suppliers: whole documents, locked ones, pages of them."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    Uuid,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from commerce.catalog import names_in
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import TransferId
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.replenishment.facts import Purchase, Receipt, Rules, Transfer, TransferShipment
from commerce.replenishment.shown import ShownPurchase, ShownReceipt, ShownTransfer
from commerce.replenishment.tables import (
    goods_receipt_units,
    goods_receipt_voids,
    goods_receipts,
    purchase_order_lines,
    purchase_orders,
    replenishment_rules,
    transfer_lines,
    transfer_shipment_lines,
    transfer_shipments,
    transfers,
)

T = TypeVar("T")
BEGINNING = UUID(int=0)


def with_rows(
    header: FromClause,
    rows: Table,
    key: ColumnElement[Any],
    name: str,
    *order: ColumnElement[Any],
    only: ColumnElement[bool] | None = None,
) -> Select[Any]:
    """Gives the columns of a document with its rows (those that count) as a JSON list under a name."""
    empty = type_coerce(cast(literal("[]", Text), JSON), JSON)
    found = (
        select(func.coalesce(func.json_agg(aggregate_order_by(rows.table_valued(), *order), type_=JSON), empty))
        .where(key == header.c.id, true() if only is None else only)
        .correlate(header)
        .scalar_subquery()
    )
    return select(*header.c, type_coerce(found, JSON).label(name))


def _named(rows: Table, key: ColumnElement[Any], header: Table) -> ColumnElement[Any]:
    """Gives the names of the articles of a document's rows."""
    return names_in(select(rows.c.variant_id).where(key == header.c.id).correlate(header)).label("names")


def _mine(*places: ColumnElement[Any]) -> ColumnElement[bool]:
    locations = given("locations", ARRAY(Uuid))
    return or_(given("everywhere", Boolean), *(place == func.any(locations) for place in places))


_purchase, _receipt, _transfer = purchase_orders.c, goods_receipts.c, transfers.c
_id, _location, _state = given("id", Uuid), given("location_id", Uuid), given("state", Text)
_before, _most = given("before", Uuid), given("most", Integer)
_of_purchase = with_rows(
    purchase_orders,
    purchase_order_lines,
    purchase_order_lines.c.purchase_order_id,
    "lines",
    purchase_order_lines.c.position,
)
_of_receipt = with_rows(
    goods_receipts,
    goods_receipt_units,
    goods_receipt_units.c.goods_receipt_id,
    "units",
    goods_receipt_units.c.scan_id,
    goods_receipt_units.c.nth,
    only=~select(goods_receipt_voids.c.scan_id)
    .where(
        goods_receipt_voids.c.goods_receipt_id == goods_receipt_units.c.goods_receipt_id,
        goods_receipt_voids.c.scan_id == goods_receipt_units.c.scan_id,
    )
    .correlate(goods_receipt_units)
    .exists(),
)
_of_transfer = with_rows(transfers, transfer_lines, transfer_lines.c.transfer_id, "lines", transfer_lines.c.position)
_shown_purchase = _of_purchase.add_columns(
    _named(purchase_order_lines, purchase_order_lines.c.purchase_order_id, purchase_orders)
)
_shown_receipt = _of_receipt.add_columns(
    _named(goods_receipt_units, goods_receipt_units.c.goods_receipt_id, goods_receipts)
)
_back = transfers.alias("back")
_shown_transfer = _of_transfer.add_columns(
    _named(transfer_lines, transfer_lines.c.transfer_id, transfers),
    select(_back.c.id).where(_back.c.returns_id == _transfer.id).scalar_subquery().label("returned_by"),
)
_any_state = or_(_state.is_(None), _transfer.state == _state)

PURCHASE = Statement(_of_purchase.where(_purchase.id == _id, _mine(_purchase.location_id)), into=Purchase)
SHOWN_PURCHASE = Statement(_shown_purchase.where(_purchase.id == _id, _mine(_purchase.location_id)), into=ShownPurchase)
LOCK_PURCHASE = Statement(
    select(_purchase.id).where(_purchase.id == _id, _mine(_purchase.location_id)).with_for_update()
)
PURCHASES = Statement(
    _shown_purchase.where(
        _mine(_purchase.location_id),
        or_(_location.is_(None), _purchase.location_id == _location),
        or_(given("supplier_id", Uuid).is_(None), _purchase.supplier_id == given("supplier_id", Uuid)),
        or_(_state.is_(None), _purchase.state == _state),
        or_(_before.is_(None), _purchase.id < _before),
    )
    .order_by(_purchase.id.desc())
    .limit(_most),
    into=ShownPurchase,
)
RECEIPT = Statement(_of_receipt.where(_receipt.id == _id, _mine(_receipt.location_id)), into=Receipt)
SHOWN_RECEIPT = Statement(_shown_receipt.where(_receipt.id == _id, _mine(_receipt.location_id)), into=ShownReceipt)
LOCK_RECEIPT = Statement(select(_receipt.id).where(_receipt.id == _id, _mine(_receipt.location_id)).with_for_update())
RECEIPTS = Statement(
    _shown_receipt.where(
        _mine(_receipt.location_id),
        or_(_location.is_(None), _receipt.location_id == _location),
        or_(given("purchase_order_id", Uuid).is_(None), _receipt.purchase_order_id == given("purchase_order_id", Uuid)),
        or_(_state.is_(None), _receipt.state == _state),
        or_(_before.is_(None), _receipt.id < _before),
    )
    .order_by(_receipt.id.desc())
    .limit(_most),
    into=ShownReceipt,
)
_either = _mine(_transfer.origin_id, _transfer.destination_id)
TRANSFER = Statement(_of_transfer.where(_transfer.id == _id, _either), into=Transfer)
SHOWN_TRANSFER = Statement(_shown_transfer.where(_transfer.id == _id, _either), into=ShownTransfer)
LOCK_TRANSFER = Statement(select(_transfer.id).where(_transfer.id == _id, _either).with_for_update())
TRANSFERS = Statement(
    _shown_transfer.where(
        _either,
        or_(given("origin_id", Uuid).is_(None), _transfer.origin_id == given("origin_id", Uuid)),
        or_(given("destination_id", Uuid).is_(None), _transfer.destination_id == given("destination_id", Uuid)),
        _any_state,
        or_(_before.is_(None), _transfer.id < _before),
    )
    .order_by(_transfer.id.desc())
    .limit(_most),
    into=ShownTransfer,
)
SHIPMENTS = Statement(
    with_rows(
        transfer_shipments,
        transfer_shipment_lines,
        transfer_shipment_lines.c.shipment_id,
        "units",
        transfer_shipment_lines.c.transfer_line_id,
    )
    .where(transfer_shipments.c.transfer_id == given("transfer_id", Uuid))
    .order_by(transfer_shipments.c.shipped_at, transfer_shipments.c.id),
    into=TransferShipment,
)
RULES = Statement(
    select(
        replenishment_rules.c.receiver_differs,
        replenishment_rules.c.over_tolerance_percent,
        replenishment_rules.c.version,
    ),
    into=Rules,
)


def scope_of(caller: Caller | None) -> dict[str, object]:
    """Gives the arguments that keep a read within the caller's locations; no caller is the program itself."""
    everywhere = caller is None or caller.locations is None
    return {"everywhere": everywhere, "locations": list((caller.locations if caller else None) or ())}


async def seen(reads: Reads, statement: Statement[T], document_id: UUID, caller: Caller | None) -> T:
    """Gives a document; refuses with NotFound one that has nothing to do with the caller's locations."""
    found = await reads.fetch_one(statement, id=document_id, **scope_of(caller))
    if found is None:
        raise NotFound
    return found


async def locked(tx: Tx, lock: Statement[Any], statement: Statement[T], document_id: UUID, caller: Caller | None) -> T:
    """Gives a document as it is now, locked until the commit; refuses as `seen` does."""
    if await tx.fetch_value(lock, id=document_id, **scope_of(caller)) is None:
        raise NotFound
    return await seen(tx, statement, document_id, None)


async def lock_purchase(tx: Tx, purchase_id: UUID, caller: Caller | None) -> Purchase:
    """Gives a purchase order, locked."""
    return await locked(tx, LOCK_PURCHASE, PURCHASE, purchase_id, caller)


async def lock_receipt(tx: Tx, receipt_id: UUID, caller: Caller | None) -> Receipt:
    """Gives a goods receipt, locked. A purchase order that changes with it is locked before."""
    return await locked(tx, LOCK_RECEIPT, RECEIPT, receipt_id, caller)


async def lock_transfer(tx: Tx, transfer_id: UUID, caller: Caller | None) -> Transfer:
    """Gives a transfer, locked. Shelves that change with it are locked after."""
    return await locked(tx, LOCK_TRANSFER, TRANSFER, transfer_id, caller)


async def purchase_of(reads: Reads, receipt: Receipt) -> Purchase | None:
    """Gives the purchase order that a goods receipt is for; None: it is blind."""
    if receipt.purchase_order_id is None:
        return None
    return await seen(reads, PURCHASE, receipt.purchase_order_id, None)


async def transfer(reads: Reads, transfer_id: TransferId, caller: Caller | None = None) -> Transfer:
    """Gives a transfer; refuses with NotFound one that neither begins nor ends at the caller's locations. No caller sees each."""
    return await seen(reads, TRANSFER, transfer_id, caller)


async def shipments_of(reads: Reads, transfer_id: TransferId) -> Sequence[TransferShipment]:
    """Gives the shipments of a transfer, in order of time."""
    return await reads.fetch(SHIPMENTS, transfer_id=transfer_id)


async def rules_now(reads: Reads) -> Rules:
    """Gives what the shop decided of receiving, or what holds until it does."""
    return await reads.fetch_one(RULES) or Rules()


async def purchase_page(
    reading: Reading,
    caller: Caller,
    *,
    location_id: UUID | None,
    supplier_id: UUID | None,
    state: str | None,
    before: UUID | None,
    most: int,
) -> Sequence[ShownPurchase]:
    """Gives purchase orders for the caller's locations, the latest first."""
    return await reading.fetch(
        PURCHASES,
        **scope_of(caller),
        location_id=location_id,
        supplier_id=supplier_id,
        state=state,
        before=before,
        most=most,
    )


async def receipt_page(
    reading: Reading,
    caller: Caller,
    *,
    location_id: UUID | None,
    purchase_order_id: UUID | None,
    state: str | None,
    before: UUID | None,
    most: int,
) -> Sequence[ShownReceipt]:
    """Gives goods receipts at the caller's locations, the latest first."""
    return await reading.fetch(
        RECEIPTS,
        **scope_of(caller),
        location_id=location_id,
        purchase_order_id=purchase_order_id,
        state=state,
        before=before,
        most=most,
    )


async def transfer_page(
    reading: Reading,
    caller: Caller,
    *,
    origin_id: UUID | None,
    destination_id: UUID | None,
    state: str | None,
    before: UUID | None,
    most: int,
) -> Sequence[ShownTransfer]:
    """Gives transfers that begin or end at the caller's locations, the latest first."""
    return await reading.fetch(
        TRANSFERS,
        **scope_of(caller),
        origin_id=origin_id,
        destination_id=destination_id,
        state=state,
        before=before,
        most=most,
    )
