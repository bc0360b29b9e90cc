"""Stock as the back office and the stores see it: exact figures, each of them explained, and corrections."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce.inventory import lists
from commerce.inventory.book_adjustment import book_adjustment
from commerce.inventory.errors import BelowReserved, NeedsCodes, StockMoved, TooMany
from commerce.inventory.facts import MovementKind, Spot
from commerce.inventory.prove import prove_page
from commerce.inventory.schemas import (
    AdjustmentIn,
    AdjustmentOut,
    LevelOut,
    MovementOut,
    ProofOut,
    ReservationOut,
    WhyOut,
)
from commerce.inventory.why import why
from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Page
from commerce.platform.http import Call, Cursor, Forbidden, Limit, after_cursor, answer, get, paged, perform, post

Variant = FromQuery[Annotated[UUID, Meta(description="Only of this article")] | None]
At = FromQuery[Annotated[UUID, Meta(description="Only at this location")] | None]
Low = FromQuery[
    Annotated[int, Meta(ge=0, le=1_000_000, description="Only where no more units than that are available")] | None
]
Kind = FromQuery[Annotated[MovementKind, Meta(description="Only of this kind")] | None]
OfSpot = FromQuery[Annotated[Spot, Meta(description="Only what came to this spot of a location or left it")] | None]
Document = FromQuery[Annotated[UUID, Meta(description="Only those that this document caused")] | None]
OfOrder = FromQuery[Annotated[UUID, Meta(description="Only those of this order")] | None]
Articles = FromQuery[Annotated[int, Meta(ge=1, le=1_000, description="So many articles at the most")]]
Position = Annotated[int, Meta(ge=0, le=2**62)]


@get("/v1/stock", operation="listStock", scope="stock:read", tag="stock", refusals=[InvalidInput])
async def list_stock(
    request: Call,
    variant_id: Variant = None,
    location_id: At = None,
    available_at_most: Low = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[LevelOut]]:
    """List stock levels by article and location, at the caller's locations."""
    after = after_cursor(cursor, UUID, UUID)
    rows = await lists.level_page(
        request.db.reading,
        variant_id=variant_id,
        location_id=location_id,
        available_at_most=available_at_most,
        locations=request.caller.locations,
        after=after and (after[0], after[1]),
        limit=limit,
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.variant_id, row.location_id]))


@get("/v1/stock/{variant_id:uuid}/why", operation="explainStock", scope="stock:read", tag="stock", refusals=[NotFound])
async def explain_stock(request: Call, variant_id: FromPath[UUID]) -> Response[WhyOut]:
    """Explain each figure of an article's stock: the latest movements with their causes, for whom units are reserved, what is kept back."""
    return answer(request, await why(request.db.reading, variant_id, request.caller.locations, clock.now()))


@get("/v1/stock/movements", operation="listStockMovements", scope="stock:read", tag="stock", refusals=[InvalidInput])
async def list_movements(
    request: Call,
    variant_id: Variant = None,
    location_id: At = None,
    document_id: Document = None,
    kind: Kind = None,
    spot: OfSpot = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[MovementOut]]:
    """List the movements of stock, the latest first, at the caller's locations."""
    before = after_cursor(cursor, Position)
    rows = await lists.movement_page(
        request.db.reading,
        variant_id=variant_id,
        location_id=location_id,
        document_id=document_id,
        kind=kind,
        spot=spot,
        locations=request.caller.locations,
        before=before[0] if before else None,
        limit=limit,
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.seq]))


@get("/v1/reservations", operation="listReservations", scope="stock:read", tag="stock", refusals=[InvalidInput])
async def list_reservations(
    request: Call,
    variant_id: Variant = None,
    location_id: At = None,
    order_id: OfOrder = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[ReservationOut]]:
    """List the units that are kept for orders and for baskets in checkout, the oldest first, at the caller's locations."""
    after = after_cursor(cursor, UUID, UUID, UUID)
    rows = await lists.reservation_page(
        request.db.reading,
        variant_id=variant_id,
        location_id=location_id,
        order_id=order_id,
        locations=request.caller.locations,
        after=after and (after[0], after[1], after[2]),
        limit=limit,
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.hold_id, row.variant_id, row.location_id]))


@post(
    "/v1/stock/adjustments",
    operation="adjustStock",
    scope="stock:adjust",
    tag="stock",
    key="required",
    refusals=[InvalidInput, BelowReserved, StockMoved, TooMany, NeedsCodes],
)
async def adjust_stock(request: Call, data: JSONBody[AdjustmentIn]) -> Response[AdjustmentOut]:
    """Correct stock by a difference, or to what was counted, with a reason; never below what is reserved.

    Articles with lots or serial numbers are corrected where these are named: by `POST /v1/stock/corrections`, or by a count.
    """
    return await perform(request, book_adjustment, request.caller, data)


@get("/v1/stock/proof", operation="proveStock", scope="stock:read", tag="stock", refusals=[InvalidInput, Forbidden])
async def prove_stock(request: Call, articles: Articles = 100, cursor: Cursor = None) -> Response[ProofOut]:
    """Prove now that the stock of some articles is what its facts say, page by page; and tell what the last night's proof of all found.

    Needs a caller who is bound to no location, or who may read the audit log.
    """
    after = after_cursor(cursor, UUID)
    return answer(request, await prove_page(request.db.reading, request.caller, after[0] if after else None, articles))


ROUTES: list[Any] = [list_stock, explain_stock, list_movements, list_reservations, adjust_stock, prove_stock]
