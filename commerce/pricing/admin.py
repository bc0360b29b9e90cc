"""Back office: price lists and the prices on them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.wire import Code, Instant
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
    put,
)
from commerce.pricing import admin_limits, queries
from commerce.pricing.errors import NothingToReduce, PriceListCodeTaken
from commerce.pricing.manage_lists import change_list, create_list
from commerce.pricing.put_prices import put_prices, take_price_off
from commerce.pricing.reduce_prices import announce_reduction, audiences_of
from commerce.pricing.schemas import (
    MinQuantity,
    PriceChangeOut,
    PriceListIn,
    PriceListOut,
    PriceListPatch,
    PriceOut,
    PricesIn,
    PricesOut,
    ReductionIn,
    ReductionOut,
)
from commerce.pricing.spans import ALWAYS

SCOPE = "prices:write"
TAG = "prices"
Place = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Tier = Annotated[int, Meta(ge=1, le=9_999)]
Start = Instant
PlannedFor = FromQuery[
    Annotated[datetime, Meta(tz=True, description="Only what was planned for this instant to come: a price, or an end")]
    | None
]
EndsFrom = FromQuery[Annotated[datetime, Meta(tz=True, description="Not now: from this instant to come on")] | None]


@get("/v1/admin/price-lists", operation="listPriceLists", scope=SCOPE, tag=TAG)
async def list_price_lists(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[PriceListOut]]:
    """List price lists, by code."""
    after = after_cursor(cursor, Code)
    rows = await queries.price_lists_page(request.db.reading, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code]))


@post(
    "/v1/admin/price-lists",
    operation="createPriceList",
    scope=SCOPE,
    tag=TAG,
    refusals=[PriceListCodeTaken],
)
async def create_price_list(request: Call, data: JSONBody[PriceListIn]) -> Response[PriceListOut]:
    """Make a price list, empty at first."""
    return await perform(request, create_list, data, at=clock.now())


@get("/v1/admin/price-lists/{list_id:uuid}", operation="getPriceList", scope=SCOPE, tag=TAG)
async def get_price_list(request: Call, list_id: FromPath[UUID]) -> Response[PriceListOut]:
    """Get a price list."""
    return answer(request, await queries.price_list(request.db.reading, list_id))


@patch("/v1/admin/price-lists/{list_id:uuid}", operation="changePriceList", scope=SCOPE, tag=TAG)
async def change_price_list(
    request: Call, list_id: FromPath[UUID], data: JSONBody[PriceListPatch]
) -> Response[PriceListOut]:
    """Change a price list: its name, whom it is for, priority, window, whether it is active. Its currency never changes."""
    return await perform(request, change_list, list_id, request.expected_version(), data, at=clock.now())


@get("/v1/admin/price-lists/{list_id:uuid}/prices", operation="listPrices", scope=SCOPE, tag=TAG)
async def list_prices(
    request: Call, list_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[PriceOut]]:
    """List the prices on a list, those that hold now and those to come, by variant, quantity and start."""
    after = after_cursor(cursor, UUID, Tier, Start)
    rows = await queries.prices_on_list(request.db.reading, list_id, after=after, most=limit + 1, at=clock.now())
    return answer(
        request, paged(rows, limit, key=lambda row: [row.variant_id, row.min_quantity, row.starts_at or ALWAYS])
    )


@put(
    "/v1/admin/price-lists/{list_id:uuid}/prices",
    operation="setPrices",
    scope=SCOPE,
    tag=TAG,
    versioned=False,
)
async def set_list_prices(request: Call, list_id: FromPath[UUID], data: JSONBody[PricesIn]) -> Response[PricesOut]:
    """Put up to 100 prices on a list, from now on or from an instant to come. Other prices stay; the same again changes nothing."""
    return await perform(request, put_prices, list_id, data, actor=request.caller.principal, at=clock.now())


@delete(
    "/v1/admin/price-lists/{list_id:uuid}/prices/{variant_id:uuid}",
    operation="removePrice",
    scope=SCOPE,
    tag=TAG,
    versioned=False,
)
async def remove_price(
    request: Call,
    list_id: FromPath[UUID],
    variant_id: FromPath[UUID],
    starts_at: PlannedFor = None,
    ends_at: EndsFrom = None,
    min_quantity: FromQuery[MinQuantity] = 1,
) -> Response[None]:
    """Take a variant's prices off a list, now or from `ends_at` on; with `starts_at`, call off what is planned for then.

    What was stays in the history.
    """
    return await perform(
        request,
        take_price_off,
        list_id,
        variant_id,
        min_quantity=min_quantity,
        starts_at=starts_at,
        ends_at=ends_at,
        actor=request.caller.principal,
        at=clock.now(),
    )


@post(
    "/v1/admin/price-lists/{list_id:uuid}/reduction",
    operation="announceReduction",
    scope=SCOPE,
    tag=TAG,
    refusals=[NothingToReduce],
)
async def announce_reduction_on_list(
    request: Call, list_id: FromPath[UUID], data: JSONBody[ReductionIn]
) -> Response[ReductionOut]:
    """Put prices on a list of reductions, a percentage below the lowest price of the 30 days before (Directive 98/6/EC, article 6a)."""
    reading = request.db.reading
    audiences = await audiences_of(reading, await queries.price_list(reading, list_id))
    return await perform(
        request, announce_reduction, list_id, data, audiences, actor=request.caller.principal, at=clock.now()
    )


@get(
    "/v1/admin/price-lists/{list_id:uuid}/prices/{variant_id:uuid}/history",
    operation="listPriceChanges",
    scope=SCOPE,
    tag=TAG,
)
async def list_price_changes(
    request: Call, list_id: FromPath[UUID], variant_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[PriceChangeOut]]:
    """List what a variant's price on a list was and is, the latest change first."""
    before = after_cursor(cursor, Place)
    rows = await queries.price_changes(
        request.db.reading, list_id, variant_id, before=before[0] if before else None, most=limit + 1
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


ROUTES: list[HTTPRouteHandler] = [
    list_price_lists,
    create_price_list,
    get_price_list,
    change_price_list,
    list_prices,
    set_list_prices,
    remove_price,
    announce_reduction_on_list,
    list_price_changes,
    *admin_limits.ROUTES,
]
