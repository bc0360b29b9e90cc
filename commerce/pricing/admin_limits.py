"""Back office: what articles cost, the margin that promotions leave, and how far prices by hand may go."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.currencies import Currency
from commerce.kernel.errors import FieldError, InvalidInput, NotFound
from commerce.platform.database import Tx
from commerce.platform.http import Call, Cursor, Limit, Page, after_cursor, answer, delete, get, paged, perform, put
from commerce.pricing import article_costs
from commerce.pricing.facts import CostEntry
from commerce.pricing.guard_margin import drop_margin_guard, margin_guard, margin_guards_now, set_margin_guard
from commerce.pricing.override_price import limit_out, override_limit, override_limits_now, set_override_limit
from commerce.pricing.put_prices import MOST
from commerce.pricing.schemas import (
    CostChangeOut,
    CostOut,
    CostsIn,
    CostsSetOut,
    MarginGuardIn,
    MarginGuardOut,
    MarginGuardsOut,
    OverrideLimitIn,
    OverrideLimitOut,
    OverrideLimitsOut,
)
from commerce.pricing.there import known_variants

READ, WRITE = "costs:read", "costs:write"
TAG = "prices"
Place = Annotated[int, Meta(ge=1, le=2**63 - 1)]
CurrencyCode = FromPath[Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z", description="ISO 4217")]]
InCurrency = FromQuery[Currency]
LimitedScope = FromPath[Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z]+(?::[a-z]+)?\Z")]]


@get("/v1/admin/costs", operation="listCosts", scope=READ, tag=TAG)
async def list_costs(
    request: Call, currency: InCurrency, limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[CostOut]]:
    """List what articles cost in a currency, by variant."""
    after = after_cursor(cursor, UUID)
    rows = await article_costs.costs_page(
        request.db.reading, currency=currency, after=after[0] if after else None, most=limit + 1
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.variant_id]))


@put("/v1/admin/costs", operation="setCosts", scope=WRITE, tag=TAG, versioned=False)
async def set_article_costs(request: Call, data: JSONBody[CostsIn]) -> Response[CostsSetOut]:
    """Set what up to 100 articles cost, before tax. Others stay as they are; who sends the same again changes nothing."""
    return await perform(request, _set_costs, data, actor=request.caller.principal)


async def _set_costs(tx: Tx, data: CostsIn, *, actor: str) -> CostsSetOut:
    faults: list[FieldError] = []
    seen: set[UUID] = set()
    known = await known_variants(tx, {each.variant_id for each in data.costs})
    for position, each in enumerate(data.costs):
        pointer = f"/costs/{position}"
        if each.cost is not None and each.cost.currency != data.currency:
            faults.append(FieldError(f"{pointer}/cost/currency", f"These costs are in {data.currency}."))
        if each.cost is not None and not 0 <= each.cost.amount <= MOST:
            faults.append(FieldError(f"{pointer}/cost/amount", f"A cost is from 0 to {MOST}."))
        if each.variant_id not in known:
            faults.append(FieldError(f"{pointer}/variant_id", "There is no such article."))
        if each.variant_id in seen:
            faults.append(FieldError(f"{pointer}/variant_id", "This variant is named twice."))
        seen.add(each.variant_id)
    if faults:
        raise InvalidInput("No cost was set: some are not valid.", errors=faults)
    entries = [
        CostEntry(variant_id=each.variant_id, amount=None if each.cost is None else each.cost.amount)
        for each in data.costs
    ]
    changed = await article_costs.set_costs(tx, entries, currency=data.currency, actor=actor, at=clock.now())
    return CostsSetOut(changed=list(changed))


@get("/v1/admin/costs/{variant_id:uuid}/history", operation="listCostChanges", scope=READ, tag=TAG)
async def list_cost_changes(
    request: Call, variant_id: FromPath[UUID], currency: InCurrency, limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[CostChangeOut]]:
    """List what an article's cost was and is, the latest change first."""
    before = after_cursor(cursor, Place)
    rows = await article_costs.cost_changes(
        request.db.reading, variant_id, currency=currency, before=before[0] if before else None, most=limit + 1
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@get("/v1/admin/margin-guards", operation="listMarginGuards", scope=READ, tag=TAG)
async def list_margin_guards(request: Call) -> Response[MarginGuardsOut]:
    """List the margins that promotions must leave, by currency."""
    return answer(request, MarginGuardsOut(items=await margin_guards_now(request.db.reading)))


@get("/v1/admin/margin-guards/{currency:str}", operation="getMarginGuard", scope=READ, tag=TAG, refusals=[NotFound])
async def get_margin_guard(request: Call, currency: CurrencyCode) -> Response[MarginGuardOut]:
    """Get the margin that promotions must leave in a currency."""
    return answer(request, await margin_guard(request.db.reading, currency))


@put("/v1/admin/margin-guards/{currency:str}", operation="setMarginGuard", scope=WRITE, tag=TAG)
async def put_margin_guard(
    request: Call, currency: CurrencyCode, data: JSONBody[MarginGuardIn]
) -> Response[MarginGuardOut]:
    """Set the margin that promotions must leave in a currency; If-Match is "0" where none is guarded yet. Articles without a known cost are not guarded."""
    return await perform(request, set_margin_guard, currency, request.expected_version(), data, at=clock.now())


@delete("/v1/admin/margin-guards/{currency:str}", operation="dropMarginGuard", scope=WRITE, tag=TAG)
async def remove_margin_guard(request: Call, currency: CurrencyCode) -> Response[None]:
    """Guard the margin in a currency no longer."""
    return await perform(request, drop_margin_guard, currency, request.expected_version())


@get("/v1/admin/override-limits", operation="listOverrideLimits", scope="prices:write", tag=TAG)
async def list_override_limits(request: Call) -> Response[OverrideLimitsOut]:
    """List how far below the list prices by hand may be, by the scope that allows them."""
    limits = await override_limits_now(request.db.reading)
    return answer(request, OverrideLimitsOut(items=[limit_out(scope, each) for scope, each in sorted(limits.items())]))


@get(
    "/v1/admin/override-limits/{limited:str}",
    operation="getOverrideLimit",
    scope="prices:write",
    tag=TAG,
    refusals=[NotFound],
)
async def get_override_limit(request: Call, limited: LimitedScope) -> Response[OverrideLimitOut]:
    """Get how far below the list who has a scope may go by hand; version 0 until somebody sets it."""
    return answer(request, await override_limit(request.db.reading, limited))


@put("/v1/admin/override-limits/{limited:str}", operation="setOverrideLimit", scope="prices:write", tag=TAG)
async def put_override_limit(
    request: Call, limited: LimitedScope, data: JSONBody[OverrideLimitIn]
) -> Response[OverrideLimitOut]:
    """Set how far below the list who has a scope may go by hand, and whether a reason is wanted."""
    return await perform(request, set_override_limit, limited, request.expected_version(), data, at=clock.now())


ROUTES: list[HTTPRouteHandler] = [
    list_costs,
    set_article_costs,
    list_cost_changes,
    list_margin_guards,
    get_margin_guard,
    put_margin_guard,
    remove_margin_guard,
    list_override_limits,
    get_override_limit,
    put_override_limit,
]
