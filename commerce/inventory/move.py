"""Units go from one spot to another: the general verb of the ledger."""

from collections.abc import Mapping, Sequence

from commerce.inventory import endings, ledger, rows
from commerce.inventory.errors import BelowReserved, NotReserved, TooFewThere
from commerce.inventory.expire import free_expired
from commerce.inventory.facts import BESIDE_THE_SHELF, Cause, Level, Move, Place, Spot
from commerce.inventory.post import At, balances, coming, leaving, legs_of, places_of, post
from commerce.inventory.skus import skus
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, OrderId, TransferId, VariantId
from commerce.platform.database import Tx


async def move(
    tx: Tx,
    moves: Sequence[Move],
    cause: Cause,
    effect_key: str,
    *,
    reserved_for: OrderId | TransferId | None = None,
) -> list[Level]:
    """Move units between spots, all of the moves or none; gives the levels of the places that they touch, as they are then.

    The same effect key again changes nothing; with other moves it is refused with EffectDiffers. Refuses with BelowReserved where a shelf
    would give units that are promised from it; with TooFewThere where fewer are in transit, in quarantine or damaged than should leave, or
    fewer are short than should be settled. With `reserved_for`, what leaves shelves is what that order or transfer has reserved there, and
    ceases to be; NotReserved when it has less.
    """
    legs = legs_of(moves)
    places = places_of(legs)
    await ledger.open_rows(tx, places)
    locked = await rows.lock(tx, places)
    if not await ledger.moved_before(tx, effect_key, legs):
        given = {at.place: units for at, units in leaving(legs, Spot.SHELF).items()}
        if reserved_for is None:
            await _free(tx, given, locked)
        elif given and not await endings.end(tx, endings.CONSUME, reserved_for, given, cause):
            raise NotReserved("Fewer units are reserved there than should leave the shelf.")
        beside = await balances(tx, places)
        _there(leaving(legs, *BESIDE_THE_SHELF), beside)
        _short(coming(legs, Spot.SHORTAGE), beside)
        await post(tx, legs, locked, beside, cause, effect_key, reserved=reserved_for is not None)
    return [ledger.level_of(locked[place]) for place in places]


async def settle_shortage(
    tx: Tx, entries: Sequence[tuple[VariantId, LocationId, int]], cause: Cause, effect_key: str
) -> list[Level]:
    """Take units off shelves that were sold, or found missing, before they were booked there; refuses and repeats as `move` does.

    After a late receipt the shelf says more than there is by what was short: settling brings both to what they are.
    """
    moves = [
        Move(variant_id, quantity, Spot.SHELF, location_id, Spot.SHORTAGE, location_id)
        for variant_id, location_id, quantity in entries
    ]
    return await move(tx, moves, cause, effect_key)


async def _free(tx: Tx, given: Mapping[Place, int], locked: dict[Place, rows.Row]) -> None:
    """Refuses where a shelf has fewer units that nobody is promised; holds that are over are freed before."""
    if _below(given, locked):
        await free_expired(tx, locked, clock.now())
    if below := _below(given, locked):
        named = await skus(tx, {place.variant_id for place in below})
        raise BelowReserved(
            "; ".join(
                f"{given[place]} units should leave {place.location_id}, and {locked[place].free} of "
                f"{named[place.variant_id]} are there that nobody is promised"
                for place in below
            ),
            lines=[ledger.level_of(locked[place]) for place in below],
        )


def _below(given: Mapping[Place, int], locked: Mapping[Place, rows.Row]) -> list[Place]:
    return [place for place, units in given.items() if units > locked[place].free]


def _there(given: Mapping[At, int], beside: Mapping[At, int]) -> None:
    if few := [at for at, units in given.items() if units > beside.get(at, 0)]:
        raise TooFewThere(
            "; ".join(
                f"{beside.get(at, 0)} units of {at.variant_id} are {at.spot.value.replace('_', ' ')} at "
                f"{at.location_id}, and {given[at]} should leave"
                for at in few
            )
        )


def _short(settled: Mapping[At, int], beside: Mapping[At, int]) -> None:
    if few := [at for at, units in settled.items() if units > -beside.get(at, 0)]:
        raise TooFewThere(
            "; ".join(
                f"{-beside.get(at, 0)} units of {at.variant_id} are short at {at.location_id}, "
                f"and {settled[at]} should be settled"
                for at in few
            )
        )
