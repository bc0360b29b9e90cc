"""Back office of counting: the shop's own reasons for corrections, and the limits beyond which somebody else decides."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commerce.counting import limits, reasons
from commerce.counting.facts import Reason
from commerce.counting.limits import SetLimit
from commerce.counting.reasons import put_reason
from commerce.counting.routes import reason_out
from commerce.counting.schemas import LimitIn, LimitOut, ReasonIn, ReasonOut
from commerce.inventory import Spot
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Page
from commerce.platform.database import Tx
from commerce.platform.http import (
    Call,
    Caller,
    Cursor,
    Limit,
    StaleVersion,
    after_cursor,
    answer,
    delete,
    get,
    paged,
    perform,
    post,
    put,
)

SCOPE, TAG = "settings:manage", "admin: stock"
ReasonCode = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_]*\Z")]


@get(
    "/v1/admin/stock/correction-reasons/{code:str}",
    operation="getCorrectionReason",
    scope=SCOPE,
    tag=TAG,
    refusals=[NotFound],
)
async def get_correction_reason(request: Call, code: FromPath[ReasonCode]) -> Response[ReasonOut]:
    """Get a reason for corrections; version 0 as it comes with the product."""
    return _versioned(request, reason_out(await reasons.reason(request.db.reading, code), request.language))


@put(
    "/v1/admin/stock/correction-reasons/{code:str}",
    operation="putCorrectionReason",
    scope=SCOPE,
    tag=TAG,
    refusals=[InvalidInput, StaleVersion],
)
async def put_correction_reason(
    request: Call, code: FromPath[ReasonCode], data: JSONBody[ReasonIn]
) -> Response[ReasonOut]:
    """Write a reason for corrections; with If-Match "0" a new one, or in the place of one that comes with the product."""
    wanted = Reason(
        code=code,
        name={name: text for name, text in msgspec.structs.asdict(data.name).items() if text},
        direction=data.direction,
        spot=Spot(data.spot),
        active=data.active,
    )
    return await perform(request, _put, request.caller, wanted, request.expected_version(), request.language)


@get("/v1/admin/stock/limits", operation="listStockLimits", scope=SCOPE, tag=TAG, refusals=[InvalidInput])
async def list_limits(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[LimitOut]]:
    """List the limits that were set for the caller's locations and for all, oldest first."""
    after = after_cursor(cursor, UUID)
    rows = await limits.page(request.db.reading, request.caller, after[0] if after else None, limit + 1)
    return answer(request, paged([_out(row) for row in rows], limit, key=lambda row: [row.id]))


@post("/v1/admin/stock/limits", operation="setStockLimit", scope=SCOPE, tag=TAG, status=200, refusals=[InvalidInput])
async def post_limit(request: Call, data: JSONBody[LimitIn]) -> Response[LimitOut]:
    """Set how many units somebody may correct alone, a line of a count may differ before a recount, a count before approval."""
    return await perform(request, _set, request.caller, data)


@get("/v1/admin/stock/limits/{limit_id:uuid}", operation="getStockLimit", scope=SCOPE, tag=TAG, refusals=[NotFound])
async def get_limit(request: Call, limit_id: FromPath[UUID]) -> Response[LimitOut]:
    """Get a limit."""
    return answer(request, _out(await limits.read(request.db.reading, request.caller, limit_id)))


@delete(
    "/v1/admin/stock/limits/{limit_id:uuid}",
    operation="dropStockLimit",
    scope=SCOPE,
    tag=TAG,
    refusals=[NotFound, InvalidInput, StaleVersion],
)
async def delete_limit(request: Call, limit_id: FromPath[UUID]) -> Response[None]:
    """Take a limit away: the more general one holds."""
    return await perform(request, limits.drop_limit, request.caller, limit_id, request.expected_version())


async def _put(tx: Tx, caller: Caller, wanted: Reason, version: int, language: str) -> ReasonOut:
    return reason_out(await put_reason(tx, caller, wanted, version), language)


async def _set(tx: Tx, caller: Caller, data: LimitIn) -> LimitOut:
    return _out(await limits.set_limit(tx, caller, data.kind, data.location_id, data.role, data.units))


def _versioned(request: Call, value: ReasonOut) -> Response[Any]:
    return answer(request, value, etag=f'"{value.version}-{request.language}"')


def _out(limit: SetLimit) -> LimitOut:
    return LimitOut(**msgspec.structs.asdict(limit))


ROUTES: list[Any] = [
    get_correction_reason,
    put_correction_reason,
    list_limits,
    post_limit,
    get_limit,
    delete_limit,
]
