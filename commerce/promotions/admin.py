"""Back office: write promotions, publish them, withdraw them, look at what they did."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove
from commerce.platform.http import (
    Call,
    Cursor,
    Limit,
    Page,
    StaleVersion,
    after_cursor,
    answer,
    get,
    paged,
    patch,
    perform,
    post,
)
from commerce.promotions import code_admin, queries
from commerce.promotions.draft import change_promotion, create_promotion
from commerce.promotions.errors import PromotionCodeTaken
from commerce.promotions.facts import State
from commerce.promotions.look_over import look_over, look_over_all
from commerce.promotions.publish import publish_promotion, withdraw_promotion
from commerce.promotions.schemas import (
    FindingsOut,
    PromotionIn,
    PromotionOut,
    PromotionPatch,
    PromotionSummaryOut,
    PromotionVersionOut,
    PublishIn,
    UsageOut,
    UseOut,
)

READ, WRITE = "promotions:read", "promotions:write"
TAG = "promotions"
Place = Annotated[int, Meta(ge=1, le=2**63 - 1)]
PATH = "/v1/admin/promotions/{promotion_id:uuid}"


@get("/v1/admin/promotions", operation="listPromotions", scope=READ, tag=TAG)
async def list_promotions(
    request: Call,
    promotion_state: Annotated[State | None, QueryParameter(name="state")] = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[PromotionSummaryOut]]:
    """List promotions, oldest first."""
    after = after_cursor(cursor, UUID)
    rows = await queries.promotions_page(
        request.db.reading, state=promotion_state, after=after[0] if after else None, most=limit + 1
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@post("/v1/admin/promotions", operation="createPromotion", scope=WRITE, tag=TAG, refusals=[PromotionCodeTaken])
async def post_promotion(request: Call, data: JSONBody[PromotionIn]) -> Response[PromotionOut]:
    """Write a promotion, as a draft that applies to nothing yet.

    A rule that is wrong is refused with each field at fault: shares outside 0 to 1, overlapping hours, what does not exist,
    other currencies, a gift that is its own condition …
    """
    return await perform(request, create_promotion, data, at=clock.now())


@get("/v1/admin/promotions/lint", operation="lintPromotions", scope=READ, tag=TAG)
async def lint_promotions(request: Call) -> Response[FindingsOut]:
    """Look published promotions over: which can never apply, which another one always goes before, which are price reductions."""
    return answer(request, await look_over_all(request.db.reading, at=clock.now()))


@get(PATH, operation="getPromotion", scope=READ, tag=TAG)
async def get_promotion(request: Call, promotion_id: FromPath[UUID]) -> Response[PromotionOut]:
    """Get a promotion as it is written now."""
    return answer(request, await queries.promotion(request.db.reading, promotion_id))


@patch(PATH, operation="changePromotion", scope=WRITE, tag=TAG, refusals=[IllegalMove])
async def patch_promotion(
    request: Call, promotion_id: FromPath[UUID], data: JSONBody[PromotionPatch]
) -> Response[PromotionOut]:
    """Rewrite a promotion. What is in force stays as it is until the change is published."""
    return await perform(request, change_promotion, promotion_id, request.expected_version(), data, at=clock.now())


@get(f"{PATH}/lint", operation="lintPromotion", scope=READ, tag=TAG)
async def lint_promotion(request: Call, promotion_id: FromPath[UUID]) -> Response[FindingsOut]:
    """Look a promotion over as it is written now, beside the published ones."""
    return answer(request, await look_over(request.db.reading, promotion_id, at=clock.now()))


@post(
    f"{PATH}/publish",
    operation="publishPromotion",
    scope=WRITE,
    tag=TAG,
    status=200,
    refusals=[IllegalMove, StaleVersion],
)
async def post_publish(
    request: Call, promotion_id: FromPath[UUID], data: JSONBody[PublishIn]
) -> Response[PromotionOut]:
    """Put a promotion in force as it is written: at once, or from an instant on. Every process knows within a second."""
    return await perform(request, publish_promotion, promotion_id, data, actor=request.caller.principal, at=clock.now())


@post(
    f"{PATH}/withdraw",
    operation="withdrawPromotion",
    scope=WRITE,
    tag=TAG,
    status=200,
    refusals=[IllegalMove],
)
async def post_withdraw(request: Call, promotion_id: FromPath[UUID]) -> Response[PromotionOut]:
    """Take a promotion out of force for good. What orders have of it, they keep."""
    return await perform(request, withdraw_promotion, promotion_id, actor=request.caller.principal, at=clock.now())


@get(f"{PATH}/versions", operation="listPromotionVersions", scope=READ, tag=TAG)
async def list_versions(
    request: Call, promotion_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[PromotionVersionOut]]:
    """List a promotion's publications and its withdrawal, the latest first."""
    before = after_cursor(cursor, Place)
    rows = await queries.versions_page(
        request.db.reading, promotion_id, before=before[0] if before else None, most=limit + 1
    )
    page = paged(rows, limit, key=lambda row: [row[0]])
    return answer(request, Page(items=[version for _, version in page.items], next_cursor=page.next_cursor))


@get(f"{PATH}/usage", operation="getPromotionUsage", scope=READ, tag=TAG)
async def get_usage(request: Call, promotion_id: FromPath[UUID]) -> Response[UsageOut]:
    """Get how much of a promotion is taken, by orders that are under way as well."""
    return answer(request, await queries.usage(request.db.reading, promotion_id))


@get(f"{PATH}/uses", operation="listPromotionUses", scope=READ, tag=TAG)
async def list_uses(
    request: Call, promotion_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[UseOut]]:
    """List which orders used a promotion, oldest first."""
    after = after_cursor(cursor, UUID)
    rows = await queries.uses_page(request.db.reading, promotion_id, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.order_id]))


ROUTES: list[HTTPRouteHandler] = [
    list_promotions,
    post_promotion,
    lint_promotions,
    get_promotion,
    patch_promotion,
    lint_promotion,
    post_publish,
    post_withdraw,
    list_versions,
    get_usage,
    list_uses,
    *code_admin.ROUTES,
]
