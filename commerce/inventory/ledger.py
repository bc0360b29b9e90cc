"""The one place that changes what is where: balances and the movements that explain them, each with both of its ends."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import DateTime, Integer, Text, Uuid, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import rows
from commerce.inventory.errors import EffectDiffers
from commerce.inventory.events import ClaimedShelfChanged
from commerce.inventory.facts import Cause, Level, MovementKind, Place, Spot
from commerce.inventory.tables import stock_levels, stock_movements
from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested

_missing = unnested("missing", variant_id=Uuid, location_id=Uuid)
OPEN_ROWS = Statement(
    insert(stock_levels)
    .from_select(
        ["variant_id", "location_id", "on_hand"],
        select(_missing.c.variant_id, _missing.c.location_id, literal(0)).order_by(
            _missing.c.variant_id, _missing.c.location_id
        ),
    )
    .on_conflict_do_nothing()
)


class Leg(NamedTuple):
    """A movement as one of its ends sees it: the end that keeps a balance, and where the units come from or go to."""

    variant_id: VariantId
    location_id: LocationId
    spot: Spot
    other_spot: Spot
    other_location_id: LocationId | None

    @property
    def place(self) -> Place:
        """Whose level is its lock."""
        return Place(self.variant_id, self.location_id)


class _Moved(msgspec.Struct, frozen=True):
    variant_id: VariantId
    location_id: LocationId
    spot: Spot
    other_spot: Spot
    other_location_id: LocationId | None
    quantity: int


_ENDS = ("variant_id", "location_id", "spot", "other_spot", "other_location_id")
MOVED_BEFORE = Statement(
    select(*(stock_movements.c[name] for name in _ENDS), stock_movements.c.quantity).where(
        stock_movements.c.effect_key == given("effect_key", Text)
    ),
    into=_Moved,
)

_change = unnested("change", id=Uuid, variant_id=Uuid, location_id=Uuid, quantity=Integer, freed=Integer)
_moved = (
    update(stock_levels)
    .where(rows.same_place(stock_levels, _change))
    .values(on_hand=stock_levels.c.on_hand + _change.c.quantity, reserved=stock_levels.c.reserved - _change.c.freed)
    .returning(
        _change.c.id,
        stock_levels.c.variant_id,
        stock_levels.c.location_id,
        _change.c.quantity,
        _change.c.freed,
        stock_levels.c.on_hand,
        stock_levels.c.reserved,
        stock_levels.c.safety,
        stock_levels.c.claimed,
    )
    .cte("moved")
)
_written = (
    insert(stock_movements)
    .from_select(
        [
            "id",
            "variant_id",
            "location_id",
            "quantity",
            "on_hand_after",
            "kind",
            "document_kind",
            "document_id",
            "actor",
            "reason",
            "effect_key",
            "at",
            "other_spot",
            "freed",
        ],
        select(
            _moved.c.id,
            _moved.c.variant_id,
            _moved.c.location_id,
            _moved.c.quantity,
            _moved.c.on_hand,
            given("kind", Text),
            given("document_kind", Text),
            given("document_id", Uuid),
            given("actor", Text),
            given("reason", Text),
            given("effect_key", Text),
            given("at", DateTime(timezone=True)),
            given("other_spot", Text),
            _moved.c.freed,
        ),
    )
    .cte("written")
)
CHANGE = Statement(
    select(
        _moved.c.variant_id,
        _moved.c.location_id,
        _moved.c.on_hand,
        _moved.c.reserved,
        _moved.c.safety,
        _moved.c.claimed,
    ).add_cte(_written),
    into=rows.Row,
)


async def open_rows(tx: Tx, places: Sequence[Place]) -> None:
    """Makes empty levels where there are none yet, in the one order; an article or a location that does not exist is refused."""
    await tx.execute(OPEN_ROWS, **rows.arrays(places))


def on_shelves(quantities: Mapping[Place, int], other_spot: Spot) -> dict[Leg, int]:
    """Gives signed units of shelves as legs of movements from or to a spot outside."""
    return {Leg(*place, Spot.SHELF, other_spot, None): quantity for place, quantity in quantities.items()}


async def before(tx: Tx, effect_key: str) -> dict[Leg, int]:
    """Gives what this effect has moved already, nothing when it has not happened; call it with the rows locked."""
    moved: list[_Moved] = await tx.fetch(MOVED_BEFORE, effect_key=effect_key)
    return {Leg(*(getattr(line, name) for name in _ENDS)): line.quantity for line in moved}


async def moved_before(tx: Tx, effect_key: str, legs: Mapping[Leg, int]) -> bool:
    """Says whether this effect has happened already; call it with the rows locked. Refuses with EffectDiffers when it moved other units."""
    moved = await before(tx, effect_key)
    if moved and moved != dict(legs):
        raise differs(effect_key)
    return bool(moved)


def differs(effect_key: str) -> EffectDiffers:
    """The refusal of an effect key that stands for something else."""
    return EffectDiffers(f"The effect key {effect_key} stands for other units; use a new one.")


async def change(
    tx: Tx,
    quantities: Mapping[Place, int],
    other_spot: Spot,
    *,
    kind: MovementKind,
    cause: Cause,
    effect_key: str,
    freed: Mapping[Place, int] | None = None,
) -> list[Level]:
    """Adds signed units to shelves whose rows are locked, from or to a spot outside, and writes the movement of each, in one statement.

    `freed` units cease to be reserved in the same breath.
    """
    if not quantities:
        return []
    levels = await tx.fetch(
        CHANGE,
        id=[new_id() for _ in quantities],
        **rows.arrays(quantities),
        quantity=list(quantities.values()),
        freed=[(freed or {}).get(place, 0) for place in quantities],
        kind=kind,
        other_spot=other_spot,
        **said(cause),
        effect_key=effect_key,
        at=clock.now(),
    )
    if len(levels) != len(quantities):
        raise Bug(f"{len(quantities)} shelves should change and {len(levels)} did: a row was not locked before")
    report(tx, levels)
    return [level_of(row) for row in levels]


def report(tx: Tx, changed: Iterable[rows.Row]) -> None:
    """Reports shelves that orders wait at, whose free units are others than before: what came is theirs, in this transaction."""
    for row in changed:
        if row.claimed:
            tx.emit(ClaimedShelfChanged(variant_id=row.variant_id, location_id=row.location_id, claimed=row.claimed))


def said(cause: Cause) -> dict[str, object]:
    """Gives a cause as the arguments of a statement that writes it down."""
    return {
        "document_kind": cause.kind,
        "document_id": cause.document_id,
        "actor": cause.actor,
        "reason": cause.reason,
    }


def level_of(row: rows.Row) -> Level:
    """Gives a level as its row says."""
    return Level(
        row.variant_id, row.location_id, row.on_hand, row.reserved, row.on_hand - row.reserved, row.safety, row.claimed
    )
