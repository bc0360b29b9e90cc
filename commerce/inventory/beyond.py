"""What happened whether or not the books had the units: sales made without a network, losses that were counted.

A shelf gives what it has that nobody is promised; the rest comes out of the place's shortage, so that no shelf is ever below zero and what
the books did not know stands there by name until it is settled.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from commerce.inventory import ledger, rows
from commerce.inventory.expire import free_expired
from commerce.inventory.facts import MOST_UNITS, Cause, Level, Move, MovementKind, Place, Spot, summed
from commerce.inventory.post import balances, legs_of, post
from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Tx


async def sell_beyond(
    tx: Tx, entries: Sequence[tuple[VariantId, LocationId, int]], cause: Cause, effect_key: str
) -> list[Level]:
    """Book units that customers took already, from the shelf as far as it has them free; never refuses for stock.

    Gives the level of each place. The same effect key again changes nothing; with other units it is refused with EffectDiffers.
    """
    taken = {place: -units for place, units in summed(entries).items()}
    return await _book(tx, taken, Spot.CUSTOMER, MovementKind.SOLD, cause, effect_key)


async def adjust_beyond(
    tx: Tx, entries: Sequence[tuple[VariantId, LocationId, int]], cause: Cause, effect_key: str
) -> list[Level]:
    """Correct shelves by signed units that were found or missed, whatever the books have; never refuses for stock. Repeats as `sell_beyond`.

    Units that are missed beyond what is free become a shortage: what is promised from the shelf is given up by name, not by a count.
    """
    found: dict[Place, int] = defaultdict(int)
    for variant_id, location_id, delta in entries:
        if not delta or abs(delta) > MOST_UNITS:
            raise Bug(f"{delta} is no number of units to correct by")
        found[Place(variant_id, location_id)] += delta
    known = {place: delta for place, delta in sorted(found.items()) if delta}
    return await _book(tx, known, Spot.SHRINKAGE, MovementKind.ADJUSTED, cause, effect_key)


async def _book(
    tx: Tx, deltas: Mapping[Place, int], other_spot: Spot, kind: MovementKind, cause: Cause, effect_key: str
) -> list[Level]:
    await ledger.open_rows(tx, list(deltas))
    locked = await rows.lock(tx, deltas)
    if not await _booked_before(tx, effect_key, deltas, other_spot):
        if _beyond(deltas, locked):
            await free_expired(tx, locked, clock.now())
        if beyond := _beyond(deltas, locked):
            legs = legs_of(_moves(deltas, beyond, other_spot))
            await post(tx, legs, locked, await balances(tx, beyond), cause, effect_key)
        else:
            return await ledger.change(tx, deltas, other_spot, kind=kind, cause=cause, effect_key=effect_key)
    return [ledger.level_of(locked[place]) for place in deltas]


async def _booked_before(tx: Tx, effect_key: str, deltas: Mapping[Place, int], other_spot: Spot) -> bool:
    """Compares what left each place as a whole: how it was split between shelf and shortage was decided by the stock of that moment."""
    legs = await ledger.before(tx, effect_key)
    booked: dict[Place, int] = defaultdict(int)
    for leg, units in legs.items():
        booked[leg.place] += units
    if legs and (booked != deltas or any(leg.other_spot is not other_spot for leg in legs)):
        raise ledger.differs(effect_key)
    return bool(legs)


def _beyond(deltas: Mapping[Place, int], locked: Mapping[Place, rows.Row]) -> dict[Place, int]:
    """Gives the units at each place that its shelf does not have free."""
    return {place: -delta - locked[place].free for place, delta in deltas.items() if -delta > locked[place].free}


def _moves(deltas: Mapping[Place, int], beyond: Mapping[Place, int], other_spot: Spot) -> list[Move]:
    moves: list[Move] = []
    for (variant_id, location_id), delta in deltas.items():
        short = beyond.get(Place(variant_id, location_id), 0)
        if delta > 0:
            moves.append(Move(variant_id, delta, other_spot, None, Spot.SHELF, location_id))
        if -delta > short:
            moves.append(Move(variant_id, -delta - short, Spot.SHELF, location_id, other_spot, None))
        if short:
            moves.append(Move(variant_id, short, Spot.SHORTAGE, location_id, other_spot, None))
    return moves
