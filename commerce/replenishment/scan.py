"""Scan what arrived into an open goods receipt: each scan adds units once, however often it is sent."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Date, Integer, Text, Uuid, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from commerce import catalog
from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given, unnested
from commerce.replenishment import rules
from commerce.replenishment.carry import require_codes
from commerce.replenishment.errors import CartonReceived, ScanDiffers, UnknownBarcode
from commerce.replenishment.facts import NoticeUnits, Purchase, Receipt, ReceiptState as R, Scanned
from commerce.replenishment.on_wire import scanned_out
from commerce.replenishment.queries import lock_receipt, purchase_of, rules_now
from commerce.replenishment.schemas import ScanIn, ScanOut
from commerce.replenishment.tables import goods_receipt_scans, goods_receipt_units, notice_cartons

APPROVE = "stock:approve"
_scan, _carton = goods_receipt_scans.c, notice_cartons.c


class _Before(msgspec.Struct, frozen=True):
    asked: ScanIn
    answer: ScanOut


class _Carton(msgspec.Struct, frozen=True):
    id: UUID
    notice_id: UUID
    goods_receipt_id: UUID | None
    units: tuple[NoticeUnits, ...]


SCANNED_BEFORE = Statement(
    select(_scan.asked, _scan.answer).where(
        _scan.goods_receipt_id == given("goods_receipt_id", Uuid), _scan.scan_id == given("scan_id", Uuid)
    ),
    into=_Before,
)
CARTON = Statement(
    select(_carton.id, _carton.notice_id, _carton.goods_receipt_id, _carton.units)
    .where(_carton.purchase_order_id == given("purchase_order_id", Uuid), _carton.barcode == given("barcode", Text))
    .with_for_update(),
    into=_Carton,
)
TAKE_CARTON = Statement(
    update(notice_cartons)
    .where(_carton.id == given("id", Uuid))
    .values(goods_receipt_id=given("goods_receipt_id", Uuid))
)
NOTE_SCAN = Statement(insert(goods_receipt_scans))
_added = unnested(
    "added",
    nth=Integer,
    variant_id=Uuid,
    quantity=Integer,
    condition=Text,
    exception=Text,
    lot=Text,
    expires_on=Date,
    serials=JSONB,
)
ADD_UNITS = Statement(
    insert(goods_receipt_units).from_select(
        ["goods_receipt_id", "scan_id", *_added.c.keys()],
        select(given("goods_receipt_id", Uuid), given("scan_id", Uuid), *_added.c),
    )
)


async def scan(tx: Tx, caller: Caller, receipt_id: UUID, data: ScanIn, language: str = "en") -> ScanOut:
    """Add what was scanned: a carton that was announced, or units of an article. Nothing is booked yet.

    The same scan id again gets the first answer and adds nothing. Refuses with ScanDiffers the same id with another content; with
    IllegalMove once the receipt is closed; with UnknownBarcode; with CartonReceived a carton that this or another receipt has; with
    OverReceipt more than was ordered, unless within the tolerance by somebody with stock:approve; with LotNeeded and SerialNeeded.
    """
    receipt = await lock_receipt(tx, receipt_id, caller)
    before = await tx.fetch_one(SCANNED_BEFORE, goods_receipt_id=receipt.id, scan_id=data.scan_id)
    if before is not None:
        if before.asked != data:
            raise ScanDiffers("Use a new scan_id for a new scan.")
        return before.answer
    if receipt.state is not R.OPEN:
        raise rules.RECEIPT.refusal(receipt.state, R.OPEN)
    purchase = await purchase_of(tx, receipt)
    tolerance = (await rules_now(tx)).over_tolerance_percent
    so_far, added = list(receipt.units), list[Scanned]()
    resolved = await _resolved(tx, receipt, purchase, data)
    await require_codes(tx, resolved)
    names = await catalog.article_names(tx, {each.variant_id for each in resolved})
    skus = {each: name.sku for each, name in names.items()}
    for each in resolved:
        judged = rules.judged(
            purchase, [*so_far, *added], each, tolerance_percent=tolerance, approver=caller.has(APPROVE), skus=skus
        )
        added += judged
    answer = ScanOut(
        scan_id=data.scan_id,
        units=[scanned_out(each, names, language) for each in added],
        units_so_far=sum(each.quantity for each in (*so_far, *added)),
    )
    await _store(tx, caller, receipt, data, added, answer)
    return answer


async def _resolved(tx: Tx, receipt: Receipt, purchase: Purchase | None, data: ScanIn) -> list[Scanned]:
    """Gives what a barcode stands for: what is in the carton, or the article with the units that were said; one that was ordered and withdrawn
    since comes all the same.
    """
    carton = None
    if receipt.purchase_order_id is not None:
        carton = await tx.fetch_one(CARTON, purchase_order_id=receipt.purchase_order_id, barcode=data.barcode)
    if carton is not None and receipt.notice_id in {None, carton.notice_id}:
        if carton.goods_receipt_id is not None:
            raise CartonReceived("A carton is scanned once; this one is in a goods receipt already.")
        if data.quantity != 1 or data.serials or data.lot:
            raise invalid("/quantity", "must be 1 for a carton, without lot and serial numbers: its contents are known")
        await tx.execute(TAKE_CARTON, id=carton.id, goods_receipt_id=receipt.id)
        return [
            Scanned(
                variant_id=each.variant_id,
                quantity=each.quantity,
                condition=data.condition,
                lot=each.lot,
                expires_on=each.expires_on,
                serials=each.serials,
            )
            for each in carton.units
        ]
    ordered = {line.variant_id for line in purchase.lines} if purchase is not None else ()
    variant_id = (await catalog.variants_on_hand_by_code(tx, [data.barcode], among=ordered)).get(data.barcode)
    if variant_id is None:
        raise UnknownBarcode(
            f"{data.barcode} is neither the barcode nor the SKU of an article, nor a carton that was announced. Give the article this "
            "barcode, or scan another code on it.",
            barcode=data.barcode,
        )
    if data.serials and len(data.serials) != data.quantity:
        raise invalid("/serials", f"must be {data.quantity}, one for each unit")
    return [
        Scanned(
            variant_id=variant_id,
            quantity=data.quantity,
            condition=data.condition,
            lot=data.lot,
            expires_on=data.expires_on,
            serials=tuple(data.serials),
        )
    ]


async def _store(
    tx: Tx, caller: Caller, receipt: Receipt, data: ScanIn, added: Sequence[Scanned], answer: ScanOut
) -> None:
    await tx.execute(
        NOTE_SCAN,
        goods_receipt_id=receipt.id,
        scan_id=data.scan_id,
        asked=data,
        answer=answer,
        by=caller.principal,
        at=clock.now(),
    )
    names = [name for name in _added.c.keys() if name != "nth"]  # noqa: SIM118 -- not a dict
    await tx.execute(
        ADD_UNITS,
        goods_receipt_id=receipt.id,
        scan_id=data.scan_id,
        nth=list(range(len(added))),
        **{name: [getattr(each, name) for each in added] for name in names},
    )
