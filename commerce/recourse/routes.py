"""Rejections of an order: its owner sees what can be had instead and chooses; so can staff of the places that have a part in the order."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, JSONBody

from commerce import orders
from commerce.inventory import InsufficientStock
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
from commerce.kernel.ids import LocationId, OrderId, OrderLineId, RejectionId
from commerce.kernel.wire import Page
from commerce.orders import Address, NotThatManyUnits, Order
from commerce.platform.database import Database, Reading, Tx
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
from commerce.recourse.choose import Wish, choose
from commerce.recourse.errors import AddressAgreed, AddressNeeded, ChoiceOver, KitGoesTogether, NothingWaits, NotOffered
from commerce.recourse.facts import Choice, Rejection, RejectionState
from commerce.recourse.give_up import give_up_waiting
from commerce.recourse.on_wire import rejection_out
from commerce.recourse.options import options
from commerce.recourse.queries import rejections_after
from commerce.recourse.schemas import ChoiceIn, GiveUpWaitingIn, RejectionOut
from commerce.recourse.substitute_facts import Substitute
from commerce.recourse.substitute_routes import ROUTES as SUBSTITUTE_ROUTES
from commerce.recourse.substitute_rows import of_order

TAG = "orders"


@get(
    "/v1/orders/{order_id:uuid}/rejections",
    operation="listRejections",
    scope="orders:read",
    tag=TAG,
    refusals=[NotFound],
)
async def list_rejections(
    request: Call, order_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[RejectionOut]]:
    """See what places could not give of an order, what became of it, and, where it waits for a choice, what can be had instead now; as they came."""
    reading, at = request.db.reading, clock.now()
    order = await orders.seen(reading, orders.sight_of(request.caller), order_id)
    after = after_instant(cursor)
    page = paged(
        await rejections_after(reading, order.id, after=after, most=limit + 1),
        limit,
        key=lambda each: [each.opened_at, each.id],
    )
    proposed = await of_order(reading, order.id)
    items = [await _shown(reading, order, case, proposed, request.language, at) for case in page.items]
    return answer(request, Page(items=items, next_cursor=page.next_cursor))


@post(
    "/v1/orders/{order_id:uuid}/rejections/{rejection_id:uuid}/choose",
    operation="chooseForRejection",
    scope="orders:write",
    tag=TAG,
    key="required",
    status=200,
    refusals=[
        NotFound,
        IllegalMove,
        InvalidInput,
        InsufficientStock,
        NotOffered,
        AddressNeeded,
        AddressAgreed,
        ChoiceOver,
    ],
)
async def choose_for_rejection(
    request: Call, order_id: FromPath[UUID], rejection_id: FromPath[UUID], data: JSONBody[ChoiceIn]
) -> Response[RejectionOut]:
    """Choose what becomes of units that a place could not give: another store, a delivery, a transfer to the same store, or the money.

    For all of them, or for the units that `lines` name: those become a rejection of their own, which is the answer, and the rest goes on
    waiting. Stock is judged again; where others were quicker, `insufficient_stock` comes with the options that are left.
    """
    return await perform_flow(request, _chosen, request, OrderId(order_id), RejectionId(rejection_id), data)


@post(
    "/v1/orders/{order_id:uuid}/cancel-waiting",
    operation="cancelWaitingUnits",
    scope="orders:write",
    tag=TAG,
    key="required",
    status=200,
    refusals=[NotFound, InvalidInput, NothingWaits, KitGoesTogether],
)
async def cancel_waiting(
    request: Call, order_id: FromPath[UUID], data: JSONBody[GiveUpWaitingIn]
) -> Response[orders.OrderOut]:
    """Cancel units of an order that wait for supply: they are not charged, and the rest of the order stays as it is.

    Its shopper can, and staff where they are waited for. Units that came in the meantime wait no more: `nothing_waits`.
    """
    return await perform(request, _given_up, request.language, request.caller, order_id, data)


async def _given_up(tx: Tx, language: str, caller: Caller, order_id: UUID, data: GiveUpWaitingIn) -> orders.OrderOut:
    wanted = [(OrderLineId(each.order_line_id), each.units) for each in data.lines]
    return orders.order_out(await give_up_waiting(tx, caller, order_id, wanted), language)


async def _shown(
    reading: Reading, order: Order, case: Rejection, proposed: Sequence[Substitute], language: str, at: datetime
) -> RejectionOut:
    waits = case.state is RejectionState.WAITING_FOR_CHOICE and not case.overdue(at)
    try:
        found = await options(reading, order, case, at) if waits else None
    except NotThatManyUnits:
        found = None  # it was decided about while it was read
    mine = [each for each in proposed if each.rejection_id == case.id]
    return rejection_out(case, order, language, at, found, mine)


async def _chosen(
    db: Database, command_id: UUID, request: Call, order_id: OrderId, rejection_id: RejectionId, data: ChoiceIn
) -> RejectionOut:
    address = None if data.address is None else Address(**msgspec.structs.asdict(data.address))
    place = None if data.location_id is None else LocationId(data.location_id)
    units = None if data.lines is None else [(OrderLineId(each.order_line_id), each.units) for each in data.lines]
    wish = Wish(choice=Choice(data.choice), units=units, location_id=place, address=address)
    case = await choose(db, command_id, request.caller, order_id, rejection_id, wish)
    order = await orders.order(db.reading, order_id)
    mine = [each for each in await of_order(db.reading, order_id) if each.rejection_id == case.id]
    return rejection_out(case, order, request.language, clock.now(), None, mine)


ROUTES = [list_rejections, choose_for_rejection, cancel_waiting, *SUBSTITUTE_ROUTES]
