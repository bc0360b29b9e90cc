"""Back office: eco-fees and deposits."""

from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Code
from commerce.platform.http import Call, Cursor, Limit, Page, after_cursor, answer, get, paged, patch, perform, post
from commerce.tax.errors import FeesOverlap
from commerce.tax.fees import add_fee, change_fee, fee, fees_page
from commerce.tax.schemas_fees import FeeIn, FeeOut, FeePatch

SCOPE = "tax:write"
TAG = "tax"
VariantFilter = FromQuery[UUID | None]


@get("/v1/admin/fees", operation="listFees", scope=SCOPE, tag=TAG)
async def list_fees(
    request: Call, variant_id: VariantFilter = None, limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[FeeOut]]:
    """List eco-fees and deposits by code, also those that have ended; of one article, where it is named."""
    after = after_cursor(cursor, Code, UUID)
    rows = await fees_page(request.db.reading, variant_id=variant_id, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code, row.id]))


@post("/v1/admin/fees", operation="addFee", scope=SCOPE, tag=TAG, refusals=[InvalidInput, FeesOverlap])
async def create_fee(request: Call, data: JSONBody[FeeIn]) -> Response[FeeOut]:
    """Add a fee that comes with each unit of an article. It may share no instant with another one of its code."""
    return await perform(request, add_fee, data, at=clock.now())


@get("/v1/admin/fees/{fee_id:uuid}", operation="getFee", scope=SCOPE, tag=TAG, refusals=[NotFound])
async def get_fee(request: Call, fee_id: FromPath[UUID]) -> Response[FeeOut]:
    """Get a fee."""
    return answer(request, await fee(request.db.reading, fee_id))


@patch(
    "/v1/admin/fees/{fee_id:uuid}",
    operation="changeFee",
    scope=SCOPE,
    tag=TAG,
    refusals=[InvalidInput, NotFound, FeesOverlap],
)
async def end_fee(request: Call, fee_id: FromPath[UUID], data: JSONBody[FeePatch]) -> Response[FeeOut]:
    """Set the instant up to which a fee holds. What it is never changes: end it and add another."""
    return await perform(request, change_fee, fee_id, request.expected_version(), data, at=clock.now())


ROUTES: list[HTTPRouteHandler] = [list_fees, create_fee, get_fee, end_fee]
