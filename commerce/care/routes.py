"""What the customer was told about an order."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath
from sqlalchemy import Integer, Uuid, literal, select

from commerce import orders
from commerce.care.schemas import NotificationOut, NotificationsOut
from commerce.care.tables import notifications
from commerce.kernel.errors import NotFound
from commerce.platform.http import Call, answer, get
from commerce.platform.statement import Statement, given

MOST = 200
OF_ORDER = Statement(
    select(notifications.c.id, notifications.c.kind, notifications.c.language, notifications.c.sent_at)
    .where(notifications.c.order_id == given("order_id", Uuid))
    .order_by(notifications.c.sent_at, notifications.c.id)
    .limit(literal(MOST, Integer)),
    into=NotificationOut,
)


@get(
    "/v1/orders/{order_id:uuid}/notifications",
    operation="listOrderNotifications",
    scope="orders:read",
    tag="care",
    refusals=[NotFound],
)
async def list_notifications(request: Call, order_id: FromPath[UUID]) -> Response[NotificationsOut]:
    """List which messages went out about an order, to its shopper or to staff of a location that it concerns."""
    reading = request.db.reading
    order = await orders.seen(reading, orders.sight_of(request.caller), order_id)
    items = await reading.fetch(OF_ORDER, order_id=order.id)
    return answer(request, NotificationsOut(order_id=order.id, items=items))


ROUTES: list[object] = [list_notifications]
