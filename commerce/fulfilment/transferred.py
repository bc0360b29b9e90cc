"""Work that waits for a transfer: it is offered when its units have come, and ends where they never will."""

from collections.abc import Mapping

from commerce.fulfilment import rules
from commerce.fulfilment.events import FulfilmentCancelled, FulfilmentOffered, FulfilmentRejected
from commerce.fulfilment.facts import Fulfilment, FulfilmentState as S, ShortReason
from commerce.fulfilment.keep import keep, moved
from commerce.fulfilment.queries import lock
from commerce.fulfilment.rules import Pick
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentOrderId, OrderLineId
from commerce.platform.database import Tx
from commerce.platform.http import Caller


async def goods_arrived(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId) -> Fulfilment:
    """Offer work whose units have all come, or never will: waiting_for_transfer becomes offered; work in another state stays as it is.

    The order must be locked before. Refuses with NotFound. Emits FulfilmentOffered.
    """
    work = await lock(tx, fulfilment_id, caller)
    if work.state is not S.WAITING_FOR_TRANSFER:
        return work
    now = clock.now()
    after = await keep(tx, work, moved(work, S.OFFERED, offered_at=now), by=caller.principal, at=now)
    tx.emit(FulfilmentOffered(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after))
    return after


async def given_up(
    tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, units: Mapping[OrderLineId, int]
) -> Fulfilment:
    """Note that units are waited for no longer; work that nothing is left of ends as cancelled.

    The order must be locked before, and the units be off it. Refuses with NotFound, WrongUnits, and IllegalMove where the work does not wait.
    Emits FulfilmentCancelled with its end.
    """
    work = await lock(tx, fulfilment_id, caller)
    if work.state is not S.WAITING_FOR_TRANSFER:
        raise rules.FULFILMENT.refusal(work.state, S.CANCELLED)
    picks = [
        Pick(line.id, 0, units[line.order_line_id], ShortReason.REFUSED)
        for line in work.lines
        if line.order_line_id in units
    ]
    counted = rules.picked(work, picks)
    now = clock.now()
    if any(line.to_pick for line in counted.lines):
        return await keep(tx, work, counted, by=caller.principal, at=now)
    after = await keep(tx, work, moved(counted, S.CANCELLED), by=caller.principal, at=now)
    tx.emit(FulfilmentCancelled(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after))
    return after


async def not_arrived(
    tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, missing: Mapping[OrderLineId, int]
) -> Fulfilment:
    """Note that a transfer does not bring units; work that nothing is left of ends as rejected. They are nobody's on the order already.

    The order must be locked before. Refuses with NotFound, WrongUnits, and IllegalMove where the work does not wait.
    """
    work = await lock(tx, fulfilment_id, caller)
    if work.state is not S.WAITING_FOR_TRANSFER:
        raise rules.FULFILMENT.refusal(work.state, S.REJECTED)
    picks = [
        Pick(line.id, 0, units, ShortReason.NOT_ARRIVED)
        for line in work.lines
        if (units := missing.get(line.order_line_id, 0))
    ]
    counted = rules.picked(work, picks)
    now = clock.now()
    if any(line.to_pick for line in counted.lines):
        return await keep(tx, work, counted, by=caller.principal, at=now)
    reason = ShortReason.NOT_ARRIVED.value
    after = await keep(tx, work, moved(counted, S.REJECTED, reject_reason=reason), by=caller.principal, at=now)
    tx.emit(FulfilmentRejected(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after, reason=reason))
    return after
