"""A shelf did not have what a picker was sent for: it is counted, blind, by somebody who has the time."""

from commerce import counting
from commerce.fulfilment.events import RecountWanted
from commerce.fulfilment.queries import ONE
from commerce.platform.database import Tx


async def recount(tx: Tx, wanted: RecountWanted) -> None:
    """Has the articles counted at the place, once while a count of them is under way; the count's note names the work that missed them."""
    work = await tx.fetch_one(ONE, id=wanted.fulfilment_order_id)
    said = "" if work is None else work.number
    await counting.want_count(tx, wanted.location_id, wanted.variant_ids, f"Short pick {said}".strip())
