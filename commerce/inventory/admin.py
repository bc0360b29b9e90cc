"""Back office: what shelves keep back from those who do not stand before them."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commerce.inventory import kept_back
from commerce.inventory.schemas import KeptBackChangeOut, KeptBackIn, KeptBackOut
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Page
from commerce.platform.http import Call, Cursor, Limit, after_cursor, answer, get, paged, perform, put

SCOPE = "stock:plan"
TAG = "admin: stock"
Position = Annotated[int, Meta(ge=0, le=2**62)]


@get(
    "/v1/admin/stock/{variant_id:uuid}/{location_id:uuid}",
    operation="getKeptBack",
    scope=SCOPE,
    tag=TAG,
    refusals=[NotFound],
)
async def get_kept_back(
    request: Call, variant_id: FromPath[UUID], location_id: FromPath[UUID]
) -> Response[KeptBackOut]:
    """Get the safety stock of an article at a location, and the buffers of channels."""
    kept_back.own(request.caller, location_id)
    return answer(request, await kept_back.shown(request.db.reading, variant_id, location_id))


@put(
    "/v1/admin/stock/{variant_id:uuid}/{location_id:uuid}",
    operation="setKeptBack",
    scope=SCOPE,
    tag=TAG,
    refusals=[InvalidInput, NotFound],
)
async def put_kept_back(
    request: Call, variant_id: FromPath[UUID], location_id: FromPath[UUID], data: JSONBody[KeptBackIn]
) -> Response[KeptBackOut]:
    """Set the safety stock of an article at a location, and the buffers of channels; what is reserved already stays so."""
    kept_back.own(request.caller, location_id)
    return await perform(
        request, kept_back.replace, request.caller, variant_id, location_id, request.expected_version(), data
    )


@get(
    "/v1/admin/stock/{variant_id:uuid}/{location_id:uuid}/changes",
    operation="listKeptBackChanges",
    scope=SCOPE,
    tag=TAG,
    refusals=[InvalidInput, NotFound],
)
async def list_changes(
    request: Call,
    variant_id: FromPath[UUID],
    location_id: FromPath[UUID],
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[KeptBackChangeOut]]:
    """List what was kept back of an article at a location before and after each change, the latest first: who changed it and why."""
    kept_back.own(request.caller, location_id)
    before = after_cursor(cursor, Position)
    rows = await kept_back.changes(
        request.db.reading, variant_id, location_id, before=before[0] if before else None, limit=limit
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.seq]))


ROUTES: list[Any] = [get_kept_back, put_kept_back, list_changes]
