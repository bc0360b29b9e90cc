"""The back office of replenishment: suppliers and their articles, bounds, proposals, the rules of receiving."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, structs

from commerce import stores
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import LocationId
from commerce.kernel.wire import Page
from commerce.platform.database import Reading, Tx
from commerce.platform.http import (
    Call,
    Caller,
    Cursor,
    Forbidden,
    Limit,
    StaleVersion,
    after_cursor,
    answer,
    get,
    paged,
    patch,
    perform,
    post,
)
from commerce.replenishment import bounds, propose, queries, suppliers
from commerce.replenishment.errors import SupplierCodeTaken
from commerce.replenishment.facts import Rules
from commerce.replenishment.on_wire import proposal_out
from commerce.replenishment.schemas import (
    BoundChangeOut,
    BoundOut,
    BoundsIn,
    BoundsOut,
    DraftIn,
    DraftsOut,
    ProposalOut,
    RulesOut,
    RulesPatch,
    SupplierArticle,
    SupplierArticlesIn,
    SupplierArticlesOut,
    SupplierIn,
    SupplierOut,
    SupplierPatch,
)

PLAN, SEE, TAG = "stock:plan", "stock:read", "admin: replenishment"
SUPPLIER = "/v1/admin/suppliers/{supplier_id:uuid}"
BASE = "/v1/admin/replenishment"
At = FromQuery[UUID | None]
Position = Annotated[int, Meta(ge=0, le=2**62)]
NEWEST = 2**62


@get("/v1/admin/suppliers", operation="listSuppliers", scope=PLAN, tag=TAG, refusals=[InvalidInput])
async def list_suppliers(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[SupplierOut]]:
    """List suppliers by code."""
    after = after_cursor(cursor, str)
    rows = await suppliers.supplier_page(request.db.reading, after=after[0] if after else "", most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code]))


@post(
    "/v1/admin/suppliers", operation="createSupplier", scope=PLAN, tag=TAG, refusals=[InvalidInput, SupplierCodeTaken]
)
async def create_supplier(request: Call, data: JSONBody[SupplierIn]) -> Response[SupplierOut]:
    """Make a supplier."""
    return await perform(request, suppliers.create_supplier, data)


@get(SUPPLIER, operation="getSupplier", scope=PLAN, tag=TAG, refusals=[NotFound])
async def get_supplier(request: Call, supplier_id: FromPath[UUID]) -> Response[SupplierOut]:
    """Get a supplier."""
    return answer(request, await suppliers.supplier(request.db.reading, supplier_id))


@patch(SUPPLIER, operation="changeSupplier", scope=PLAN, tag=TAG, refusals=[InvalidInput, NotFound])
async def change_supplier(
    request: Call, supplier_id: FromPath[UUID], data: JSONBody[SupplierPatch]
) -> Response[SupplierOut]:
    """Change a supplier; `active: false` ends it."""
    return await perform(request, suppliers.change_supplier, supplier_id, request.expected_version(), data)


@get(SUPPLIER + "/articles", operation="listSupplierArticles", scope=PLAN, tag=TAG, refusals=[NotFound])
async def list_supplier_articles(
    request: Call, supplier_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[SupplierArticle]]:
    """List what a supplier has, on which terms."""
    after = after_cursor(cursor, UUID)
    rows = await suppliers.article_page(
        request.db.reading, supplier_id, after=after[0] if after else queries.BEGINNING, most=limit + 1
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.variant_id]))


@post(
    SUPPLIER + "/articles",
    operation="putSupplierArticles",
    scope=PLAN,
    tag=TAG,
    status=200,
    refusals=[InvalidInput, NotFound],
)
async def put_supplier_articles(
    request: Call, supplier_id: FromPath[UUID], data: JSONBody[SupplierArticlesIn]
) -> Response[SupplierArticlesOut]:
    """Put the terms of articles that a supplier has, and drop those that it has no longer."""
    return await perform(request, suppliers.put_articles, supplier_id, data)


@get(BASE + "/bounds", operation="listReplenishmentBounds", scope=SEE, tag=TAG, refusals=[InvalidInput])
async def list_bounds(
    request: Call, limit: Limit = 24, cursor: Cursor = None, location_id: At = None
) -> Response[Page[BoundOut]]:
    """List the bounds of articles at the caller's locations."""
    rows = await bounds.bound_page(
        request.db.reading, request.caller, location_id=location_id, after=_after(cursor), most=limit + 1
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.variant_id, row.location_id]))


@post(BASE + "/bounds", operation="setReplenishmentBounds", scope=PLAN, tag=TAG, status=200, refusals=[InvalidInput])
async def set_bounds(request: Call, data: JSONBody[BoundsIn]) -> Response[BoundsOut]:
    """Set bounds, or take them away, all of them or none."""
    return await perform(request, bounds.set_bounds, request.caller, data)


@get(BASE + "/bounds/history", operation="listReplenishmentBoundChanges", scope=SEE, tag=TAG, refusals=[InvalidInput])
async def list_bound_changes(
    request: Call, limit: Limit = 24, cursor: Cursor = None, variant_id: At = None, location_id: At = None
) -> Response[Page[BoundChangeOut]]:
    """List what bounds were and are, the latest change first."""
    before = after_cursor(cursor, Position)
    rows = await bounds.change_page(
        request.db.reading,
        request.caller,
        variant_id=variant_id,
        location_id=location_id,
        before=before[0] if before else NEWEST,
        most=limit + 1,
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.seq]))


@get(BASE + "/proposals", operation="listReplenishmentProposals", scope=PLAN, tag=TAG, refusals=[InvalidInput])
async def list_proposals(
    request: Call, limit: Limit = 24, cursor: Cursor = None, location_id: At = None
) -> Response[Page[ProposalOut]]:
    """Propose what should come where; a page looks at `limit` bounds, and holds only those that are below their minimum."""
    reading = request.db.reading
    rows = await bounds.bound_page(
        reading, request.caller, location_id=location_id, after=_after(cursor), most=limit + 1
    )
    page = paged(rows, limit, key=lambda row: [row.variant_id, row.location_id])
    found = await propose.proposals_for(reading, page.items, await _warehouses(reading))
    return answer(request, Page(items=[proposal_out(each) for each in found], next_cursor=page.next_cursor))


@post(
    BASE + "/proposals/drafts",
    operation="draftReplenishmentProposals",
    scope=PLAN,
    tag=TAG,
    key="required",
    refusals=[InvalidInput],
)
async def draft_proposals(request: Call, data: JSONBody[DraftIn]) -> Response[DraftsOut]:
    """Make drafts of what is proposed for a location: transfers from warehouses, purchase orders to suppliers."""
    warehouses = await _warehouses(request.db.reading)
    return await perform(request, propose.draft_proposals, request.caller, data.location_id, warehouses)


@get(BASE + "/rules", operation="getReplenishmentRules", scope=SEE, tag=TAG)
async def get_rules(request: Call) -> Response[RulesOut]:
    """Get what the shop decided of receiving."""
    return answer(request, _rules(await queries.rules_now(request.db.reading)))


@patch(BASE + "/rules", operation="changeReplenishmentRules", scope=PLAN, tag=TAG, refusals=[StaleVersion, Forbidden])
async def change_rules(request: Call, data: JSONBody[RulesPatch]) -> Response[RulesOut]:
    """Change the tolerance of over-receipts, or whether who shipped may receive. Needs a caller who is bound to no location."""
    return await perform(request, _changed_rules, request.caller, request.expected_version(), data)


async def _changed_rules(tx: Tx, caller: Caller, expected: int, data: RulesPatch) -> RulesOut:
    return _rules(await bounds.set_rules(tx, caller, expected, data))


async def _warehouses(reading: Reading) -> list[LocationId]:
    known = (await stores.locations(reading)).all
    return [each.id for each in known if each.kind == "warehouse" and each.active]


def _after(cursor: str | None) -> tuple[UUID, UUID]:
    place = after_cursor(cursor, UUID, UUID)
    return (place[0], place[1]) if place else (queries.BEGINNING, queries.BEGINNING)


def _rules(rules: Rules) -> RulesOut:
    return RulesOut(**structs.asdict(rules))


ROUTES: list[HTTPRouteHandler] = [
    list_suppliers,
    create_supplier,
    get_supplier,
    change_supplier,
    list_supplier_articles,
    put_supplier_articles,
    list_bounds,
    set_bounds,
    list_bound_changes,
    list_proposals,
    draft_proposals,
    get_rules,
    change_rules,
]
