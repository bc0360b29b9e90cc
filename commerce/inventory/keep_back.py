"""What a shelf keeps back from those who do not stand before it: safety stock from all of them, a buffer from one channel."""

from collections.abc import Mapping, Sequence

from sqlalchemy import DateTime, Integer, Text, Uuid, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from commerce.inventory import ledger, rows
from commerce.inventory.facts import MOST_UNITS, Cause, Place
from commerce.inventory.tables import kept_back_changes, stock_levels
from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import ChannelId, LocationId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested

Kept = Mapping[ChannelId | None, int]
"""Units by channel; no channel is the safety stock."""

_set = unnested("kept", variant_id=Uuid, location_id=Uuid, safety=Integer, buffers=JSONB)
SET = Statement(
    update(stock_levels)
    .where(rows.same_place(stock_levels, _set))
    .values(safety=_set.c.safety, buffers=func.nullif(_set.c.buffers, func.jsonb_build_object()))
)
_DOCUMENT = {"document_kind": Text, "document_id": Uuid, "actor": Text, "reason": Text}
_change = unnested("change", variant_id=Uuid, location_id=Uuid, channel_id=Uuid, before=Integer, after=Integer)
WRITE = Statement(
    insert(kept_back_changes).from_select(
        [*_change.c.keys(), *_DOCUMENT, "at"],
        select(
            *_change.c,
            *(given(name, kind) for name, kind in _DOCUMENT.items()),
            given("at", DateTime(timezone=True)),
        ),
    )
)


async def set_safety(tx: Tx, entries: Sequence[tuple[VariantId, LocationId, int]], cause: Cause) -> None:
    """Set the safety stock of shelves, in units, 0 for none; each change is kept with who made it and why. The same again changes nothing.

    What is reserved already stays so: only what is promised from now on is less.
    """
    await keep_back(tx, {Place(variant, place): {None: units} for variant, place, units in entries}, cause)


async def set_buffer(tx: Tx, entries: Sequence[tuple[VariantId, LocationId, ChannelId, int]], cause: Cause) -> None:
    """Set what shelves keep back from a channel beyond their safety stock; otherwise as `set_safety`."""
    kept: dict[Place, dict[ChannelId | None, int]] = {}
    for variant_id, location_id, channel_id, units in entries:
        kept.setdefault(Place(variant_id, location_id), {})[channel_id] = units
    await keep_back(tx, kept, cause)


async def keep_back(tx: Tx, wanted: Mapping[Place, Kept], cause: Cause) -> None:
    """Sets what is named of each place and leaves the rest as it is."""
    if any(not 0 <= units <= MOST_UNITS for kept in wanted.values() for units in kept.values()):
        raise Bug(f"a shelf keeps back from 0 to {MOST_UNITS} units")
    await ledger.open_rows(tx, list(wanted))
    locked = await rows.lock(tx, wanted)
    changes = [
        (place, channel_id, now.get(channel_id, 0), units)
        for place, kept in sorted(wanted.items())
        for now in [kept_now(locked[place])]
        for channel_id, units in kept.items()
        if now.get(channel_id, 0) != units
    ]
    if not changes:
        return
    await _write(tx, changes, cause)
    after = {place: {**kept_now(locked[place]), **wanted[place]} for place in {change[0] for change in changes}}
    await tx.execute(
        SET,
        **rows.arrays(after),
        safety=[kept.get(None, 0) for kept in after.values()],
        buffers=[
            {str(channel): units for channel, units in kept.items() if channel and units} for kept in after.values()
        ],
    )
    for place, kept in after.items():
        tx.changed(
            "kept_back",
            f"{place.variant_id}@{place.location_id}",
            before=_shown(kept_now(locked[place])),
            after=_shown(kept),
        )


def kept_now(row: rows.Row) -> dict[ChannelId | None, int]:
    """Gives what a shelf keeps back now."""
    return {None: row.safety} | dict((row.buffers or {}).items())


def _shown(kept: Kept) -> dict[str, int]:
    return {str(channel or "safety"): units for channel, units in kept.items()}


async def _write(tx: Tx, changes: Sequence[tuple[Place, ChannelId | None, int, int]], cause: Cause) -> None:
    await tx.execute(
        WRITE,
        **rows.arrays(change[0] for change in changes),
        channel_id=[change[1] for change in changes],
        before=[change[2] for change in changes],
        after=[change[3] for change in changes],
        **ledger.said(cause),
        at=clock.now(),
    )
