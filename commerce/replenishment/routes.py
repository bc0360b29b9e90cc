"""Goods receipts over HTTP, barcode first; and the routes of purchase orders and transfers beside them."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
from commerce.kernel.wire import Page
from commerce.platform.database import Tx
from commerce.platform.http import Call, Caller, Cursor, Limit, after_cursor, answer, get, paged, perform, post
from commerce.replenishment import goods_receipt, purchase_routes, queries, transfer_routes
from commerce.replenishment.errors import CartonReceived, NothingScanned, OverReceipt, ScanDiffers, UnknownBarcode
from commerce.replenishment.facts import Receipt, ReceiptState
from commerce.replenishment.on_wire import receipt_out
from commerce.replenishment.scan import scan
from commerce.replenishment.schemas import ReceiptIn, ReceiptOut, ScanIn, ScanOut
from commerce.replenishment.void_scan import void_scan
from commerce.traceability import LotDiffers, LotNeeded, SerialElsewhere, SerialNeeded

CODES = (LotNeeded, SerialNeeded)
WORK, SEE, TAG = "stock:receive", "stock:read", "goods receipts"
ONE = "/v1/goods-receipts/{goods_receipt_id:uuid}"
At = FromQuery[UUID | None]
State = Annotated[ReceiptState | None, QueryParameter(name="state", description="Only in this state")]


@get("/v1/goods-receipts", operation="listGoodsReceipts", scope=SEE, tag=TAG, refusals=[InvalidInput])
async def list_goods_receipts(
    request: Call,
    limit: Limit = 24,
    cursor: Cursor = None,
    location_id: At = None,
    purchase_order_id: At = None,
    only_state: State = None,
) -> Response[Page[ReceiptOut]]:
    """List the goods receipts at the caller's locations, the latest first."""
    place = after_cursor(cursor, UUID)
    found = await queries.receipt_page(
        request.db.reading,
        request.caller,
        location_id=location_id,
        purchase_order_id=purchase_order_id,
        state=only_state,
        before=place[0] if place else None,
        most=limit + 1,
    )
    page = paged(found, limit, key=lambda each: [each.id])
    return answer(
        request, Page(items=[receipt_out(each, request.language) for each in page.items], next_cursor=page.next_cursor)
    )


@post(
    "/v1/goods-receipts",
    operation="openGoodsReceipt",
    scope=WORK,
    tag=TAG,
    key="required",
    refusals=[InvalidInput, NotFound, IllegalMove],
)
async def open_receipt(request: Call, data: JSONBody[ReceiptIn]) -> Response[ReceiptOut]:
    """Open a goods receipt: for a purchase order, for a shipping notice of one, or blind."""
    return await perform(request, _opened, request.language, request.caller, data)


@get(ONE, operation="getGoodsReceipt", scope=SEE, tag=TAG, refusals=[NotFound])
async def get_receipt(request: Call, goods_receipt_id: FromPath[UUID]) -> Response[ReceiptOut]:
    """Get a goods receipt with what was scanned into it."""
    found = await queries.seen(request.db.reading, queries.SHOWN_RECEIPT, goods_receipt_id, request.caller)
    return answer(request, receipt_out(found, request.language), etag=f'"{found.version}-{request.language}"')


@post(
    ONE + "/scan",
    operation="scanGoodsReceipt",
    scope=WORK,
    tag=TAG,
    status=200,
    key="required",
    refusals=[InvalidInput, NotFound, IllegalMove, UnknownBarcode, ScanDiffers, CartonReceived, OverReceipt, *CODES],
)
async def scan_receipt(request: Call, goods_receipt_id: FromPath[UUID], data: JSONBody[ScanIn]) -> Response[ScanOut]:
    """Add what was scanned; the same scan id again gets the first answer. Nothing is booked yet."""
    return await perform(request, scan, request.caller, goods_receipt_id, data, request.language)


@post(
    ONE + "/scans/{scan_id:uuid}/void",
    operation="voidGoodsReceiptScan",
    scope=WORK,
    tag=TAG,
    status=200,
    key="required",
    refusals=[NotFound, IllegalMove],
)
async def void_receipt_scan(
    request: Call, goods_receipt_id: FromPath[UUID], scan_id: FromPath[UUID]
) -> Response[ReceiptOut]:
    """Take a scan out of an open goods receipt; it was a mistake."""
    return await perform(request, _voided, request.language, request.caller, goods_receipt_id, scan_id)


@post(
    ONE + "/close",
    operation="closeGoodsReceipt",
    scope=WORK,
    tag=TAG,
    status=200,
    key="required",
    refusals=[NotFound, IllegalMove, NothingScanned, OverReceipt, *CODES, LotDiffers, SerialElsewhere],
)
async def close_receipt(request: Call, goods_receipt_id: FromPath[UUID]) -> Response[ReceiptOut]:
    """Book what was scanned, all at once: the shelf, the damaged units, the lines of the purchase order."""
    return await perform(request, _closed, request.language, request.caller, goods_receipt_id)


@post(
    ONE + "/cancel",
    operation="cancelGoodsReceipt",
    scope=WORK,
    tag=TAG,
    status=200,
    key="required",
    refusals=[NotFound, IllegalMove],
)
async def cancel_receipt(request: Call, goods_receipt_id: FromPath[UUID]) -> Response[ReceiptOut]:
    """Throw an open goods receipt away; nothing of it was booked."""
    return await perform(request, _cancelled, request.language, request.caller, goods_receipt_id)


async def _opened(tx: Tx, language: str, caller: Caller, data: ReceiptIn) -> ReceiptOut:
    return await _shown(tx, await goods_receipt.open_goods_receipt(tx, caller, data), language)


async def _voided(tx: Tx, language: str, caller: Caller, receipt_id: UUID, scan_id: UUID) -> ReceiptOut:
    return await _shown(tx, await void_scan(tx, caller, receipt_id, scan_id), language)


async def _closed(tx: Tx, language: str, caller: Caller, receipt_id: UUID) -> ReceiptOut:
    return await _shown(tx, await goods_receipt.close_goods_receipt(tx, caller, receipt_id), language)


async def _cancelled(tx: Tx, language: str, caller: Caller, receipt_id: UUID) -> ReceiptOut:
    return await _shown(tx, await goods_receipt.cancel_goods_receipt(tx, caller, receipt_id), language)


async def _shown(tx: Tx, receipt: Receipt, language: str) -> ReceiptOut:
    return receipt_out(await queries.seen(tx, queries.SHOWN_RECEIPT, receipt.id, None), language)


ROUTES: list[HTTPRouteHandler] = [
    *purchase_routes.ROUTES,
    list_goods_receipts,
    open_receipt,
    get_receipt,
    scan_receipt,
    void_receipt_scan,
    close_receipt,
    cancel_receipt,
    *transfer_routes.ROUTES,
]
