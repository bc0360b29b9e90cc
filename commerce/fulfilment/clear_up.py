"""Work that ends without leaving is cleared up: its packages are opened, its labels void, what was scanned and where somebody waits forgotten."""

from commerce.fulfilment import serials
from commerce.fulfilment.events import FulfilmentCancelled, FulfilmentExpired, FulfilmentRejected
from commerce.fulfilment.packages import void_all
from commerce.fulfilment.proof import LEFT
from commerce.kernel import clock
from commerce.platform.database import Tx


async def clear_up(tx: Tx, ended: FulfilmentCancelled | FulfilmentExpired | FulfilmentRejected) -> None:
    """Clears locked work up, in the transaction that ends it."""
    await serials.forget(tx, ended.fulfilment_order_id)
    await void_all(tx, ended.fulfilment_order_id, "work_ended", at=clock.now())
    await tx.execute(LEFT, id=ended.fulfilment_order_id)
