"""Units come back from a customer, with the order line that they left with."""

from collections.abc import Mapping, Sequence
from typing import NoReturn

from sqlalchemy import and_, select

from commerce.inventory import Cause, Spot
from commerce.kernel.ids import LocationId, OrderLineId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of
from commerce.traceability import journal, lots, serials
from commerce.traceability.came import bring
from commerce.traceability.errors import LotNeeded, NotSoldWithLine
from commerce.traceability.facts import Came, Returned, Standing, Traced, TraceKind
from commerce.traceability.journal import Entry, Wish
from commerce.traceability.serials import Key, SerialRow
from commerce.traceability.tables import lots as known_lots, trace_movements
from commerce.traceability.tracked import Asked, asked_of

_sold = select(trace_movements.c.id).where(
    trace_movements.c.variant_id == known_lots.c.variant_id,
    trace_movements.c.code == known_lots.c.lot,
    trace_movements.c.other_spot == Spot.CUSTOMER.value,
)
# Two returns of one order line wait for each other at the lots that it left with, wherever they arrive.
LOCK_SOLD = Statement(
    select(known_lots.c.variant_id, known_lots.c.lot)
    .where(and_(any_of(known_lots.c.variant_id, "variant_ids"), _sold.exists()))
    .order_by(known_lots.c.variant_id, known_lots.c.lot)
    .with_for_update(key_share=True)
)


_gone = trace_movements.c
WITH_TRACE = Statement(
    select(_gone.order_line_id, _gone.variant_id)
    .where(any_of(_gone.order_line_id, "order_line_ids"), _gone.other_spot == Spot.CUSTOMER.value, _gone.quantity < 0)
    .distinct()
)


async def returned(
    tx: Tx,
    location_id: LocationId,
    lines: Sequence[Returned],
    cause: Cause,
    effect_key: str,
    *,
    spot: Spot = Spot.SHELF,
    untraced: bool = False,
) -> list[Traced]:
    """Book the lots and the serial numbers of units that customers brought back to a spot; call it after the units were booked there.

    A lot that is not named is one that left with the order line. `untraced`: units of an order line that left no trace, since nobody asked
    for it then, come with what is printed on them. Refuses with NotSoldWithLine a serial number that never left, or left with
    another line, and units of a lot of which the line has fewer out; with LotNeeded where neither lot nor order line is known; with
    SerialNeeded and SerialUnknown. Otherwise as `came`.
    """
    asked = await asked_of(tx, location_id, [line.variant_id for line in lines])
    if not asked:
        return []
    standing = Standing(location_id, spot)
    traced, before = await _by_trace(tx, lines) if untraced else (lines, [])
    by_lot = [line for line in traced if line.variant_id in asked.lots]
    by_serial = [line for line in traced if line.variant_id in asked.serials]
    new = [Came(each.variant_id, each.quantity, each.lot, each.expires_on, each.serials) for each in before]
    return [
        *(await _lots(tx, standing, by_lot, asked, cause, effect_key) if by_lot else []),
        *(await _serials(tx, standing, by_serial, asked, cause, effect_key) if by_serial else []),
        *await bring(tx, standing, new, asked, cause, f"{effect_key}/before", from_spot=Spot.CUSTOMER),
    ]


async def _by_trace(tx: Tx, lines: Sequence[Returned]) -> tuple[Sequence[Returned], Sequence[Returned]]:
    """Gives the lines whose order line left a trace, or that name none, and those whose order line left none: nobody asked for it then."""
    told = sorted({line.order_line_id for line in lines if line.order_line_id})
    known = {(row["order_line_id"], row["variant_id"]) for row in await tx.fetch(WITH_TRACE, order_line_ids=told)}
    traced: list[Returned] = []
    before: list[Returned] = []
    for line in lines:
        untold = line.order_line_id is not None and (line.order_line_id, line.variant_id) not in known
        (before if untold else traced).append(line)
    return traced, before


async def _lots(
    tx: Tx, standing: Standing, lines: Sequence[Returned], asked: Asked, cause: Cause, effect_key: str
) -> list[Traced]:
    articles = sorted({line.variant_id for line in lines})
    sold = {(row["variant_id"], row["lot"]) for row in await tx.fetch(LOCK_SOLD, variant_ids=articles)}
    wishes = [Wish(line.variant_id, line.lot, line.quantity) for line in lines]
    before = await journal.traced_before(tx, effect_key, standing, wishes, articles)
    if before is not None:
        return before
    out = await journal.out_with(tx, [line.order_line_id for line in lines if line.order_line_id])
    units: dict[tuple[VariantId, str, OrderLineId | None], int] = {}
    for line in sorted(lines, key=lambda each: each.lot is None):
        for lot, quantity in _from(line, sold, out).items():
            key = (line.variant_id, lot, line.order_line_id)
            units[key] = units.get(key, 0) + quantity
    entries = [
        Entry(variant_id, *standing, lot, quantity, Spot.CUSTOMER, None, order_line_id)
        for (variant_id, lot, order_line_id), quantity in units.items()
    ]
    await lots.move(tx, entries, cause, effect_key, asked.at)
    return [
        journal.traced(TraceKind.LOT, each.variant_id, each.code, each.quantity, each.order_line_id) for each in entries
    ]


def _from(
    line: Returned,
    sold: set[tuple[VariantId, str]],
    out: Mapping[tuple[OrderLineId, VariantId], dict[str, int]],
) -> dict[str, int]:
    """Gives the lots that a line's units are of, and takes them off what is out."""
    if line.order_line_id is None:
        if line.lot is None:
            raise LotNeeded(f"Name the lot of each unit of article {line.variant_id}.", variant_id=line.variant_id)
        if (line.variant_id, line.lot) not in sold:
            _never_left(line, f"No unit of lot {line.lot} of article {line.variant_id} was ever sold.")
        return {line.lot: line.quantity}
    rest = out.get((line.order_line_id, line.variant_id), {})
    taken: dict[str, int] = {}
    for lot in sorted(rest) if line.lot is None else [line.lot]:
        if units := min(rest.get(lot, 0), line.quantity - sum(taken.values())):
            taken[lot] = units
    had = sum(taken.values())
    if had < line.quantity:
        _never_left(line, f"{had} of {line.quantity} units of article {line.variant_id} are out with the order line.")
    for lot, units in taken.items():
        rest[lot] -= units
    return taken


async def _serials(
    tx: Tx, standing: Standing, lines: Sequence[Returned], asked: Asked, cause: Cause, effect_key: str
) -> list[Traced]:
    of: dict[Key, Returned] = {}
    for line in lines:
        of |= dict.fromkeys(serials.told(line.variant_id, line.quantity, line.serials), line)
    serials.once([(line.variant_id, serial) for line in lines for serial in line.serials])
    keys, articles = list(of), sorted({line.variant_id for line in lines})
    rows = await serials.lock(tx, keys)
    before = await journal.traced_before(tx, effect_key, standing, [Wish(*key, 1) for key in keys], articles)
    if before is not None:
        return before
    serials.judge(keys, rows, lambda _: True, "known")
    left_with = {key: _left_with(of[key], rows[key]) for key in keys}
    entries = [Entry(*_split(key, standing), 1, Spot.CUSTOMER, None, left_with[key]) for key in keys]
    moving = [rows[key] for key in keys]
    await serials.move(tx, moving, standing.spot, standing.location_id, entries, cause, effect_key, asked.at)
    return [journal.traced(TraceKind.SERIAL, *key, 1, left_with[key]) for key in keys]


def _split(key: Key, standing: Standing) -> tuple[VariantId, LocationId, Spot, str]:
    return key[0], standing.location_id, standing.spot, key[1]


def _left_with(line: Returned, row: SerialRow) -> OrderLineId | None:
    """Gives the order line that a number left with; refuses one that is not out, and one that left with another."""
    if row.spot is not Spot.CUSTOMER:
        _never_left(line, f"The unit with the serial number {row.serial} is with no customer.")
    if row.order_line_id is None or line.order_line_id in {None, row.order_line_id}:
        return row.order_line_id or line.order_line_id
    return _never_left(line, f"The unit with the serial number {row.serial} left with another order line.")


def _never_left(line: Returned, said: str) -> NoReturn:
    raise NotSoldWithLine(said, variant_id=line.variant_id, order_line_id=line.order_line_id)
