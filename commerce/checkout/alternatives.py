"""A refusal for want of stock says what else could be had."""

from datetime import datetime

from commerce.carts import Cart
from commerce.inventory import InsufficientStock
from commerce.kernel.ids import ChannelId
from commerce.platform.database import Reading
from commerce.promise import alternatives


async def with_alternatives(
    reading: Reading, refused: InsufficientStock, cart: Cart, *, at: datetime
) -> InsufficientStock:
    """Gives the refusal with `alternatives`: where and by when all that is short could be collected instead, and whether it can be sent, where
    that is not what failed. To be asked for when nothing is open any more: no lock waits for it.
    """
    places = {each.location_id for each in refused.short}
    found = await alternatives(
        reading,
        [(each.variant_id, each.requested) for each in refused.short],
        at,
        not_at=next(iter(places)) if len(places) == 1 else None,
        channel_id=ChannelId(cart.channel_id),
        sending=None not in places,
    )
    return InsufficientStock(refused.detail, lines=list(refused.short), alternatives=found)
