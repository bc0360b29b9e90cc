"""Correct shelves on somebody's word: a caller with a reason, at the caller's own locations."""

from collections.abc import Collection

from sqlalchemy import Text, Uuid, column, select, table

from commerce.inventory.adjust import Adjustment, adjust
from commerce.inventory.errors import NeedsCodes
from commerce.inventory.facts import Cause
from commerce.inventory.schemas import AdjustmentIn, AdjustmentOut, LevelOut
from commerce.kernel.errors import invalid
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of

# What articles ask for is kept above this slice; its rows are read here, and stay as they are until the adjustment is booked.
_tracked = table("tracked_articles", column("variant_id", Uuid), column("tracking", Text))
TRACKED = Statement(
    select(_tracked.c.variant_id)
    .where(any_of(_tracked.c.variant_id, "variant_ids"), _tracked.c.tracking != "none")
    .order_by(_tracked.c.variant_id)
    .with_for_update(read=True, key_share=True)
)


async def book_adjustment(tx: Tx, caller: Caller, data: AdjustmentIn) -> AdjustmentOut:
    """Book corrections, all of them or none; refuses as `adjust` does, and a location that is not the caller's as if there were none.

    Refuses with NeedsCodes articles with lots or serial numbers: corrections and counts name their units.
    """
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
    await _check_untracked(tx, {VariantId(line.variant_id) for line in data.lines})
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
                safety=level.safety,
                online=level.online,
            )
            for level in levels
        ],
    )


async def _check_untracked(tx: Tx, variant_ids: Collection[VariantId]) -> None:
    """After the levels are locked, since whoever changes what an article asks for locks them first."""
    if tracked := [row["variant_id"] for row in await tx.fetch(TRACKED, variant_ids=sorted(variant_ids))]:
        raise NeedsCodes(
            "Use `POST /v1/stock/corrections` or a count, which name the lots or serial numbers.", variant_ids=tracked
        )
