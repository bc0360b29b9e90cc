"""Back office: collections, and what their rules find."""

from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from commerce.catalog.collection_schemas import (
    AdminCollectionOut,
    CollectedOut,
    CollectionIn,
    CollectionPatch,
    PreviewIn,
    PreviewOut,
)
from commerce.catalog.collections import (
    change_collection,
    collected,
    collection,
    collections_page,
    create_collection,
    preview_rule,
    withdraw_collection,
)
from commerce.catalog.errors import SlugTaken
from commerce.kernel import clock
from commerce.platform.database import Tx
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
    patch,
    perform,
    post,
)

SCOPE = "catalog:write"
TAG = "products"


@get("/v1/admin/collections", operation="listAdminCollections", scope=SCOPE, tag=TAG)
async def list_collections(
    request: Call, limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[AdminCollectionOut]]:
    """List collections, published or not, newest first."""
    after = after_cursor(cursor, UUID)
    rows = await collections_page(request.db.reading, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@post("/v1/admin/collections", operation="createCollection", scope=SCOPE, tag=TAG, refusals=[SlugTaken])
async def post_collection(request: Call, data: JSONBody[CollectionIn]) -> Response[AdminCollectionOut]:
    """Make a collection: of products chosen one by one, or by rule."""
    return await perform(request, create_collection, data, at=clock.now())


@post("/v1/admin/collections/preview", operation="previewCollection", scope=SCOPE, tag=TAG, status=200)
async def post_preview(request: Call, data: JSONBody[PreviewIn]) -> Response[PreviewOut]:
    """Show what a rule would find; nothing is changed by it."""
    return await perform(request, _previewed, data)


async def _previewed(tx: Tx, data: PreviewIn) -> PreviewOut:
    return await preview_rule(tx, data.rule)


@get("/v1/admin/collections/{collection_id:uuid}", operation="getAdminCollection", scope=SCOPE, tag=TAG)
async def get_collection(request: Call, collection_id: FromPath[UUID]) -> Response[AdminCollectionOut]:
    """Get a collection."""
    return answer(request, await collection(request.db.reading, collection_id))


@get(
    "/v1/admin/collections/{collection_id:uuid}/products", operation="listAdminCollectionProducts", scope=SCOPE, tag=TAG
)
async def list_collected(
    request: Call, collection_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[CollectedOut]]:
    """List the products that are kept for a collection, drafts and withdrawn ones too, in their order."""
    after = after_cursor(cursor, int, UUID)
    rows = await collected(request.db.reading, collection_id, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.position, row.id]))


@patch(
    "/v1/admin/collections/{collection_id:uuid}",
    operation="changeCollection",
    scope=SCOPE,
    tag=TAG,
    refusals=[SlugTaken],
)
async def patch_collection(
    request: Call, collection_id: FromPath[UUID], data: JSONBody[CollectionPatch]
) -> Response[AdminCollectionOut]:
    """Change a collection, its rule or its products."""
    return await perform(request, change_collection, collection_id, request.expected_version(), data, at=clock.now())


@delete("/v1/admin/collections/{collection_id:uuid}", operation="deleteCollection", scope=SCOPE, tag=TAG)
async def delete_collection(request: Call, collection_id: FromPath[UUID]) -> Response[None]:
    """Withdraw a collection; its products stay as they are."""
    return await perform(request, withdraw_collection, collection_id, request.expected_version(), at=clock.now())


ROUTES: list[HTTPRouteHandler] = [
    list_collections,
    post_collection,
    post_preview,
    get_collection,
    list_collected,
    patch_collection,
    delete_collection,
]
