"""The back office: how long pickups wait, and who lets them go."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Page
from commerce.platform.database import Tx
from commerce.platform.http import (
    Call,
    Caller,
    Cursor,
    Forbidden,
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
from commerce.uncollected.errors import CollectionPolicyTaken
from commerce.uncollected.on_wire import no_shows_out, policy_out, terms_in
from commerce.uncollected.queries import people
from commerce.uncollected.schemas import CollectionPolicyIn, CollectionPolicyOut, NoShowsOut, TermsIn
from commerce.uncollected.set_policy import change, policies, policy, withdraw, write

SCOPE, TAG = "locations:write", "locations"
POLICIES = "/v1/admin/collection-policies"
ONE = "/v1/admin/collection-policies/{policy_id:uuid}"
FIRST = UUID(int=0)


@get(POLICIES, operation="listCollectionPolicies", scope=SCOPE, tag=TAG)
async def list_policies(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[CollectionPolicyOut]]:
    """List how long pickups wait, oldest first; who is bound to locations sees theirs. Without any, the shop's settings hold."""
    after = after_cursor(cursor, UUID)
    rows = await policies(request.db.reading, request.caller, after=after[0] if after else FIRST, most=limit + 1)
    page = paged(rows, limit, key=lambda each: [each.id])
    return answer(request, Page(items=[policy_out(each) for each in page.items], next_cursor=page.next_cursor))


@post(
    POLICIES,
    operation="createCollectionPolicy",
    scope=SCOPE,
    tag=TAG,
    refusals=[NotFound, InvalidInput, Forbidden, CollectionPolicyTaken],
)
async def post_policy(request: Call, data: JSONBody[CollectionPolicyIn]) -> Response[CollectionPolicyOut]:
    """Say how long pickups wait at a location, of a category, or in the whole shop. What waits already keeps its terms."""
    return await perform(request, _written, request.caller, data)


@get(ONE, operation="getCollectionPolicy", scope=SCOPE, tag=TAG, refusals=[NotFound])
async def get_policy(request: Call, policy_id: FromPath[UUID]) -> Response[CollectionPolicyOut]:
    """Get one of the policies."""
    return answer(request, policy_out(await policy(request.db.reading, request.caller, policy_id)))


@put(ONE, operation="changeCollectionPolicy", scope=SCOPE, tag=TAG, refusals=[NotFound, InvalidInput, StaleVersion])
async def put_policy(
    request: Call, policy_id: FromPath[UUID], data: JSONBody[TermsIn]
) -> Response[CollectionPolicyOut]:
    """Replace the terms of a policy."""
    return await perform(request, _changed, request.caller, policy_id, request.expected_version(), data)


@delete(ONE, operation="deleteCollectionPolicy", scope=SCOPE, tag=TAG, refusals=[NotFound, StaleVersion])
async def delete_policy(request: Call, policy_id: FromPath[UUID]) -> Response[None]:
    """Withdraw a policy: what becomes ready from now on waits by what is less specific."""
    return await perform(request, withdraw, request.caller, policy_id, request.expected_version())


@get("/v1/admin/no-shows", operation="listNoShows", scope="customers:read", tag="customers")
async def list_no_shows(
    request: Call,
    limit: Limit = 24,
    cursor: Cursor = None,
    unsigned_too: FromQuery[Annotated[bool, Meta(description="Show those too who have too few for a sign")]] = False,
) -> Response[Page[NoShowsOut]]:
    """List who lets pickups go, by their keys: accounts by their ids, guests by a digest. Who is bound to locations sees whom they wait for."""
    after = after_cursor(cursor, str)
    rows = await people(
        request.db.reading,
        request.caller,
        unsigned_too=unsigned_too,
        at=clock.now(),
        after=after[0] if after else "",
        most=limit + 1,
    )
    page = paged(rows, limit, key=lambda each: [each.customer])
    return answer(request, Page(items=[no_shows_out(each) for each in page.items], next_cursor=page.next_cursor))


async def _written(tx: Tx, caller: Caller, data: CollectionPolicyIn) -> CollectionPolicyOut:
    return policy_out(await write(tx, caller, data.location_id, data.category_id, terms_in(data)))


async def _changed(tx: Tx, caller: Caller, policy_id: UUID, expected: int, data: TermsIn) -> CollectionPolicyOut:
    return policy_out(await change(tx, caller, policy_id, expected, terms_in(data)))


ROUTES = [list_policies, post_policy, get_policy, put_policy, delete_policy, list_no_shows]
