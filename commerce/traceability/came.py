"""Units come in: from a supplier, from where all stock begins, or found again."""

from collections.abc import Sequence

from commerce.inventory import Cause, Spot
from commerce.kernel.ids import LocationId
from commerce.platform.database import Tx
from commerce.traceability import journal, lots, serials
from commerce.traceability.facts import Came, Standing, Traced, TraceKind
from commerce.traceability.journal import Entry, Wish
from commerce.traceability.tracked import Asked, asked_of

OUT_AND_UNSOLD = (Spot.OPENING, Spot.SUPPLIER, Spot.SHRINKAGE)


async def came(
    tx: Tx,
    location_id: LocationId,
    lines: Sequence[Came],
    cause: Cause,
    effect_key: str,
    *,
    spot: Spot = Spot.SHELF,
    from_spot: Spot = Spot.SUPPLIER,
) -> list[Traced]:
    """Book the lots and the serial numbers of units that came to a spot of a location; call it after the units were booked there.

    What does not ask for any costs one statement and gives nothing. The same effect key again changes nothing; with other units it is
    refused with EffectDiffers. Refuses with LotNeeded and LotDiffers, with SerialNeeded, and with SerialElsewhere a number that is at a
    place, in transit or with a customer already: what a customer brings back is `returned`.
    """
    asked = await asked_of(tx, location_id, [line.variant_id for line in lines])
    if not asked:
        return []
    return await bring(tx, Standing(location_id, spot), lines, asked, cause, effect_key, from_spot=from_spot)


async def bring(
    tx: Tx,
    standing: Standing,
    lines: Sequence[Came],
    asked: Asked,
    cause: Cause,
    effect_key: str,
    *,
    from_spot: Spot,
) -> list[Traced]:
    """Books units of articles whose demands are known."""
    by_lot = [line for line in lines if line.variant_id in asked.lots]
    by_serial = [line for line in lines if line.variant_id in asked.serials]
    return [
        *(await _lots(tx, standing, by_lot, asked, cause, effect_key, from_spot) if by_lot else []),
        *(await _serials(tx, standing, by_serial, asked, cause, effect_key, from_spot) if by_serial else []),
    ]


async def _lots(
    tx: Tx, standing: Standing, lines: Sequence[Came], asked: Asked, cause: Cause, effect_key: str, from_spot: Spot
) -> list[Traced]:
    await lots.name(tx, [(line.variant_id, line.lot, line.expires_on) for line in lines], asked)
    articles = sorted({line.variant_id for line in lines})
    await lots.lock(tx, articles, standing)
    wishes = [Wish(line.variant_id, line.lot, line.quantity) for line in lines]
    before = await journal.traced_before(tx, effect_key, standing, wishes, articles)
    if before is not None:
        return before
    units: dict[tuple[object, str], Entry] = {}
    for line in lines:
        lot = line.lot or ""
        known = units.get((line.variant_id, lot))
        quantity = line.quantity + (known.quantity if known else 0)
        units[line.variant_id, lot] = Entry(line.variant_id, *standing, lot, quantity, from_spot)
    entries = list(units.values())
    await lots.move(tx, entries, cause, effect_key, asked.at)
    return [journal.traced(TraceKind.LOT, entry.variant_id, entry.code, entry.quantity) for entry in entries]


async def _serials(
    tx: Tx, standing: Standing, lines: Sequence[Came], asked: Asked, cause: Cause, effect_key: str, from_spot: Spot
) -> list[Traced]:
    keys = [key for line in lines for key in serials.told(line.variant_id, line.quantity, line.serials)]
    serials.once(keys)
    await serials.open_rows(tx, keys, standing.location_id, asked.at)
    rows = await serials.lock(tx, keys)
    articles = sorted({line.variant_id for line in lines})
    before = await journal.traced_before(tx, effect_key, standing, [Wish(*key, 1) for key in keys], articles)
    if before is not None:
        return before
    serials.judge(keys, rows, lambda row: row.spot in OUT_AND_UNSOLD, "new, or out and not sold")
    entries = [Entry(variant_id, *standing, serial, 1, from_spot) for variant_id, serial in keys]
    moving = [rows[key] for key in keys]
    await serials.move(tx, moving, standing.spot, standing.location_id, entries, cause, effect_key, asked.at)
    return [journal.traced(TraceKind.SERIAL, *key, 1) for key in keys]
