"""Back office: how barcodes with a weight or a price in them are read."""

from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from commerce.kernel import clock
from commerce.kernel.errors import AlreadyExists, NotFound
from commerce.platform.http import (
    Call,
    Cursor,
    Limit,
    Page,
    after_cursor,
    answer,
    delete,
    get,
    paged,
    perform,
    post,
)
from commerce.storefront.embedded import EmbeddedCodeIn, EmbeddedCodeOut, add_rule, remove_rule, rules_page

SCOPE = "catalog:write"
TAG = "till"


@get("/v1/admin/embedded-codes", operation="listEmbeddedCodes", scope=SCOPE, tag=TAG)
async def list_embedded_codes(
    request: Call, limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[EmbeddedCodeOut]]:
    """List how barcodes with a weight or a price in them are read."""
    after = after_cursor(cursor, UUID)
    rows = await rules_page(request.db.reading, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@post("/v1/admin/embedded-codes", operation="createEmbeddedCode", scope=SCOPE, tag=TAG, refusals=[AlreadyExists])
async def create_embedded_code(request: Call, data: JSONBody[EmbeddedCodeIn]) -> Response[EmbeddedCodeOut]:
    """Say how barcodes with a prefix are read: everywhere, in a country, or in a store."""
    return await perform(request, add_rule, data, at=clock.now())


@delete(
    "/v1/admin/embedded-codes/{rule_id:uuid}",
    operation="deleteEmbeddedCode",
    scope=SCOPE,
    tag=TAG,
    versioned=False,
    refusals=[NotFound],
)
async def delete_embedded_code(request: Call, rule_id: FromPath[UUID]) -> Response[None]:
    """Read barcodes with a prefix no longer so."""
    return await perform(request, remove_rule, rule_id)


ROUTES: list[HTTPRouteHandler] = [list_embedded_codes, create_embedded_code, delete_embedded_code]
