"""The public catalogue: product pages, lists, search, categories, the look-up of a code. No token is needed."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.errors import FieldError, InvalidInput, NotFound
from commerce.platform.http import PUBLIC, Call, Cursor, Limit, Page, after_cursor, get
from commerce.storefront import labels, lists, look_up, product_page, search, suggest
from commerce.storefront.asked import (
    MOVED,
    PRIVATE,
    Channel,
    Lang,
    Place,
    Shelf,
    answered as _answer,
    moved as _moved,
    own_store as _own_store,
    public as _public,
    shop_asked as _shop,
)
from commerce.storefront.collection_routes import ROUTES as COLLECTIONS
from commerce.storefront.feeds_routes import ROUTES as FEEDS
from commerce.storefront.filters_asked import (
    Attributes,
    AvailableAt,
    Categories,
    InStock,
    Price,
    ReadyBy,
    Vendors,
    filters_asked,
)
from commerce.storefront.lists import Sort
from commerce.storefront.look_up import Code
from commerce.storefront.narrowed_list import narrowed_list
from commerce.storefront.schemas import (
    CategoryOut,
    LabelsOut,
    ProductCardOut,
    ProductOut,
    ProductVariantOut,
    SearchOut,
    SuggestionsOut,
    VariantLookupOut,
)
from commerce.storefront.search_filters import Count, SearchSort
from commerce.storefront.shop import Shop

TAG = "catalogue"

Query = FromQuery[
    Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*\Z", description="What is sought")]
]
Sought = FromQuery[
    Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            pattern=r"^[^\x00]*\Z",
            description="What is sought; left out, all that is on show is gone through, newest first where it is not sorted otherwise",
        ),
    ]
    | None
]
Counts = FromQuery[
    Annotated[
        list[Literal["category", "vendor", "attribute", "price", "availability"]],
        Meta(
            max_length=10,
            description="What is counted: category, vendor and attribute unless given; price and availability cost more",
        ),
    ]
    | None
]
Scanned = FromQuery[Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00]*\Z")] | None]
# Places in cursors, which anybody can make up: nothing that PostgreSQL cannot compare.
SortedTitle = Annotated[str, Meta(max_length=20_000, pattern=r"^[^\x00]*\Z")]
SearchRank = Annotated[int, Meta(ge=-(2**62), le=2**62)]
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
    category: Categories = None,
    vendor: Vendors = None,
    attribute: Attributes = None,
    price_from: Price = None,
    price_to: Price = None,
    in_stock: InStock = False,
    available_at: AvailableAt = None,
    ready_by: ReadyBy = None,
    sort: FromQuery[Sort] = Sort.NEWEST,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[ProductCardOut]]:
    """List the products on show, newest first unless sorted otherwise, narrowed as a search is.

    Where brand, attributes, price or stock decide, a page may hold fewer than were asked for, or none, and go on: follow `next_cursor` until it
    is null. To have what passes counted, by facets, or in the order of prices, search: without `q` it goes through the same products.
    """
    page_of = await _shop(request, channel, location, store, lang)
    after: Any = after_cursor(cursor, SortedTitle, UUID) if sort is Sort.TITLE else after_cursor(cursor, UUID)
    reading = request.db.reading
    filters = await filters_asked(
        reading,
        page_of,
        category=category,
        vendor=vendor,
        attribute=attribute,
        price_from=price_from,
        price_to=price_to,
        in_stock=in_stock,
        available_at=available_at,
        ready_by=ready_by,
    )
    body = await narrowed_list(reading, page_of, filters=filters, limit=limit, sort=sort, after=after)
    return _public(request, body, page_of, channel, lang)


@get("/v1/products/{id_or_slug:str}", operation="getProduct", scope=PUBLIC, tag=TAG, responses=MOVED)
async def get_product(
    request: Call,
    id_or_slug: IdOrSlug,
    channel: Channel = None,
    location: Place = None,
    store: Shelf = None,
    lang: Lang = None,
) -> Response[ProductOut]:
    """Get a product page by id or slug: variants with prices, tax and stock. A slug that it had before leads to the one that it has."""
    page_of = await _shop(request, channel, location, store, lang)
    try:
        body = await product_page.product_page(request.db.reading, page_of, id_or_slug)
    except NotFound:
        return await _product_moved(request, page_of, id_or_slug, "")
    return _public(request, body, page_of, channel, lang)


async def _product_moved(request: Call, page_of: Shop, slug: str, tail: str) -> Response[Any]:
    now = await product_page.moved_to(request.db.reading, page_of, slug, clock.now())
    if now is None:
        raise NotFound("There is no such product.")
    return _moved(request, f"/v1/products/{now}{tail}")


@get(
    "/v1/products/{id_or_slug:str}/variants",
    operation="listProductVariants",
    scope=PUBLIC,
    tag=TAG,
    responses=MOVED,
)
async def list_product_variants(
    request: Call,
    id_or_slug: IdOrSlug,
    channel: Channel = None,
    location: Place = None,
    store: Shelf = None,
    lang: Lang = None,
    cursor: Cursor = None,
) -> Response[Page[ProductVariantOut]]:
    """List the variants of a product on show, a hundred at a time: from the beginning, or from where its page ended."""
    page_of = await _shop(request, channel, location, store, lang)
    after = after_cursor(cursor, UUID)
    last = after[0] if after else None
    try:
        body = await product_page.product_variants(request.db.reading, page_of, id_or_slug, last)
    except NotFound:
        return await _product_moved(request, page_of, id_or_slug, "/variants")
    return _public(request, body, page_of, channel, lang)


@get("/v1/categories", operation="listCategories", scope=PUBLIC, tag=TAG)
async def list_categories(
    request: Call, channel: Channel = None, store: Shelf = None, lang: Lang = None
) -> Response[Page[CategoryOut]]:
    """List all categories in the order of the tree's levels; each names its parent and counts what is on show in it or below, for a channel and a store."""
    page_of = await _shop(request, channel, None, store, lang)
    body = await lists.category_tree(request.db.reading, page_of)
    return _public(request, body, page_of, channel, lang)


@get("/v1/search", operation="searchProducts", scope=PUBLIC, tag=TAG)
async def search_products(
    request: Call,
    q: Sought = None,
    channel: Channel = None,
    location: Place = None,
    store: Shelf = None,
    lang: Lang = None,
    category: Categories = None,
    vendor: Vendors = None,
    attribute: Attributes = None,
    price_from: Price = None,
    price_to: Price = None,
    in_stock: InStock = False,
    available_at: AvailableAt = None,
    ready_by: ReadyBy = None,
    sort: FromQuery[SearchSort] = SearchSort.RELEVANCE,
    count: Counts = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[SearchOut]:
    """Search the products on show: codes first, then titles, then everything else. Misspelt words are put right, and the answer says so.

    Without `q` it goes through all that is on show, with the same filters, counts and orders: a category with its facets is
    `?category=mugs`. Where a category is given without a text, the categories counted are it and those below it.
    """
    page_of = await _shop(request, channel, location, store, lang)
    after: Any = after_cursor(cursor, SearchSort, SearchRank, UUID)
    reading = request.db.reading
    filters = await filters_asked(
        reading,
        page_of,
        category=category,
        vendor=vendor,
        attribute=attribute,
        price_from=price_from,
        price_to=price_to,
        in_stock=in_stock,
        available_at=available_at,
        ready_by=ready_by,
    )
    counts = search.COUNTED if count is None else frozenset(map(Count, count))
    body = await search.search(
        reading, page_of, text=q, filters=filters, sort=sort, counts=counts, limit=limit, after=after
    )
    return _public(request, body, page_of, channel, lang)


@get("/v1/search/suggestions", operation="suggestSearches", scope=PUBLIC, tag=TAG)
async def suggest_searches(
    request: Call,
    q: Query,
    channel: Channel = None,
    store: Shelf = None,
    lang: Lang = None,
    most: FromQuery[Annotated[int, Meta(ge=1, le=20, description="How many are suggested")]] = 10,
) -> Response[SuggestionsOut]:
    """Suggest how a query that is being typed goes on: words, categories, brands and products, in the language asked for."""
    page_of = await _shop(request, channel, None, store, lang)
    found = await suggest.suggestions(request.db.reading, page_of, text=q, most=most)
    return _public(request, msgspec.json.encode(found), page_of, channel, lang)


@get("/v1/variants/lookup", operation="lookupVariant", scope=PUBLIC, tag=TAG)
async def lookup_variant(
    request: Call,
    barcode: Scanned = None,
    sku: Scanned = None,
    short_code: Scanned = None,
    channel: Channel = None,
    location: Place = None,
    store: Shelf = None,
    lang: Lang = None,
) -> Response[VariantLookupOut]:
    """Find the article on show behind a barcode, a SKU or a short code."""
    codes: dict[Code, str | None] = {"barcode": barcode, "sku": sku, "short_code": short_code}
    said = [(by, code) for by, code in codes.items() if code is not None]
    if len(said) != 1:
        raise InvalidInput(
            "Give one of barcode, sku and short_code.", errors=[FieldError("?barcode", "give this, sku or short_code")]
        )
    by, code = said[0]
    page_of = await _shop(request, channel, location, store, lang)
    body = await look_up.lookup(request.db.reading, page_of, by=by, code=code)
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


ROUTES: list[HTTPRouteHandler] = [
    list_products,
    get_product,
    list_product_variants,
    list_categories,
    search_products,
    suggest_searches,
    lookup_variant,
    list_labels,
    *COLLECTIONS,
    *FEEDS,
]
