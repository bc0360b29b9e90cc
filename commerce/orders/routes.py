"""Orders over HTTP: shoppers see their own, staff and terminals those that their places have a part in, guests by a mailed link."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Page
from commerce.orders import look_up
from commerce.orders.errors import AccessExpired
from commerce.orders.on_wire import order_out, row_out
from commerce.orders.queries import listed, seen, sight_of, timeline
from commerce.orders.schemas import (
    AccessIn,
    HappeningOut,
    LookupIn,
    LookupOut,
    OrderOut,
    OrderRowOut,
    State,
    TimelineOut,
)
from commerce.platform.database import Tx
from commerce.platform.http import (
    PUBLIC,
    Call,
    Cursor,
    Limit,
    after_cursor,
    answer,
    get,
    paged,
    perform,
    post,
)

LOOKED_UP = {
    "en": "If there is such an order, its link is on its way by mail.",
    "es": "Si existe ese pedido, el enlace está en camino por correo.",
    "ca": "Si aquesta comanda existeix, l'enllaç és en camí per correu.",
}
AtLocation = FromQuery[Annotated[UUID, Meta(description="Only orders that this location has a part in")] | None]


@get("/v1/orders", operation="listOrders", scope="orders:read", tag="orders", refusals=[InvalidInput])
async def list_orders(
    request: Call,
    order_state: Annotated[State | None, QueryParameter(name="state")] = None,
    location_id: AtLocation = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[OrderRowOut]]:
    """List orders, the newest first: a shopper's own, or those that the caller's locations have a part in. Each says what its first lines are."""
    before = after_cursor(cursor, datetime, UUID)
    rows = await listed(
        request.db.reading,
        sight_of(request.caller),
        state=order_state,
        location_id=location_id,
        before=None if before is None else (before[0], before[1]),
        most=limit + 1,
    )
    page = paged([row_out(row, request.language) for row in rows], limit, key=lambda row: [row.opened_at, row.id])
    return answer(request, page)


@get("/v1/orders/{order_id:uuid}", operation="getOrder", scope="orders:read", tag="orders", refusals=[NotFound])
async def get_order(request: Call, order_id: FromPath[UUID]) -> Response[OrderOut]:
    """Get an order as it was agreed, with what has become of its units."""
    order = await seen(request.db.reading, sight_of(request.caller), order_id)
    return answer(request, order_out(order, request.language), etag=f'"{order.version}-{request.language}"')


@get(
    "/v1/orders/{order_id:uuid}/timeline",
    operation="getOrderTimeline",
    scope="orders:read",
    tag="orders",
    refusals=[NotFound],
)
async def get_timeline(request: Call, order_id: FromPath[UUID]) -> Response[TimelineOut]:
    """List what happened to an order and to what hangs on it, in order."""
    order = await seen(request.db.reading, sight_of(request.caller), order_id)
    told = request.caller.is_staff_side
    items = [
        HappeningOut(
            id=each.id, type=each.type, at=each.at, subject_id=each.subject_id, facts=each.facts if told else None
        )
        for each in await timeline(request.db.reading, order.id)
    ]
    return answer(request, TimelineOut(order_id=order.id, items=items))


@post("/v1/orders/lookup", operation="lookUpOrder", scope=PUBLIC, tag="orders", status=202)
async def look_up_order(request: Call, data: JSONBody[LookupIn]) -> Response[LookupOut]:
    """Ask for the way to an order by its number and e-mail; when they fit, a link comes by mail. The answer is always the same."""
    return await perform(request, _look_up, data, request.language)


@post(
    "/v1/orders/access",
    operation="openOrderLink",
    scope=PUBLIC,
    tag="orders",
    status=200,
    refusals=[AccessExpired],
)
async def open_link(request: Call, data: JSONBody[AccessIn]) -> Response[OrderOut]:
    """Get the order that a mailed link opens, by the link's token."""
    return await perform(request, _open_link, data.token, request.language)


async def _look_up(tx: Tx, asked: LookupIn, language: str) -> LookupOut:
    await look_up.ask_for_link(tx, asked.number, asked.email)
    return LookupOut(detail=LOOKED_UP[language])


async def _open_link(tx: Tx, token: str, language: str) -> OrderOut:
    return order_out(await look_up.order_by_token(tx, token), language)


ROUTES: list[object] = [list_orders, get_order, get_timeline, look_up_order, open_link]
