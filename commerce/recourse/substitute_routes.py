"""Other articles instead of missing ones: the picker proposes by barcode, the buyer answers."""

from datetime import datetime
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody

from commerce import orders
from commerce.inventory import InsufficientStock
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
from commerce.kernel.ids import FulfilmentOrderId, OrderId, SubstituteId
from commerce.platform.database import Database, Reads, Tx
from commerce.platform.http import Call, perform, perform_flow, post
from commerce.recourse.answer import answer
from commerce.recourse.errors import AlreadyProposed, ChoiceOver, NoSubstitute, NothingMissing, SubstituteUnwanted
from commerce.recourse.propose import Proposal, propose, withdraw
from commerce.recourse.queries import rejection
from commerce.recourse.substitute_facts import Substitute
from commerce.recourse.substitute_schemas import (
    AnswerSubstituteIn,
    ProposeSubstituteIn,
    SubstituteOut,
    substitute_out,
)


@post(
    "/v1/fulfilment-orders/{fulfilment_order_id:uuid}/substitutes",
    operation="proposeSubstitute",
    scope="fulfilment:work",
    tag="fulfilment",
    key="required",
    refusals=[
        NotFound,
        InvalidInput,
        IllegalMove,
        NothingMissing,
        SubstituteUnwanted,
        AlreadyProposed,
        NoSubstitute,
        InsufficientStock,
    ],
)
async def propose_substitute(
    request: Call, fulfilment_order_id: FromPath[UUID], data: JSONBody[ProposeSubstituteIn]
) -> Response[SubstituteOut]:
    """Propose another article for units that were reported as short: their buyer is asked, or agreed beforehand and gets it at once.

    What the buyer agreed to beforehand is `accepted` in the answer, and its units are to be picked.
    """
    return await perform_flow(request, _proposed, request, FulfilmentOrderId(fulfilment_order_id), data)


@post(
    "/v1/fulfilment-orders/{fulfilment_order_id:uuid}/substitutes/{substitute_id:uuid}/withdraw",
    operation="withdrawSubstitute",
    scope="fulfilment:work",
    tag="fulfilment",
    key="required",
    status=200,
    refusals=[NotFound, IllegalMove],
)
async def withdraw_substitute(
    request: Call, fulfilment_order_id: FromPath[UUID], substitute_id: FromPath[UUID]
) -> Response[SubstituteOut]:
    """Take a proposal back that nobody answered yet."""
    return await perform(
        request, _withdrawn, request, FulfilmentOrderId(fulfilment_order_id), SubstituteId(substitute_id)
    )


@post(
    "/v1/orders/{order_id:uuid}/substitutes/{substitute_id:uuid}/answer",
    operation="answerSubstitute",
    scope="orders:write",
    tag="orders",
    key="required",
    status=200,
    refusals=[NotFound, IllegalMove, ChoiceOver, InsufficientStock],
)
async def answer_substitute(
    request: Call, order_id: FromPath[UUID], substitute_id: FromPath[UUID], data: JSONBody[AnswerSubstituteIn]
) -> Response[SubstituteOut]:
    """Accept another article instead of missing units, or decline it; what was declined goes on waiting for another choice.

    An accepted one costs what it costs by itself, and never more than was agreed. See `listRejections` for what is proposed.
    """
    return await perform_flow(request, _answered, request, OrderId(order_id), SubstituteId(substitute_id), data)


async def _proposed(
    db: Database, command_id: UUID, request: Call, fulfilment_id: FulfilmentOrderId, data: ProposeSubstituteIn
) -> SubstituteOut:
    wish = Proposal(line_id=data.line_id, code=data.code, units=data.quantity)
    return await _shown(db.reading, request, await propose(db, command_id, request.caller, fulfilment_id, wish))


async def _withdrawn(
    tx: Tx, request: Call, fulfilment_id: FulfilmentOrderId, substitute_id: SubstituteId
) -> SubstituteOut:
    return await _shown(tx, request, await withdraw(tx, request.caller, fulfilment_id, substitute_id))


async def _answered(
    db: Database,
    command_id: UUID,
    request: Call,
    order_id: OrderId,
    substitute_id: SubstituteId,
    data: AnswerSubstituteIn,
) -> SubstituteOut:
    found = await answer(db, command_id, request.caller, order_id, substitute_id, accept=data.accept)
    return await _shown(db.reading, request, found)


async def _shown(reads: Reads, request: Call, found: Substitute) -> SubstituteOut:
    case, order = await rejection(reads, found.rejection_id), await orders.order(reads, found.order_id)
    until: datetime | None = None if case.overdue(clock.now()) else case.choose_by
    return substitute_out(found, order, request.language, until)


ROUTES = [propose_substitute, withdraw_substitute, answer_substitute]
