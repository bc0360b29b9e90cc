"""Units come to work that is still being picked: another article instead of one that is missing."""

import msgspec

from commerce.fulfilment.events import FulfilmentExtended
from commerce.fulfilment.facts import Fulfilment, FulfilmentState as S
from commerce.fulfilment.keep import keep
from commerce.fulfilment.offer import line_of, offer_lines, offer_units
from commerce.fulfilment.queries import lock
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentOrderId
from commerce.orders import OrderFacts, OrderLine
from commerce.platform.database import Tx
from commerce.platform.http import Caller

TAKES_MORE = frozenset({S.OFFERED, S.ACCEPTED, S.PICKING})
SYSTEM = Caller(kind="system")


async def add_units(
    tx: Tx, order: OrderFacts, fulfilment_id: FulfilmentOrderId, line: OrderLine, units: int, *, by: str
) -> Fulfilment:
    """Add units of a new line of a locked order to a place's work, whose promise stays; gives the work.

    Work that is packed, or over, takes nothing more: further work with the same promise follows it there. Who calls this has promised the
    units at the place and reserved them. Refuses with NotFound. Emits FulfilmentExtended, or FulfilmentOffered.
    """
    work = await lock(tx, fulfilment_id, SYSTEM)
    if work.state not in TAKES_MORE:
        return await offer_units(
            tx,
            order,
            work.group_id,
            work.location_id,
            work.kind,
            [(line.id, units)],
            ready_by=work.ready_by,
            attempt=work.attempt + 1,
            by=by,
        )
    new = line_of(line, units, len(work.lines))
    await offer_lines(tx, [msgspec.structs.replace(work, lines=(new,))])
    more = msgspec.structs.replace(work, lines=(*work.lines, new))
    after = await keep(tx, more, more, by=by, at=clock.now())
    tx.emit(FulfilmentExtended(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after))
    return after
