"""Units come to a shelf: the first ones, goods in, returns."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import DateTime, Integer, Text, Uuid, literal, select
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import ledger, rows
from commerce.inventory.errors import AlreadyStocked
from commerce.inventory.facts import Cause, Level, MovementKind, Spot, summed
from commerce.inventory.tables import stock_levels, stock_movements
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested

_asked = unnested("asked", variant_id=Uuid, location_id=Uuid)
STOCKED = Statement(
    select(_asked.c.variant_id).where(
        select(stock_movements.c.id).where(rows.same_place(stock_movements, _asked)).correlate(_asked).exists()
    )
)


_first = unnested("first", id=Uuid, variant_id=Uuid, location_id=Uuid, quantity=Integer)
_opened = (
    insert(stock_levels)
    .from_select(
        ["variant_id", "location_id", "on_hand"],
        select(_first.c.variant_id, _first.c.location_id, _first.c.quantity).order_by(
            _first.c.variant_id, _first.c.location_id
        ),
    )
    .cte("opened")
)
_SAID = {"document_kind": Text, "document_id": Uuid, "actor": Text, "reason": Text, "effect_key": Text}
# Levels that nobody opened before are made full, with the movement of each. One that was opened meanwhile breaks the primary key, and the
# transaction runs again (`RETRIED_CONSTRAINTS`).
FIRST = Statement(
    insert(stock_movements)
    .from_select(
        ["id", "variant_id", "location_id", "quantity", "on_hand_after", "kind", "other_spot", *_SAID, "at"],
        select(
            _first.c.id,
            _first.c.variant_id,
            _first.c.location_id,
            _first.c.quantity,
            _first.c.quantity,
            literal(MovementKind.INITIAL.value),
            literal(Spot.OPENING.value),
            *(given(name, kind) for name, kind in _SAID.items()),
            given("at", DateTime(timezone=True)),
        ),
    )
    .add_cte(_opened)
)


async def receive(
    tx: Tx,
    entries: Sequence[tuple[VariantId, LocationId, int]],
    cause: Cause,
    effect_key: str,
    *,
    from_spot: Literal[Spot.SUPPLIER, Spot.CUSTOMER] = Spot.SUPPLIER,
) -> list[Level]:
    """Add units to shelves, with a movement for each place: "received" from a supplier, "returned" from a customer.

    What a "return" causes comes from a customer, whether or not that is said.

    The same effect key again changes nothing and gives no levels; with other units it is refused with EffectDiffers.
    """
    if cause.kind == "return" or from_spot is Spot.CUSTOMER:
        return await _add(tx, entries, Spot.CUSTOMER, MovementKind.RETURNED, cause, effect_key)
    return await _add(tx, entries, Spot.SUPPLIER, MovementKind.RECEIVED, cause, effect_key)


async def set_initial(
    tx: Tx, entries: Sequence[tuple[VariantId, LocationId, int]], cause: Cause, effect_key: str
) -> list[Level]:
    """Book the first units of articles at locations. Refuses with AlreadyStocked where anything ever moved before; idempotent as `receive`."""
    units = summed(entries)
    there = await rows.lock(tx, units)
    if there or not units or await ledger.before(tx, effect_key):
        return await _add(tx, entries, Spot.OPENING, MovementKind.INITIAL, cause, effect_key)
    await tx.execute(
        FIRST,
        id=[new_id() for _ in units],
        **rows.arrays(units),
        quantity=list(units.values()),
        **ledger.said(cause),
        effect_key=effect_key,
        at=clock.now(),
    )
    return [Level(*place, quantity, 0, quantity) for place, quantity in units.items()]


async def _add(
    tx: Tx,
    entries: Sequence[tuple[VariantId, LocationId, int]],
    from_spot: Spot,
    kind: MovementKind,
    cause: Cause,
    effect_key: str,
) -> list[Level]:
    units = summed(entries)
    await ledger.open_rows(tx, list(units))
    await rows.lock(tx, units)
    if await ledger.moved_before(tx, effect_key, ledger.on_shelves(units, from_spot)):
        return []
    if kind is MovementKind.INITIAL and await tx.fetch(STOCKED, **rows.arrays(units)):
        raise AlreadyStocked("Adjust what is there, or receive more of it.")
    return await ledger.change(tx, units, from_spot, kind=kind, cause=cause, effect_key=effect_key)
