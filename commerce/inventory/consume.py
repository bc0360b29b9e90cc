"""Reserved units leave the shelf: they were handed over, or shipped."""

from collections.abc import Sequence

from commerce.inventory import endings, ledger, rows
from commerce.inventory.errors import NotReserved
from commerce.inventory.facts import Cause, MovementKind, Spot, summed
from commerce.kernel.ids import LocationId, OrderId, TransferId, VariantId
from commerce.platform.database import Tx


async def consume(
    tx: Tx,
    owner_id: OrderId | TransferId,
    lines: Sequence[tuple[VariantId, LocationId, int]],
    cause: Cause,
    effect_key: str,
) -> None:
    """Take units that the order has reserved off the shelves, with a movement for each place.

    The same effect key again changes nothing; with other units it is refused with EffectDiffers. Refuses with NotReserved when the order
    has fewer open units at a place than should leave it: nothing leaves a shelf for an order that was not kept for it.
    """
    units = summed(lines)
    await rows.lock(tx, units)
    leaving = {place: -quantity for place, quantity in units.items()}
    if await ledger.moved_before(tx, effect_key, ledger.on_shelves(leaving, Spot.CUSTOMER)):
        return
    if not await endings.end(tx, endings.CONSUME, owner_id, units, cause):
        raise NotReserved("The order has fewer units reserved there than should leave the shelf.")
    await ledger.change(
        tx, leaving, Spot.CUSTOMER, kind=MovementKind.SOLD, cause=cause, effect_key=effect_key, freed=units
    )
