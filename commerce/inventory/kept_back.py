"""What a shelf keeps back, as the back office sees and sets it."""

from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Integer, Uuid, column, func, literal, select, table, true
from sqlalchemy.dialects.postgresql import JSONB

from commerce.inventory import ledger, rows
from commerce.inventory.facts import Cause, Place
from commerce.inventory.keep_back import keep_back, kept_now
from commerce.inventory.schemas import BufferOut, KeptBackChangeOut, KeptBackIn, KeptBackOut
from commerce.inventory.tables import kept_back_changes, stock_levels
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import ChannelId, LocationId, VariantId, new_id
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import Caller, StaleVersion
from commerce.platform.statement import Statement, given

NEWEST = 2**62


class _Kept(msgspec.Struct, frozen=True):
    safety: int
    buffers: dict[UUID, int] | None
    changes: int


_here = (given("variant_id", Uuid), given("location_id", Uuid))
_changed = (
    select(func.count())
    .select_from(kept_back_changes)
    .where(kept_back_changes.c.variant_id == _here[0], kept_back_changes.c.location_id == _here[1])
    .scalar_subquery()
)
_variants, _locations = table("variants", column("id", Uuid)), table("locations", column("id", Uuid))
# One row, also where nothing was ever stocked or kept back: nothing is kept back there. None without such an article and location.
_level = (
    select(stock_levels.c.safety, stock_levels.c.buffers)
    .where(stock_levels.c.variant_id == _here[0], stock_levels.c.location_id == _here[1])
    .subquery("level")
)
_one = (
    select(literal(1, Integer).label("one"))
    .select_from(_variants.join(_locations, true()))
    .where(_variants.c.id == _here[0], _locations.c.id == _here[1])
    .subquery("one")
)
KEPT = Statement(
    select(
        func.coalesce(_level.c.safety, 0).label("safety"),
        _level.c.buffers.cast(JSONB).label("buffers"),
        _changed.label("changes"),
    ).select_from(_one.outerjoin(_level, _one.c.one == 1)),
    into=_Kept,
)
CHANGES = Statement(
    select(kept_back_changes)
    .where(
        kept_back_changes.c.variant_id == _here[0],
        kept_back_changes.c.location_id == _here[1],
        kept_back_changes.c.seq < given("before_seq", BigInteger),
    )
    .order_by(kept_back_changes.c.seq.desc())
    .limit(given("limit", Integer)),
    into=KeptBackChangeOut,
)


def own(caller: Caller, location_id: UUID) -> None:
    """Refuses with NotFound a location that is not the caller's, as if there were none."""
    if not caller.may_at(location_id):
        raise NotFound("There is no such location.")


async def shown(reads: Reads, variant_id: UUID, location_id: UUID) -> KeptBackOut:
    """Gives what the shelf keeps back now; nothing where nobody ever set anything. Refuses with NotFound an article that is none."""
    kept = await reads.fetch_one(KEPT, variant_id=variant_id, location_id=location_id)
    if kept is None:
        raise NotFound("There is no such article, or no such location.")
    return KeptBackOut(
        variant_id=variant_id,
        location_id=location_id,
        safety=kept.safety,
        buffers=[BufferOut(channel_id=channel, units=units) for channel, units in sorted((kept.buffers or {}).items())],
        version=kept.changes + 1,
    )


async def replace(
    tx: Tx, caller: Caller, variant_id: UUID, location_id: UUID, expected_version: int, data: KeptBackIn
) -> KeptBackOut:
    """Sets what the shelf keeps back as a whole; refuses with StaleVersion when it was changed meanwhile."""
    channels = [each.channel_id for each in data.buffers]
    for position, channel_id in enumerate(channels):
        if channel_id in channels[:position]:
            raise invalid(
                f"/buffers/{position}/channel_id", "stands for a channel that an earlier buffer names already"
            )
    place = Place(VariantId(variant_id), LocationId(location_id))
    await ledger.open_rows(tx, [place])
    locked = await rows.lock(tx, [place])
    if (await shown(tx, *place)).version != expected_version:
        raise StaleVersion("What the shelf keeps back was changed meanwhile; read it again.")
    wanted: dict[ChannelId | None, int] = dict.fromkeys(kept_now(locked[place]), 0)
    wanted[None] = data.safety
    wanted.update({ChannelId(each.channel_id): each.units for each in data.buffers})
    await keep_back(tx, {place: wanted}, Cause("kept_back", new_id(), caller.principal, data.reason))
    return await shown(tx, *place)


async def changes(
    reading: Reading, variant_id: UUID, location_id: UUID, *, before: int | None, limit: int
) -> list[KeptBackChangeOut]:
    """Gives the changes of what a shelf keeps back, the latest first, one more than the limit."""
    return await reading.fetch(
        CHANGES,
        variant_id=variant_id,
        location_id=location_id,
        before_seq=NEWEST if before is None else before,
        limit=limit + 1,
    )
