"""A signed-in shopper's own business."""

from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from commerce.customers import queries
from commerce.customers.schemas import BusinessIn, BusinessOut
from commerce.customers.set_business import remove_business, set_business
from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.platform.http import Call, Forbidden, answer, delete, get, perform, put

SCOPE = "carts"
TAG = "customers"
MINE = "/v1/customers/me/business"


@get(MINE, operation="getMyBusiness", scope=SCOPE, tag=TAG, refusals=[Forbidden, NotFound])
async def get_my_business(request: Call) -> Response[BusinessOut]:
    """Get the business that you buy for."""
    return answer(request, await queries.business(request.db.reading, _me(request)))


@put(
    MINE, operation="setMyBusiness", scope=SCOPE, tag=TAG, versioned=False, refusals=[InvalidInput, Forbidden, NotFound]
)
async def set_my_business(request: Call, data: JSONBody[BusinessIn]) -> Response[BusinessOut]:
    """Say which business you buy for; needs an account. Its VAT number is checked by its digits here, and by the registry before a supply is exempt."""
    return await perform(request, set_business, _me(request), data, at=clock.now())


@delete(MINE, operation="removeMyBusiness", scope=SCOPE, tag=TAG, versioned=False, refusals=[Forbidden, NotFound])
async def remove_my_business(request: Call) -> Response[None]:
    """Say that you buy for no business."""
    return await perform(request, remove_business, _me(request))


def _me(request: Call) -> UUID:
    caller = request.caller
    if not caller.is_shopper or caller.id is None:
        raise Forbidden("Only a shopper has a business of their own; name the customer.")
    return caller.id


ROUTES: list[HTTPRouteHandler] = [get_my_business, set_my_business, remove_my_business]
