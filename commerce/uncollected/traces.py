"""Lots and serial numbers of what nobody collected, for the articles that ask for them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, column, select, table

from commerce.fulfilment import Fulfilment, FulfilmentLine
from commerce.inventory import Cause, Move, Spot
from commerce.kernel.errors import invalid
from commerce.kernel.ids import LocationId
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, any_of, given
from commerce.traceability import Tagged, Traced, follow, tracking
from commerce.uncollected.facts import Trace, WaitUnits

_picked = table(
    "picked_serials", column("fulfilment_line_id", Uuid), column("variant_id", Uuid), column("serial", Text)
)
_numbers = table(
    "serial_numbers",
    column("variant_id", Uuid),
    column("serial", Text),
    column("spot", Text),
    column("location_id", Uuid),
)
PICKED = Statement(
    select(_picked.c.fulfilment_line_id, _picked.c.serial)
    .where(any_of(_picked.c.fulfilment_line_id, "line_ids"))
    .order_by(_picked.c.serial)
)
# Numbers that nobody has picked, for work that was picked without noting them.
UNPICKED = Statement(
    select(_numbers.c.serial)
    .where(
        _numbers.c.variant_id == given("variant_id", Uuid),
        _numbers.c.location_id == given("location_id", Uuid),
        _numbers.c.spot == "shelf",
        ~select(_picked.c.serial)
        .where(_picked.c.variant_id == _numbers.c.variant_id, _picked.c.serial == _numbers.c.serial)
        .exists(),
    )
    .order_by(_numbers.c.serial)
    .limit(given("most", Integer))
)
Left = Sequence[tuple[FulfilmentLine, int]]


async def set_aside(tx: Tx, work: Fulfilment, left: Left, cause: Cause, effect_key: str) -> list[WaitUnits]:
    """Books the lots and numbers of units that went from the shelf to quarantine, after inventory moved them; gives the units with them.

    Serial numbers are those that were picked; where none were noted, those that lie on the shelf. Lots go by their dates.
    """
    here = work.location_id
    serials = await _serials(tx, work, left)
    tagged = [
        Tagged(Move(line.variant_id, units, Spot.SHELF, here, Spot.QUARANTINE, here), serials=serials.get(line.id, ()))
        for line, units in left
    ]
    traced = await follow(tx, tagged, cause, effect_key)
    return shared_out(left, traced, serials)


async def _serials(reads: Reads, work: Fulfilment, left: Left) -> dict[UUID, list[str]]:
    asking = await tracking(reads, {line.variant_id for line, _ in left})
    numbered = [(line, units) for line, units in left if asking[line.variant_id] == "serial"]
    if not numbered:
        return {}
    found: dict[UUID, list[str]] = {line.id: [] for line, _ in numbered}
    for row in await reads.fetch(PICKED, line_ids=list(found)):
        found[row["fulfilment_line_id"]].append(row["serial"])
    taken: set[tuple[UUID, str]] = set()
    for line, units in numbered:
        known = found[line.id][:units]
        if len(known) < units:
            rows = await reads.fetch(
                UNPICKED, variant_id=line.variant_id, location_id=work.location_id, most=units + len(taken)
            )
            free = [row["serial"] for row in rows if (line.variant_id, row["serial"]) not in taken]
            known += free[: units - len(known)]
        taken |= {(line.variant_id, serial) for serial in known}
        found[line.id] = known
    return found


def shared_out(left: Left, traced: Sequence[Traced], serials: dict[UUID, list[str]]) -> list[WaitUnits]:
    """Gives each line its units with their numbers, or with lots out of those of its article."""
    lots = {(each.variant_id, each.lot): each.quantity for each in traced if each.lot is not None}
    found: list[WaitUnits] = []
    for line, units in left:
        traces = [Trace(serial, 1) for serial in serials.get(line.id, ())]
        rest = units - len(traces)
        for (variant_id, lot), there in list(lots.items()):
            taken = min(there, rest) if variant_id == line.variant_id else 0
            if taken and lot is not None:
                traces.append(Trace(lot, taken))
                lots[variant_id, lot] -= taken
                rest -= taken
        found.append(
            WaitUnits(
                line_id=line.id,
                order_line_id=line.order_line_id,
                variant_id=line.variant_id,
                units=units,
                traces=tuple(traces),
            )
        )
    return found


def split(units: WaitUnits, damaged: int, codes: Sequence[str], position: int) -> tuple[list[Trace], list[Trace]]:
    """Gives the lots or numbers of the damaged units of a line and those of the others: the codes named first, else in their order.

    Refuses with InvalidInput codes that are not among those of the line, or more of them than are damaged.
    """
    known = {trace.code for trace in units.traces}
    if unknown := [code for code in codes if code not in known]:
        raise invalid(f"/damaged/{position}/codes", f"{unknown[0]} is not among what was set aside")
    ordered = sorted(units.traces, key=lambda trace: trace.code not in codes)
    if sum(trace.units > 0 for trace in ordered if trace.code in codes) > damaged:
        raise invalid(f"/damaged/{position}/codes", "names more than is damaged")
    broken: list[Trace] = []
    whole: list[Trace] = []
    left = damaged
    for trace in ordered:
        taken = min(trace.units, left)
        left -= taken
        broken += [Trace(trace.code, taken)] if taken else []
        whole += [Trace(trace.code, trace.units - taken)] if trace.units > taken else []
    return broken, whole


def tagged_moves(
    units: WaitUnits, quantity: int, traces: Sequence[Trace], here: LocationId, to: Spot, *, numbered: bool
) -> list[Tagged]:
    """Gives the movements of units out of quarantine, told by their lots or their numbers where they have some."""
    if not quantity:
        return []
    if not traces:
        return [Tagged(_out(units, quantity, here, to))]
    if numbered:
        return [Tagged(_out(units, quantity, here, to), serials=[trace.code for trace in traces])]
    return [Tagged(_out(units, trace.units, here, to), lot=trace.code) for trace in traces]


def _out(units: WaitUnits, quantity: int, here: LocationId, to: Spot) -> Move:
    return Move(units.variant_id, quantity, Spot.QUARANTINE, here, to, here)
