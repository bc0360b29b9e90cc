"""What the back office reads: levels, movements and reservations by page, and why a figure is what it is."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Integer, Select, Subquery, Text, Uuid, func, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory.queries import live_levels, over_by
from commerce.inventory.schemas import (
    LevelOut,
    MovementOut,
    ReservationOut,
    WhyLocationOut,
    WhyMovementOut,
    WhyOut,
    WhyReservedOut,
)
from commerce.inventory.tables import reservations, stock_levels, stock_movements
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given

WHY_MOVEMENTS = 10
WHY_RESERVATIONS = 50
NONE = UUID(int=0)
NEWEST = 2**62


def _or_all(column: ColumnElement[Any], argument: str) -> ColumnElement[bool]:
    """Gives `column = $argument`, or everything when the argument is null."""
    wanted = given(argument, column.type)
    return or_(wanted.is_(None), column == wanted)


def _seen(location_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Gives the condition that the caller may see a location; a caller that is bound to none may see all."""
    locations = given("locations", ARRAY(Uuid))
    return or_(locations.is_(None), location_id == func.any(locations))


_at = given("at", DateTime(timezone=True))
_limit = given("limit", Integer)
_live = live_levels(_at)
_level = _live.selected_columns
_most = given("available_at_most", Integer)
LEVELS = Statement(
    _live.where(
        tuple_(_level.variant_id, _level.location_id)
        > tuple_(given("after_variant_id", Uuid), given("after_location_id", Uuid)),
        _or_all(_level.variant_id, "variant_id"),
        _or_all(_level.location_id, "location_id"),
        _seen(_level.location_id),
        or_(_most.is_(None), _level.available <= _most),
    )
    .order_by(_level.variant_id, _level.location_id)
    .limit(_limit),
    into=LevelOut,
)
MOVEMENTS = Statement(
    select(stock_movements)
    .where(
        stock_movements.c.seq < given("before", stock_movements.c.seq.type),
        _or_all(stock_movements.c.variant_id, "variant_id"),
        _or_all(stock_movements.c.location_id, "location_id"),
        _or_all(stock_movements.c.document_id, "document_id"),
        or_(given("kind", Text).is_(None), stock_movements.c.kind == given("kind", Text)),
        _seen(stock_movements.c.location_id),
    )
    .order_by(stock_movements.c.seq.desc())
    .limit(_limit),
    into=MovementOut,
)
RESERVATIONS = Statement(
    select(reservations)
    .where(
        tuple_(reservations.c.hold_id, reservations.c.variant_id, reservations.c.location_id)
        > tuple_(given("after_hold_id", Uuid), given("after_variant_id", Uuid), given("after_location_id", Uuid)),
        reservations.c.open > 0,
        or_(reservations.c.expires_at.is_(None), reservations.c.expires_at > _at),
        _or_all(reservations.c.variant_id, "variant_id"),
        _or_all(reservations.c.location_id, "location_id"),
        _or_all(reservations.c.order_id, "order_id"),
        _seen(reservations.c.location_id),
    )
    .order_by(reservations.c.hold_id, reservations.c.variant_id, reservations.c.location_id)
    .limit(_limit),
    into=ReservationOut,
)


async def level_page(
    reading: Reading,
    *,
    variant_id: UUID | None,
    location_id: UUID | None,
    available_at_most: int | None,
    locations: frozenset[UUID] | None,
    after: tuple[UUID, UUID] | None,
    limit: int,
) -> list[LevelOut]:
    """Gives levels by (article, location), one more than the limit; `available_at_most` finds what runs low."""
    after_variant_id, after_location_id = after or (NONE, NONE)
    return await reading.fetch(
        LEVELS,
        variant_id=variant_id,
        location_id=location_id,
        available_at_most=available_at_most,
        locations=_listed(locations),
        after_variant_id=after_variant_id,
        after_location_id=after_location_id,
        at=clock.now(),
        limit=limit + 1,
    )


async def movement_page(
    reading: Reading,
    *,
    variant_id: UUID | None,
    location_id: UUID | None,
    document_id: UUID | None,
    kind: str | None,
    locations: frozenset[UUID] | None,
    before: int | None,
    limit: int,
) -> list[MovementOut]:
    """Gives movements, the latest first, one more than the limit."""
    return await reading.fetch(
        MOVEMENTS,
        variant_id=variant_id,
        location_id=location_id,
        document_id=document_id,
        kind=kind,
        locations=_listed(locations),
        before=NEWEST if before is None else before,
        limit=limit + 1,
    )


async def reservation_page(
    reading: Reading,
    *,
    variant_id: UUID | None,
    location_id: UUID | None,
    order_id: UUID | None,
    locations: frozenset[UUID] | None,
    after: tuple[UUID, UUID, UUID] | None,
    limit: int,
) -> list[ReservationOut]:
    """Gives the reservations with open units of orders and live holds, the oldest hold first, one more than the limit."""
    after_hold_id, after_variant_id, after_location_id = after or (NONE, NONE, NONE)
    return await reading.fetch(
        RESERVATIONS,
        variant_id=variant_id,
        location_id=location_id,
        order_id=order_id,
        locations=_listed(locations),
        after_hold_id=after_hold_id,
        after_variant_id=after_variant_id,
        after_location_id=after_location_id,
        at=clock.now(),
        limit=limit + 1,
    )


def _listed(locations: frozenset[UUID] | None) -> list[UUID] | None:
    return None if locations is None else list(locations)


class _Why(msgspec.Struct, frozen=True):
    location_id: UUID
    on_hand: int
    reserved: int
    available: int
    movements: list[WhyMovementOut] | None
    reserved_by: list[WhyReservedOut] | None


def _json(rows: Subquery, *order: ColumnElement[Any]) -> Select[Any]:
    """Gives rows as one JSON list; no rows are null."""
    document = func.to_jsonb(rows.table_valued())
    return select(func.jsonb_agg(aggregate_order_by(document, *order), type_=JSONB).label("list"))


def _why() -> Statement[_Why]:
    level = live_levels(_at).where(stock_levels.c.variant_id == given("variant_id", Uuid)).subquery("level")
    moved = (
        select(stock_movements)
        .where(stock_movements.c.variant_id == level.c.variant_id, stock_movements.c.location_id == level.c.location_id)
        .order_by(stock_movements.c.seq.desc())
        .limit(WHY_MOVEMENTS)
        .correlate(level)
        .subquery("moved")
    )
    kept = (
        select(reservations.c.hold_id, reservations.c.order_id, reservations.c.open, reservations.c.expires_at)
        .where(
            reservations.c.variant_id == level.c.variant_id,
            reservations.c.location_id == level.c.location_id,
            reservations.c.open > 0,
            ~func.coalesce(over_by(_at), False),
        )
        .order_by(reservations.c.order_id.is_(None), reservations.c.hold_id)
        .limit(WHY_RESERVATIONS)
        .correlate(level)
        .subquery("kept")
    )
    movements = _json(moved, moved.c.seq.desc()).correlate(level).lateral("movements")
    reserved_by = _json(kept, kept.c.order_id.is_(None), kept.c.hold_id).correlate(level).lateral("reserved_by")
    return Statement(
        select(
            level.c.location_id,
            level.c.on_hand,
            level.c.reserved,
            level.c.available,
            movements.c.list.label("movements"),
            reserved_by.c.list.label("reserved_by"),
        )
        .select_from(level.join(movements, true()).join(reserved_by, true()))
        .where(_seen(level.c.location_id))
        .order_by(level.c.location_id),
        into=_Why,
    )


WHY = _why()


async def why(reading: Reading, variant_id: UUID, locations: frozenset[UUID] | None, at: datetime) -> WhyOut:
    """Explains each figure of an article's stock at the locations that the caller may see; refuses with NotFound where there never was any."""
    rows = await reading.fetch(WHY, variant_id=variant_id, locations=_listed(locations), at=at)
    if not rows:
        raise NotFound("There was never any stock of this article here.")
    return WhyOut(
        variant_id=variant_id,
        on_hand=sum(row.on_hand for row in rows),
        reserved=sum(row.reserved for row in rows),
        available=sum(row.available for row in rows),
        locations=[_explained(row) for row in rows],
    )


def _explained(row: _Why) -> WhyLocationOut:
    movements, reserved_by = row.movements or [], row.reserved_by or []
    return WhyLocationOut(
        location_id=row.location_id,
        on_hand=row.on_hand,
        reserved=row.reserved,
        available=row.available,
        moved_before=row.on_hand - sum(movement.quantity for movement in movements),
        movements=movements,
        reserved_further=row.reserved - sum(each.open for each in reserved_by),
        reserved_by=reserved_by,
    )
