"""What must hold for counts, figures, corrections and snapshots: each statement gives the rows that break it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, Table, and_, case, cast, func, or_, select

from commerce.counting.facts import CorrectionState, CountState, Direction, Outcome
from commerce.counting.ledger import COUNTED, movements
from commerce.counting.tables import (
    stock_correction_lines,
    stock_corrections,
    stock_count_lines,
    stock_count_scans,
    stock_counts,
    stock_figures,
    stock_shortfalls,
    stock_snapshot_marks,
    stock_snapshots,
)
from commerce.inventory import Spot
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

_count, _line, _scan = stock_counts.c, stock_count_lines.c, stock_count_scans.c
_figure, _correction, _short = stock_figures.c, stock_corrections.c, stock_shortfalls.c


def _sum(units: ColumnElement[int], *where: ColumnElement[bool], over: Sequence[Table]) -> ColumnElement[int]:
    """Gives the sum of units over the movements that fit one row of a table; 0 where there are none."""
    total = select(func.coalesce(func.sum(units), 0)).where(*where).correlate(*over).scalar_subquery()
    return cast(total, Integer)


def _moved(spots: ColumnElement[bool], over: Table) -> ColumnElement[int]:
    return _sum(
        movements.c.quantity,
        movements.c.document_id == over.c.document_id,
        movements.c.variant_id == over.c.variant_id,
        movements.c.location_id == over.c.location_id,
        spots,
        over=[over],
    )


_counted = stock_count_lines.join(stock_counts, _count.id == _line.count_id)
_ledger_then = _sum(
    movements.c.quantity,
    movements.c.variant_id == _line.variant_id,
    movements.c.location_id == _count.location_id,
    movements.c.spot.in_(COUNTED),
    movements.c.seq <= _line.position,
    over=[stock_count_lines, stock_counts],
)
_ledger_figure = _sum(
    movements.c.quantity,
    movements.c.variant_id == _figure.variant_id,
    movements.c.location_id == _figure.location_id,
    movements.c.spot.in_(COUNTED),
    movements.c.seq <= _figure.position,
    over=[stock_figures],
)

# The scans of a line's round from its last total on: what they add up to is what was counted.
_later = stock_count_scans.alias("later")
_since_total = (
    select(func.sum(_scan.units))
    .where(
        _scan.count_id == _line.count_id,
        _scan.variant_id == _line.variant_id,
        _scan.round == _line.round,
        ~select(_later.c.seq)
        .where(
            _later.c.count_id == _scan.count_id,
            _later.c.variant_id == _scan.variant_id,
            _later.c.round == _scan.round,
            _later.c.seq > _scan.seq,
            _later.c.total,
        )
        .correlate(stock_count_scans)
        .exists(),
    )
    .correlate(stock_count_lines)
    .scalar_subquery()
)

_booked_lines = (
    select(_line.count_id, _line.variant_id, _line.outcome, _line.booked, _line.short, _figure.difference)
    .select_from(
        _counted.outerjoin(
            stock_figures, and_(_figure.document_id == _line.count_id, _figure.variant_id == _line.variant_id)
        )
    )
    .where(
        or_(
            (_line.outcome.in_([Outcome.BOOKED, Outcome.AGREED])) != _figure.id.is_not(None),
            and_(_figure.id.is_not(None), _figure.difference != _line.booked),
            and_(_line.outcome.in_([Outcome.SUPERSEDED, Outcome.LEFT_OUT]), _line.booked != 0),
            (_count.state == CountState.BOOKED) != _line.outcome.is_not(None),
        ),
        # A line that was left out says so as soon as it was handed in.
        or_(_count.state == CountState.BOOKED, _line.outcome.is_distinct_from(Outcome.LEFT_OUT.value)),
    )
)

_corrected = stock_correction_lines.join(stock_corrections, _correction.id == stock_correction_lines.c.correction_id)
_correction_moved = _sum(
    movements.c.quantity,
    movements.c.document_id == _correction.id,
    movements.c.variant_id == stock_correction_lines.c.variant_id,
    movements.c.location_id == _correction.location_id,
    movements.c.spot == Spot.SHELF.value,
    over=[stock_correction_lines, stock_corrections],
)
_same = stock_correction_lines.alias("same")
_of_article = (
    select(func.sum(_same.c.units))
    .where(
        _same.c.correction_id == stock_correction_lines.c.correction_id,
        _same.c.variant_id == stock_correction_lines.c.variant_id,
    )
    .correlate(stock_correction_lines)
    .scalar_subquery()
)
_should_move = case(
    (_correction.state != CorrectionState.BOOKED, 0),
    (_correction.direction == Direction.OFF, -_of_article),
    else_=_of_article,
)
_units_of_lines = (
    select(func.sum(stock_correction_lines.c.units))
    .where(stock_correction_lines.c.correction_id == _correction.id)
    .correlate(stock_corrections)
    .scalar_subquery()
)
_mark = stock_snapshot_marks.c

CHECKS: list[Check] = [
    Check(
        code="G5",
        name="what_was_expected_is_what_the_ledger_said_there",
        statement=Statement(
            select(_line.count_id, _line.variant_id, _line.expected)
            .select_from(_counted)
            .where(_line.expected != _ledger_then)
        ),
    ),
    Check(
        code="G5",
        name="a_weighed_figure_speaks_of_what_the_ledger_said_there",
        statement=Statement(select(_figure.id, _figure.expected).where(_figure.expected != _ledger_figure)),
    ),
    Check(
        code="G5",
        name="a_weighed_figure_moved_its_difference",
        statement=Statement(
            select(_figure.id, _figure.shelf, _figure.shortage).where(
                or_(
                    _figure.shelf != _moved(movements.c.spot == Spot.SHELF.value, stock_figures),
                    _figure.shortage != _moved(movements.c.spot == Spot.SHORTAGE.value, stock_figures),
                )
            )
        ),
    ),
    Check(code="G8", name="a_booked_count_has_each_of_its_lines_weighed_once", statement=Statement(_booked_lines)),
    Check(
        code="G8",
        name="what_was_counted_is_the_sum_of_its_scans",
        statement=Statement(
            select(_line.count_id, _line.variant_id, _line.counted).where(
                _line.counted.is_not(None), _line.counted != func.coalesce(_since_total, 0)
            )
        ),
    ),
    Check(
        code="G10",
        name="nobody_approves_what_they_counted",
        statement=Statement(
            select(_count.id, _count.decided_by).where(
                _count.decided_by.is_not(None),
                select(_scan.id)
                .where(_scan.count_id == _count.id, _scan.by == _count.decided_by)
                .correlate(stock_counts)
                .exists(),
            )
        ),
    ),
    Check(
        code="G10",
        name="what_is_beyond_its_limit_was_decided_by_another",
        statement=Statement(
            select(_correction.id, _correction.units, _correction.limit_units).where(
                _correction.state == CorrectionState.BOOKED,
                _correction.units > _correction.limit_units,
                or_(_correction.decided_by.is_(None), _correction.decided_by == _correction.asked_by),
            )
        ),
    ),
    Check(
        code="G8",
        name="a_correction_moved_its_units_when_it_was_booked",
        statement=Statement(
            select(_correction.id, stock_correction_lines.c.variant_id)
            .select_from(_corrected)
            .where(_correction_moved != _should_move)
        ),
    ),
    Check(
        code="G5",
        name="a_correction_is_the_sum_of_its_lines",
        statement=Statement(
            select(_correction.id, _correction.units).where(
                _correction.units != func.coalesce(_units_of_lines, 0),
            )
        ),
    ),
    Check(
        code="G5",
        name="a_shortfall_is_what_its_document_could_not_take",
        statement=Statement(
            select(_short.id, _short.units).where(
                -_short.units != _moved(movements.c.spot == Spot.SHORTAGE.value, stock_shortfalls)
            )
        ),
    ),
    Check(
        code="G8",
        name="the_last_snapshot_of_a_source_is_the_one_that_is_marked",
        statement=Statement(
            select(_mark.source, _mark.location_id, _mark.variant_id)
            .join_from(stock_snapshot_marks, stock_snapshots, stock_snapshots.c.id == _mark.snapshot_id)
            .where(
                or_(
                    stock_snapshots.c.source != _mark.source,
                    stock_snapshots.c.location_id != _mark.location_id,
                    stock_snapshots.c.taken_at != _mark.taken_at,
                    stock_snapshots.c.sequence.is_distinct_from(_mark.sequence),
                )
            )
        ),
    ),
]
