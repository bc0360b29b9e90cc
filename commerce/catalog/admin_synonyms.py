"""Back office: sets of words that mean the same to search."""

from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from commerce.catalog import manage_synonyms as manage
from commerce.catalog.errors import TooManySynonyms
from commerce.catalog.manage_synonyms import (
    SynonymLanguage,
    SynonymsIn,
    SynonymsOut,
    SynonymsPatch,
)
from commerce.kernel import clock
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


@get("/v1/admin/synonyms", operation="listSynonyms", scope=SCOPE, tag=TAG)
async def list_synonyms(
    request: Call, limit: Limit = 24, cursor: Cursor = None, language: FromQuery[SynonymLanguage | None] = None
) -> Response[Page[SynonymsOut]]:
    """List sets of synonyms, oldest first."""
    (after,) = after_cursor(cursor, UUID) or (None,)
    rows = await manage.synonym_sets(request.db.reading, language=language, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@post("/v1/admin/synonyms", operation="createSynonyms", scope=SCOPE, tag=TAG, refusals=[TooManySynonyms])
async def post_synonyms(request: Call, data: JSONBody[SynonymsIn]) -> Response[SynonymsOut]:
    """Make a set of synonyms."""
    return await perform(request, manage.create_synonyms, data, at=clock.now())


@get("/v1/admin/synonyms/{synonyms_id:uuid}", operation="getSynonyms", scope=SCOPE, tag=TAG)
async def get_synonyms(request: Call, synonyms_id: FromPath[UUID]) -> Response[SynonymsOut]:
    """Get a set of synonyms."""
    return answer(request, await manage.synonym_set(request.db.reading, synonyms_id))


@patch("/v1/admin/synonyms/{synonyms_id:uuid}", operation="changeSynonyms", scope=SCOPE, tag=TAG)
async def patch_synonyms(
    request: Call, synonyms_id: FromPath[UUID], data: JSONBody[SynonymsPatch]
) -> Response[SynonymsOut]:
    """Change a set of synonyms."""
    return await perform(request, manage.change_synonyms, synonyms_id, request.expected_version(), data)


@delete("/v1/admin/synonyms/{synonyms_id:uuid}", operation="deleteSynonyms", scope=SCOPE, tag=TAG)
async def remove_synonyms(request: Call, synonyms_id: FromPath[UUID]) -> Response[None]:
    """Take a set of synonyms away."""
    return await perform(request, manage.delete_synonyms, synonyms_id, request.expected_version())


ROUTES: list[HTTPRouteHandler] = [list_synonyms, post_synonyms, get_synonyms, patch_synonyms, remove_synonyms]
