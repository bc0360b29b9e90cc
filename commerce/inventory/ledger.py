"""The one place that changes what is on a shelf: a level and the movement that explains it, in one statement."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import DateTime, Integer, Text, Uuid, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import rows
from commerce.inventory.errors import EffectDiffers
from commerce.inventory.facts import Cause, Level, MovementKind, Place
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


class _Moved(msgspec.Struct, frozen=True):
    variant_id: VariantId
    location_id: LocationId
    quantity: int


MOVED_BEFORE = Statement(
    select(stock_movements.c.variant_id, stock_movements.c.location_id, stock_movements.c.quantity).where(
        stock_movements.c.effect_key == given("effect_key", Text)
    ),
    into=_Moved,
)

_move = unnested("move", id=Uuid, variant_id=Uuid, location_id=Uuid, quantity=Integer, freed=Integer)
_moved = (
    update(stock_levels)
    .where(rows.same_place(stock_levels, _move))
    .values(on_hand=stock_levels.c.on_hand + _move.c.quantity, reserved=stock_levels.c.reserved - _move.c.freed)
    .returning(
        _move.c.id,
        stock_levels.c.variant_id,
        stock_levels.c.location_id,
        _move.c.quantity,
        stock_levels.c.on_hand,
        stock_levels.c.reserved,
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
        ),
    )
    .cte("written")
)
MOVE = Statement(
    select(
        _moved.c.variant_id,
        _moved.c.location_id,
        _moved.c.on_hand,
        _moved.c.reserved,
    ).add_cte(_written),
    into=rows.Row,
)


async def open_rows(tx: Tx, places: Sequence[Place]) -> None:
    """Makes empty levels where there are none yet, in the one order; an article or a location that does not exist is refused."""
    await tx.execute(OPEN_ROWS, **rows.arrays(places))


async def moved_before(tx: Tx, effect_key: str, quantities: Mapping[Place, int]) -> bool:
    """Says whether this effect has happened already; call it with the rows locked. Refuses with EffectDiffers when it moved other units."""
    before: list[_Moved] = await tx.fetch(MOVED_BEFORE, effect_key=effect_key)
    if not before:
        return False
    if {Place(line.variant_id, line.location_id): line.quantity for line in before} != dict(quantities):
        raise EffectDiffers(f"The effect key {effect_key} stands for other units; use a new one.")
    return True


async def move(
    tx: Tx,
    quantities: Mapping[Place, int],
    *,
    kind: MovementKind,
    cause: Cause,
    effect_key: str,
    freed: Mapping[Place, int] | None = None,
) -> list[Level]:
    """Adds signed units to locked rows and writes the movement of each; `freed` units cease to be reserved in the same breath."""
    if not quantities:
        return []
    levels = await tx.fetch(
        MOVE,
        id=[new_id() for _ in quantities],
        **rows.arrays(quantities),
        quantity=list(quantities.values()),
        freed=[(freed or {}).get(place, 0) for place in quantities],
        kind=kind,
        document_kind=cause.kind,
        document_id=cause.document_id,
        actor=cause.actor,
        reason=cause.reason,
        effect_key=effect_key,
        at=clock.now(),
    )
    if len(levels) != len(quantities):
        raise Bug(f"{len(quantities)} shelves should change and {len(levels)} did: a row was not locked before")
    return [level_of(row) for row in levels]


def level_of(row: rows.Row) -> Level:
    """Gives a level as its row says."""
    return Level(row.variant_id, row.location_id, row.on_hand, row.reserved, row.on_hand - row.reserved)
