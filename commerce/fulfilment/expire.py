"""Nobody came: what was ready to be collected is not any more."""

from commerce.fulfilment.events import FulfilmentExpired
from commerce.fulfilment.facts import Fulfilment, FulfilmentState as S
from commerce.fulfilment.keep import keep, moved
from commerce.fulfilment.queries import lock
from commerce.fulfilment.work import DROP_CODE
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentOrderId
from commerce.platform.database import Tx
from commerce.platform.http import Caller


async def expire(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId) -> Fulfilment:
    """End work that was ready and not collected; its code is good no longer. A hand-over that came first wins.

    The order must be locked before; who calls it takes the units off the order and decides what becomes of them and of the money. Refuses
    with NotFound, and with IllegalMove in any other state. Emits FulfilmentExpired.
    """
    work = await lock(tx, fulfilment_id, caller)
    after = await keep(tx, work, moved(work, S.EXPIRED), by=caller.principal, at=clock.now())
    await tx.execute(DROP_CODE, id=after.id)
    tx.emit(FulfilmentExpired(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after))
    return after
