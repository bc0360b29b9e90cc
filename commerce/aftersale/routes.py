"""Cancellations and returns over HTTP: shoppers for their own orders, staff and terminals for what is at their locations."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Concatenate, ParamSpec
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from commerce.aftersale import decide, queries
from commerce.aftersale.cancel_order import cancel_order
from commerce.aftersale.errors import TooLate, WorkHasBegun, WrongCount
from commerce.aftersale.facts import Inspected, Labelled, Return, ReturnState
from commerce.aftersale.inspect import inspect
from commerce.aftersale.on_wire import return_out
from commerce.aftersale.policy import policy
from commerce.aftersale.receive import receive
from commerce.aftersale.refund import refund
from commerce.aftersale.request import Wish, ask
from commerce.aftersale.returnable import returnable
from commerce.aftersale.schemas import (
    CancelOrderIn,
    DeclineReturnIn,
    InspectReturnIn,
    ReceiveReturnIn,
    ReturnableOut,
    ReturnIn,
    ReturnOut,
)
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound, Refusal
from commerce.kernel.wire import Page
from commerce.orders import NotThatManyUnits, OrderOut, PartlyFulfilled, UnknownOrderLine, order_out
from commerce.payments import MoreThanCaptured
from commerce.platform.database import Tx
from commerce.platform.http import Call, Caller, Cursor, Limit, after_cursor, answer, get, paged, perform, post
from commerce.traceability import LotNeeded, NotSoldWithLine, SerialElsewhere, SerialNeeded, SerialUnknown

P = ParamSpec("P")
MOVING: Sequence[type[Refusal]] = [NotFound, IllegalMove]
OfOrder = FromQuery[Annotated[UUID, Meta(description="Only those of this order")] | None]
At = FromQuery[Annotated[UUID, Meta(description="Only those received at this location")] | None]


@post(
    "/v1/orders/{order_id:uuid}/cancel",
    operation="cancelOrder",
    scope="orders:write",
    tag="orders",
    key="required",
    status=200,
    refusals=[*MOVING, WorkHasBegun, PartlyFulfilled],
)
async def cancel(request: Call, order_id: FromPath[UUID], data: JSONBody[CancelOrderIn]) -> Response[OrderOut]:
    """Cancel an order of which nothing has left: its goods are free again, what was held to pay it is let go.

    Its shopper can as long as no location has accepted the work; staff and terminals until the first unit was handed over or shipped.
    """
    return await perform(request, _cancelled, request.language, request.caller, order_id, data.reason)


@get(
    "/v1/orders/{order_id:uuid}/returnable",
    operation="getReturnable",
    scope="returns:request",
    tag="returns",
    refusals=[NotFound],
)
async def get_returnable(request: Call, order_id: FromPath[UUID]) -> Response[ReturnableOut]:
    """Say what of an order can come back, until when, and what would be given back for it; in any store, wherever it was bought."""
    reading = request.db.reading
    terms = await policy(reading)
    return answer(request, await returnable(reading, request.caller, terms, order_id, request.language))


@post(
    "/v1/returns",
    operation="requestReturn",
    scope="returns:request",
    tag="returns",
    key="required",
    refusals=[NotFound, InvalidInput, TooLate, NotThatManyUnits, UnknownOrderLine],
)
async def request_return(request: Call, data: JSONBody[ReturnIn]) -> Response[ReturnOut]:
    """Ask for a return, which locks what the units entitle to; in a store, take the goods in with the same call."""
    wish = Wish(
        order_id=data.order_id,
        kind=data.kind,
        reason=data.reason,
        units=[(line.order_line_id, line.quantity) for line in data.lines],
        location_id=data.location_id,
        override_reason=data.override_reason,
    )
    terms = await policy(request.db.reading)
    return await perform(request, _shown, request.language, ask, request.caller, terms, wish)


@get("/v1/returns", operation="listReturns", scope="returns:read", tag="returns", refusals=[InvalidInput])
async def list_returns(
    request: Call,
    order_id: OfOrder = None,
    location_id: At = None,
    return_state: Annotated[ReturnState | None, QueryParameter(name="state")] = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[ReturnOut]]:
    """List returns, the newest first: a shopper's own, or those that are at the caller's locations or were not received yet."""
    after = after_cursor(cursor, datetime, UUID)
    before = after and (after[0], after[1])
    wanted = queries.Wanted(order_id=order_id, location_id=location_id, state=return_state)
    found = await queries.listed(request.db.reading, request.caller, wanted, before=before, most=limit + 1)
    page = paged(
        [return_out(each, request.language) for each in found], limit, key=lambda row: [row.requested_at, row.id]
    )
    return answer(request, page)


@get("/v1/returns/{return_id:uuid}", operation="getReturn", scope="returns:read", tag="returns", refusals=[NotFound])
async def get_return(request: Call, return_id: FromPath[UUID]) -> Response[ReturnOut]:
    """Get a return: what comes back, where it is, what is given back for it."""
    shown = return_out(await queries.seen(request.db.reading, request.caller, return_id), request.language)
    return answer(request, shown, etag=f'"{shown.version}-{request.language}"')


@post(
    "/v1/returns/{return_id:uuid}/approve",
    operation="approveReturn",
    scope="returns:work",
    tag="returns",
    key="required",
    status=200,
    refusals=MOVING,
)
async def approve_return(request: Call, return_id: FromPath[UUID]) -> Response[ReturnOut]:
    """Approve a return that was asked for: the goods may come."""
    return await perform(request, _shown, request.language, decide.approve, request.caller, return_id)


@post(
    "/v1/returns/{return_id:uuid}/decline",
    operation="declineReturn",
    scope="returns:work",
    tag="returns",
    key="required",
    status=200,
    refusals=MOVING,
)
async def decline_return(
    request: Call, return_id: FromPath[UUID], data: JSONBody[DeclineReturnIn]
) -> Response[ReturnOut]:
    """Decline a return that was asked for, with the reason that the customer reads; its units can be returned again."""
    return await perform(request, _shown, request.language, decide.decline, request.caller, return_id, data.reason)


@post(
    "/v1/returns/{return_id:uuid}/receive",
    operation="receiveReturn",
    scope="returns:work",
    tag="returns",
    key="required",
    status=200,
    refusals=[*MOVING, InvalidInput, WrongCount],
)
async def receive_return(
    request: Call, return_id: FromPath[UUID], data: JSONBody[ReceiveReturnIn]
) -> Response[ReturnOut]:
    """Take an approved return in at one of the caller's locations; nobody has looked at the goods yet."""
    counted = None if data.lines is None else [(line.line_id, line.quantity) for line in data.lines]
    terms, at = await policy(request.db.reading), data.location_id
    return await perform(request, _shown, request.language, receive, request.caller, terms, return_id, at, counted)


@post(
    "/v1/returns/{return_id:uuid}/inspect",
    operation="inspectReturn",
    scope="returns:work",
    tag="returns",
    key="required",
    status=200,
    refusals=[*MOVING, WrongCount, NotSoldWithLine, SerialNeeded, SerialUnknown, SerialElsewhere, LotNeeded],
)
async def inspect_return(
    request: Call, return_id: FromPath[UUID], data: JSONBody[InspectReturnIn]
) -> Response[ReturnOut]:
    """Say what becomes of each unit: onto the shelf here, aside, thrown away, or not accepted."""
    found = [
        Inspected(
            line.line_id,
            line.restock,
            line.quarantine,
            line.destroy,
            line.reject,
            tuple(
                Labelled(each.to, len(each.serials) or each.quantity or 0, each.lot, each.serials, each.expires_on)
                for each in line.labels
            ),
        )
        for line in data.lines
    ]
    return await perform(request, _shown, request.language, inspect, request.caller, return_id, found)


@post(
    "/v1/returns/{return_id:uuid}/refund",
    operation="refundReturn",
    scope="returns:work",
    tag="returns",
    key="required",
    status=200,
    refusals=[*MOVING, MoreThanCaptured],
)
async def refund_return(request: Call, return_id: FromPath[UUID]) -> Response[ReturnOut]:
    """Give the money for the accepted units back to where it came from; after a failure, ask for it again."""
    return await perform(request, _shown, request.language, refund, request.caller, return_id)


@post(
    "/v1/returns/{return_id:uuid}/cancel",
    operation="cancelReturn",
    scope="returns:request",
    tag="returns",
    key="required",
    status=200,
    refusals=MOVING,
)
async def cancel_return(request: Call, return_id: FromPath[UUID]) -> Response[ReturnOut]:
    """Give a return up before the goods have arrived; its units can be returned again."""
    return await perform(request, _shown, request.language, decide.cancel_return, request.caller, return_id)


async def _cancelled(tx: Tx, language: str, caller: Caller, order_id: UUID, reason: str) -> OrderOut:
    return order_out(await cancel_order(tx, caller, order_id, reason), language)


async def _shown(
    tx: Tx,
    language: str,
    step: Callable[Concatenate[Tx, P], Awaitable[Return]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> ReturnOut:
    return return_out(await step(tx, *args, **kwargs), language)


ROUTES: list[Any] = [
    cancel,
    get_returnable,
    request_return,
    list_returns,
    get_return,
    approve_return,
    decline_return,
    receive_return,
    inspect_return,
    refund_return,
    cancel_return,
]
