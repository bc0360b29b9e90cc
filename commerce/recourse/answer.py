"""The buyer says whether another article will do."""

from datetime import datetime
from uuid import UUID

from commerce import orders
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import OrderId, SubstituteId
from commerce.orders import OrderState
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.recourse.errors import ChoiceOver
from commerce.recourse.events import SubstituteAnswered
from commerce.recourse.queries import lock, rejection
from commerce.recourse.refund import default
from commerce.recourse.substitute_facts import SUBSTITUTE, Substitute, SubstituteState as S
from commerce.recourse.substitute_rows import ended, known, lock_substitute
from commerce.recourse.take_instead import take_instead


async def answer(
    db: Database, command_id: UUID, caller: Caller, order_id: OrderId, substitute_id: SubstituteId, *, accept: bool
) -> Substitute:
    """Accepts another article instead of missing units, or declines it; declined, the units go on waiting for what their buyer chooses.

    The same command again gives what it did. Refuses with NotFound what the caller may not see; with ChoiceOver when the time to choose has
    ended: the money goes back then; with IllegalMove what was answered, taken back or decided already; with InsufficientStock when the
    place does not have the units any more, and nothing happened.
    """
    order = await orders.seen(db.reading, orders.sight_of(caller), order_id)
    found = await known(db.reading, substitute_id)
    if found is None or found.order_id != order.id:
        raise NotFound("There is no such proposal.")
    if found.command_id == command_id:
        return found
    at = clock.now()
    case = await rejection(db.reading, found.rejection_id)
    if case.overdue(at):
        await db.transact(default, order.id, case.id, at)
        raise ChoiceOver("What was not chosen in time is not charged.")
    return await db.transact(_answer, command_id, caller.principal, order.id, substitute_id, accept, at)


async def _answer(
    tx: Tx, command_id: UUID, by: str, order_id: OrderId, substitute_id: SubstituteId, accept: bool, at: datetime
) -> Substitute:
    order = await orders.lock_header(tx, order_id)
    found = await known(tx, substitute_id)
    if found is None:
        raise NotFound("There is no such proposal.")
    case = await lock(tx, order_id, found.rejection_id)
    proposed = await lock_substitute(tx, order_id, substitute_id)
    if proposed.command_id == command_id:
        return proposed
    SUBSTITUTE.check(proposed.state, S.ACCEPTED if accept else S.DECLINED)
    if case.overdue(at) or order.state is not OrderState.PLACED:
        raise ChoiceOver("What was not chosen in time is not charged.")
    if accept:
        return await take_instead(tx, case, proposed, by=by, agreed_by=by, at=at, command_id=command_id)
    declined = await ended(tx, proposed, S.DECLINED, by=by, at=at, command_id=command_id)
    tx.emit(
        SubstituteAnswered(
            order_id=order_id,
            rejection_id=case.id,
            substitute=declined,
            amount=0,
            fulfilment_order_id=None,
        )
    )
    return declined
