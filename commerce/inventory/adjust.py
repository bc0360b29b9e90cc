"""Correct what the shelves hold: by a difference, or to what was counted."""

from collections.abc import Mapping, Sequence

import msgspec

from commerce.inventory import ledger, rows
from commerce.inventory.errors import BelowReserved, StockMoved
from commerce.inventory.expire import free_expired
from commerce.inventory.facts import Cause, Level, MovementKind, Place, Spot
from commerce.inventory.skus import skus
from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Tx


class Adjustment(msgspec.Struct, frozen=True):
    """One correction: `delta` units more or fewer, or `counted` units there where `expected` were thought to be."""

    variant_id: VariantId
    location_id: LocationId
    delta: int | None = None
    counted: int | None = None
    expected: int | None = None

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.variant_id, self.location_id)


async def adjust(tx: Tx, lines: Sequence[Adjustment], cause: Cause, effect_key: str) -> list[Level]:
    """Correct levels, all of the lines or none, with a movement for each level that changes; gives the level of each line.

    Refuses with StockMoved when a shelf does not hold what the counter expected (someone moved units meanwhile: count again), and with
    BelowReserved when fewer units would be left than are promised to live holds and orders. The same effect key again changes nothing.
    """
    places = [line.place for line in lines]
    deltas = _deltas(lines)
    await ledger.open_rows(tx, places)
    locked = await rows.lock(tx, places)
    if not await ledger.moved_before(tx, effect_key, ledger.on_shelves(deltas, Spot.SHRINKAGE)):
        _expect(lines, locked)
        if _below(deltas, locked):
            await free_expired(tx, locked, clock.now())
        if below := _below(deltas, locked):
            named = await skus(tx, {place.variant_id for place in below})
            raise BelowReserved(
                "; ".join(_said(locked[place], deltas[place], named[place.variant_id]) for place in below)
                + ". Give up what is promised first, or leave that many.",
                lines=[ledger.level_of(locked[place]) for place in below],
            )
        changed = await ledger.change(
            tx, deltas, Spot.SHRINKAGE, kind=MovementKind.ADJUSTED, cause=cause, effect_key=effect_key
        )
        for level in changed:
            place = Place(level.variant_id, level.location_id)
            tx.changed("stock_level", f"{place.variant_id}@{place.location_id}", before=locked[place], after=level)
            locked[place] = rows.Row(*place, level.on_hand, level.reserved, level.safety, claimed=level.claimed)
    return [ledger.level_of(locked[place]) for place in places]


def _deltas(lines: Sequence[Adjustment]) -> dict[Place, int]:
    """Gives the signed units by which each shelf changes, in the one order; a count that confirms what was expected changes nothing."""
    deltas: dict[Place, int] = {}
    for position, line in enumerate(lines):
        if line.place in deltas:
            raise invalid(
                f"/lines/{position}", "stands for an article and a location that an earlier line names already"
            )
        if line.delta is not None:
            deltas[line.place] = line.delta
        elif line.counted is not None and line.expected is not None:
            deltas[line.place] = line.counted - line.expected
        else:
            raise invalid(f"/lines/{position}", "give either delta, or both counted and expected")
    return {place: delta for place, delta in sorted(deltas.items()) if delta}


def _expect(lines: Sequence[Adjustment], locked: Mapping[Place, rows.Row]) -> None:
    moved = [line for line in lines if line.expected is not None and locked[line.place].on_hand != line.expected]
    if moved:
        raise StockMoved(
            "; ".join(
                f"{locked[line.place].on_hand} units of {line.variant_id} are at {line.location_id}, not {line.expected}"
                for line in moved
            )
            + ". Count again.",
            lines=[ledger.level_of(locked[line.place]) for line in moved],
        )


def _below(deltas: Mapping[Place, int], locked: Mapping[Place, rows.Row]) -> list[Place]:
    return [place for place, delta in deltas.items() if locked[place].on_hand + delta < locked[place].reserved]


def _said(row: rows.Row, delta: int, sku: str) -> str:
    return (
        f"{row.on_hand} {delta:+d} units of {sku} at {row.location_id} "
        f"would be fewer than the {row.reserved} that are reserved"
    )
