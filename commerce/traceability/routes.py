"""Lots and serial numbers as the back office and the stores see them: what asks for them, where they are, where they have been."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce.inventory import Spot
from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Page
from commerce.platform.http import Call, Cursor, Forbidden, Limit, after_cursor, answer, get, paged, perform, put
from commerce.traceability import lists
from commerce.traceability.errors import LotDiffers, LotNeeded, SerialElsewhere, UnitsUndeclared
from commerce.traceability.schemas import (
    LotOut,
    SerialOut,
    TraceCode,
    TraceOut,
    TrackingChangeOut,
    TrackingIn,
    TrackingOut,
)
from commerce.traceability.set_tracking import set_tracking, tracking_of

READ, PLAN, TAG = "stock:read", "stock:plan", "stock"
Variant = FromQuery[Annotated[UUID, Meta(description="Only of this article")] | None]
At = FromQuery[Annotated[UUID, Meta(description="Only at this location")] | None]
Document = FromQuery[Annotated[UUID, Meta(description="Only what this document caused")] | None]
OrderLine = FromQuery[
    Annotated[UUID, Meta(description="Only what left with this order line, or came back from it")] | None
]
Lot = FromQuery[Annotated[TraceCode, Meta(description="Only this lot")] | None]
Serial = FromQuery[Annotated[TraceCode, Meta(description="Only this serial number")] | None]
LotOrSerial = FromQuery[Annotated[TraceCode, Meta(description="Only this lot or serial number")] | None]
Where = FromQuery[Annotated[Spot, Meta(description="Only those that are there")] | None]
Day = FromQuery[Annotated[date, Meta(description="Only lots whose last day of sale is earlier than this date")] | None]
Seq = Annotated[int, Meta(ge=0, le=2**62)]
Version = Annotated[int, Meta(ge=0, le=2**31 - 1)]
ONE = "/v1/stock/tracking/{variant_id:uuid}"


@get("/v1/stock/tracking", operation="listTracking", scope=PLAN, tag=TAG, refusals=[InvalidInput])
async def list_tracking(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[TrackingOut]]:
    """List the articles whose units have lots or serial numbers."""
    after = after_cursor(cursor, UUID)
    rows = await lists.tracked_page(request.db.reading, after=after[0] if after else None, limit=limit)
    return answer(request, paged(rows, limit, key=lambda row: [row.variant_id]))


@get(ONE, operation="getTracking", scope=PLAN, tag=TAG, refusals=[NotFound])
async def get_tracking(request: Call, variant_id: FromPath[UUID]) -> Response[TrackingOut]:
    """Get whether an article's units have lots or serial numbers."""
    return answer(request, await tracking_of(request.db.reading, variant_id))


@put(
    ONE,
    operation="setTracking",
    scope=PLAN,
    tag=TAG,
    refusals=[InvalidInput, NotFound, Forbidden, UnitsUndeclared, LotNeeded, LotDiffers, SerialElsewhere],
)
async def put_tracking(request: Call, variant_id: FromPath[UUID], data: JSONBody[TrackingIn]) -> Response[TrackingOut]:
    """Set whether an article's units have lots or serial numbers, and tell those of the units that are there."""
    expected = request.expected_version()
    return await perform(request, set_tracking, request.caller, variant_id, expected, data, at=clock.now())


@get(f"{ONE}/changes", operation="listTrackingChanges", scope=PLAN, tag=TAG, refusals=[InvalidInput, NotFound])
async def list_changes(
    request: Call, variant_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[TrackingChangeOut]]:
    """List who set an article's tracking and when, the latest first."""
    before = after_cursor(cursor, Version)
    rows = await lists.change_page(request.db.reading, variant_id, before=before[0] if before else None, limit=limit)
    return answer(request, paged(rows, limit, key=lambda row: [row.version]))


@get("/v1/stock/lots", operation="listLots", scope=READ, tag=TAG, refusals=[InvalidInput])
async def list_lots(
    request: Call,
    variant_id: Variant = None,
    location_id: At = None,
    lot: Lot = None,
    expiring_before: Day = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[LotOut]]:
    """List the lots that have units, by article and location, at the caller's locations."""
    after = after_cursor(cursor, UUID, UUID, str, str)
    rows = await lists.lot_page(
        request.db.reading,
        variant_id=variant_id,
        location_id=location_id,
        lot=lot,
        expiring_before=expiring_before,
        bound=request.caller.locations,
        after=after and (after[0], after[1], after[2], after[3]),
        limit=limit,
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.variant_id, row.location_id, row.spot, row.lot]))


@get("/v1/stock/serials", operation="listSerials", scope=READ, tag=TAG, refusals=[InvalidInput])
async def list_serials(
    request: Call,
    variant_id: Variant = None,
    serial: Serial = None,
    location_id: At = None,
    spot: Where = None,
    order_line_id: OrderLine = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[SerialOut]]:
    """List serial numbers and where their units are, or were last, at the caller's locations."""
    after = after_cursor(cursor, UUID, str)
    rows = await lists.serial_page(
        request.db.reading,
        variant_id=variant_id,
        serial=serial,
        location_id=location_id,
        spot=spot,
        order_line_id=order_line_id,
        bound=request.caller.locations,
        after=after and (after[0], after[1]),
        limit=limit,
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.variant_id, row.serial]))


@get("/v1/stock/traces", operation="listTraces", scope=READ, tag=TAG, refusals=[InvalidInput])
async def list_traces(
    request: Call,
    variant_id: Variant = None,
    code: LotOrSerial = None,
    location_id: At = None,
    order_line_id: OrderLine = None,
    document_id: Document = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[TraceOut]]:
    """List where lots and serial numbers came and went, the latest first, at the caller's locations: a number's history, who got a lot."""
    before = after_cursor(cursor, Seq)
    rows = await lists.trace_page(
        request.db.reading,
        variant_id=variant_id,
        code=code,
        location_id=location_id,
        order_line_id=order_line_id,
        document_id=document_id,
        bound=request.caller.locations,
        before=before[0] if before else None,
        limit=limit,
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.seq]))


ROUTES: list[Any] = [
    list_tracking,
    get_tracking,
    put_tracking,
    list_changes,
    list_lots,
    list_serials,
    list_traces,
]
