"""The public catalogue: product pages, lists, search, categories, the look-up of a code. No token is needed."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.errors import FieldError, InvalidInput, NotFound
from commerce.kernel.wire import Language
from commerce.platform.http import PUBLIC, Call, Cursor, Limit, Page, after_cursor, answer_bytes, content_etag, get
from commerce.storefront import labels, lists, product_page, search
from commerce.storefront.lists import Sort
from commerce.storefront.schemas import CategoryOut, LabelsOut, ProductCardOut, ProductOut, SearchOut, VariantLookupOut
from commerce.storefront.shop import Shop, shop

TAG = "catalogue"
PUBLIC_CACHE = "public, max-age=1"
PRIVATE = "private, no-store"

Channel = FromQuery[
    Annotated[UUID, Meta(description="Whose prices are shown; the default channel unless given")] | None
]
Place = FromQuery[
    Annotated[UUID, Meta(description="Whose stock is shown; all places where one can collect unless given")] | None
]
Shelf = FromQuery[
    Annotated[UUID, Meta(description="Whose shelf prices are shown; a terminal's own store, else the channel's prices")]
    | None
]
Lang = FromQuery[Annotated[Language, Meta(description="Of the texts; else Accept-Language, else English")] | None]
CategoryKey = FromQuery[
    Annotated[str, Meta(min_length=1, max_length=120, description="Id or slug; those below it count too")] | None
]
Query = FromQuery[
    Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*\Z", description="What is sought")]
]
Vendor = FromQuery[Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*\Z")] | None]
Scanned = FromQuery[Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00]*\Z")] | None]
# Places in cursors, which anybody can make up: nothing that PostgreSQL cannot compare.
SortedTitle = Annotated[str, Meta(max_length=20_000, pattern=r"^[^\x00]*\Z")]
Rank = Annotated[int, Meta(ge=0, le=2**62)]
Named = FromQuery[Annotated[list[UUID], Meta(min_length=1, max_length=100)] | None]
ChangedSince = FromQuery[
    Annotated[datetime, Meta(tz=True, description="The `at` of the labels that are on the shelves")] | None
]
IdOrSlug = FromPath[Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00]*\Z")]]


@get("/v1/products", operation="listProducts", scope=PUBLIC, tag=TAG)
async def list_products(
    request: Call,
    channel: Channel = None,
    location: Place = None,
    store: Shelf = None,
    lang: Lang = None,
    category: CategoryKey = None,
    sort: FromQuery[Sort] = Sort.NEWEST,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[ProductCardOut]]:
    """List the products on show, newest first unless sorted otherwise."""
    page_of = await _shop(request, channel, location, store, lang)
    after = after_cursor(cursor, SortedTitle, UUID) if sort is Sort.TITLE else after_cursor(cursor, UUID)
    body = await lists.product_list(request.db.reading, page_of, limit=limit, sort=sort, category=category, after=after)
    return _public(request, body, page_of, channel, lang)


@get("/v1/products/{id_or_slug:str}", operation="getProduct", scope=PUBLIC, tag=TAG)
async def get_product(
    request: Call,
    id_or_slug: IdOrSlug,
    channel: Channel = None,
    location: Place = None,
    store: Shelf = None,
    lang: Lang = None,
) -> Response[ProductOut]:
    """Get a product page by id or slug: variants with prices, tax and stock."""
    page_of = await _shop(request, channel, location, store, lang)
    body = await product_page.product_page(request.db.reading, page_of, id_or_slug)
    return _public(request, body, page_of, channel, lang)


@get("/v1/categories", operation="listCategories", scope=PUBLIC, tag=TAG)
async def list_categories(request: Call, lang: Lang = None) -> Response[Page[CategoryOut]]:
    """List all categories in the order of the tree's levels; each names its parent."""
    body = await lists.category_tree(request.db.reading, lang or request.language)
    return _answer(request, body, PUBLIC_CACHE, lang)


@get("/v1/search", operation="searchProducts", scope=PUBLIC, tag=TAG)
async def search_products(
    request: Call,
    q: Query,
    channel: Channel = None,
    location: Place = None,
    store: Shelf = None,
    lang: Lang = None,
    category: CategoryKey = None,
    vendor: Vendor = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[SearchOut]:
    """Search the products on show: accents, case and plurals aside; codes first, then titles, then descriptions."""
    page_of = await _shop(request, channel, location, store, lang)
    after: Any = after_cursor(cursor, Rank, UUID)
    body = await search.search(
        request.db.reading, page_of, text=q, category=category, vendor=vendor, limit=limit, after=after
    )
    return _public(request, body, page_of, channel, lang)


@get("/v1/variants/lookup", operation="lookupVariant", scope=PUBLIC, tag=TAG)
async def lookup_variant(
    request: Call,
    barcode: Scanned = None,
    sku: Scanned = None,
    channel: Channel = None,
    location: Place = None,
    store: Shelf = None,
    lang: Lang = None,
) -> Response[VariantLookupOut]:
    """Find the article on show behind a barcode or a SKU."""
    if (barcode is None) == (sku is None):
        raise InvalidInput("Give either barcode or sku.", errors=[FieldError("?barcode", "give this or sku, not both")])
    page_of = await _shop(request, channel, location, store, lang)
    body = await product_page.lookup(request.db.reading, page_of, barcode=barcode, sku=sku)
    return _public(request, body, page_of, channel, lang)


@get("/v1/pos/labels", operation="listLabels", scope="pos:bundle", tag="till")
async def list_labels(
    request: Call,
    channel: Channel = None,
    store: Shelf = None,
    lang: Lang = None,
    variant_ids: Named = None,
    changed_since: ChangedSince = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[LabelsOut]:
    """List shelf labels of a store, by variant: of the articles named, or those that are no longer what they were at an instant."""
    if (variant_ids is None) == (changed_since is None):
        raise InvalidInput(
            "Name articles, or an instant.", errors=[FieldError("?variant_ids", "give this or changed_since, not both")]
        )
    if changed_since is not None and changed_since.tzinfo is None:
        raise InvalidInput("Say which zone.", errors=[FieldError("?changed_since", "RFC 3339, with its zone")])
    at, shelf = clock.now(), store or _own_store(request)
    if shelf is None or not request.caller.may_at(shelf):
        raise NotFound("There is no such location.")
    after = after_cursor(cursor, UUID)
    body = await labels.labels(
        request.db.reading,
        await _shop(request, channel, None, shelf, lang),
        variant_ids=variant_ids,
        changed_since=changed_since,
        after=after[0] if after else None,
        limit=limit,
        at=at,
    )
    return _answer(request, body, PRIVATE, lang)


async def _shop(
    request: Call, channel: UUID | None, location: UUID | None, store: UUID | None, lang: str | None
) -> Shop:
    return await shop(
        request.db.reading,
        channel_id=channel or request.caller.channel_id,
        location_id=location,
        store_id=store or _own_store(request),
        language=lang or request.language,
        caller=request.caller,
        at=clock.now(),
    )


def _own_store(request: Call) -> UUID | None:
    """Gives the store that a terminal stands in: it shows what is on the shelves there."""
    caller = request.caller
    return next(iter(caller.locations)) if caller.kind == "terminal" and caller.locations else None


def _public(request: Call, body: bytes, page_of: Shop, channel: UUID | None, lang: str | None) -> Response[Any]:
    """Answers so that anybody may keep it, unless it tells figures or prices that the caller's token opened."""
    opened = (
        page_of.figures
        or (channel is None and request.caller.channel_id is not None)
        or (page_of.audience.store_id is not None and request.caller.kind == "terminal")
    )
    return _answer(request, body, PRIVATE if opened else PUBLIC_CACHE, lang)


def _answer(request: Call, body: bytes, cache: str, lang: str | None) -> Response[Any]:
    response = answer_bytes(request, body, cache=cache, etag=content_etag(body))
    if lang is None:
        response.headers["vary"] = "Accept-Language"
    return response


ROUTES: list[HTTPRouteHandler] = [
    list_products,
    get_product,
    list_categories,
    search_products,
    lookup_variant,
    list_labels,
]
