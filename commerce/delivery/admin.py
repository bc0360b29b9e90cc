"""Back office: delivery methods."""

from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from commerce.delivery import queries
from commerce.delivery.errors import DeliveryMethodCodeTaken, PickupMethodExists
from commerce.delivery.manage_methods import change_method, create_method
from commerce.delivery.schemas import DeliveryMethodIn, DeliveryMethodOut, DeliveryMethodPatch
from commerce.kernel import clock
from commerce.kernel.wire import Code
from commerce.platform.http import Call, Cursor, Limit, Page, after_cursor, answer, get, paged, patch, perform, post

SCOPE = "delivery:write"
TAG = "delivery"


@get("/v1/admin/delivery-methods", operation="listDeliveryMethods", scope=SCOPE, tag=TAG)
async def list_delivery_methods(
    request: Call, limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[DeliveryMethodOut]]:
    """List delivery methods, by code."""
    after = after_cursor(cursor, Code)
    rows = await queries.methods_page(request.db.reading, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code]))


@post(
    "/v1/admin/delivery-methods",
    operation="createDeliveryMethod",
    scope=SCOPE,
    tag=TAG,
    refusals=[DeliveryMethodCodeTaken, PickupMethodExists],
)
async def create_delivery_method(request: Call, data: JSONBody[DeliveryMethodIn]) -> Response[DeliveryMethodOut]:
    """Make a delivery method: a flat charge for each group of goods that is collected or sent together."""
    return await perform(request, create_method, data, at=clock.now())


@get("/v1/admin/delivery-methods/{method_id:uuid}", operation="getDeliveryMethod", scope=SCOPE, tag=TAG)
async def get_delivery_method(request: Call, method_id: FromPath[UUID]) -> Response[DeliveryMethodOut]:
    """Get a delivery method."""
    return answer(request, queries.on_wire(await queries.method(request.db.reading, method_id)))


@patch(
    "/v1/admin/delivery-methods/{method_id:uuid}",
    operation="changeDeliveryMethod",
    scope=SCOPE,
    tag=TAG,
    refusals=[PickupMethodExists],
)
async def change_delivery_method(
    request: Call, method_id: FromPath[UUID], data: JSONBody[DeliveryMethodPatch]
) -> Response[DeliveryMethodOut]:
    """Change a delivery method. Its kind and currency never change."""
    return await perform(request, change_method, method_id, request.expected_version(), data, at=clock.now())


ROUTES: list[HTTPRouteHandler] = [
    list_delivery_methods,
    create_delivery_method,
    get_delivery_method,
    change_delivery_method,
]
