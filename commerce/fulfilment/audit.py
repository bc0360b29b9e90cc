"""What must hold of fulfilment, as statements that must return nothing."""

from sqlalchemy import text

from commerce.fulfilment.counter_audit import COUNTER_CHECKS
from commerce.fulfilment.rules import CLOSED, FULFILMENT
from commerce.fulfilment.tables import fulfilment_lines, fulfilment_orders, fulfilment_transitions
from commerce.platform.audit import Check
from commerce.platform.moves import move_checks
from commerce.platform.statement import Statement

_work, _line, _move = fulfilment_orders.c, fulfilment_lines.c, fulfilment_transitions.c

CHECKS = [
    *move_checks(
        FULFILMENT,
        fulfilment_orders,
        fulfilment_transitions,
        "fulfilment_order_id",
        legal="fulfilment_moves_are_legal",
        last="fulfilment_state_is_its_last_move",
    ),
    Check(
        code="G10",
        name="a_promise_is_where_its_moves_led",
        statement=Statement(
            text(
                """
                SELECT w.id, w.promised_by, w.ready_by, m.ready_by_after
                FROM fulfilment_orders w LEFT JOIN LATERAL (
                    SELECT ready_by_after FROM promise_moves p WHERE p.fulfilment_order_id = w.id ORDER BY seq DESC LIMIT 1
                ) m ON true
                WHERE w.ready_by IS DISTINCT FROM coalesce(m.ready_by_after, w.promised_by)
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="what_left_is_what_the_order_counts",
        statement=Statement(
            text(
                """
                SELECT l.order_line_id, sum(l.handed) AS handed, o.fulfilled
                FROM fulfilment_lines l JOIN order_lines o ON o.id = l.order_line_id
                GROUP BY l.order_line_id, o.fulfilled HAVING sum(l.handed) <> o.fulfilled
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="work_is_where_units_are_promised",
        statement=Statement(
            text(
                f"""
                WITH work AS (
                    SELECT l.order_line_id, w.location_id, sum(l.quantity - l.handed - l.short) AS most,
                           coalesce(sum(l.quantity - l.handed - l.short) FILTER (WHERE w.state <> 'waiting_for_transfer'), 0) AS least
                    FROM fulfilment_orders w JOIN fulfilment_lines l ON l.fulfilment_order_id = w.id
                    WHERE w.state NOT IN {CLOSED} GROUP BY l.order_line_id, w.location_id
                ), promised AS (
                    SELECT o.id AS order_line_id, g.location_id, o.quantity - o.fulfilled - o.cancelled - coalesce(
                        (SELECT sum(e.units) FROM units_elsewhere e WHERE e.order_line_id = o.id), 0) AS units
                    FROM order_lines o JOIN order_groups g ON g.id = o.group_id
                    WHERE EXISTS (SELECT FROM fulfilment_lines f WHERE f.order_line_id = o.id)
                    UNION ALL
                    SELECT order_line_id, location_id, units FROM units_elsewhere WHERE location_id IS NOT NULL
                )
                SELECT coalesce(p.order_line_id, w.order_line_id) AS order_line_id,
                       coalesce(p.location_id, w.location_id) AS location_id, p.units AS promised, w.least, w.most
                FROM promised p FULL JOIN work w ON w.order_line_id = p.order_line_id AND w.location_id = p.location_id
                WHERE NOT coalesce(p.units, 0) BETWEEN coalesce(w.least, 0) AND coalesce(w.most, 0)
                """  # noqa: S608 -- the states are a constant of the program
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
    *COUNTER_CHECKS,
]
