"""Units leave a spot: to a customer, to the supplier, out of the books, or to another spot."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from commerce.inventory import Cause, Spot
from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, OrderLineId, VariantId
from commerce.platform.database import Tx
from commerce.traceability import journal, lots, serials
from commerce.traceability.choose import choose
from commerce.traceability.facts import Left, LotUnits, Standing, Traced, TraceKind
from commerce.traceability.journal import Entry, Wish
from commerce.traceability.rules import first_expired
from commerce.traceability.tracked import Asked, asked_of


class Way(NamedTuple):
    """From where units go and whereto; no place where they leave for outside."""

    origin: Standing
    spot: Spot
    location_id: LocationId | None
    expired: bool

    @property
    def target(self) -> Standing | None:
        """Where they can be met again."""
        return None if self.location_id is None else Standing(self.location_id, self.spot)


async def left(
    tx: Tx,
    location_id: LocationId,
    lines: Sequence[Left],
    cause: Cause,
    effect_key: str,
    *,
    order_line_ids: Sequence[OrderLineId | None] = (),
    spot: Spot = Spot.SHELF,
    to_spot: Spot = Spot.CUSTOMER,
    expired: bool = False,
) -> list[Traced]:
    """Book which lots and serial numbers left a spot of a location; call it after the units were taken from there.

    `order_line_ids`, one for each line, says with which order line they left. Units of a lot that is not named are taken from the lots
    that expire first, and never from one beyond its last day unless `expired` says so. Gives what left. What does not ask for any costs one
    statement and gives nothing. The same effect key again changes nothing and gives the same; with other units: EffectDiffers. Refuses
    with LotShort, LotExpired, SerialNeeded, SerialUnknown, and with SerialElsewhere a number that is not at this spot.
    """
    if order_line_ids and len(order_line_ids) != len(lines):
        raise Bug(f"{len(lines)} lines left with {len(order_line_ids)} order lines")
    asked = await asked_of(tx, location_id, [line.variant_id for line in lines])
    if not asked:
        return []
    way = Way(Standing(location_id, spot), to_spot, None, expired)
    return await take(tx, way, lines, order_line_ids or [None] * len(lines), asked, cause, effect_key)


async def went(
    tx: Tx,
    origin: Standing,
    target: Standing,
    lines: Sequence[Left],
    cause: Cause,
    effect_key: str,
    *,
    expired: bool = False,
) -> list[Traced]:
    """Book which lots and serial numbers went from one spot to another: into transit and out of it, to quarantine and back.

    What is in transit stands at the location that it goes to. Where neither lot nor number is named, what leaves the transit is what the
    same document (`cause.document_id`) brought into it. Otherwise as `left`; what arrives may have expired on its way.
    """
    if origin == target:
        raise Bug("units go from a spot to itself")
    asked = await asked_of(tx, origin.location_id, [line.variant_id for line in lines])
    if not asked:
        return []
    arrives = origin.spot is Spot.IN_TRANSIT
    way = Way(origin, target.spot, target.location_id, expired or arrives)
    known = await journal.brought_by(tx, cause, effect_key, origin, [*asked.lots, *asked.serials]) if arrives else {}
    told = [_as_sent(line, known.get(line.variant_id, []), asked) for line in lines]
    return await take(
        tx, way, [line for each in told for line in each], [None] * sum(map(len, told)), asked, cause, effect_key
    )


def _as_sent(line: Left, sent: Sequence[LotUnits], asked: Asked) -> list[Left]:
    """Gives a line with the names of what its document sent, where the line leaves them open.

    Lots go by their dates; serial numbers are known only when all that are left of the document arrive together.
    """
    there = sum(lot.quantity for lot in sent)
    if line.lot or line.serials or there < line.quantity:
        return [line]
    if line.variant_id in asked.lots:
        return [line._replace(quantity=lot.quantity, lot=lot.lot) for lot in first_expired(sent, line.quantity)]
    if line.variant_id in asked.serials and there == line.quantity:
        return [line._replace(serials=[each.lot for each in sent])]
    return [line]


async def take(
    tx: Tx,
    way: Way,
    lines: Sequence[Left],
    order_line_ids: Sequence[OrderLineId | None],
    asked: Asked,
    cause: Cause,
    effect_key: str,
) -> list[Traced]:
    """Books the going of units of articles whose demands are known."""
    by_lot = [(line, of) for line, of in zip(lines, order_line_ids, strict=True) if line.variant_id in asked.lots]
    by_serial = [(line, of) for line, of in zip(lines, order_line_ids, strict=True) if line.variant_id in asked.serials]
    return [
        *(await _lots(tx, way, by_lot, asked, cause, effect_key) if by_lot else []),
        *(await _serials(tx, way, by_serial, asked, cause, effect_key) if by_serial else []),
    ]


async def _lots(
    tx: Tx,
    way: Way,
    lines: Sequence[tuple[Left, OrderLineId | None]],
    asked: Asked,
    cause: Cause,
    effect_key: str,
) -> list[Traced]:
    articles = sorted({line.variant_id for line, _ in lines})
    rows = await lots.lock(tx, articles, way.origin, way.target)
    wishes = [Wish(line.variant_id, line.lot, -line.quantity) for line, _ in lines]
    before = await journal.traced_before(tx, effect_key, way.origin, wishes, articles)
    if before is not None:
        return before
    taken = choose(lots.units_of(rows), lines, asked.today, expired=way.expired)
    entries = _both_ends(way, taken)
    await lots.move(tx, entries, cause, effect_key, asked.at)
    return [
        journal.traced(TraceKind.LOT, variant_id, lot, units, order_line_id)
        for (variant_id, lot, order_line_id), units in taken.items()
    ]


async def _serials(
    tx: Tx,
    way: Way,
    lines: Sequence[tuple[Left, OrderLineId | None]],
    asked: Asked,
    cause: Cause,
    effect_key: str,
) -> list[Traced]:
    order_lines = {
        key: order_line_id
        for line, order_line_id in lines
        for key in serials.told(line.variant_id, line.quantity, line.serials)
    }
    keys = list(order_lines)
    serials.once([(line.variant_id, serial) for line, _ in lines for serial in line.serials])
    rows = await serials.lock(tx, keys)
    articles = sorted({line.variant_id for line, _ in lines})
    before = await journal.traced_before(tx, effect_key, way.origin, [Wish(*key, -1) for key in keys], articles)
    if before is not None:
        return before
    location_id, spot = way.origin
    serials.judge(keys, rows, lambda row: row.standing == way.origin, f"at {location_id}, {spot.value}")
    entries = _both_ends(way, {(*key, order_line_id): 1 for key, order_line_id in order_lines.items()})
    await serials.move(
        tx,
        [rows[key] for key in keys],
        way.spot,
        way.location_id or location_id,
        entries,
        cause,
        effect_key,
        asked.at,
        order_lines=order_lines if way.spot is Spot.CUSTOMER else None,
    )
    return [journal.traced(TraceKind.SERIAL, *key, 1, order_line_id) for key, order_line_id in order_lines.items()]


def _both_ends(way: Way, taken: Mapping[tuple[VariantId, str, OrderLineId | None], int]) -> list[Entry]:
    """Gives the departures, and the arrivals of what goes to another spot."""
    entries = [
        Entry(variant_id, *way.origin, code, -units, way.spot, way.location_id, order_line_id)
        for (variant_id, code, order_line_id), units in taken.items()
    ]
    if way.target is not None:
        entries += [
            Entry(variant_id, *way.target, code, units, way.origin.spot, way.origin.location_id, order_line_id)
            for (variant_id, code, order_line_id), units in taken.items()
        ]
    return entries
