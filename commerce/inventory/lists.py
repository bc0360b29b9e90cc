"""What the back office reads: levels, movements and reservations by page."""

from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Uuid, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory.queries import live_levels
from commerce.inventory.schemas import LevelOut, MovementOut, ReservationOut
from commerce.inventory.tables import reservations, stock_movements
from commerce.kernel import clock
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given

NONE = UUID(int=0)
NEWEST = 2**62


def _or_all(column: ColumnElement[Any], argument: str) -> ColumnElement[bool]:
    """Gives `column = $argument`, or everything when the argument is null."""
    wanted = given(argument, column.type)
    return or_(wanted.is_(None), column == wanted)


def seen(location_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Gives the condition that the caller may see a location; a caller that is bound to none may see all."""
    locations = given("locations", ARRAY(Uuid))
    return or_(locations.is_(None), location_id == func.any(locations))


_at = given("at", DateTime(timezone=True))
_limit = given("limit", Integer)
_live = live_levels(_at)
_level = _live.selected_columns
_online = func.greatest(_level.available - _level.safety, 0, type_=Integer).label("online")
_most = given("available_at_most", Integer)
LEVELS = Statement(
    _live.add_columns(_online)
    .where(
        tuple_(_level.variant_id, _level.location_id)
        > tuple_(given("after_variant_id", Uuid), given("after_location_id", Uuid)),
        _or_all(_level.variant_id, "variant_id"),
        _or_all(_level.location_id, "location_id"),
        seen(_level.location_id),
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
        _or_all(stock_movements.c.kind, "kind"),
        _or_all(stock_movements.c.spot, "spot"),
        seen(stock_movements.c.location_id),
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
        seen(reservations.c.location_id),
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
        locations=listed(locations),
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
    spot: str | None,
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
        spot=spot,
        locations=listed(locations),
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
        locations=listed(locations),
        after_hold_id=after_hold_id,
        after_variant_id=after_variant_id,
        after_location_id=after_location_id,
        at=clock.now(),
        limit=limit + 1,
    )


def listed(locations: frozenset[UUID] | None) -> list[UUID] | None:
    return None if locations is None else list(locations)
