"""Goods receipts: opened at a location, scanned into, booked at once when they are closed."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, select, update

from commerce import catalog
from commerce.inventory import Cause, Move, Spot
from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.kernel.ids import (
    GoodsReceiptId,
    LocationId,
    PurchaseOrderId,
    VariantId,
    document_number,
    new_id,
)
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.replenishment import carry, rules
from commerce.replenishment.errors import NothingScanned
from commerce.replenishment.events import GoodsReceived, PurchaseClosed, ReceivedUnits
from commerce.replenishment.facts import Purchase, PurchaseState as P, Receipt, ReceiptState as R, Scanned
from commerce.replenishment.keep import keep_purchase, keep_receipt, open_receipt
from commerce.replenishment.queries import RECEIPT, lock_purchase, lock_receipt, rules_now, seen
from commerce.replenishment.scan import APPROVE
from commerce.replenishment.schemas import ReceiptIn
from commerce.replenishment.tables import (
    notice_cartons,
    shipping_notices,
)
from commerce.traceability import Tagged

_carton = notice_cartons.c
NOTICE = Statement(select(shipping_notices.c.purchase_order_id).where(shipping_notices.c.id == given("id", Uuid)))


FREE_CARTONS = Statement(
    update(notice_cartons).where(_carton.goods_receipt_id == given("of_receipt", Uuid)).values(goods_receipt_id=None)
)


async def open_goods_receipt(tx: Tx, caller: Caller, data: ReceiptIn) -> Receipt:
    """Open a goods receipt at one of the caller's locations: for a purchase order, for a shipping notice of one, or blind.

    Refuses with InvalidInput a location that is none of the caller's or not the order's, and a notice of another order; with NotFound an
    order that is not there; with IllegalMove one of which nothing is expected.
    """
    if not caller.may_at(data.location_id):
        raise invalid("/location_id", "is none of your locations")
    purchase_id = data.purchase_order_id
    if data.shipping_notice_id is not None:
        announced: UUID | None = await tx.fetch_value(NOTICE, id=data.shipping_notice_id)
        if announced is None or purchase_id not in {None, announced}:
            raise invalid("/shipping_notice_id", "is no shipping notice of this order")
        purchase_id = announced
    if purchase_id is not None:
        purchase = await lock_purchase(tx, purchase_id, caller)
        if purchase.state not in rules.RECEIVING:
            raise rules.PURCHASE.refusal(purchase.state, P.PARTIALLY_RECEIVED)
        if purchase.location_id != data.location_id:
            raise invalid("/location_id", f"is not where {purchase.number} goes")
    new = Receipt(
        id=GoodsReceiptId(new_id()),
        number=document_number("GR"),
        location_id=LocationId(data.location_id),
        purchase_order_id=None if purchase_id is None else PurchaseOrderId(purchase_id),
        notice_id=data.shipping_notice_id,
        state=R.OPEN,
        opened_by=caller.principal,
        opened_at=clock.now(),
    )
    return await open_receipt(tx, new)


async def close_goods_receipt(tx: Tx, caller: Caller, receipt_id: UUID) -> Receipt:
    """Book what was scanned: good units to the shelf, damaged ones beside it, the order's lines counted, all at once.

    Refuses with NotFound, IllegalMove, NothingScanned; with OverReceipt when other receipts of the order were booked meanwhile, so that it
    is too much now; as traceability does, codes that are not right. Emits GoodsReceived, and PurchaseClosed when nothing more of the order is expected.
    """
    purchase_id = (await seen(tx, RECEIPT, receipt_id, caller)).purchase_order_id
    purchase = await lock_purchase(tx, purchase_id, None) if purchase_id is not None else None
    receipt = await lock_receipt(tx, receipt_id, caller)
    rules.RECEIPT.check(receipt.state, R.CLOSED)
    if not receipt.units:
        raise NothingScanned("Scan what arrived, or cancel the receipt.")
    now = clock.now()
    if purchase is not None:
        await _count(tx, caller, purchase, receipt.units)
    closed = await keep_receipt(
        tx, receipt, msgspec.structs.replace(receipt, state=R.CLOSED), by=caller.principal, at=now
    )
    lines = _summed(receipt.units)
    await carry.move(
        tx,
        [_tagged(each, receipt.location_id) for each in receipt.units],
        Cause("goods_receipt", receipt.id, caller.principal),
        f"goods_receipt:{receipt.id}",
    )
    tx.emit(
        GoodsReceived(
            goods_receipt_id=closed.id,
            number=closed.number,
            location_id=closed.location_id,
            purchase_order_id=closed.purchase_order_id,
            lines=tuple(lines),
        )
    )
    return closed


async def cancel_goods_receipt(tx: Tx, caller: Caller, receipt_id: UUID) -> Receipt:
    """Throw an open receipt away: nothing was booked, and its cartons can be scanned again. Refuses with NotFound, IllegalMove."""
    receipt = await lock_receipt(tx, receipt_id, caller)
    cancelled = msgspec.structs.replace(receipt, state=R.CANCELLED)
    kept = await keep_receipt(tx, receipt, cancelled, by=caller.principal, at=clock.now())
    await tx.execute(FREE_CARTONS, of_receipt=receipt.id)
    return kept


async def _count(tx: Tx, caller: Caller, purchase: Purchase, units: Sequence[Scanned]) -> None:
    tolerance = (await rules_now(tx)).over_tolerance_percent
    names = await catalog.article_names(tx, {each.variant_id for each in units})
    skus = {each: name.sku for each, name in names.items()}
    booked = rules.booked(purchase, units, tolerance_percent=tolerance, approver=caller.has(APPROVE), skus=skus)
    after = await keep_purchase(tx, purchase, booked, by=caller.principal, at=clock.now())
    if rules.PURCHASE.terminal(after.state) and after.state is not purchase.state:
        tx.emit(PurchaseClosed(purchase_order_id=after.id, purchase=after))


def _summed(units: Sequence[Scanned]) -> list[ReceivedUnits]:
    good: dict[VariantId, int] = {}
    damaged: dict[VariantId, int] = {}
    for each in units:
        into = good if each.condition == "good" else damaged
        into[each.variant_id] = into.get(each.variant_id, 0) + each.quantity
    return [
        ReceivedUnits(variant_id=variant_id, good=good.get(variant_id, 0), damaged=damaged.get(variant_id, 0))
        for variant_id in sorted({*good, *damaged})
    ]


def _tagged(units: Scanned, location_id: LocationId) -> Tagged:
    spot = Spot.SHELF if units.condition == "good" else Spot.DAMAGED
    move = Move(units.variant_id, units.quantity, Spot.SUPPLIER, None, spot, location_id)
    return Tagged(move, lot=units.lot, expires_on=units.expires_on, serials=units.serials)
