"""Purchase orders over HTTP: planned by those who plan, seen at the location that they go to."""

from datetime import date
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from commerce import stores
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
from commerce.kernel.ids import PurchaseOrderId
from commerce.kernel.wire import Page
from commerce.platform.database import Tx
from commerce.platform.http import (
    Call,
    Caller,
    Cursor,
    Limit,
    StaleVersion,
    after_cursor,
    answer,
    get,
    paged,
    patch,
    perform,
    post,
)
from commerce.replenishment import announce, purchase, queries
from commerce.replenishment.errors import CartonTaken, ReceiptOpen
from commerce.replenishment.facts import Purchase, PurchaseState
from commerce.replenishment.on_wire import purchase_out
from commerce.replenishment.schemas import (
    NoticeIn,
    NoticeOut,
    OrderPurchaseIn,
    PurchaseIn,
    PurchaseOut,
    PurchasePatch,
    ReasonIn,
)

PLAN, SEE, TAG = "stock:plan", "stock:read", "purchases"
ONE = "/v1/purchase-orders/{purchase_order_id:uuid}"
At = FromQuery[UUID | None]
State = Annotated[PurchaseState | None, QueryParameter(name="state", description="Only in this state")]


@get("/v1/purchase-orders", operation="listPurchaseOrders", scope=SEE, tag=TAG, refusals=[InvalidInput])
async def list_purchase_orders(
    request: Call,
    limit: Limit = 24,
    cursor: Cursor = None,
    location_id: At = None,
    supplier_id: At = None,
    only_state: State = None,
) -> Response[Page[PurchaseOut]]:
    """List the purchase orders for the caller's locations, the latest first."""
    place = after_cursor(cursor, UUID)
    found = await queries.purchase_page(
        request.db.reading,
        request.caller,
        location_id=location_id,
        supplier_id=supplier_id,
        state=only_state,
        before=place[0] if place else None,
        most=limit + 1,
    )
    page = paged(found, limit, key=lambda each: [each.id])
    return answer(
        request, Page(items=[purchase_out(each, request.language) for each in page.items], next_cursor=page.next_cursor)
    )


@post(
    "/v1/purchase-orders",
    operation="draftPurchaseOrder",
    scope=PLAN,
    tag=TAG,
    key="required",
    refusals=[InvalidInput, NotFound],
)
async def draft_purchase_order(request: Call, data: JSONBody[PurchaseIn]) -> Response[PurchaseOut]:
    """Draft a purchase order; nothing is ordered yet."""
    return await perform(request, _drafted, request.language, request.caller, data)


@get(ONE, operation="getPurchaseOrder", scope=SEE, tag=TAG, refusals=[NotFound])
async def get_purchase_order(request: Call, purchase_order_id: FromPath[UUID]) -> Response[PurchaseOut]:
    """Get a purchase order with what came of it."""
    found = await queries.seen(request.db.reading, queries.SHOWN_PURCHASE, purchase_order_id, request.caller)
    return answer(request, purchase_out(found, request.language), etag=f'"{found.version}-{request.language}"')


@patch(
    ONE,
    operation="changePurchaseOrder",
    scope=PLAN,
    tag=TAG,
    refusals=[InvalidInput, NotFound, IllegalMove, StaleVersion],
)
async def change_purchase_order(
    request: Call, purchase_order_id: FromPath[UUID], data: JSONBody[PurchasePatch]
) -> Response[PurchaseOut]:
    """Change a draft's lines, or the day on which an open order is expected."""
    return await perform(
        request, _changed, request.language, request.caller, purchase_order_id, request.expected_version(), data
    )


@post(
    ONE + "/order",
    operation="orderPurchaseOrder",
    scope=PLAN,
    tag=TAG,
    status=200,
    key="required",
    refusals=[InvalidInput, NotFound, IllegalMove],
)
async def order_purchase_order(
    request: Call, purchase_order_id: FromPath[UUID], data: JSONBody[OrderPurchaseIn]
) -> Response[PurchaseOut]:
    """Order a draft: it goes to the supplier and can be received."""
    found = await queries.seen(request.db.reading, queries.PURCHASE, purchase_order_id, request.caller)
    place = (await stores.locations(request.db.reading)).get(found.location_id)
    today = clock.now().astimezone(ZoneInfo(place.timezone)).date()
    return await perform(
        request, _ordered, request.language, request.caller, PurchaseOrderId(found.id), data.expected_on, today
    )


@post(
    ONE + "/cancel",
    operation="cancelPurchaseOrder",
    scope=PLAN,
    tag=TAG,
    status=200,
    key="required",
    refusals=[NotFound, IllegalMove, ReceiptOpen],
)
async def cancel_purchase_order(
    request: Call, purchase_order_id: FromPath[UUID], data: JSONBody[ReasonIn]
) -> Response[PurchaseOut]:
    """Call off a purchase order of which nothing came."""
    return await perform(request, _cancelled, request.language, request.caller, purchase_order_id, data.reason)


@post(
    ONE + "/close",
    operation="closePurchaseOrder",
    scope=PLAN,
    tag=TAG,
    status=200,
    key="required",
    refusals=[NotFound, IllegalMove, ReceiptOpen],
)
async def close_purchase_order(
    request: Call, purchase_order_id: FromPath[UUID], data: JSONBody[ReasonIn]
) -> Response[PurchaseOut]:
    """Close a purchase order short: what has not come is expected no more."""
    return await perform(request, _closed, request.language, request.caller, purchase_order_id, data.reason)


@post(
    ONE + "/shipping-notices",
    operation="announceShipment",
    scope="stock:receive",
    tag=TAG,
    key="required",
    refusals=[InvalidInput, NotFound, IllegalMove, CartonTaken],
)
async def announce_shipment(
    request: Call, purchase_order_id: FromPath[UUID], data: JSONBody[NoticeIn]
) -> Response[NoticeOut]:
    """Note what the supplier says is on its way, carton by carton, so that one scan takes in a whole carton."""
    return await perform(request, announce.announce, request.caller, purchase_order_id, data)


@get(ONE + "/shipping-notices", operation="listShippingNotices", scope=SEE, tag=TAG, refusals=[InvalidInput, NotFound])
async def list_shipping_notices(
    request: Call, purchase_order_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[NoticeOut]]:
    """List what was announced for a purchase order, in order of time."""
    reading = request.db.reading
    after = after_cursor(cursor, UUID)
    await queries.seen(reading, queries.PURCHASE, purchase_order_id, request.caller)
    rows = await announce.notices_of(reading, purchase_order_id, after[0] if after else None, limit)
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


async def _drafted(tx: Tx, language: str, caller: Caller, data: PurchaseIn) -> PurchaseOut:
    return await _shown(tx, await purchase.draft_purchase(tx, caller, data), language)


async def _changed(
    tx: Tx, language: str, caller: Caller, purchase_id: UUID, expected: int, data: PurchasePatch
) -> PurchaseOut:
    return await _shown(tx, await purchase.change_purchase(tx, caller, purchase_id, expected, data), language)


async def _ordered(
    tx: Tx, language: str, caller: Caller, purchase_id: UUID, expected_on: date | None, today: date
) -> PurchaseOut:
    return await _shown(tx, await purchase.order_purchase(tx, caller, purchase_id, expected_on, today=today), language)


async def _cancelled(tx: Tx, language: str, caller: Caller, purchase_id: UUID, reason: str) -> PurchaseOut:
    return await _shown(tx, await purchase.cancel_purchase(tx, caller, purchase_id, reason), language)


async def _closed(tx: Tx, language: str, caller: Caller, purchase_id: UUID, reason: str) -> PurchaseOut:
    return await _shown(tx, await purchase.close_purchase(tx, caller, purchase_id, reason), language)


async def _shown(tx: Tx, order: Purchase, language: str) -> PurchaseOut:
    return purchase_out(await queries.seen(tx, queries.SHOWN_PURCHASE, order.id, None), language)


ROUTES: list[HTTPRouteHandler] = [
    list_purchase_orders,
    draft_purchase_order,
    get_purchase_order,
    change_purchase_order,
    order_purchase_order,
    cancel_purchase_order,
    close_purchase_order,
    announce_shipment,
    list_shipping_notices,
]
