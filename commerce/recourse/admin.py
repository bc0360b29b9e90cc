"""The back office: what waits for a person, and how long is waited before it does."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce import stores
from commerce.kernel.errors import NotFound
from commerce.kernel.wire import Page
from commerce.platform.database import Tx
from commerce.platform.http import (
    Call,
    Caller,
    Cursor,
    Limit,
    StaleVersion,
    after_instant,
    answer,
    get,
    paged,
    perform,
    post,
    put,
)
from commerce.recourse.exceptions import resolve
from commerce.recourse.facts import Patience, WaitingException
from commerce.recourse.queries import own_patience, waiting_exceptions
from commerce.recourse.schemas import OrderExceptionOut, PatienceIn, PatienceOut
from commerce.recourse.set_patience import set_patience

OfLocation = FromQuery[
    Annotated[UUID | None, Meta(description="A location's own figures; without it, those of the whole shop")]
]


@get("/v1/admin/exceptions", operation="listOrderExceptions", scope="fulfilment:work", tag="fulfilment")
async def list_order_exceptions(
    request: Call,
    limit: Limit = 24,
    cursor: Cursor = None,
    resolved: FromQuery[Annotated[bool, Meta(description="Show what is resolved too")]] = False,
) -> Response[Page[OrderExceptionOut]]:
    """List what waits for a person at the caller's locations, the oldest first."""
    found = await waiting_exceptions(
        request.db.reading,
        request.caller,
        resolved_too=resolved,
        after=after_instant(cursor),
        most=limit + 1,
    )
    page = paged(found, limit, key=lambda each: [each.opened_at, each.id])
    return answer(request, Page(items=[_out(each) for each in page.items], next_cursor=page.next_cursor))


@post(
    "/v1/admin/exceptions/{exception_id:uuid}/resolve",
    operation="resolveOrderException",
    scope="fulfilment:work",
    tag="fulfilment",
    status=200,
    refusals=[NotFound],
)
async def resolve_order_exception(request: Call, exception_id: FromPath[UUID]) -> Response[OrderExceptionOut]:
    """Note that somebody has dealt with it. What ends by itself, because its customer chose, is resolved by itself; that nobody takes
    work on at a place, when it is switched on.
    """
    return await perform(request, _resolved, request.caller, exception_id)


@get("/v1/admin/patience", operation="getPatience", scope="locations:write", tag="locations", refusals=[NotFound])
async def get_patience(request: Call, location_id: OfLocation = None) -> Response[PatienceOut]:
    """Get how long is waited for stores and customers."""
    if location_id is not None:
        await stores.location(request.db.reading, location_id)
    return answer(request, _patience(location_id, await own_patience(request.db.reading, location_id)))


@put(
    "/v1/admin/patience",
    operation="setPatience",
    scope="locations:write",
    tag="locations",
    refusals=[NotFound, StaleVersion],
)
async def put_patience(
    request: Call, data: JSONBody[PatienceIn], location_id: OfLocation = None
) -> Response[PatienceOut]:
    """Set how long is waited, for the whole shop or for one location."""
    return await perform(request, _set, location_id, request.expected_version(), data)


async def _resolved(tx: Tx, caller: Caller, exception_id: UUID) -> OrderExceptionOut:
    return _out(await resolve(tx, caller, exception_id))


async def _set(tx: Tx, location_id: UUID | None, expected: int, data: PatienceIn) -> PatienceOut:
    wanted = Patience(**msgspec.structs.asdict(data))
    return _patience(location_id, await set_patience(tx, location_id, expected, wanted))


def _out(each: WaitingException) -> OrderExceptionOut:
    return OrderExceptionOut(**msgspec.structs.asdict(each))


def _patience(location_id: UUID | None, found: Patience) -> PatienceOut:
    return PatienceOut(location_id=location_id, **msgspec.structs.asdict(found))


ROUTES = [list_order_exceptions, resolve_order_exception, get_patience, put_patience]
