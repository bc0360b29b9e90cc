"""Lots and serial numbers of what leaves: numbers that were scanned when it was picked, or that are told when it goes; lots by their dates."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Text, Uuid, delete, select, tuple_

from commerce import traceability
from commerce.fulfilment.facts import Fulfilment
from commerce.fulfilment.pick_tables import picked_serials
from commerce.fulfilment.rules import Units
from commerce.fulfilment.tables import fulfilment_lines
from commerce.inventory import Cause
from commerce.kernel.ids import FulfilmentOrderId, LocationId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.traceability import Left

Serials = Mapping[UUID, Sequence[str]]
"""Serial numbers by fulfilment line, one for each unit that leaves."""

_kept = picked_serials.c
OF_LINES = Statement(
    select(_kept.fulfilment_line_id, _kept.serial)
    .where(any_of(_kept.fulfilment_line_id, "line_ids"))
    .order_by(_kept.serial)
)
_lines_of_work = select(fulfilment_lines.c.id).where(fulfilment_lines.c.fulfilment_order_id == given("id", Uuid))
FORGET_LINES = Statement(delete(picked_serials).where(any_of(_kept.fulfilment_line_id, "line_ids")))
FORGET_ALL = Statement(delete(picked_serials).where(_kept.fulfilment_line_id.in_(_lines_of_work)))
PICKED = Statement(select(_kept.variant_id, _kept.serial).where(any_of(_kept.variant_id, "variant_ids")))
_gone = unnested("gone", line_id=Uuid, serial=Text)
FORGET = Statement(
    delete(picked_serials).where(
        tuple_(_kept.fulfilment_line_id, _kept.serial).in_(select(_gone.c.line_id, _gone.c.serial))
    )
)


async def trace(tx: Tx, work: Fulfilment, units: Units, told: Serials, cause: Cause, effect_key: str) -> None:
    """Books which lots and serial numbers leave a location with units that were just consumed, for the articles that ask for them.

    Numbers that are told count; else those that were scanned at the pick, where as many leave as were scanned. Lots go first expired first
    out. Refuses with SerialNeeded, SerialElsewhere, SerialUnknown, LotShort, LotExpired.
    """
    line_ids = [line.id for line, _ in units]
    picked: dict[UUID, list[str]] = {}
    for row in await tx.fetch(OF_LINES, line_ids=line_ids):
        picked.setdefault(row["fulfilment_line_id"], []).append(row["serial"])
    leaving: list[Left] = []
    gone: list[tuple[UUID, str]] = []
    for line, quantity in units:
        scanned = picked.get(line.id, [])
        serials = told.get(line.id) or (scanned if len(scanned) == quantity else ())
        leaving.append(Left(line.variant_id, quantity, serials=serials))
        mistaken = not set(serials) <= set(scanned)  # other units than were scanned: what was scanned is worth nothing
        gone += [(line.id, serial) for serial in (scanned if mistaken else serials)]
    await traceability.left(
        tx,
        work.location_id,
        leaving,
        cause,
        effect_key,
        order_line_ids=[line.order_line_id for line, _ in units],
    )
    if gone:
        await tx.execute(FORGET, line_id=[line_id for line_id, _ in gone], serial=[serial for _, serial in gone])


async def forget(tx: Tx, fulfilment_id: FulfilmentOrderId) -> None:
    """Drops what was scanned at the pick of work that is picked anew, or that has ended: others may pick these units."""
    await tx.execute(FORGET_ALL, id=fulfilment_id)


async def forget_lines(tx: Tx, line_ids: Sequence[UUID]) -> None:
    """Drops what was scanned of lines of which some units stay: nobody said which of them."""
    await tx.execute(FORGET_LINES, line_ids=list(line_ids))


async def unpicked(
    tx: Tx, location_id: LocationId, variant_ids: Collection[VariantId]
) -> Mapping[VariantId, Sequence[str]]:
    """Gives the serial numbers of articles on a shelf that nobody has picked for an order."""
    there = await traceability.numbers_on(tx, location_id, variant_ids)
    rows = await tx.fetch(PICKED, variant_ids=sorted(there))
    picked = {(row["variant_id"], row["serial"]) for row in rows}
    return {
        variant_id: [number for number in numbers if (variant_id, number) not in picked]
        for variant_id, numbers in there.items()
    }
