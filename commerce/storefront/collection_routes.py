"""Collections in public: which there are, and what is in them. No token is needed."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Meta

from commerce.kernel.errors import NotFound
from commerce.platform.http import PUBLIC, Call, Cursor, Limit, Page, after_cursor, get
from commerce.storefront import collections
from commerce.storefront.asked import (
    MOVED,
    PUBLIC_CACHE,
    Channel,
    Lang,
    Place,
    Shelf,
    answered,
    moved,
    public,
    shop_asked,
)
from commerce.storefront.schemas import CollectionOut, ProductCardOut

TAG = "catalogue"
CollectionSlug = FromPath[Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00]*\Z")]]
Rank = Annotated[int, Meta(ge=0, le=2**31 - 1)]


@get("/v1/collections", operation="listCollections", scope=PUBLIC, tag=TAG)
async def list_collections(
    request: Call, lang: Lang = None, limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[CollectionOut]]:
    """List the collections on show, in their order."""
    after: Any = after_cursor(cursor, Rank, UUID)
    body = await collections.collection_list(request.db.reading, lang or request.language, limit=limit, after=after)
    return answered(request, body, PUBLIC_CACHE, lang)


@get("/v1/collections/{slug:str}", operation="getCollection", scope=PUBLIC, tag=TAG, responses=MOVED)
async def get_collection(request: Call, slug: CollectionSlug, lang: Lang = None) -> Response[CollectionOut]:
    """Get a collection by slug. One that it had before leads to the one that it has."""
    try:
        body = await collections.collection(request.db.reading, lang or request.language, slug)
    except NotFound:
        return await _moved(request, slug, "")
    return answered(request, body, PUBLIC_CACHE, lang)


@get("/v1/collections/{slug:str}/products", operation="listCollectionProducts", scope=PUBLIC, tag=TAG, responses=MOVED)
async def list_collection_products(
    request: Call,
    slug: CollectionSlug,
    channel: Channel = None,
    location: Place = None,
    store: Shelf = None,
    lang: Lang = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[ProductCardOut]]:
    """List the products of a collection: in the order chosen, or newest first where a rule finds them.

    Where prices or age decide, a page may hold fewer than were asked for, or none, and go on: follow `next_cursor` until it is null.
    """
    page_of = await shop_asked(request, channel, location, store, lang)
    after: Any = after_cursor(cursor, Rank, UUID)
    try:
        body = await collections.collection_products(request.db.reading, page_of, slug, limit=limit, after=after)
    except NotFound:
        return await _moved(request, slug, "/products")
    return public(request, body, page_of, channel, lang)


async def _moved(request: Call, slug: str, tail: str) -> Response[Any]:
    now = await collections.moved_to(request.db.reading, slug)
    if now is None:
        raise NotFound("There is no such collection.")
    return moved(request, f"/v1/collections/{now}{tail}")


ROUTES: list[HTTPRouteHandler] = [list_collections, get_collection, list_collection_products]
