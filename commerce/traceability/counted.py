"""A count says which lots and serial numbers are on a shelf; the books are made to say the same."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import Integer, Text, Uuid, column, select, table

from commerce.inventory import Cause, Spot
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given
from commerce.traceability import journal, lots, serials
from commerce.traceability.came import OUT_AND_UNSOLD
from commerce.traceability.errors import UnitsUndeclared
from commerce.traceability.facts import Counted, Standing, Traced, TraceKind, Undeclared
from commerce.traceability.journal import Entry
from commerce.traceability.tables import trace_movements
from commerce.traceability.tracked import Asked, asked_of

stock_levels = table(
    "stock_levels", column("variant_id", Uuid), column("location_id", Uuid), column("on_hand", Integer)
)
ON_HAND = Statement(
    select(stock_levels.c.variant_id, stock_levels.c.on_hand).where(
        stock_levels.c.location_id == given("location_id", Uuid), any_of(stock_levels.c.variant_id, "variant_ids")
    )
)
HAPPENED = Statement(
    select(trace_movements.c.id)
    .where(
        trace_movements.c.effect_key == given("effect_key", Text),
        trace_movements.c.location_id == given("location_id", Uuid),
    )
    .limit(1)
)


async def counted(
    tx: Tx, location_id: LocationId, lines: Sequence[Counted], cause: Cause, effect_key: str
) -> list[Traced]:
    """Make the books of a shelf say what was counted there, for each article that is named; call it after its level was corrected.

    The lines of an article are all that there is of it: lots that are not among them are gone, numbers that are not are lost, new ones were
    found. Refuses with UnitsUndeclared when they do not add up to the level, with LotNeeded, LotDiffers and SerialNeeded, and with
    SerialElsewhere a number that is at another place by the books, or sold. Gives what changed, departures first. The same effect key
    again changes nothing.
    """
    asked = await asked_of(tx, location_id, [line.variant_id for line in lines])
    if not asked:
        return []
    standing = Standing(location_id)
    by_lot = [line for line in lines if line.variant_id in asked.lots]
    by_serial = [line for line in lines if line.variant_id in asked.serials]
    rows = await lots.lock(tx, sorted({line.variant_id for line in by_lot}), standing) if by_lot else []
    there = {(lot.variant_id, lot.lot): lot.quantity for lot in lots.units_of(rows)}
    if await tx.fetch(HAPPENED, effect_key=effect_key, location_id=location_id):
        return []
    await _adds_up(tx, standing, [*by_lot, *by_serial])
    return [
        *(await _lots(tx, standing, by_lot, there, asked, cause, effect_key) if by_lot else []),
        *(await _serials(tx, standing, by_serial, asked, cause, effect_key) if by_serial else []),
    ]


async def _adds_up(tx: Tx, standing: Standing, lines: Sequence[Counted]) -> None:
    units: Counter[VariantId] = Counter()
    for line in lines:
        units[line.variant_id] += line.quantity
    levels = await tx.fetch(ON_HAND, location_id=standing.location_id, variant_ids=list(units))
    on_hand = {row["variant_id"]: row["on_hand"] for row in levels}
    wrong = [
        Undeclared(*standing, on_hand.get(variant_id, 0), told)
        for variant_id, told in units.items()
        if on_hand.get(variant_id, 0) != told
    ]
    if wrong:
        raise UnitsUndeclared(
            "; ".join(f"{each.units} units are on the shelf, and {each.declared} were told" for each in wrong) + ".",
            lines=wrong,
        )


async def _lots(
    tx: Tx,
    standing: Standing,
    lines: Sequence[Counted],
    there: Mapping[tuple[VariantId, str], int],
    asked: Asked,
    cause: Cause,
    effect_key: str,
) -> list[Traced]:
    found = [line for line in lines if line.quantity]
    await lots.name(tx, [(line.variant_id, line.lot, line.expires_on) for line in found], asked)
    wanted: Counter[tuple[VariantId, str]] = Counter()
    for line in found:
        wanted[line.variant_id, line.lot or ""] += line.quantity
    differences = {key: wanted[key] - there.get(key, 0) for key in {*wanted, *there}}
    entries = [
        Entry(variant_id, *standing, lot, units, Spot.SHRINKAGE)
        for (variant_id, lot), units in sorted(differences.items(), key=lambda each: (each[1] > 0, each[0]))
        if units
    ]
    await lots.move(tx, entries, cause, effect_key, asked.at)
    return [journal.traced(TraceKind.LOT, entry.variant_id, entry.code, entry.quantity) for entry in entries]


async def _serials(
    tx: Tx, standing: Standing, lines: Sequence[Counted], asked: Asked, cause: Cause, effect_key: str
) -> list[Traced]:
    keys = [key for line in lines for key in serials.told(line.variant_id, line.quantity, line.serials)]
    serials.once(keys)
    if keys:
        await serials.open_rows(tx, keys, standing.location_id, asked.at)
    there = await serials.lock_standing(tx, sorted({line.variant_id for line in lines}), standing)
    lost = [key for key in there if key not in set(keys)]
    new = [key for key in keys if key not in there]
    rows = await serials.lock(tx, new) if new else {}
    serials.judge(new, rows, lambda row: row.spot in OUT_AND_UNSOLD, "here, or out and not sold")
    for going, moving, spot, sign in (
        (lost, [there[key] for key in lost], Spot.SHRINKAGE, -1),
        (new, [rows[key] for key in new], standing.spot, 1),
    ):
        entries = [Entry(key[0], *standing, key[1], sign, Spot.SHRINKAGE) for key in going]
        await serials.move(tx, moving, spot, standing.location_id, entries, cause, effect_key, asked.at)
    return [
        *(journal.traced(TraceKind.SERIAL, *key, -1) for key in lost),
        *(journal.traced(TraceKind.SERIAL, *key, 1) for key in new),
    ]
