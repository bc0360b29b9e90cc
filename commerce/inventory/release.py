"""Give up units that were kept: a basket or an order does not want them any more."""

from collections.abc import Sequence

from sqlalchemy import Integer, Uuid, update

from commerce.inventory import endings, ledger, rows
from commerce.inventory.errors import NotReserved
from commerce.inventory.facts import Cause, summed
from commerce.inventory.tables import stock_levels
from commerce.kernel.ids import HoldId, LocationId, OrderId, TransferId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, unnested

_freed = unnested("freed", variant_id=Uuid, location_id=Uuid, units=Integer)
FREE = Statement(
    update(stock_levels)
    .where(rows.same_place(stock_levels, _freed))
    .values(reserved=stock_levels.c.reserved - _freed.c.units)
)


async def release(
    tx: Tx,
    whose: OrderId | TransferId | HoldId,
    lines: Sequence[tuple[VariantId, LocationId, int]] | None,
    cause: Cause,
) -> None:
    """Free units of an order or of a hold, so that others can have them at once.

    Without lines, whatever is still open, which may be nothing: to release again changes nothing. With lines, exactly those units; refuses
    with NotReserved when fewer are open. The cause is kept with the units' ending.
    """
    if lines is None:
        locked = await rows.lock(tx, await endings.open_units(tx, whose))
        units = await endings.open_units(tx, whose)  # as it is now that nobody else can end them
    else:
        units = dict(summed(lines))
        locked = await rows.lock(tx, units)
    if not units:
        return
    if not await endings.end(tx, endings.RELEASE, whose, units, cause):
        raise NotReserved("Fewer units are reserved there than should be given up.")
    await tx.execute(FREE, **rows.arrays(units), units=list(units.values()))
    ledger.report(tx, [locked[place] for place in units if place in locked])
