"""Pickups of an order: until when they wait, more time for whoever asks, and putting away what nobody collected."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce import orders, stores
from commerce.inventory import TooFewThere
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
from commerce.kernel.ids import FulfilmentOrderId
from commerce.kernel.wire import Page
from commerce.orders import Order
from commerce.platform.database import Reads, Tx
from commerce.platform.http import (
    Call,
    Caller,
    Cursor,
    Limit,
    after_cursor,
    after_instant,
    answer,
    get,
    paged,
    perform,
    post,
)
from commerce.traceability import LotExpired, LotShort, SerialElsewhere, SerialNeeded
from commerce.uncollected.customer_keys import customer_of, secret_of
from commerce.uncollected.errors import ExtensionNotOffered, PickupOver
from commerce.uncollected.extend import extend
from commerce.uncollected.facts import Wait
from commerce.uncollected.on_wire import pickup_out, to_put_away_out
from commerce.uncollected.put_away import Damaged, put_away
from commerce.uncollected.queries import let_go, waits_after
from commerce.uncollected.schemas import PickupOut, PutAwayIn, ToPutAwayOut
from commerce.uncollected.to_put_away import to_put_away

TAG = "orders"
At = FromQuery[Annotated[UUID, Meta(description="Only at this location")] | None]


@get("/v1/orders/{order_id:uuid}/pickups", operation="listPickups", scope="orders:read", tag=TAG, refusals=[NotFound])
async def list_pickups(
    request: Call, order_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[PickupOut]]:
    """See until when an order waits to be collected, whether more time is offered, and what became of what nobody collected."""
    reading = request.db.reading
    order = await orders.seen(reading, orders.sight_of(request.caller), order_id)
    place = after_cursor(cursor, UUID)
    after = place[0] if place else UUID(int=0)
    found = await waits_after(reading, request.caller, order.id, after=after, most=limit + 1)
    page = paged(found, limit, key=lambda each: [each.id])
    items = [await _shown(reading, request, order, each) for each in page.items]
    return answer(request, Page(items=items, next_cursor=page.next_cursor))


@post(
    "/v1/orders/{order_id:uuid}/pickups/{fulfilment_order_id:uuid}/extend",
    operation="extendPickup",
    scope="orders:write",
    tag=TAG,
    status=200,
    refusals=[NotFound, IllegalMove, PickupOver, ExtensionNotOffered],
)
async def extend_pickup(
    request: Call, order_id: FromPath[UUID], fulfilment_order_id: FromPath[UUID]
) -> Response[PickupOut]:
    """Let an order wait longer: once, by the opening days of its terms. `extension_until` of the pickup says until when before."""
    return await perform(request, _extended, request, order_id, FulfilmentOrderId(fulfilment_order_id))


@get(
    "/v1/fulfilment-orders/to-put-away",
    operation="listToPutAway",
    scope="fulfilment:work",
    tag="fulfilment",
    refusals=[InvalidInput],
)
async def list_to_put_away(
    request: Call, location_id: At = None, limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[ToPutAwayOut]]:
    """List what nobody collected and is not back on the shelf yet, at the caller's locations, what waits longest first."""
    found = await to_put_away(
        request.db.reading,
        request.caller,
        location_id,
        after=after_instant(cursor),
        most=limit + 1,
    )
    page = paged(found, limit, key=lambda each: [each.expired_at, each.id])
    items = [to_put_away_out(each, request.language) for each in page.items]
    return answer(request, Page(items=items, next_cursor=page.next_cursor))


@post(
    "/v1/fulfilment-orders/{fulfilment_order_id:uuid}/put-away",
    operation="putAwayUncollected",
    scope="fulfilment:work",
    tag="fulfilment",
    status=200,
    key="required",
    refusals=[NotFound, IllegalMove, InvalidInput, TooFewThere, LotExpired, LotShort, SerialNeeded, SerialElsewhere],
)
async def put_away_uncollected(
    request: Call, fulfilment_order_id: FromPath[UUID], data: JSONBody[PutAwayIn]
) -> Response[PickupOut]:
    """Put what nobody collected back on the shelf, from where it can be sold again; units that are damaged are kept apart."""
    return await perform(request, _put_away, request, FulfilmentOrderId(fulfilment_order_id), data)


async def _extended(tx: Tx, request: Call, order_id: UUID, fulfilment_id: FulfilmentOrderId) -> PickupOut:
    wait = await extend(tx, request.caller, order_id, fulfilment_id)
    return await _shown(tx, request, await orders.order(tx, wait.order_id), wait)


async def _put_away(tx: Tx, request: Call, fulfilment_id: FulfilmentOrderId, data: PutAwayIn) -> PickupOut:
    caller: Caller = request.caller
    damaged = [Damaged(each.line_id, each.units, each.codes) for each in data.damaged]
    wait = await put_away(tx, caller, fulfilment_id, damaged)
    return await _shown(tx, request, await orders.order(tx, wait.order_id), wait)


async def _shown(reads: Reads, request: Call, order: Order, wait: Wait) -> PickupOut:
    at, staff = clock.now(), request.caller.is_staff_side
    place = await stores.location(reads, wait.location_id)
    gone = None
    if staff:
        gone = await let_go(reads, await customer_of(reads, order, secret_of(request.services.settings)), at)
    return pickup_out(wait, order, place, request.language, at, staff=staff, let_go=gone)


ROUTES = [list_pickups, extend_pickup, list_to_put_away, put_away_uncollected]
