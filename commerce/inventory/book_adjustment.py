"""Correct shelves on somebody's word: a caller with a reason, at the caller's own locations."""

from commerce.inventory.adjust import Adjustment, adjust
from commerce.inventory.facts import Cause
from commerce.inventory.schemas import AdjustmentIn, AdjustmentOut, LevelOut
from commerce.kernel.errors import invalid
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Tx
from commerce.platform.http import Caller


async def book_adjustment(tx: Tx, caller: Caller, data: AdjustmentIn) -> AdjustmentOut:
    """Book corrections, all of them or none; refuses as `adjust` does, and a location that is not the caller's as if there were none."""
    for position, line in enumerate(data.lines):
        if not caller.may_at(line.location_id):
            raise invalid(f"/lines/{position}/location_id", "is none of your locations")
        if (line.delta is None) == (line.counted is None) or (line.counted is None) != (line.expected is None):
            raise invalid(f"/lines/{position}", "give either delta, or both counted and expected")
        if line.delta == 0:
            raise invalid(f"/lines/{position}/delta", "must not be 0")
    adjustment_id = new_id()
    levels = await adjust(
        tx,
        [
            Adjustment(
                VariantId(line.variant_id), LocationId(line.location_id), line.delta, line.counted, line.expected
            )
            for line in data.lines
        ],
        Cause("adjustment", adjustment_id, caller.principal, data.reason),
        f"adjustment:{adjustment_id}",
    )
    return AdjustmentOut(
        id=adjustment_id,
        reason=data.reason,
        levels=[
            LevelOut(
                variant_id=level.variant_id,
                location_id=level.location_id,
                on_hand=level.on_hand,
                reserved=level.reserved,
                available=level.available,
            )
            for level in levels
        ],
    )
