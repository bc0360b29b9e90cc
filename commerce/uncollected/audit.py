"""What must hold of pickups that wait, as statements that must return nothing."""

from sqlalchemy import text

from commerce.platform.audit import Check
from commerce.platform.moves import move_checks
from commerce.platform.statement import Statement
from commerce.uncollected.rules import WAIT
from commerce.uncollected.tables import pickup_transitions, pickup_waits

CHECKS = [
    *move_checks(
        WAIT,
        pickup_waits,
        pickup_transitions,
        "wait_id",
        legal="pickup_moves_are_legal",
        last="pickup_state_is_its_last_move",
    ),
    Check(
        code="G15",
        name="pickup_deadline_is_the_last_told",
        statement=Statement(
            text(
                """
                SELECT w.id, w.deadline, last.deadline_after FROM pickup_waits w LEFT JOIN LATERAL (
                    SELECT deadline_after, round FROM pickup_deadlines d WHERE d.wait_id = w.id ORDER BY seq DESC LIMIT 1
                ) last ON true
                WHERE (w.deadline, w.round) IS DISTINCT FROM (last.deadline_after, last.round)
                UNION ALL
                SELECT d.wait_id, d.deadline_before, d.deadline_after FROM pickup_deadlines d
                WHERE d.why IN ('asked', 'hours') AND d.deadline_after IS NOT NULL AND d.deadline_before >= d.deadline_after
                """
            )
        ),
    ),
    Check(
        code="G15",
        name="a_pass_says_the_deadline",
        statement=Statement(
            text(
                """
                SELECT w.fulfilment_order_id, w.deadline, c.until FROM pickup_waits w
                LEFT JOIN collect_by c ON c.fulfilment_order_id = w.fulfilment_order_id
                WHERE w.state = 'waiting' AND (c.fulfilment_order_id IS NULL OR c.until IS DISTINCT FROM w.deadline)
                """
            )
        ),
    ),
    Check(
        code="G10",
        name="ready_work_waits_once",
        statement=Statement(
            text(
                """
                SELECT f.id, f.state, w.state AS waits FROM fulfilment_orders f
                LEFT JOIN pickup_waits w ON w.fulfilment_order_id = f.id
                WHERE (f.state = 'ready_for_pickup' AND (w.state IS DISTINCT FROM 'waiting' OR w.ready_at IS NULL))
                   OR (w.state = 'waiting' AND f.state NOT IN ('ready_for_pickup', 'picking', 'packed'))
                   OR (w.state = 'waiting' AND f.state <> 'ready_for_pickup' AND w.ready_at IS NOT NULL)
                   OR (w.state = 'collected') <> (f.state = 'handed_over') AND w.state IS NOT NULL
                   OR (w.state IN ('expired', 'put_away')) <> (f.state = 'expired') AND w.state IS NOT NULL
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="what_nobody_collected_is_set_aside",
        statement=Statement(
            text(
                """
                WITH left_over AS (
                    SELECT w.id AS wait_id, w.state, w.location_id, l.id AS line_id, l.variant_id,
                        l.quantity - l.short - l.handed AS units
                    FROM pickup_waits w JOIN fulfilment_lines l ON l.fulfilment_order_id = w.fulfilment_order_id
                    WHERE w.state IN ('expired', 'put_away')
                ), lines AS (
                    SELECT coalesce(o.wait_id, u.wait_id) AS wait_id, coalesce(o.line_id, u.line_id) AS about,
                        coalesce(o.units, 0) AS units, coalesce(u.units, 0) AS set_aside
                    FROM (SELECT * FROM left_over WHERE units > 0) o
                    FULL JOIN uncollected_units u ON u.wait_id = o.wait_id AND u.line_id = o.line_id
                ), wanted AS (
                    SELECT 'uncollected:' || wait_id AS effect_key, variant_id, location_id, 'quarantine' AS spot, sum(units) AS units
                    FROM left_over GROUP BY 1, 2, 3 HAVING sum(units) > 0
                    UNION ALL
                    SELECT 'put-away:' || w.id, u.variant_id, w.location_id, part.spot, sum(part.units)
                    FROM pickup_waits w JOIN uncollected_units u ON u.wait_id = w.id
                    CROSS JOIN LATERAL (VALUES ('shelf', u.units - u.damaged), ('damaged', u.damaged)) part (spot, units)
                    WHERE w.state = 'put_away' GROUP BY 1, 2, 3, 4 HAVING sum(part.units) > 0
                ), moved AS (
                    SELECT effect_key, variant_id, location_id, spot, sum(quantity) AS units FROM stock_movements
                    WHERE (effect_key LIKE 'uncollected:%' OR effect_key LIKE 'put-away:%') AND quantity > 0
                    GROUP BY 1, 2, 3, 4
                )
                SELECT wait_id::text AS what, about::text AS about, units, set_aside FROM lines WHERE units <> set_aside
                UNION ALL
                SELECT coalesce(a.effect_key, m.effect_key), coalesce(a.variant_id, m.variant_id)::text, a.units, m.units
                FROM wanted a FULL JOIN moved m USING (effect_key, variant_id, location_id, spot)
                WHERE a.units IS DISTINCT FROM m.units
                """
            )
        ),
    ),
    Check(
        code="G8",
        name="who_did_not_come_is_counted_once",
        statement=Statement(
            text(
                """
                SELECT w.id, w.state, n.customer FROM pickup_waits w FULL JOIN no_shows n ON n.wait_id = w.id
                WHERE (n.wait_id IS NOT NULL) <> (w.state IN ('expired', 'put_away'))
                """
            )
        ),
    ),
]
