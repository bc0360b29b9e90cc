"""What must hold of lots and serial numbers: each statement gives the rows that break it."""

from sqlalchemy import (
    FromClause,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory import Spot
from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.traceability.facts import STANDING, TraceKind
from commerce.traceability.tables import (
    lot_levels,
    lots,
    serial_numbers,
    trace_movements,
    tracked_articles,
    tracking_changes,
)
from commerce.traceability.unmatched import against_stock, same_spot

_row, _level, _serial, _set = trace_movements.c, lot_levels.c, serial_numbers.c, tracked_articles.c
_standing = _serial.spot.in_([spot.value for spot in STANDING])


def _by_spot(kind: TraceKind) -> FromClause:
    return (
        select(_row.variant_id, _row.location_id, _row.spot, _row.code, func.sum(_row.quantity).label("units"))
        .where(_row.kind == kind.value)
        .group_by(_row.variant_id, _row.location_id, _row.spot, _row.code)
        .subquery()
    )


def _unequal(held: FromClause, units: ColumnElement[int], told: FromClause, code: ColumnElement[str]) -> Select[object]:
    """Gives the spots where what is held and what the journal tells differ; no row and nothing told are 0."""
    return (
        select(
            func.coalesce(held.c.variant_id, told.c.variant_id).label("variant_id"),
            func.coalesce(held.c.location_id, told.c.location_id).label("location_id"),
            func.coalesce(code, told.c.code).label("code"),
            units.label("held"),
            told.c.units.label("told"),
        )
        .select_from(held.outerjoin(told, and_(same_spot(held, told), code == told.c.code), full=True))
        .where(func.coalesce(units, 0) != func.coalesce(told.c.units, 0))
    )


_live = (
    select(_serial.variant_id, _serial.location_id, _serial.spot, _serial.serial, literal(1).label("units"))
    .where(_standing)
    .subquery("live")
)
_lot_moves, _serial_moves = _by_spot(TraceKind.LOT), _by_spot(TraceKind.SERIAL)
_last = (
    select(_row.variant_id, _row.code, _row.other_spot, _row.order_line_id)
    .where(_row.kind == TraceKind.SERIAL.value, _row.quantity < 0)
    .ext(distinct_on(_row.variant_id, _row.code))
    .order_by(_row.variant_id, _row.code, _row.seq.desc())
    .subquery("last")
)
_newest = (
    select(tracking_changes)
    .ext(distinct_on(tracking_changes.c.variant_id))
    .order_by(tracking_changes.c.variant_id, tracking_changes.c.version.desc())
    .subquery("newest")
)

CHECKS: list[Check] = [
    Check(
        code="G5",
        name="a_lot_is_the_sum_of_its_journal",
        statement=Statement(_unequal(lot_levels, _level.quantity, _lot_moves, _level.lot)),
    ),
    Check(
        code="G6",
        name="no_lot_is_below_zero",
        statement=Statement(select(lot_levels).where(_level.quantity < 0)),
    ),
    Check(
        code="G5",
        name="lots_add_up_to_the_stock",
        statement=Statement(against_stock(TraceKind.LOT)),
    ),
    Check(
        code="G5",
        name="serial_numbers_add_up_to_the_stock",
        statement=Statement(against_stock(TraceKind.SERIAL)),
    ),
    Check(
        code="G5",
        name="a_serial_number_is_where_its_journal_says",
        statement=Statement(_unequal(_live, _live.c.units, _serial_moves, _live.c.serial)),
    ),
    Check(
        code="G5",
        name="a_serial_number_is_at_one_place_only",
        statement=Statement(
            select(_serial_moves.c.variant_id, _serial_moves.c.code, func.sum(_serial_moves.c.units).label("places"))
            .group_by(_serial_moves.c.variant_id, _serial_moves.c.code)
            .having(
                or_(
                    func.sum(_serial_moves.c.units) > 1,
                    func.min(_serial_moves.c.units) < 0,
                    func.max(_serial_moves.c.units) > 1,
                )
            )
        ),
    ),
    Check(
        code="G5",
        name="a_sold_serial_number_left_with_its_order_line",
        statement=Statement(
            select(_serial.variant_id, _serial.serial, _serial.order_line_id)
            .outerjoin_from(
                serial_numbers,
                _last,
                and_(_last.c.variant_id == _serial.variant_id, _last.c.code == _serial.serial),
            )
            .where(
                _serial.spot == Spot.CUSTOMER.value,
                or_(
                    _last.c.other_spot.is_distinct_from(Spot.CUSTOMER.value),
                    _last.c.order_line_id.is_distinct_from(_serial.order_line_id),
                ),
            )
        ),
    ),
    Check(
        code="G8",
        name="an_effect_key_moves_a_lot_or_a_serial_number_once",
        statement=Statement(
            select(_row.effect_key, _row.variant_id, _row.location_id, _row.spot, _row.code)
            .group_by(_row.effect_key, _row.variant_id, _row.location_id, _row.spot, _row.code, _row.order_line_id)
            .having(func.count() > 1)
        ),
    ),
    Check(
        code="G5",
        name="each_dated_lot_has_its_day",
        statement=Statement(
            select(_level.variant_id, _level.location_id, _level.lot)
            .select_from(
                lot_levels.join(lots, and_(lots.c.variant_id == _level.variant_id, lots.c.lot == _level.lot)).join(
                    tracked_articles, _set.variant_id == _level.variant_id
                )
            )
            .where(_set.dated, _level.quantity > 0, lots.c.expires_on.is_(None))
        ),
    ),
    Check(
        code="G5",
        name="tracking_is_as_it_was_last_set",
        statement=Statement(
            select(
                func.coalesce(_set.variant_id, _newest.c.variant_id).label("variant_id"),
                _set.tracking,
                _newest.c.tracking.label("told"),
            )
            .select_from(tracked_articles.outerjoin(_newest, _newest.c.variant_id == _set.variant_id, full=True))
            .where(
                or_(
                    _set.tracking.is_distinct_from(_newest.c.tracking),
                    _set.dated.is_distinct_from(_newest.c.dated),
                    _set.version.is_distinct_from(_newest.c.version),
                )
            )
        ),
    ),
]
