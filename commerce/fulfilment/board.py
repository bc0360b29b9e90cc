"""A location's board, live: new, late, arrived and cancelled work as it happens, nothing missed when the line breaks."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

import msgspec
from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery
from msgspec import Meta

from commerce.fulfilment import events, queries
from commerce.fulfilment.facts import Fulfilment
from commerce.fulfilment.schemas import FulfilmentOut, fulfilment_out
from commerce.kernel.errors import NotFound
from commerce.kernel.events import Event
from commerce.kernel.wire import WireOut
from commerce.platform.connections import Unavailable
from commerce.platform.events import StoredEvent
from commerce.platform.http import BEGINNING, Call, Told, get, last_seen, live

WORK_MOST = 500
LONGEST_SECONDS = 3_600
NAMES: dict[type, str] = {
    events.FulfilmentOffered: "new",
    events.FulfilmentLate: "late",
    events.CustomerArrived: "arrived",
    events.FulfilmentCancelled: "cancelled",
}
CHANGED = "changed"
SAID = {
    each.name(): NAMES.get(each, CHANGED) for each in events.OfFulfilment.__subclasses__() if issubclass(each, Event)
}
Place = FromQuery[Annotated[UUID, Meta(description="The location whose board it is; one of the caller's")]]
Seconds = FromQuery[
    Annotated[int, Meta(ge=1, le=LONGEST_SECONDS, description="For how long to listen; then the client comes back")]
]


class BoardOut(WireOut, frozen=True, kw_only=True):
    """The open work of a location, the oldest first; `more` when there is more than a board shows."""

    fulfilment_orders: list[FulfilmentOut]
    more: bool


class BoardNewsOut(WireOut, frozen=True, kw_only=True):
    """What happened (`type` is the fact's), when, and the work as it was right after."""

    type: str
    occurred_at: datetime
    fulfilment_order: FulfilmentOut


EVENTS = ResponseSpec(
    data_container=cast("type[BoardNewsOut]", BoardOut | BoardNewsOut),
    media_type="text/event-stream",
    description="Server-sent events; the schema is that of the `data` of one: of `board` the first, of all others the second",
    generate_examples=False,
)


class _Fact(msgspec.Struct, frozen=True):
    fulfilment: Fulfilment


@get(
    "/v1/fulfilment-orders/stream",
    operation="streamFulfilmentOrders",
    scope="fulfilment:read",
    tag="fulfilment",
    media_type="text/event-stream",
    responses={200: EVENTS},
    refusals=[NotFound, Unavailable],
)
async def stream_fulfilment_orders(
    request: Call, location_id: Place, seconds: Seconds = LONGEST_SECONDS
) -> Response[Any]:
    """Follow a location's board as server-sent events: `board` first, then `new`, `late`, `arrived`, `cancelled`, and `changed` for the rest.

    A client that comes back with Last-Event-ID hears all that happened since instead of the board. The same news may come again after the
    board: the work's `version` says which is later. Ends with `signed_out` when the token is good no longer.
    """
    if not request.caller.may_at(location_id):
        raise NotFound
    return live(request, _told(request, location_id), seconds=seconds)


async def _told(request: Call, location_id: UUID) -> AsyncIterator[Told]:
    following = request.services.following
    after, last = (
        last_seen(request),
        await following.now(),
    )  # before the work is read: what happens in between is told again
    if after is None or after > last:  # ahead of all that there is: the database was restored since
        after = last
        yield Told(after, "board", await _board(request, location_id))
    async for heard in following.listen(SAID, after):
        mine = [(fact, work) for fact in heard.facts if (work := _work(fact)).location_id == location_id]
        for fact, work in mine:
            yield Told(fact.position, SAID[fact.type], _news(fact, work, request.language))
        if not mine:
            yield Told()


async def _board(request: Call, location_id: UUID) -> BoardOut:
    found = await queries.work_list(
        request.db.reading,
        request.caller,
        location_id=location_id,
        state=None,
        kind=None,
        closed_too=False,
        after=BEGINNING,
        most=WORK_MOST + 1,
    )
    shown = [fulfilment_out(each, request.language) for each in found[:WORK_MOST]]
    return BoardOut(fulfilment_orders=shown, more=len(found) > WORK_MOST)


def _work(fact: StoredEvent) -> Fulfilment:
    return msgspec.json.decode(fact.payload, type=_Fact).fulfilment


def _news(fact: StoredEvent, work: Fulfilment, language: str) -> BoardNewsOut:
    return BoardNewsOut(type=fact.type, occurred_at=fact.occurred_at, fulfilment_order=fulfilment_out(work, language))
