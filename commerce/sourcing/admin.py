"""Back office: write the rules that choose where orders are sent from, try them, publish and withdraw them."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from commerce import stores
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
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
from commerce.sourcing import queries
from commerce.sourcing.draft import change_rule, create_rule
from commerce.sourcing.errors import SourcingCodeTaken, SourcingRuleHolds
from commerce.sourcing.facts import NO_RATES, State
from commerce.sourcing.lint import findings
from commerce.sourcing.parcel_costs import rates_now, said_page, say_parcel_cost
from commerce.sourcing.publish import publish_rule, withdraw_rule
from commerce.sourcing.schemas import (
    ParcelCostIn,
    ParcelCostOut,
    PublishSourcingRuleIn,
    SourcingDecisionOut,
    SourcingFindingsOut,
    SourcingRuleIn,
    SourcingRuleOut,
    SourcingRulePatch,
    SourcingRuleVersionOut,
    TrySourcingIn,
)
from commerce.sourcing.try_rule import asked_rule, try_rule

SCOPE = "sourcing:write"
TAG = "sourcing"
RULES = "/v1/admin/sourcing-rules"
ONE = "/v1/admin/sourcing-rules/{rule_id:uuid}"
COSTS = "/v1/admin/locations/{location_id:uuid}/parcel-costs"
Place = Annotated[int, Meta(ge=1, le=2**63 - 1)]


@get(RULES, operation="listSourcingRules", scope=SCOPE, tag=TAG)
async def list_rules(
    request: Call,
    rule_state: Annotated[State | None, QueryParameter(name="state")] = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[SourcingRuleOut]]:
    """List sourcing rules, oldest first."""
    after = after_cursor(cursor, UUID)
    rows = await queries.rules_page(
        request.db.reading, state=rule_state, after=after[0] if after else None, most=limit + 1
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@post(RULES, operation="createSourcingRule", scope=SCOPE, tag=TAG, refusals=[SourcingCodeTaken])
async def post_rule(request: Call, data: JSONBody[SourcingRuleIn]) -> Response[SourcingRuleOut]:
    """Write a rule, as a draft that decides nothing yet."""
    return await perform(request, create_rule, data, at=clock.now())


@post(f"{RULES}/try", operation="trySourcingRule", scope=SCOPE, tag=TAG, status=200, refusals=[NotFound])
async def post_try(request: Call, data: JSONBody[TrySourcingIn]) -> Response[SourcingDecisionOut]:
    """Say from where a basket would be sent now, by a draft or by what is in force, and why; nothing is kept for anybody."""
    rule = await asked_rule(request.db.reading, data)
    rates = await rates_now(request.db.reading, data.channel_id) if rule.wants_cost else NO_RATES
    places = await stores.locations(request.db.reading)
    return await perform(request, try_rule, rule, rates, places, data, at=clock.now())


@get(ONE, operation="getSourcingRule", scope=SCOPE, tag=TAG)
async def get_rule(request: Call, rule_id: FromPath[UUID]) -> Response[SourcingRuleOut]:
    """Get a rule as it is written now."""
    return answer(request, await queries.rule(request.db.reading, rule_id))


@patch(ONE, operation="changeSourcingRule", scope=SCOPE, tag=TAG, refusals=[IllegalMove])
async def patch_rule(
    request: Call, rule_id: FromPath[UUID], data: JSONBody[SourcingRulePatch]
) -> Response[SourcingRuleOut]:
    """Rewrite a rule. What is in force stays as it is until the change is published."""
    return await perform(request, change_rule, rule_id, request.expected_version(), data, at=clock.now())


@get(f"{ONE}/lint", operation="lintSourcingRule", scope=SCOPE, tag=TAG)
async def lint_rule(request: Call, rule_id: FromPath[UUID]) -> Response[SourcingFindingsOut]:
    """Look a rule over as it is written now: steps that can never give anything, words that change nothing."""
    row = await queries.rule_row(request.db.reading, rule_id)
    places = await stores.locations(request.db.reading)
    return answer(request, SourcingFindingsOut(items=findings(row.routing, places.shipping_points())))


@post(
    f"{ONE}/publish",
    operation="publishSourcingRule",
    scope=SCOPE,
    tag=TAG,
    status=200,
    refusals=[IllegalMove, StaleVersion, SourcingRuleHolds],
)
async def post_publish(
    request: Call, rule_id: FromPath[UUID], data: JSONBody[PublishSourcingRuleIn]
) -> Response[SourcingRuleOut]:
    """Put a rule in force as it is written. Every process decides by it within a second."""
    return await perform(request, publish_rule, rule_id, data, actor=request.caller.principal, at=clock.now())


@post(f"{ONE}/withdraw", operation="withdrawSourcingRule", scope=SCOPE, tag=TAG, status=200, refusals=[IllegalMove])
async def post_withdraw(request: Call, rule_id: FromPath[UUID]) -> Response[SourcingRuleOut]:
    """Take a rule out of force for good: then the one for all channels decides, or the built-in one."""
    return await perform(request, withdraw_rule, rule_id, actor=request.caller.principal, at=clock.now())


@get(f"{ONE}/versions", operation="listSourcingRuleVersions", scope=SCOPE, tag=TAG)
async def list_versions(
    request: Call, rule_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[SourcingRuleVersionOut]]:
    """List a rule's publications and its withdrawal, the latest first."""
    before = after_cursor(cursor, Place)
    rows = await queries.versions_page(
        request.db.reading, rule_id, before=before[0] if before else None, most=limit + 1
    )
    page = paged(rows, limit, key=lambda row: [row[0]])
    return answer(request, Page(items=[version for _, version in page.items], next_cursor=page.next_cursor))


@get(COSTS, operation="listParcelCosts", scope=SCOPE, tag=TAG, refusals=[NotFound])
async def list_costs(
    request: Call, location_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[ParcelCostOut]]:
    """List what was said of the cost of a place's parcels, the latest first; the latest of each currency holds."""
    before = after_cursor(cursor, Place)
    rows = await said_page(request.db.reading, location_id, before=before[0] if before else None, most=limit + 1)
    page = paged(rows, limit, key=lambda row: [row[0]])
    return answer(request, Page(items=[said for _, said in page.items], next_cursor=page.next_cursor))


@post(COSTS, operation="sayParcelCost", scope=SCOPE, tag=TAG, refusals=[InvalidInput, NotFound])
async def post_cost(
    request: Call, location_id: FromPath[UUID], data: JSONBody[ParcelCostIn]
) -> Response[ParcelCostOut]:
    """Say what a parcel from a place costs from now on; rules that rank by cost take it before their own."""
    return await perform(request, say_parcel_cost, location_id, data, actor=request.caller.principal, at=clock.now())


ROUTES: list[HTTPRouteHandler] = [
    list_rules,
    post_rule,
    post_try,
    get_rule,
    patch_rule,
    lint_rule,
    post_publish,
    post_withdraw,
    list_versions,
    list_costs,
    post_cost,
]
