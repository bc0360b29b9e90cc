"""Back office: on which terms articles are sold ahead, and who waits for what."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce.inventory import StockNotKept
from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Page
from commerce.platform.http import Call, Caller, Cursor, Limit, after_cursor, answer, get, paged, perform, put
from commerce.supplies import set_terms
from commerce.supplies.queries import listed
from commerce.supplies.schemas import SupplyClaimOut, SupplyTermsChangeOut, SupplyTermsIn, SupplyTermsOut

PLAN, READ = "stock:plan", "stock:read"
TAG = "admin: stock"
Position = Annotated[int, Meta(ge=0, le=2**62)]
OfArticle = FromQuery[Annotated[UUID, Meta(description="Only claims on this article")] | None]
OfLocation = FromQuery[Annotated[UUID, Meta(description="Only claims at this location")] | None]


@get(
    "/v1/admin/supply-terms/{variant_id:uuid}/{location_id:uuid}",
    operation="getSupplyTerms",
    scope=PLAN,
    tag=TAG,
    refusals=[NotFound],
)
async def get_terms(request: Call, variant_id: FromPath[UUID], location_id: FromPath[UUID]) -> Response[SupplyTermsOut]:
    """Get on which terms an article is sold ahead at a location: not at all unless somebody said so."""
    _own(request.caller, location_id)
    found = set_terms.terms_out(await set_terms.terms_of(request.db.reading, variant_id, location_id))
    return answer(request, found)


@put(
    "/v1/admin/supply-terms/{variant_id:uuid}/{location_id:uuid}",
    operation="setSupplyTerms",
    scope=PLAN,
    tag=TAG,
    refusals=[InvalidInput, NotFound, StockNotKept],
)
async def put_terms(
    request: Call, variant_id: FromPath[UUID], location_id: FromPath[UUID], data: JSONBody[SupplyTermsIn]
) -> Response[SupplyTermsOut]:
    """Set on which terms an article is sold ahead at a location; what waits already goes on waiting."""
    _own(request.caller, location_id)
    return await perform(
        request, set_terms.set_terms, request.caller, variant_id, location_id, request.expected_version(), data
    )


@get(
    "/v1/admin/supply-terms/{variant_id:uuid}/{location_id:uuid}/changes",
    operation="listSupplyTermsChanges",
    scope=PLAN,
    tag=TAG,
    refusals=[InvalidInput, NotFound],
)
async def list_changes(
    request: Call,
    variant_id: FromPath[UUID],
    location_id: FromPath[UUID],
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[SupplyTermsChangeOut]]:
    """List the terms as each change left them, the latest first: who changed them, when and why."""
    _own(request.caller, location_id)
    before = after_cursor(cursor, Position)
    rows = await set_terms.changes(
        request.db.reading, variant_id, location_id, before=before[0] if before else None, limit=limit
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.seq]))


@get("/v1/admin/supply-claims", operation="listSupplyClaims", scope=READ, tag=TAG, refusals=[InvalidInput])
async def list_claims(
    request: Call,
    variant_id: OfArticle = None,
    location_id: OfLocation = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[SupplyClaimOut]]:
    """List units of orders that wait for supply at the caller's locations, the oldest first: the order in which they are served."""
    after = after_cursor(cursor, Position)
    rows = await listed(
        request.db.reading,
        variant_id=variant_id,
        location_id=location_id,
        locations=request.caller.locations,
        after=after[0] if after else 0,
        most=limit + 1,
        at=clock.now(),
    )
    page = paged(rows, limit, key=lambda row: [row.seq])
    items = [msgspec.convert(msgspec.structs.asdict(each), SupplyClaimOut) for each in page.items]
    return answer(request, Page(items=items, next_cursor=page.next_cursor))


def _own(caller: Caller, location_id: UUID) -> None:
    """Refuses with NotFound a location that is not the caller's, as if there were none."""
    if not caller.may_at(location_id):
        raise NotFound("There is no such location.")


ROUTES: list[Any] = [get_terms, put_terms, list_changes, list_claims]
