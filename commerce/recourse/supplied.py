"""Supply that an order waits for does not come: its units are asked about, as those that a transfer did not bring."""

from commerce import fulfilment, supplies
from commerce.fulfilment import FulfilmentState, RejectedUnits, ShortReason
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.recourse.hear import open_case
from commerce.recourse.keep import raise_exception
from commerce.supplies import SupplyLost

SYSTEM = Caller(kind="system")


async def supply_lost(tx: Tx, lost: SupplyLost) -> None:
    """Opens a rejection of the units: parcels look for another place, what was to be collected asks its customer. The order is locked.

    Work of which everything else has come is offered.
    """
    for work in await fulfilment.fulfilments_of(tx, lost.order_id):
        if work.waiting_for == lost.wait_id and work.state is FulfilmentState.WAITING_FOR_TRANSFER:
            after = await fulfilment.not_arrived(tx, SYSTEM, work.id, {lost.order_line_id: lost.units})
            units = RejectedUnits(lost.order_line_id, lost.variant_id, lost.units, ShortReason.NOT_ARRIVED)
            case = await open_case(tx, after, [units], routing=work.kind == "ship", by="system")
            await raise_exception(tx, "not_arrived", case, case.opened_at)
            if after.state is FulfilmentState.WAITING_FOR_TRANSFER and not await supplies.waiting_for(tx, lost.wait_id):
                await fulfilment.goods_arrived(tx, SYSTEM, after.id)
