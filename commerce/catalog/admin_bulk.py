"""Back office: bulk edits with a preview, the history of a product, what it lacks, its variants page by page."""

from datetime import datetime
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from commerce.catalog import bulk_queries, queries
from commerce.catalog.bulk_apply import apply_bulk_edit
from commerce.catalog.bulk_preview import preview_bulk_edit
from commerce.catalog.bulk_schemas import (
    ApplyIn,
    BulkEditIn,
    BulkEditOut,
    BulkEditProductOut,
    HistoryEntryOut,
    MissingListOut,
)
from commerce.catalog.missing import missing
from commerce.catalog.schemas import AdminVariantOut
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, NotFound
from commerce.platform.http import (
    Call,
    Cursor,
    Limit,
    Page,
    StaleVersion,
    after_cursor,
    answer,
    get,
    paged,
    perform,
    post,
)

SCOPE = "catalog:write"
TAG = "products"


@post("/v1/admin/bulk-edits", operation="previewBulkEdit", scope=SCOPE, tag=TAG)
async def post_bulk_edit(request: Call, data: JSONBody[BulkEditIn]) -> Response[BulkEditOut]:
    """Look at what changes would make of many products; nothing changes until the edit is applied."""
    return await perform(request, preview_bulk_edit, data, by=request.caller.principal, at=clock.now())


@get("/v1/admin/bulk-edits/{bulk_edit_id:uuid}", operation="getBulkEdit", scope=SCOPE, tag=TAG, refusals=[NotFound])
async def get_bulk_edit(request: Call, bulk_edit_id: FromPath[UUID]) -> Response[BulkEditOut]:
    """Get a bulk edit: what it would change, or what became of it."""
    return answer(request, await bulk_queries.bulk_edit(request.db.reading, bulk_edit_id))


@get(
    "/v1/admin/bulk-edits/{bulk_edit_id:uuid}/products",
    operation="listBulkEditProducts",
    scope=SCOPE,
    tag=TAG,
    refusals=[NotFound],
)
async def list_bulk_edit_products(
    request: Call, bulk_edit_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[BulkEditProductOut]]:
    """List the products that a bulk edit changes, or does not fit, with their fields before and after."""
    (after,) = after_cursor(cursor, UUID) or (None,)
    rows = await bulk_queries.bulk_edit_page(request.db.reading, bulk_edit_id, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.product_id]))


@post(
    "/v1/admin/bulk-edits/{bulk_edit_id:uuid}/apply",
    operation="applyBulkEdit",
    scope=SCOPE,
    tag=TAG,
    status=200,
    refusals=(NotFound, IllegalMove, StaleVersion),
)
async def post_apply(request: Call, bulk_edit_id: FromPath[UUID], data: JSONBody[ApplyIn]) -> Response[BulkEditOut]:
    """Make a bulk edit as it was previewed; products that changed since are left alone."""
    return await perform(request, apply_bulk_edit, bulk_edit_id, data.version, at=clock.now())


@get(
    "/v1/admin/products/{product_id:uuid}/history",
    operation="listProductHistory",
    scope=SCOPE,
    tag=TAG,
)
async def list_history(
    request: Call, product_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[HistoryEntryOut]]:
    """List who changed what of a product, the latest first."""
    before = after_cursor(cursor, datetime, UUID)
    rows = await bulk_queries.history(request.db.reading, product_id, before=before, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.at, row.id]))


@get(
    "/v1/admin/products/{product_id:uuid}/missing",
    operation="listProductMissing",
    scope=SCOPE,
    tag=TAG,
    refusals=[NotFound],
)
async def list_missing(request: Call, product_id: FromPath[UUID]) -> Response[MissingListOut]:
    """List what a product lacks before it should be published."""
    return answer(request, MissingListOut(missing=await missing(request.db.reading, product_id)))


@get(
    "/v1/admin/products/{product_id:uuid}/variants",
    operation="listAdminVariants",
    scope=SCOPE,
    tag=TAG,
)
async def list_variants(
    request: Call, product_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[AdminVariantOut]]:
    """List the variants of a product in order, withdrawn ones too."""
    after = after_cursor(cursor, int, UUID)
    rows = await queries.variants_page(request.db.reading, product_id, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.position, row.id]))


ROUTES: list[HTTPRouteHandler] = [
    post_bulk_edit,
    get_bulk_edit,
    list_bulk_edit_products,
    post_apply,
    list_history,
    list_missing,
    list_variants,
]
