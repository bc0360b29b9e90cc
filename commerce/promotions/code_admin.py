"""Back office: the codes that open promotions. Who reads a code can use it, so reading them needs the right to write."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from litestar.response import Stream
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove
from commerce.platform.http import Call, Cursor, Limit, Page, after_cursor, answer, get, paged, perform, post
from commerce.promotions.code_batches import (
    batch,
    batches_page,
    csv_of,
    finished_batch,
    start_batch,
    withdraw_batch,
)
from commerce.promotions.code_schemas import CodeBatchIn, CodeBatchOut, CodeIn, CodeOut, CodeRefIn
from commerce.promotions.codes import add_code, shared_codes_page, take_back_code
from commerce.promotions.errors import BatchUnfinished, CouponCodeTaken, NeedsCodes

WRITE = "promotions:write"
TAG = "promotions"
PATH = "/v1/admin/promotions/{promotion_id:uuid}"
KeyPlace = Annotated[str, Meta(max_length=64, pattern=r"^[0-9A-Z]+\Z")]


@get(f"{PATH}/codes", operation="listPromotionCodes", scope=WRITE, tag=TAG)
async def list_codes(
    request: Call, promotion_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[CodeOut]]:
    """List the codes that many share, with those that were taken back."""
    after = after_cursor(cursor, KeyPlace)
    rows = await shared_codes_page(request.db.reading, promotion_id, after=after[0] if after else None, most=limit + 1)
    page = paged(rows, limit, key=lambda row: [row[0]])
    return answer(request, Page(items=[code for _, code in page.items], next_cursor=page.next_cursor))


@post(
    f"{PATH}/codes",
    operation="addPromotionCode",
    scope=WRITE,
    tag=TAG,
    refusals=[CouponCodeTaken, NeedsCodes, IllegalMove],
)
async def post_code(request: Call, promotion_id: FromPath[UUID], data: JSONBody[CodeIn]) -> Response[CodeOut]:
    """Add a code that many share."""
    return await perform(request, add_code, promotion_id, data)


@post(f"{PATH}/codes/withdraw", operation="withdrawPromotionCode", scope=WRITE, tag=TAG, status=200)
async def post_withdraw_code(
    request: Call, promotion_id: FromPath[UUID], data: JSONBody[CodeRefIn]
) -> Response[CodeOut]:
    """Take a code back, shared or of a batch: it opens nothing more. Orders that used it keep what they have."""
    return await perform(request, take_back_code, promotion_id, data.code, at=clock.now())


@get(f"{PATH}/code-batches", operation="listCodeBatches", scope=WRITE, tag=TAG)
async def list_batches(
    request: Call, promotion_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[CodeBatchOut]]:
    """List the batches of codes, oldest first."""
    after = after_cursor(cursor, UUID)
    rows = await batches_page(request.db.reading, promotion_id, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@post(
    f"{PATH}/code-batches",
    operation="startCodeBatch",
    scope=WRITE,
    tag=TAG,
    status=202,
    refusals=[NeedsCodes, IllegalMove],
)
async def post_batch(
    request: Call, promotion_id: FromPath[UUID], data: JSONBody[CodeBatchIn]
) -> Response[CodeBatchOut]:
    """Have up to a million codes made, each for one order. The answer is the batch: reading it tells how far it is."""
    return await perform(request, start_batch, promotion_id, data, actor=request.caller.principal, at=clock.now())


@get(f"{PATH}/code-batches/{{batch_id:uuid}}", operation="getCodeBatch", scope=WRITE, tag=TAG)
async def get_batch(request: Call, promotion_id: FromPath[UUID], batch_id: FromPath[UUID]) -> Response[CodeBatchOut]:
    """Get a batch of codes: how many of them are made."""
    return answer(request, await batch(request.db.reading, promotion_id, batch_id))


@post(
    f"{PATH}/code-batches/{{batch_id:uuid}}/withdraw",
    operation="withdrawCodeBatch",
    scope=WRITE,
    tag=TAG,
    status=200,
)
async def post_withdraw_batch(
    request: Call, promotion_id: FromPath[UUID], batch_id: FromPath[UUID]
) -> Response[CodeBatchOut]:
    """Take all codes of a batch back: they open nothing more."""
    return await perform(request, withdraw_batch, promotion_id, batch_id, at=clock.now())


@get(
    f"{PATH}/code-batches/{{batch_id:uuid}}/codes.csv",
    operation="exportCodeBatch",
    scope=WRITE,
    tag=TAG,
    refusals=[BatchUnfinished],
    media_type="text/csv",
)
async def export_batch(request: Call, promotion_id: FromPath[UUID], batch_id: FromPath[UUID]) -> Stream:
    """Export a batch as CSV: its codes, and whether each was used."""
    row = await finished_batch(request.db.reading, promotion_id, batch_id)
    headers = {
        "cache-control": "private, no-store",
        "content-disposition": f'attachment; filename="codes-{row.number}.csv"',
    }
    return Stream(csv_of(request.db.reading, row), media_type="text/csv", headers=headers)


ROUTES: list[HTTPRouteHandler] = [
    list_codes,
    post_code,
    post_withdraw_code,
    list_batches,
    post_batch,
    get_batch,
    post_withdraw_batch,
    export_batch,
]
