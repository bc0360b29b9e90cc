"""Take a scan out of an open goods receipt: it was a mistake."""

from uuid import UUID

from sqlalchemy import Uuid, insert, select, update

from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.replenishment import rules
from commerce.replenishment.facts import Receipt, ReceiptState as R
from commerce.replenishment.queries import lock_receipt
from commerce.replenishment.tables import goods_receipt_scans, goods_receipt_voids, notice_cartons

_scan, _void, _carton = goods_receipt_scans.c, goods_receipt_voids.c, notice_cartons.c
_receipt_id, _scan_id = given("goods_receipt_id", Uuid), given("scan_id", Uuid)
SCAN = Statement(
    select(_scan.asked["barcode"].astext.label("barcode"), _void.scan_id.is_not(None).label("voided"))
    .outerjoin_from(
        goods_receipt_scans,
        goods_receipt_voids,
        (_void.goods_receipt_id == _scan.goods_receipt_id) & (_void.scan_id == _scan.scan_id),
    )
    .where(_scan.goods_receipt_id == _receipt_id, _scan.scan_id == _scan_id)
)
VOID = Statement(insert(goods_receipt_voids))
FREE_CARTON = Statement(
    update(notice_cartons)
    .where(
        _carton.goods_receipt_id == given("of_receipt", Uuid),
        _carton.barcode == given("of_barcode", _carton.barcode.type),
    )
    .values(goods_receipt_id=None)
)


async def void_scan(tx: Tx, caller: Caller, receipt_id: UUID, scan_id: UUID) -> Receipt:
    """Take a scan out of an open receipt; its carton can be scanned again. A second time changes nothing.

    Refuses with NotFound, and with IllegalMove once the receipt is closed.
    """
    receipt = await lock_receipt(tx, receipt_id, caller)
    if receipt.state is not R.OPEN:
        raise rules.RECEIPT.refusal(receipt.state, R.OPEN)
    scanned = await tx.fetch_one(SCAN, goods_receipt_id=receipt.id, scan_id=scan_id)
    if scanned is None:
        raise NotFound("There is no such scan in this receipt.")
    if not scanned["voided"]:
        await tx.execute(VOID, goods_receipt_id=receipt.id, scan_id=scan_id, by=caller.principal, at=clock.now())
        await tx.execute(FREE_CARTON, of_receipt=receipt.id, of_barcode=scanned["barcode"])
    return await lock_receipt(tx, receipt_id, caller)
