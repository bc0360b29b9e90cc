"""The promise of a piece of work moves: what was promised first stays, each move is kept, and the customer can be told."""

from datetime import datetime

from sqlalchemy import insert

from commerce.fulfilment.events import PromiseMoved
from commerce.fulfilment.facts import Fulfilment
from commerce.fulfilment.keep import keep, moved
from commerce.fulfilment.queries import lock
from commerce.fulfilment.rules import FULFILMENT
from commerce.fulfilment.tables import promise_moves
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, invalid
from commerce.kernel.ids import FulfilmentOrderId
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

NOTE = Statement(
    insert(promise_moves).values(
        {each.name: given(each.name, each.type) for each in promise_moves.c if each.name != "seq"}
    )
)


async def move_promise(
    tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, ready_by: datetime, reason: str
) -> Fulfilment:
    """Promise work for another instant, in UTC; the same instant again changes nothing.

    Refuses with NotFound, with InvalidInput an instant that has passed, and with IllegalMove when the work has ended or waits for its
    customer already. Emits PromiseMoved.
    """
    work = await lock(tx, fulfilment_id, caller)
    if FULFILMENT.terminal(work.state) or work.ready_at is not None:
        raise IllegalMove(
            f"The work is {work.state.value}; nothing is promised of it any more.", state=work.state.value
        )
    if work.ready_by == ready_by:
        return work
    now = clock.now()
    if ready_by <= now:
        raise invalid("/ready_by", "has passed")
    after = await keep(tx, work, moved(work, work.state, ready_by=ready_by), by=caller.principal, at=now)
    await tx.execute(
        NOTE,
        fulfilment_order_id=work.id,
        ready_by_before=work.ready_by,
        ready_by_after=ready_by,
        reason=reason,
        by=caller.principal,
        at=now,
    )
    tx.emit(
        PromiseMoved(
            fulfilment_order_id=after.id,
            order_id=after.order_id,
            fulfilment=after,
            before=work.ready_by,
            after=ready_by,
            reason=reason,
        )
    )
    return after
