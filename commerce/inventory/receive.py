"""Units come to a shelf: the first ones, goods in, returns."""

from collections.abc import Sequence

from sqlalchemy import Uuid, select

from commerce.inventory import ledger, rows
from commerce.inventory.errors import AlreadyStocked
from commerce.inventory.facts import Cause, Level, MovementKind, summed
from commerce.inventory.tables import stock_movements
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, unnested

_asked = unnested("asked", variant_id=Uuid, location_id=Uuid)
STOCKED = Statement(
    select(_asked.c.variant_id).where(
        select(stock_movements.c.id).where(rows.same_place(stock_movements, _asked)).correlate(_asked).exists()
    )
)


async def receive(
    tx: Tx, entries: Sequence[tuple[VariantId, LocationId, int]], cause: Cause, effect_key: str
) -> list[Level]:
    """Add units to shelves, with a movement for each place: "returned" when the cause is a "return", else "received".

    The same effect key again changes nothing and gives no levels; with other units it is refused with EffectDiffers.
    """
    kind = MovementKind.RETURNED if cause.kind == "return" else MovementKind.RECEIVED
    return await _add(tx, entries, kind, cause, effect_key)


async def set_initial(
    tx: Tx, entries: Sequence[tuple[VariantId, LocationId, int]], cause: Cause, effect_key: str
) -> list[Level]:
    """Book the first units of articles at locations. Refuses with AlreadyStocked where anything ever moved before; idempotent as `receive`."""
    return await _add(tx, entries, MovementKind.INITIAL, cause, effect_key)


async def _add(
    tx: Tx,
    entries: Sequence[tuple[VariantId, LocationId, int]],
    kind: MovementKind,
    cause: Cause,
    effect_key: str,
) -> list[Level]:
    units = summed(entries)
    await ledger.open_rows(tx, list(units))
    await rows.lock(tx, units)
    if await ledger.moved_before(tx, effect_key, units):
        return []
    if kind is MovementKind.INITIAL and await tx.fetch(STOCKED, **rows.arrays(units)):
        raise AlreadyStocked("Adjust what is there, or receive more of it.")
    return await ledger.move(tx, units, kind=kind, cause=cause, effect_key=effect_key)
