"""The counter over HTTP: find a pickup, see who may have it, take back what is not wanted; and what its owner says and sees."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody

from commerce.fulfilment.counter import at_counter, here, let_collect, let_collect_no_more, passes, signature
from commerce.fulfilment.counter_errors import TooManySearches
from commerce.fulfilment.counter_schemas import (
    CounterOut,
    CurbsideIn,
    CurbsideOut,
    FindIn,
    FoundOut,
    PickupPassesOut,
    PickupPersonIn,
    PickupPersonOut,
    RefuseIn,
    counter_out,
    found_out,
    pass_out,
)
from commerce.fulfilment.errors import WrongUnits
from commerce.fulfilment.find import Search, find
from commerce.fulfilment.refuse import refuse
from commerce.fulfilment.schemas import FulfilmentOut, fulfilment_out
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound, invalid
from commerce.kernel.ids import FulfilmentOrderId, OrderId
from commerce.kernel.wire import Page
from commerce.platform.database import Tx
from commerce.platform.http import Call, Caller, answer, delete, get, perform, post

WORK, SEE, TAG = "fulfilment:work", "fulfilment:read", "fulfilment"
ONE, OWN = "/v1/fulfilment-orders/{fulfilment_order_id:uuid}", "/v1/orders/{order_id:uuid}"


@post(
    "/v1/fulfilment-orders/find",
    operation="findFulfilmentOrders",
    scope=WORK,
    tag=TAG,
    status=200,
    refusals=[InvalidInput, TooManySearches],
)
async def find_fulfilment_orders(request: Call, data: JSONBody[FindIn]) -> Response[Page[FoundOut]]:
    """Find what somebody comes to collect, at the caller's locations: by code, scanned pass, order number or name; ten at the most.

    Searches that find nothing are counted, and end in a refusal.
    """
    return await perform(request, _found, request, data)


@get(f"{ONE}/counter", operation="getCounter", scope=WORK, tag=TAG, refusals=[NotFound])
async def get_counter(request: Call, fulfilment_order_id: FromPath[UUID]) -> Response[CounterOut]:
    """See to whom work may be handed over, where they wait, and what was handed over before."""
    found = await at_counter(request.db.reading, request.caller, FulfilmentOrderId(fulfilment_order_id))
    return answer(request, counter_out(found, request.language))


@post(
    f"{ONE}/refuse",
    operation="refuseUnitsAtCounter",
    scope=WORK,
    tag=TAG,
    status=200,
    key="required",
    refusals=[NotFound, IllegalMove, InvalidInput, WrongUnits],
)
async def refuse_units(
    request: Call, fulfilment_order_id: FromPath[UUID], data: JSONBody[RefuseIn]
) -> Response[FulfilmentOut]:
    """Take back units that are ready and that the customer does not want: they are never charged. What was handed over before is returned."""
    return await perform(request, _refused, request, FulfilmentOrderId(fulfilment_order_id), data)


@get(
    "/v1/hand-overs/{hand_over_id:uuid}/signature",
    operation="getSignature",
    scope=WORK,
    tag=TAG,
    refusals=[NotFound],
    media_type="image/png",
)
async def get_signature(request: Call, hand_over_id: FromPath[UUID]) -> Response[bytes]:
    """Get the image of a signature."""
    media_type, image = await signature(request.db.reading, request.caller, hand_over_id)
    headers = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}
    return Response(image, media_type=media_type, headers=headers)


@get(f"{OWN}/pickup-pass", operation="getPickupPass", scope="orders:read", tag="orders", refusals=[NotFound])
async def get_pickup_pass(request: Call, order_id: FromPath[UUID]) -> Response[PickupPassesOut]:
    """Get what one needs to collect one's order: where, until when, the code and its QR symbol; and those of whom one named."""
    made, named = await passes(request.db.reading, request.caller, OrderId(order_id))
    return answer(
        request,
        PickupPassesOut(
            order_id=order_id,
            named_person=named.name if named else None,
            items=[pass_out(each, named) for each in made],
        ),
    )


@post(
    f"{OWN}/pickup-person",
    operation="namePickupPerson",
    scope="orders:write",
    tag="orders",
    status=200,
    refusals=[NotFound, IllegalMove],
)
async def name_pickup_person(
    request: Call, order_id: FromPath[UUID], data: JSONBody[PickupPersonIn]
) -> Response[PickupPersonOut]:
    """Name somebody else who may collect the order; they get a code of their own, and whoever was named before may no longer."""
    return await perform(request, _named, request.caller, OrderId(order_id), data.name)


@delete(
    f"{OWN}/pickup-person",
    operation="forgetPickupPerson",
    scope="orders:write",
    tag="orders",
    versioned=False,
    refusals=[NotFound],
)
async def forget_pickup_person(request: Call, order_id: FromPath[UUID]) -> Response[None]:
    """Take the naming back, and have the name forgotten, also after the order was collected."""
    return await perform(request, let_collect_no_more, request.caller, OrderId(order_id))


@post(
    f"{OWN}/curbside",
    operation="waitAtCurbside",
    scope="orders:write",
    tag="orders",
    status=200,
    refusals=[NotFound, IllegalMove, InvalidInput],
)
async def wait_at_curbside(
    request: Call, order_id: FromPath[UUID], data: JSONBody[CurbsideIn]
) -> Response[CurbsideOut]:
    """Tell the store that one waits outside, in which bay and in which vehicle; both are forgotten when it is handed over."""
    if data.bay is None and data.vehicle is None:
        raise invalid("/bay", "say where you are or in what")
    return await perform(request, _waiting, request, OrderId(order_id), data)


async def _found(tx: Tx, request: Call, data: FindIn) -> Page[FoundOut]:
    search = Search(code=data.code, scanned=data.qr, number=data.order_number, name=data.name)
    if sum(said is not None for said in (data.code, data.qr, data.order_number, data.name)) != 1:
        raise invalid("/code", "give exactly one of code, qr, order_number and name")
    found = await find(tx, request.caller, search, data.location_id)
    return Page(items=[found_out(each, request.language) for each in found])


async def _refused(tx: Tx, request: Call, fulfilment_id: FulfilmentOrderId, data: RefuseIn) -> FulfilmentOut:
    wanted = {line.line_id: line.quantity for line in data.lines}
    if len(wanted) < len(data.lines):
        raise invalid("/lines", "name a line twice")
    return fulfilment_out(await refuse(tx, request.caller, fulfilment_id, wanted, data.reason), request.language)


async def _named(tx: Tx, caller: Caller, order_id: OrderId, name: str) -> PickupPersonOut:
    return PickupPersonOut(order_id=order_id, named_at=(await let_collect(tx, caller, order_id, name)).named_at)


async def _waiting(tx: Tx, request: Call, order_id: OrderId, data: CurbsideIn) -> CurbsideOut:
    works = await here(tx, request.caller, order_id, data.bay, data.vehicle)
    return CurbsideOut(fulfilment_orders=[fulfilment_out(each, request.language) for each in works])


COUNTER_ROUTES = [
    find_fulfilment_orders,
    get_counter,
    refuse_units,
    get_signature,
    get_pickup_pass,
    name_pickup_person,
    forget_pickup_person,
    wait_at_curbside,
]
