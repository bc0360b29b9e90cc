"""What must hold for levels, movements and reservations: each statement gives the rows that break it."""

from sqlalchemy import FromClause, Select, and_, func, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory.facts import EndingKind
from commerce.inventory.rows import same_place
from commerce.inventory.tables import reservation_endings, reservations, stock_levels, stock_movements
from commerce.platform.audit import Check
from commerce.platform.statement import Statement


def _per_place(table: FromClause, units: ColumnElement[int], *where: ColumnElement[bool]) -> FromClause:
    return (
        select(table.c.variant_id, table.c.location_id, func.sum(units).label("units"))
        .where(true(), *where)
        .group_by(table.c.variant_id, table.c.location_id)
        .subquery()
    )


def _unequal(held: FromClause, units: ColumnElement[int], told: FromClause) -> Select[object]:
    """Gives the places where a level and what explains it differ; no level and nothing to explain are 0."""
    place = (
        func.coalesce(held.c.variant_id, told.c.variant_id).label("variant_id"),
        func.coalesce(held.c.location_id, told.c.location_id).label("location_id"),
    )
    return (
        select(*place, units.label("held"), told.c.units.label("told"))
        .select_from(held.outerjoin(told, same_place(held, told), full=True))
        .where(func.coalesce(units, 0) != func.coalesce(told.c.units, 0))
    )


_moved = _per_place(stock_movements, stock_movements.c.quantity)
_open = _per_place(reservations, reservations.c.open, reservations.c.open != 0)
_sold = _per_place(stock_movements, -stock_movements.c.quantity, stock_movements.c.kind == "sold")
_consumed = _per_place(reservations, reservations.c.consumed, reservations.c.consumed != 0)
_before = func.lag(stock_movements.c.on_hand_after, 1, 0).over(
    partition_by=(stock_movements.c.variant_id, stock_movements.c.location_id), order_by=stock_movements.c.seq
)
_steps = select(stock_movements, _before.label("before")).subquery()
_ends = reservations.c.open + reservations.c.consumed + reservations.c.released + reservations.c.expired

_told = (
    select(
        reservation_endings.c.hold_id,
        reservation_endings.c.variant_id,
        reservation_endings.c.location_id,
        *(
            func.coalesce(func.sum(reservation_endings.c.quantity).filter(reservation_endings.c.kind == kind), 0).label(
                kind
            )
            for kind in EndingKind
        ),
    )
    .group_by(reservation_endings.c.hold_id, reservation_endings.c.variant_id, reservation_endings.c.location_id)
    .subquery("told")
)

CHECKS: list[Check] = [
    Check(
        code="G5",
        name="on_hand_is_the_sum_of_its_movements",
        statement=Statement(_unequal(stock_levels, stock_levels.c.on_hand, _moved)),
    ),
    Check(
        code="G5",
        name="each_movement_continues_from_the_one_before",
        statement=Statement(
            select(_steps.c.id, _steps.c.before, _steps.c.quantity, _steps.c.on_hand_after).where(
                _steps.c.before + _steps.c.quantity != _steps.c.on_hand_after
            )
        ),
    ),
    Check(
        code="G5",
        name="each_movement_is_explained",
        statement=Statement(
            select(stock_movements.c.id).where(
                or_(
                    stock_movements.c.actor == "",
                    stock_movements.c.document_kind == "",
                    stock_movements.c.effect_key == "",
                    stock_movements.c.quantity == 0,
                )
            )
        ),
    ),
    Check(
        code="G6",
        name="no_more_is_promised_than_there_is",
        statement=Statement(
            select(stock_levels).where(
                or_(
                    stock_levels.c.reserved < 0,
                    stock_levels.c.on_hand < 0,
                    stock_levels.c.reserved > stock_levels.c.on_hand,
                )
            )
        ),
    ),
    Check(
        code="G7",
        name="reserved_is_the_sum_of_open_reservations",
        statement=Statement(_unequal(stock_levels, stock_levels.c.reserved, _open)),
    ),
    Check(
        code="G7",
        name="each_reserved_unit_ends_once",
        statement=Statement(
            select(reservations).where(
                or_(
                    _ends != reservations.c.quantity,
                    func.least(
                        reservations.c.open, reservations.c.consumed, reservations.c.released, reservations.c.expired
                    )
                    < 0,
                )
            )
        ),
    ),
    Check(
        code="G7",
        name="how_units_ended_is_written_down",
        statement=Statement(
            select(reservations)
            .outerjoin(_told, and_(reservations.c.hold_id == _told.c.hold_id, same_place(reservations, _told)))
            .where(
                or_(
                    *(reservations.c[kind.value] != func.coalesce(_told.c[kind.value], 0) for kind in EndingKind),
                )
            )
        ),
    ),
    Check(
        code="G7",
        name="a_reservation_is_bound_or_expires",
        statement=Statement(
            select(reservations).where(reservations.c.order_id.is_(None) == reservations.c.expires_at.is_(None))
        ),
    ),
    Check(
        code="G7",
        name="what_was_consumed_left_the_shelf",
        statement=Statement(
            select(_consumed.c.variant_id, _consumed.c.location_id, _consumed.c.units, _sold.c.units.label("sold"))
            .select_from(_consumed.outerjoin(_sold, same_place(_consumed, _sold)))
            .where(_consumed.c.units > func.coalesce(_sold.c.units, 0))
        ),
    ),
    Check(
        code="G8",
        name="an_effect_key_moves_a_shelf_once",
        statement=Statement(
            select(stock_movements.c.effect_key, stock_movements.c.variant_id, stock_movements.c.location_id)
            .group_by(stock_movements.c.effect_key, stock_movements.c.variant_id, stock_movements.c.location_id)
            .having(func.count() > 1)
        ),
    ),
]
