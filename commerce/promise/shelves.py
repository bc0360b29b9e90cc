"""What shelves can give whoever asks online: what nobody else has, and may still be sold today."""

from collections.abc import Collection

from commerce import inventory, traceability
from commerce.kernel.ids import ChannelId, LocationId, VariantId
from commerce.platform.database import Reading
from commerce.promise.rules import Stock, own_shelves, without
from commerce.stores import Locations


async def shelves(
    reading: Reading,
    variant_ids: Collection[VariantId],
    places: Locations,
    channel_id: ChannelId | None = None,
    location_ids: Collection[LocationId] | None = None,
) -> Stock:
    """Gives what can be promised of articles by location, on shelves of our own; lots beyond their last day are left out. At some locations
    or at all.

    One statement, and one more where an article has lots.
    """
    stock = own_shelves(await inventory.available(reading, variant_ids, channel_id, location_ids), places)
    return without(stock, await traceability.expired(reading, variant_ids))
