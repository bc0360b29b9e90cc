"""Stock that replenishment moves, with its lots and serial numbers; which of them a transfer has on its way."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Integer, Text, Uuid, cast, func, insert, select

from commerce import inventory, traceability
from commerce.inventory import Cause, Move
from commerce.kernel import clock
from commerce.kernel.ids import TransferId, VariantId
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, given, unnested
from commerce.replenishment.facts import Scanned
from commerce.replenishment.tables import transfer_traces
from commerce.traceability import LotNeeded, SerialNeeded, Tagged, Traced


class OnTheWay(msgspec.Struct, frozen=True):
    """Units of one lot, or one unit with its serial number, that a transfer has in transit."""

    variant_id: VariantId
    lot: str | None
    serial: str | None
    units: int


_trace = transfer_traces.c
_new = unnested("new", variant_id=Uuid, lot=Text, serial=Text, quantity=Integer)
NOTE = Statement(
    insert(transfer_traces).from_select(
        ["transfer_id", *_new.c.keys(), "at"],
        select(given("transfer_id", Uuid), *_new.c, given("at", _trace.at.type)),
    )
)
_units = cast(func.sum(_trace.quantity), Integer)
ON_THE_WAY = Statement(
    select(_trace.variant_id, _trace.lot, _trace.serial, _units.label("units"))
    .where(_trace.transfer_id == given("transfer_id", Uuid))
    .group_by(_trace.variant_id, _trace.lot, _trace.serial)
    .having(func.sum(_trace.quantity) > 0)
    .order_by(func.min(_trace.seq)),
    into=OnTheWay,
)


class Told(NamedTuple):
    """What was said of the units of one article: their lot, or their serial numbers."""

    lot: str | None = None
    serials: Sequence[str] = ()


async def move(
    tx: Tx, tagged: Sequence[Tagged], cause: Cause, effect_key: str, *, reserved_for: TransferId | None = None
) -> list[Traced]:
    """Moves units, and the lots and serial numbers of those that have some; gives which these were. Refuses as inventory and traceability."""
    await inventory.move(tx, [each.move for each in tagged], cause, effect_key, reserved_for=reserved_for)
    return await traceability.follow(tx, tagged, cause, effect_key)


async def departed(tx: Tx, transfer_id: TransferId, traced: Sequence[Traced]) -> None:
    """Notes what a transfer has on its way now."""
    await _note(tx, transfer_id, traced, 1)


async def arrived(tx: Tx, transfer_id: TransferId, traced: Sequence[Traced]) -> None:
    """Notes what a transfer has on its way no longer."""
    await _note(tx, transfer_id, traced, -1)


async def out_of_transit(
    tx: Tx, transfer_id: TransferId, moves: Sequence[Move], told: Mapping[VariantId, Told] | None = None
) -> list[Tagged]:
    """Gives moves with the lots and numbers of what leaves the transit: those that were told, else those that the transfer has on its way.

    Lots go in the order in which they were sent. Serial numbers are known only when all that are left of an article arrive together; else
    they must be told.
    """
    on_the_way: dict[VariantId, list[OnTheWay]] = {}
    for there in await tx.fetch(ON_THE_WAY, transfer_id=transfer_id):
        on_the_way.setdefault(there.variant_id, []).append(there)
    found: list[Tagged] = []
    for each in moves:
        said = (told or {}).get(each.variant_id, Told())
        if said.lot or said.serials:
            found.append(Tagged(each, lot=said.lot, serials=said.serials))
        else:
            found += _named(each, on_the_way.get(each.variant_id, []))
    return found


def one_for_each(moves: Sequence[Move]) -> list[Move]:
    """Gives moves between the same ends summed by article, so that each article is named once."""
    summed: dict[tuple[object, ...], Move] = {}
    for each in moves:
        key = (each.variant_id, *each[2:])
        known = summed.get(key)
        summed[key] = each._replace(quantity=each.quantity + (known.quantity if known else 0))
    return list(summed.values())


async def require_codes(reads: Reads, units: Sequence[Scanned]) -> None:
    """Refuses with LotNeeded or SerialNeeded units of articles that ask for what was not scanned with them."""
    asks = await traceability.tracking(reads, {each.variant_id for each in units})
    for each in units:
        if asks[each.variant_id] == "lot" and each.lot is None:
            raise LotNeeded(f"Scan the lot of the units of {each.variant_id}.", variant_id=each.variant_id)
        if asks[each.variant_id] == "serial" and len(each.serials) != each.quantity:
            raise SerialNeeded(f"Scan the serial number of each unit of {each.variant_id}.", variant_id=each.variant_id)


def _named(move: Move, there: Sequence[OnTheWay]) -> list[Tagged]:
    serials = [each.serial for each in there if each.serial is not None]
    if serials:
        return [Tagged(move, serials=serials)] if len(serials) == move.quantity else [Tagged(move)]
    left, found = move.quantity, list[Tagged]()
    for each in there:
        units = min(left, each.units)
        if units:
            found.append(Tagged(move._replace(quantity=units), lot=each.lot))
            left -= units
    return [*found, Tagged(move._replace(quantity=left))] if left else found


async def _note(tx: Tx, transfer_id: TransferId, traced: Sequence[Traced], sign: int) -> None:
    if not traced:
        return
    await tx.execute(
        NOTE,
        transfer_id=transfer_id,
        variant_id=[each.variant_id for each in traced],
        lot=[each.lot for each in traced],
        serial=[each.serial for each in traced],
        quantity=[sign * abs(each.quantity) for each in traced],
        at=clock.now(),
    )
