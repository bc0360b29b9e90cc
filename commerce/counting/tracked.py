"""Articles that ask for lots or serial numbers, while they are counted: what was scanned of each, and telling it to the books of lots."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, and_, select

from commerce import traceability
from commerce.counting.facts import Count, CountLine, Shelf
from commerce.counting.tables import stock_count_lines, stock_count_scans
from commerce.inventory import Cause
from commerce.kernel.ids import VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given
from commerce.traceability import Counted


class Label(NamedTuple):
    """What is printed on a unit: its lot with the last day of sale, or its serial number."""

    lot: str | None = None
    expires_on: date | None = None
    serial: str | None = None


class Labelled(msgspec.Struct, frozen=True):
    """Units that were scanned, with their label."""

    variant_id: VariantId
    units: int
    lot: str | None
    expires_on: date | None
    serial: str | None


_scan, _line = stock_count_scans.c, stock_count_lines.c
_later = stock_count_scans.alias("later")
# The scans of a line's round from its last total on.
SCANNED = Statement(
    select(_scan.variant_id, _scan.units, _scan.lot, _scan.expires_on, _scan.serial)
    .join_from(
        stock_count_scans,
        stock_count_lines,
        and_(_line.count_id == _scan.count_id, _line.variant_id == _scan.variant_id, _line.round == _scan.round),
    )
    .where(
        _scan.count_id == given("count_id", Uuid),
        any_of(_scan.variant_id, "variant_ids"),
        ~select(_later.c.seq)
        .where(
            _later.c.count_id == _scan.count_id,
            _later.c.variant_id == _scan.variant_id,
            _later.c.round == _scan.round,
            _later.c.seq > _scan.seq,
            _later.c.total,
        )
        .correlate(stock_count_scans)
        .exists(),
    )
    .order_by(_scan.seq),
    into=Labelled,
)


async def serials_scanned(tx: Tx, count_id: UUID, variant_ids: Collection[VariantId]) -> dict[VariantId, set[str]]:
    """Gives the serial numbers that were scanned of articles in their round."""
    found: dict[VariantId, set[str]] = {variant_id: set() for variant_id in variant_ids}
    if found:
        for scan in await tx.fetch(SCANNED, count_id=count_id, variant_ids=sorted(found)):
            if scan.serial is not None:
                found[scan.variant_id].add(scan.serial)
    return found


async def moved_since(tx: Tx, lines: Sequence[CountLine], shelves: dict[VariantId, Shelf]) -> set[VariantId]:
    """Gives the articles with lots or serial numbers whose shelf moved since they were counted: nobody can say which ones are left."""
    asking = await traceability.tracking(tx, shelves)
    return {
        line.variant_id
        for line in lines
        if line.position is not None
        and asking[line.variant_id] != "none"
        and shelves[line.variant_id].position != line.position
    }


async def tell(tx: Tx, count: Count, variant_ids: Collection[VariantId], cause: Cause, effect_key: str) -> None:
    """Makes the books of lots and serial numbers say what was scanned; call it after the shelves were corrected.

    Refuses with UnitsUndeclared where a shelf had to keep units that are promised although they are not there: which lot they are of, nobody
    can say. What asks for nothing costs one statement.
    """
    asking = await traceability.tracking(tx, variant_ids)
    tracked = sorted(variant_id for variant_id in variant_ids if asking[variant_id] != "none")
    if not tracked:
        return
    scans = await tx.fetch(SCANNED, count_id=count.id, variant_ids=tracked)
    lots: Counter[tuple[VariantId, str | None, date | None]] = Counter()
    serials: dict[VariantId, list[str]] = {variant_id: [] for variant_id in tracked}
    for scan in scans:
        if scan.serial is not None and asking[scan.variant_id] == "serial":
            serials[scan.variant_id].append(scan.serial)
        elif scan.units:
            lots[scan.variant_id, scan.lot, scan.expires_on] += scan.units
    lines = [Counted(variant_id, units, lot, day) for (variant_id, lot, day), units in lots.items()]
    lines += [Counted(variant_id, len(told), serials=told) for variant_id, told in serials.items() if told]
    named = {line.variant_id for line in lines}
    lines += [Counted(variant_id, 0) for variant_id in tracked if variant_id not in named]
    await traceability.counted(tx, count.location_id, lines, cause, effect_key)
