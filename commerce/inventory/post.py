"""How movements are booked on places that are locked: balances change, and each end that keeps one gets its row in the ledger."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import DateTime, Integer, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import ledger, rows
from commerce.inventory.facts import INSIDE, MOST_UNITS, Balance, Cause, Move, MovementKind, Place, Spot
from commerce.inventory.ledger import Leg
from commerce.inventory.tables import stock_balances, stock_levels, stock_movements
from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested


class At(NamedTuple):
    """A spot of a place: what keeps one balance."""

    variant_id: VariantId
    location_id: LocationId
    spot: Spot

    @property
    def place(self) -> Place:
        """Whose level is its lock."""
        return Place(self.variant_id, self.location_id)


_asked = unnested("asked", variant_id=Uuid, location_id=Uuid)
BALANCES = Statement(
    select(stock_balances).join_from(_asked, stock_balances, rows.same_place(stock_balances, _asked)), into=Balance
)

_change = unnested("change", variant_id=Uuid, location_id=Uuid, quantity=Integer, freed=Integer)
SHELVES = Statement(
    update(stock_levels)
    .where(rows.same_place(stock_levels, _change))
    .values(on_hand=stock_levels.c.on_hand + _change.c.quantity, reserved=stock_levels.c.reserved - _change.c.freed)
    .returning(*rows.COLUMNS),
    into=rows.Row,
)

_left = unnested("left", variant_id=Uuid, location_id=Uuid, spot=Text, units=Integer)
_insert = insert(stock_balances).from_select(
    ["variant_id", "location_id", "spot", "units"],
    select(_left.c.variant_id, _left.c.location_id, _left.c.spot, _left.c.units),
)
# What is left is written, not added: the level's lock is held, and a sum that is checked before it is made would be refused.
BESIDE = Statement(
    _insert.on_conflict_do_update(constraint=stock_balances.primary_key, set_={"units": _insert.excluded.units})
)

_leg = unnested(
    "leg",
    id=Uuid,
    variant_id=Uuid,
    location_id=Uuid,
    spot=Text,
    other_spot=Text,
    other_location_id=Uuid,
    quantity=Integer,
    on_hand_after=Integer,
    kind=Text,
    freed=Integer,
)
_COMMON = {"document_kind": Text, "document_id": Uuid, "actor": Text, "reason": Text, "effect_key": Text}
WRITE = Statement(
    insert(stock_movements).from_select(
        [*_leg.c.keys(), *_COMMON, "at"],
        select(
            *_leg.c,
            *(given(name, kind) for name, kind in _COMMON.items()),
            given("at", DateTime(timezone=True)),
        ),
    )
)


def legs_of(moves: Iterable[Move]) -> dict[Leg, int]:
    """Gives the signed units at each end that keeps a balance, in the one order.

    Moves that nobody can make are a Bug: of nothing, to where they come from, between two spots outside, without the location of a spot
    that has one, or to and fro in one effect.
    """
    legs: dict[Leg, int] = {}
    for move in map(_placed, moves):
        if not 1 <= move.quantity <= MOST_UNITS:
            raise Bug(f"{move.quantity} is no number of units to move")
        start, end = (move.from_spot, move.from_location), (move.to_spot, move.to_location)
        if start == end or not (move.from_spot in INSIDE or move.to_spot in INSIDE):
            raise Bug(f"no units can go from {start} to {end}")
        for here, there, units in ((start, end, -move.quantity), (end, start, move.quantity)):
            if here[1] is not None:
                leg = Leg(move.variant_id, here[1], here[0], *there)
                if legs.get(leg, units) * units < 0:
                    raise Bug(f"one effect moves units to and fro between {start} and {end}")
                legs[leg] = legs.get(leg, 0) + units
    return dict(sorted(legs.items(), key=lambda each: (*each[0][:4], str(each[0].other_location_id))))


def _placed(move: Move) -> Move:
    """Gives the move with a location at each end that needs one."""
    if move.from_spot is Spot.SHORTAGE and move.from_location is None:
        move = move._replace(from_location=move.to_location)
    if move.to_spot is Spot.SHORTAGE and move.to_location is None:
        move = move._replace(to_location=move.from_location)
    for spot, location_id in ((move.from_spot, move.from_location), (move.to_spot, move.to_location)):
        if (spot in INSIDE) != (location_id is not None):
            raise Bug(f"{spot} {'needs a' if spot in INSIDE else 'has no'} location")
    return move


async def balances(tx: Tx, places: Iterable[Place]) -> dict[At, int]:
    """Gives the balances beside the shelf of locked places; what never had any is left out."""
    found = await tx.fetch(BALANCES, **rows.arrays(places))
    return {At(each.variant_id, each.location_id, each.spot): each.units for each in found}


async def post(
    tx: Tx,
    legs: Mapping[Leg, int],
    locked: dict[Place, rows.Row],
    beside: Mapping[At, int],
    cause: Cause,
    effect_key: str,
    *,
    reserved: bool = False,
) -> None:
    """Books legs that the caller has judged, on places that it has locked, and brings `locked` up to date.

    `beside` are the balances of the places as they are. What leaves shelves ceases to be reserved if it was `reserved`.
    """
    now: dict[At, int] = {At(*place, Spot.SHELF): row.on_hand for place, row in locked.items()} | dict(beside)
    after: list[int] = []
    for leg, units in legs.items():
        at = At(leg.variant_id, leg.location_id, leg.spot)
        now[at] = now.get(at, 0) + units
        after.append(now[at])
    touched = dict.fromkeys(At(leg.variant_id, leg.location_id, leg.spot) for leg in legs)
    freed = {leg: max(0, -units) if reserved and leg.spot is Spot.SHELF else 0 for leg, units in legs.items()}
    await _shelves(tx, legs, locked, freed)
    left = [at for at in touched if at.spot is not Spot.SHELF]
    if left:
        await tx.execute(
            BESIDE, **rows.arrays(at.place for at in left), spot=_named(left), units=[now[at] for at in left]
        )
    await write(tx, legs, after, cause, effect_key, freed=freed)


async def write(
    tx: Tx,
    legs: Mapping[Leg, int],
    after: Sequence[int],
    cause: Cause,
    effect_key: str,
    *,
    freed: Mapping[Leg, int] | None = None,
) -> None:
    """Writes legs down with what each left at its spot; what they change is the caller's to change."""
    await tx.execute(
        WRITE,
        id=[new_id() for _ in legs],
        **rows.arrays(leg.place for leg in legs),
        spot=_named(legs),
        other_spot=[leg.other_spot.value for leg in legs],
        other_location_id=[leg.other_location_id for leg in legs],
        quantity=list(legs.values()),
        on_hand_after=list(after),
        kind=[_kind(leg, units).value for leg, units in legs.items()],
        freed=[freed[leg] if freed else 0 for leg in legs],
        **ledger.said(cause),
        effect_key=effect_key,
        at=clock.now(),
    )


async def _shelves(tx: Tx, legs: Mapping[Leg, int], locked: dict[Place, rows.Row], freed: Mapping[Leg, int]) -> None:
    on_hand: dict[Place, int] = defaultdict(int)
    reserved: dict[Place, int] = defaultdict(int)
    for leg, units in legs.items():
        if leg.spot is Spot.SHELF:
            on_hand[leg.place] += units
            reserved[leg.place] += freed[leg]
    if not on_hand:
        return
    changed = await tx.fetch(
        SHELVES, **rows.arrays(on_hand), quantity=list(on_hand.values()), freed=list(reserved.values())
    )
    if len(changed) != len(on_hand):
        raise Bug(f"{len(on_hand)} shelves should change and {len(changed)} did: a row was not locked before")
    locked.update({row.place: row for row in changed})
    ledger.report(tx, changed)


def _named(spots: Iterable[At | Leg]) -> list[str]:
    return [each.spot.value for each in spots]


def _kind(leg: Leg, units: int) -> MovementKind:
    """Gives why units came or left, from where they come and where they go."""
    start, end = (leg.other_spot, leg.spot) if units > 0 else (leg.spot, leg.other_spot)
    by_start = {
        Spot.OPENING: MovementKind.INITIAL,
        Spot.SUPPLIER: MovementKind.RECEIVED,
        Spot.CUSTOMER: MovementKind.RETURNED,
        Spot.SHRINKAGE: MovementKind.ADJUSTED,
    }
    by_end = {
        Spot.CUSTOMER: MovementKind.SOLD,
        Spot.SHRINKAGE: MovementKind.ADJUSTED,
        Spot.SHORTAGE: MovementKind.SETTLED,
    }
    return by_start.get(start) or by_end.get(end) or MovementKind.MOVED


def leaving(legs: Mapping[Leg, int], *spots: Spot) -> dict[At, int]:
    """Gives the units that leave each of some spots."""
    units: dict[At, int] = defaultdict(int)
    for leg, quantity in legs.items():
        if leg.spot in spots and quantity < 0:
            units[At(leg.variant_id, leg.location_id, leg.spot)] -= quantity
    return dict(units)


def coming(legs: Mapping[Leg, int], *spots: Spot) -> dict[At, int]:
    """Gives the units that come to each of some spots."""
    return leaving({leg: -quantity for leg, quantity in legs.items()}, *spots)


def places_of(legs: Iterable[Leg]) -> Sequence[Place]:
    """Gives the places whose levels are the locks of what moves."""
    return sorted({leg.place for leg in legs})
