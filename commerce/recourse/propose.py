"""A place proposes another article for units that it does not have; its buyer is asked, or agreed beforehand to something similar."""

from datetime import datetime
from uuid import UUID

import msgspec

from commerce import catalog, fulfilment, inventory, orders
from commerce.fulfilment import Fulfilment
from commerce.inventory import InsufficientStock, Shortage
from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import FulfilmentOrderId, OrderLineId, SubstituteId, VariantId
from commerce.orders import Order, OrderState, SubstituteArticle
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.recourse.errors import AlreadyProposed, NothingMissing, SubstituteUnwanted
from commerce.recourse.events import SubstituteProposed, SubstituteWithdrawn
from commerce.recourse.facts import Rejection, RejectionState
from commerce.recourse.queries import lock, rejections_of
from commerce.recourse.substitute_facts import Substitute, SubstituteState as S
from commerce.recourse.substitute_fit import fitting
from commerce.recourse.substitute_rows import add, ended, known, lock_substitute, proposed_for
from commerce.recourse.take_instead import take_instead


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Units of another article, by its barcode or SKU, instead of as many missing ones of a line of the work."""

    line_id: UUID
    code: str
    units: int


async def propose(
    db: Database, command_id: UUID, caller: Caller, fulfilment_id: FulfilmentOrderId, proposal: Proposal
) -> Substitute:
    """Proposes another article, or hands it out at once where the buyer agreed beforehand to something similar; gives the proposal.

    The units wait for their buyer's choice after a short pick. Nothing is reserved until it is accepted: the answer counts as long as the
    choice about the units does, and without one the choice's default holds. The same command again gives what it did.
    Refuses with NotFound work at another's place; with InvalidInput what is no line or no code; with NothingMissing, SubstituteUnwanted,
    AlreadyProposed; with NoSubstitute, saying why, an article that cannot stand there; with InsufficientStock.
    """
    work = await fulfilment.fulfilment(db.reading, fulfilment_id, caller)
    before = await known(db.reading, command_id)
    if before is not None and before.fulfilment_order_id == work.id:
        return before
    line = work.line(proposal.line_id)
    if line is None:
        raise invalid("/line_id", "is no line of this fulfilment order")
    variant_id = (await catalog.variants_by_code(db.reading, [proposal.code])).get(proposal.code)
    if variant_id is None:
        raise invalid("/code", "is neither the barcode nor the SKU of an article")
    at = clock.now()
    order = await orders.order(db.reading, work.order_id)
    _wanted(order, line.order_line_id)
    article = await fitting(db.reading, order, line.order_line_id, variant_id, proposal.units, at)
    return await db.transact(
        _propose, SubstituteId(command_id), caller.principal, work, line.order_line_id, article, proposal.units, at
    )


async def withdraw(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, substitute_id: SubstituteId) -> Substitute:
    """Takes a proposal back that nobody answered yet. Refuses with NotFound, and with IllegalMove what has its end. Emits
    SubstituteWithdrawn.
    """
    work = await fulfilment.fulfilment(tx, fulfilment_id, caller)
    order = await orders.lock_header(tx, work.order_id)
    found = await lock_substitute(tx, order.id, substitute_id)
    if found.fulfilment_order_id != work.id:
        raise NotFound("There is no such proposal.")
    after = await ended(tx, found, S.WITHDRAWN, by=caller.principal, at=clock.now())
    tx.emit(SubstituteWithdrawn(order_id=after.order_id, rejection_id=after.rejection_id, substitute=after))
    return after


async def _propose(
    tx: Tx,
    substitute_id: SubstituteId,
    by: str,
    work: Fulfilment,
    line_id: OrderLineId,
    article: SubstituteArticle,
    units: int,
    at: datetime,
) -> Substitute:
    order = await orders.lock(tx, work.order_id)
    before = await known(tx, substitute_id)
    if before is not None:
        return before
    case = await _waiting(tx, order, work, line_id, units, at)
    if await proposed_for(tx, case.id, line_id) is not None:
        raise AlreadyProposed("Wait for the answer, or take the proposal back.")
    beforehand = _wanted(order, line_id)
    if not beforehand:
        await _free(tx, work, article, units)
    new = Substitute(
        id=substitute_id,
        order_id=order.id,
        rejection_id=case.id,
        order_line_id=line_id,
        fulfilment_order_id=work.id,
        location_id=work.location_id,
        units=units,
        state=S.PROPOSED,
        consent="beforehand" if beforehand else "asked",
        proposed_by=by,
        proposed_at=at,
        **{
            **{name: getattr(article, name) for name in SubstituteArticle.__struct_fields__},
            "variant_id": VariantId(article.variant_id),
        },
    )
    await add(tx, new)
    if beforehand:
        return await take_instead(tx, case, new, by=by, agreed_by=_buyer(order), at=at)
    if case.choose_by is not None:
        tx.emit(SubstituteProposed(order_id=order.id, rejection_id=case.id, substitute=new, answer_by=case.choose_by))
    return new


def _wanted(order: Order, line_id: OrderLineId) -> bool:
    """Says whether the buyer of a line agreed beforehand to something similar. Refuses with SubstituteUnwanted where nothing is wanted."""
    wish = next(each.substitutes for each in order.lines if each.id == line_id)
    if wish == "no":
        raise SubstituteUnwanted("Leave it out; the buyer chooses among the rest.")
    return wish == "similar"


async def _waiting(tx: Tx, order: Order, work: Fulfilment, line_id: OrderLineId, units: int, at: datetime) -> Rejection:
    """Gives the rejection in which units of a line of the work wait for their buyer's choice, locked."""
    if order.state is OrderState.PLACED:
        for each in await rejections_of(tx, order.id):
            if each.fulfilment_order_id != work.id or each.state is not RejectionState.WAITING_FOR_CHOICE:
                continue
            case = await lock(tx, order.id, each.id)
            if not case.overdue(at) and dict(case.units).get(line_id, 0) >= units:
                return case
    raise NothingMissing(
        "Report the units as short first; those that others took on, or that were decided about, wait no more."
    )


async def _free(tx: Tx, work: Fulfilment, article: SubstituteArticle, units: int) -> None:
    """Sees that the place has the units for an order now; refuses with InsufficientStock."""
    variant_id = VariantId(article.variant_id)
    found = await inventory.levels(tx, [variant_id], [work.location_id])
    there = found[0].online if found else 0
    if there < units:
        raise InsufficientStock.of([Shortage(variant_id, work.location_id, units, there)])


def _buyer(order: Order) -> str:
    """Gives who agreed when the order was placed: its shopper, or whoever bought as a guest."""
    return f"shopper:{order.shopper_id}" if order.shopper_id is not None else "guest"
