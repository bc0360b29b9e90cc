"""Somebody puts back what nobody collected: from then on it can be sold again, and not before."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, update

from commerce import inventory
from commerce.inventory import Cause, Spot
from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import FulfilmentOrderId
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given, unnested
from commerce.traceability import Tagged, follow, tracking
from commerce.uncollected import traces
from commerce.uncollected.events import PickupPutAway
from commerce.uncollected.facts import Wait, WaitState, WaitUnits
from commerce.uncollected.keep import keep
from commerce.uncollected.queries import lock_of
from commerce.uncollected.rules import WAIT
from commerce.uncollected.tables import uncollected_units

_found = unnested("found", line_id=Uuid, damaged=Integer)
FOUND_DAMAGED = Statement(
    update(uncollected_units)
    .where(uncollected_units.c.wait_id == given("wait_id", Uuid), uncollected_units.c.line_id == _found.c.line_id)
    .values(damaged=_found.c.damaged)
)


class Damaged(NamedTuple):
    """Units of a line that cannot be sold, and their lots or serial numbers where the article asks for them."""

    line_id: UUID
    units: int
    codes: Sequence[str] = ()


async def put_away(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, damaged: Sequence[Damaged] = ()) -> Wait:
    """Puts the units of an expired pickup back on the shelf, and those that are damaged where they are not sold.

    Refuses with NotFound what is not at one of the caller's locations, with IllegalMove what is not expired or was put away before, with
    InvalidInput more damaged units than there are, with TooFewThere when somebody took units out of quarantine before, and with LotExpired
    units that may not be sold any more: those are for the damaged.
    """
    before = await lock_of(tx, fulfilment_id)
    if before is None or not caller.may_at(before.location_id):
        raise NotFound("There is no such pickup.")
    WAIT.check(before.state, WaitState.PUT_AWAY)
    at = clock.now()
    broken = _by_line(before, damaged)
    await _book(tx, caller, before, broken)
    await tx.execute(
        FOUND_DAMAGED,
        wait_id=before.id,
        line_id=list(broken),
        damaged=[each.units for _, each in broken.values()],
    )
    units = tuple(
        msgspec.structs.replace(each, damaged=broken[each.line_id][1].units) if each.line_id in broken else each
        for each in before.units
    )
    put = msgspec.structs.replace(before, state=WaitState.PUT_AWAY, put_away_at=at, units=units)
    after = await keep(tx, before, put, by=caller.principal, at=at)
    tx.emit(PickupPutAway(wait_id=after.id, order_id=after.order_id, wait=after))
    return after


def _by_line(before: Wait, damaged: Sequence[Damaged]) -> dict[UUID, tuple[int, Damaged]]:
    lines: dict[UUID, WaitUnits] = {each.line_id: each for each in before.units}
    found: dict[UUID, tuple[int, Damaged]] = {}
    for position, each in enumerate(damaged):
        line = lines.get(each.line_id)
        if line is None or each.line_id in found:
            raise invalid(f"/damaged/{position}/line_id", "is no line that was set aside, or stands twice")
        if each.units > line.units:
            raise invalid(f"/damaged/{position}/units", f"{line.units} units of the line were set aside")
        found[each.line_id] = (position, each)
    return found


async def _book(tx: Tx, caller: Caller, before: Wait, broken: Mapping[UUID, tuple[int, Damaged]]) -> None:
    asking = await tracking(tx, {each.variant_id for each in before.units})
    tagged: list[Tagged] = []
    for each in before.units:
        tagged += _moves(before, each, broken.get(each.line_id), numbered=asking[each.variant_id] == "serial")
    cause = Cause("fulfilment_order", before.fulfilment_order_id, caller.principal, "put_away")
    effect_key = f"put-away:{before.id}"
    await inventory.move(tx, [each.move for each in tagged], cause, effect_key)
    await follow(tx, tagged, cause, effect_key)


def _moves(before: Wait, units: WaitUnits, told: tuple[int, Damaged] | None, *, numbered: bool) -> list[Tagged]:
    position, damaged = told or (0, Damaged(units.line_id, 0))
    if numbered and units.traces and len(damaged.codes) != damaged.units:
        raise invalid(f"/damaged/{position}/codes", "names the serial number of each damaged unit")
    out, back = traces.split(units, damaged.units, damaged.codes, position)
    here = before.location_id
    return [
        *traces.tagged_moves(units, damaged.units, out, here, Spot.DAMAGED, numbered=numbered),
        *traces.tagged_moves(units, units.units - damaged.units, back, here, Spot.SHELF, numbered=numbered),
    ]
