"""Fulfilment over HTTP: a location's work list with every act on it, and what the order's owner sees of it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from commerce.fulfilment import queries
from commerce.fulfilment.board import stream_fulfilment_orders
from commerce.fulfilment.counter_errors import AgeNotConfirmed, NobodyNamed
from commerce.fulfilment.counter_routes import COUNTER_ROUTES
from commerce.fulfilment.errors import NotAllPicked, TooManyCodes, WrongKind, WrongPickupCode, WrongUnits
from commerce.fulfilment.facts import Fulfilment, FulfilmentState, ShortReason
from commerce.fulfilment.hand_over_in import proof_of, serials_of
from commerce.fulfilment.leave import delivered, hand_over, ship
from commerce.fulfilment.move_promise import move_promise
from commerce.fulfilment.own import own_fulfilments
from commerce.fulfilment.package_errors import NotAllPacked
from commerce.fulfilment.package_routes import PACKAGE_ROUTES
from commerce.fulfilment.pick import pick, reject
from commerce.fulfilment.pick_routes import PICK_ROUTES
from commerce.fulfilment.queries import PickItem
from commerce.fulfilment.rules import Pick
from commerce.fulfilment.schemas import (
    DeliveredIn,
    FulfilmentOut,
    HandOverIn,
    OwnFulfilmentsOut,
    PickIn,
    PromiseIn,
    ReadyIn,
    RejectIn,
    ShipIn,
    ShipmentOut,
    fulfilment_out,
    shipment_out,
)
from commerce.fulfilment.work import accept, arrived, pack, ready, remind, unpack
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound, Refusal, invalid
from commerce.kernel.ids import FulfilmentOrderId, OrderId
from commerce.kernel.wire import Page
from commerce.platform.database import Database, Tx
from commerce.platform.http import (
    Call,
    Caller,
    Cursor,
    Limit,
    after_instant,
    answer,
    get,
    paged,
    perform,
    perform_flow,
    post,
)
from commerce.platform.http.routing import Decorator
from commerce.traceability import LotExpired, LotShort, SerialElsewhere, SerialNeeded, SerialUnknown

WORK, SEE, TAG = "fulfilment:work", "fulfilment:read", "fulfilment"
TRACED = (SerialNeeded, SerialUnknown, SerialElsewhere, LotShort, LotExpired)


def act(verb: str, operation: str, *refusals: type[Refusal], status: int = 200) -> Decorator:
    """Declares an act on a fulfilment order."""
    return post(
        f"/v1/fulfilment-orders/{{fulfilment_order_id:uuid}}/{verb}",
        operation=operation,
        scope=WORK,
        tag=TAG,
        status=status,
        key="required",
        refusals=[NotFound, IllegalMove, WrongKind, *refusals],
    )


@get("/v1/fulfilment-orders", operation="listFulfilmentOrders", scope=SEE, tag=TAG)
async def list_fulfilment_orders(
    request: Call,
    limit: Limit = 24,
    cursor: Cursor = None,
    location_id: FromQuery[UUID | None] = None,
    work_state: Annotated[
        FulfilmentState | None, QueryParameter(name="state", description="Only work in this state")
    ] = None,
    kind: FromQuery[Annotated[str | None, Meta(pattern=r"^(pickup|ship)\Z")]] = None,
    closed: FromQuery[Annotated[bool, Meta(description="Show finished work too")]] = False,
) -> Response[Page[FulfilmentOut]]:
    """List the work at the caller's locations, the oldest first; what is finished only when asked for."""
    found = await queries.work_list(
        request.db.reading,
        request.caller,
        location_id=location_id,
        state=work_state,
        kind=kind,
        closed_too=closed,
        after=after_instant(cursor),
        most=limit + 1,
    )
    page = paged(found, limit, key=lambda each: [each.offered_at, each.id])
    return answer(
        request,
        Page(items=[fulfilment_out(each, request.language) for each in page.items], next_cursor=page.next_cursor),
    )


@get("/v1/fulfilment-orders/{fulfilment_order_id:uuid}", operation="getFulfilmentOrder", scope=SEE, tag=TAG)
async def get_fulfilment_order(request: Call, fulfilment_order_id: FromPath[UUID]) -> Response[FulfilmentOut]:
    """Get one piece of work."""
    found = await queries.fulfilment(request.db.reading, FulfilmentOrderId(fulfilment_order_id), request.caller)
    return answer(request, fulfilment_out(found, request.language), etag=f'"{found.version}-{request.language}"')


@act("accept", "acceptFulfilmentOrder")
async def accept_work(request: Call, fulfilment_order_id: FromPath[UUID]) -> Response[FulfilmentOut]:
    """Take the work on."""
    return await perform(request, _shown, request, accept, request.caller, FulfilmentOrderId(fulfilment_order_id))


@act("reject", "rejectFulfilmentOrder")
async def reject_work(
    request: Call, fulfilment_order_id: FromPath[UUID], data: JSONBody[RejectIn]
) -> Response[FulfilmentOut]:
    """Refuse the whole work: its units are free of this place; the customer is asked, or they are sent from elsewhere."""
    fulfilment_id = FulfilmentOrderId(fulfilment_order_id)
    return await perform(request, _shown, request, reject, request.caller, fulfilment_id, ShortReason(data.reason))


@act("promise", "moveFulfilmentPromise", InvalidInput)
async def promise_work(
    request: Call, fulfilment_order_id: FromPath[UUID], data: JSONBody[PromiseIn]
) -> Response[FulfilmentOut]:
    """Promise the work for another instant; what was promised first stays on record."""
    fulfilment_id = FulfilmentOrderId(fulfilment_order_id)
    return await perform(
        request, _shown, request, move_promise, request.caller, fulfilment_id, data.ready_by, data.reason
    )


@act("pick", "pickFulfilmentOrder", WrongUnits, SerialUnknown, SerialElsewhere)
async def pick_work(
    request: Call, fulfilment_order_id: FromPath[UUID], data: JSONBody[PickIn]
) -> Response[FulfilmentOut]:
    """Record what was found and what was not, in as many calls as it takes."""
    return await perform(request, _picked, request, FulfilmentOrderId(fulfilment_order_id), data)


@act("pack", "packFulfilmentOrder", NotAllPicked)
async def pack_work(request: Call, fulfilment_order_id: FromPath[UUID]) -> Response[FulfilmentOut]:
    """Pack what was picked."""
    return await perform(request, _shown, request, pack, request.caller, FulfilmentOrderId(fulfilment_order_id))


@act("unpack", "unpackFulfilmentOrder")
async def unpack_work(request: Call, fulfilment_order_id: FromPath[UUID]) -> Response[FulfilmentOut]:
    """Go back to picking, since a mistake was found."""
    return await perform(request, _shown, request, unpack, request.caller, FulfilmentOrderId(fulfilment_order_id))


@act("ready", "readyFulfilmentOrder", NotAllPicked)
async def ready_work(
    request: Call, fulfilment_order_id: FromPath[UUID], data: JSONBody[ReadyIn]
) -> Response[FulfilmentOut]:
    """Put it ready to be collected; the customer is told, with a code."""
    fulfilment_id = FulfilmentOrderId(fulfilment_order_id)
    return await perform(request, _shown, request, ready, request.caller, fulfilment_id, data.staging)


@act("remind", "remindFulfilmentOrder")
async def remind_work(request: Call, fulfilment_order_id: FromPath[UUID]) -> Response[FulfilmentOut]:
    """Tell the customer once more that it is ready."""
    return await perform(request, _shown, request, remind, request.caller, FulfilmentOrderId(fulfilment_order_id))


@act("arrived", "arriveFulfilmentOrder")
async def arrive(request: Call, fulfilment_order_id: FromPath[UUID]) -> Response[FulfilmentOut]:
    """Note that the customer is here."""
    return await perform(request, _shown, request, arrived, request.caller, FulfilmentOrderId(fulfilment_order_id))


@act(
    "hand-over",
    "handOverFulfilmentOrder",
    WrongUnits,
    WrongPickupCode,
    TooManyCodes,
    NobodyNamed,
    AgeNotConfirmed,
    *TRACED,
)
async def hand_over_work(
    request: Call, fulfilment_order_id: FromPath[UUID], data: JSONBody[HandOverIn]
) -> Response[FulfilmentOut]:
    """Hand units to the customer against the code, or against an identity that staff checked; the money for them is taken."""
    return await perform_flow(request, _handed_over, request, FulfilmentOrderId(fulfilment_order_id), data)


@act("ship", "shipFulfilmentOrder", WrongUnits, NotAllPacked, *TRACED, status=201)
async def ship_work(
    request: Call, fulfilment_order_id: FromPath[UUID], data: JSONBody[ShipIn]
) -> Response[ShipmentOut]:
    """Send what was picked on its way; the money for it is taken."""
    return await perform(request, _shipped, request.caller, FulfilmentOrderId(fulfilment_order_id), data)


@get("/v1/shipments/{shipment_id:uuid}", operation="getShipment", scope=SEE, tag=TAG)
async def get_shipment(request: Call, shipment_id: FromPath[UUID]) -> Response[ShipmentOut]:
    """Get what left."""
    return answer(request, shipment_out(await queries.shipment(request.db.reading, shipment_id, request.caller)))


@post(
    "/v1/shipments/{shipment_id:uuid}/delivered",
    operation="deliverShipment",
    scope=WORK,
    tag=TAG,
    status=200,
    key="required",
    refusals=[NotFound, IllegalMove],
)
async def deliver_shipment(
    request: Call, shipment_id: FromPath[UUID], data: JSONBody[DeliveredIn]
) -> Response[ShipmentOut]:
    """Note that the carrier delivered."""
    return await perform(request, _delivered, request.caller, shipment_id, data.at)


@get("/v1/pick-lists", operation="getPickList", scope=SEE, tag=TAG)
async def get_pick_list(request: Call, location_id: FromQuery[UUID]) -> Response[Page[PickItem]]:
    """Get what accepted work at a location wants from the shelves, summed by article."""
    return answer(request, Page(items=await queries.pick_list(request.db.reading, request.caller, location_id)))


@get("/v1/orders/{order_id:uuid}/fulfilments", operation="listOrderFulfilments", scope="orders:read", tag="orders")
async def list_order_fulfilments(request: Call, order_id: FromPath[UUID]) -> Response[OwnFulfilmentsOut]:
    """See what becomes of an order; its owner sees the pickup code while it can be collected."""
    return answer(
        request, await own_fulfilments(request.db.reading, request.caller, OrderId(order_id), request.language)
    )


@post(
    "/v1/orders/{order_id:uuid}/arrived",
    operation="arriveForOrder",
    scope="orders:write",
    tag="orders",
    status=200,
    refusals=[NotFound, IllegalMove],
)
async def arrive_for_order(request: Call, order_id: FromPath[UUID]) -> Response[OwnFulfilmentsOut]:
    """Tell the store that one is here to collect."""
    return await perform(request, _arrived, request, OrderId(order_id))


async def _shown(tx: Tx, request: Call, step: Callable[..., Awaitable[Fulfilment]], *args: object) -> FulfilmentOut:
    return fulfilment_out(await step(tx, *args), request.language)


async def _picked(tx: Tx, request: Call, fulfilment_id: FulfilmentOrderId, data: PickIn) -> FulfilmentOut:
    if data.lines is None:
        found = await queries.fulfilment(tx, fulfilment_id, request.caller)
        picks = [Pick(line.id, line.to_pick) for line in found.lines]
    else:
        picks = [
            Pick(
                line.line_id,
                line.picked,
                line.short,
                ShortReason(line.reason) if line.reason else None,
                line.short_serials,
            )
            for line in data.lines
        ]
    return fulfilment_out(await pick(tx, request.caller, fulfilment_id, picks), request.language)


async def _handed_over(
    db: Database, command_id: UUID, request: Call, fulfilment_id: FulfilmentOrderId, data: HandOverIn
) -> FulfilmentOut:
    if (data.code is None) is not data.identity_checked:
        raise invalid("/code", "give either the pickup code or identity_checked: true")
    wanted: dict[UUID, int] | None = None
    for position, line in enumerate(data.lines or ()):
        wanted = wanted or {}
        if line.line_id in wanted:
            raise invalid(f"/lines/{position}/line_id", "stands twice")
        wanted[line.line_id] = line.quantity
    serials = serials_of(data.serials)
    done = await hand_over(db, command_id, request.caller, fulfilment_id, proof_of(data), wanted, serials)
    return fulfilment_out(done, request.language)


async def _shipped(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, data: ShipIn) -> ShipmentOut:
    serials = serials_of(data.serials)
    sent = await ship(tx, caller, fulfilment_id, data.carrier, data.tracking_number, data.tracking_url, serials)
    return shipment_out(sent)


async def _delivered(tx: Tx, caller: Caller, shipment_id: UUID, at: datetime | None) -> ShipmentOut:
    return shipment_out(await delivered(tx, caller, shipment_id, at))


async def _arrived(tx: Tx, request: Call, order_id: OrderId) -> OwnFulfilmentsOut:
    caller = request.caller
    await own_fulfilments(tx, caller, order_id, request.language)
    everywhere = Caller(kind=caller.kind, id=caller.id, locations=None if caller.is_shopper else caller.locations)
    waiting = [
        each for each in await queries.fulfilments_of(tx, order_id) if each.state is FulfilmentState.READY_FOR_PICKUP
    ]
    if not waiting:
        raise IllegalMove("Nothing of this order is ready to be collected.")
    for each in waiting:
        await arrived(tx, everywhere, each.id)
    return await own_fulfilments(tx, caller, order_id, request.language)


ROUTES = [
    list_fulfilment_orders,
    stream_fulfilment_orders,
    get_fulfilment_order,
    accept_work,
    reject_work,
    promise_work,
    pick_work,
    pack_work,
    unpack_work,
    ready_work,
    remind_work,
    arrive,
    hand_over_work,
    ship_work,
    get_shipment,
    deliver_shipment,
    get_pick_list,
    list_order_fulfilments,
    arrive_for_order,
    *PICK_ROUTES,
    *PACKAGE_ROUTES,
    *COUNTER_ROUTES,
]
