"""What must hold of fulfilment, as statements that must return nothing."""

from sqlalchemy import String, column as col, func, select, text, values

from commerce.fulfilment.rules import FULFILMENT
from commerce.fulfilment.tables import fulfilment_lines, fulfilment_orders, fulfilment_transitions
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

_work, _line, _move = fulfilment_orders.c, fulfilment_lines.c, fulfilment_transitions.c
_legal = (
    values(col("state_before", String), col("state_after", String), name="legal")
    .data([(before.value, after.value) for before, afters in FULFILMENT.moves.items() for after in afters])
    .cte("legal")
)
_last = (
    select(_move.fulfilment_order_id, func.max(_move.seq).label("seq")).group_by(_move.fulfilment_order_id).cte("last")
)

CHECKS = [
    Check(
        code="G10",
        name="fulfilment_moves_are_legal",
        statement=Statement(
            select(_move.fulfilment_order_id, _move.state_before, _move.state_after)
            .outerjoin_from(
                fulfilment_transitions,
                _legal,
                (_legal.c.state_before == _move.state_before) & (_legal.c.state_after == _move.state_after),
            )
            .where(_legal.c.state_after.is_(None), ~((_move.state_before.is_(None)) & (_move.state_after == "offered")))
        ),
    ),
    Check(
        code="G10",
        name="fulfilment_state_is_its_last_move",
        statement=Statement(
            select(_work.id, _work.state, _move.state_after)
            .outerjoin_from(fulfilment_orders, _last, _last.c.fulfilment_order_id == _work.id)
            .outerjoin(fulfilment_transitions, _move.seq == _last.c.seq)
            .where(_work.state.is_distinct_from(_move.state_after))
        ),
    ),
    Check(
        code="G7",
        name="what_left_is_what_the_order_counts",
        statement=Statement(
            text(
                """
                SELECT l.order_line_id, l.handed, o.fulfilled, l.short, o.cancelled, w.state
                FROM fulfilment_lines l JOIN fulfilment_orders w ON w.id = l.fulfilment_order_id JOIN order_lines o ON o.id = l.order_line_id
                WHERE l.handed <> o.fulfilled OR (w.state <> 'cancelled' AND l.short > o.cancelled)
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="finished_work_leaves_nothing_open",
        statement=Statement(
            text(
                """
                SELECT w.id, w.state, l.order_line_id, l.quantity, l.handed, l.short
                FROM fulfilment_orders w JOIN fulfilment_lines l ON l.fulfilment_order_id = w.id
                WHERE (w.state IN ('handed_over', 'shipped') AND l.handed + l.short <> l.quantity)
                   OR (w.state = 'rejected' AND l.short <> l.quantity)
                """
            )
        ),
    ),
]
