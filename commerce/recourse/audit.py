"""What must hold of rejections, as statements that must return nothing."""

from sqlalchemy import text

from commerce.platform.audit import Check
from commerce.platform.moves import move_checks
from commerce.platform.statement import Statement
from commerce.recourse.rules import REJECTION
from commerce.recourse.tables import rejection_transitions, rejections

CHECKS = [
    *move_checks(
        REJECTION,
        rejections,
        rejection_transitions,
        "rejection_id",
        legal="rejection_moves_are_legal",
        last="rejection_state_is_its_last_move",
    ),
    Check(
        code="G7",
        name="waiting_units_are_waited_for",
        statement=Statement(
            text(
                """
                WITH unplaced AS (
                    SELECT e.order_line_id, e.units FROM units_elsewhere e JOIN orders o ON o.id = e.order_id
                    WHERE e.location_id IS NULL AND e.units > 0 AND o.state <> 'pending_payment'
                ), cases AS (
                    SELECT l.order_line_id, sum(l.units - l.routed - l.substituted - l.apart) AS units
                    FROM rejections r JOIN rejection_lines l ON l.rejection_id = r.id
                    WHERE r.state IN ('routing', 'waiting_for_choice') GROUP BY l.order_line_id
                ), transfers AS (
                    SELECT l.order_line_id, sum(l.quantity - l.short) AS units
                    FROM fulfilment_orders w JOIN fulfilment_lines l ON l.fulfilment_order_id = w.id
                    WHERE w.state = 'waiting_for_transfer'
                      AND NOT EXISTS (SELECT FROM supply_claims s WHERE s.wait_id = w.waiting_for)
                    GROUP BY l.order_line_id
                ), claims AS (
                    SELECT order_line_id, open AS units FROM supply_claims WHERE open > 0 AND expires_at IS NULL
                )
                SELECT order_line_id, u.units AS unplaced, c.units AS in_cases, t.units AS in_transfers, s.units AS in_claims
                FROM unplaced u FULL JOIN cases c USING (order_line_id) FULL JOIN claims s USING (order_line_id)
                LEFT JOIN transfers t USING (order_line_id)
                WHERE NOT coalesce(u.units, 0) BETWEEN coalesce(c.units, 0) + coalesce(s.units, 0)
                                                   AND coalesce(c.units, 0) + coalesce(s.units, 0) + coalesce(t.units, 0)
                """
            )
        ),
    ),
    Check(
        code="G8",
        name="what_was_chosen_was_done",
        statement=Statement(
            text(
                """
                SELECT r.id, r.choice, r.amount, r.chosen_location_id, r.transfer_id FROM rejections r
                WHERE (r.choice = 'refund' AND r.amount IS NULL)
                   OR (r.choice = 'wait' AND r.transfer_id IS NULL)
                   OR (r.choice = 'store' AND r.chosen_location_id IS NULL)
                   OR (r.choice = 'substitute' AND NOT EXISTS (
                        SELECT FROM substitutes s WHERE s.rejection_id = r.id AND s.state = 'accepted'))
                   OR (r.state = 'routed' AND EXISTS (
                        SELECT FROM rejection_lines l WHERE l.rejection_id = r.id AND l.routed <> l.units))
                """
            )
        ),
    ),
    Check(
        code="G8",
        name="accepted_substitutes_are_on_their_order_once",
        statement=Statement(
            text(
                """
                SELECT s.id, s.state, s.units, s.new_line_id, o.order_line_id, o.units AS on_the_order
                FROM (SELECT * FROM substitutes WHERE state = 'accepted') s
                FULL JOIN order_substitutions o ON o.order_line_id = s.new_line_id
                LEFT JOIN order_lines n ON n.id = o.order_line_id
                WHERE s.id IS NULL OR o.order_line_id IS NULL OR o.units <> s.units OR o.order_id <> s.order_id
                   OR o.instead_of_line_id <> s.order_line_id OR o.consent <> s.consent OR n.variant_id <> s.variant_id
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="substituted_units_were_agreed_to",
        statement=Statement(
            text(
                """
                SELECT l.rejection_id, l.order_line_id, l.substituted, coalesce(sum(s.units), 0) AS agreed
                FROM rejection_lines l LEFT JOIN substitutes s ON s.rejection_id = l.rejection_id
                    AND s.order_line_id = l.order_line_id AND s.state = 'accepted'
                GROUP BY l.rejection_id, l.order_line_id, l.substituted HAVING l.substituted <> coalesce(sum(s.units), 0)
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="units_chosen_apart_are_chosen_once",
        statement=Statement(
            text(
                """
                SELECT l.rejection_id, l.order_line_id, l.apart, coalesce(p.units, 0) AS in_parts
                FROM rejection_lines l FULL JOIN (
                    SELECT r.part_of, c.order_line_id, sum(c.units) AS units
                    FROM rejections r JOIN rejection_lines c ON c.rejection_id = r.id
                    WHERE r.part_of IS NOT NULL GROUP BY r.part_of, c.order_line_id
                ) p ON p.part_of = l.rejection_id AND p.order_line_id = l.order_line_id
                WHERE coalesce(l.apart, 0) <> coalesce(p.units, 0)
                """
            )
        ),
    ),
    Check(
        code="G8",
        name="a_part_is_chosen_with_its_units",
        statement=Statement(
            text(
                """
                SELECT r.id, r.part_of, r.state FROM rejections r JOIN rejections w ON w.id = r.part_of
                WHERE r.state <> 'chosen' OR r.order_id <> w.order_id OR r.location_id <> w.location_id OR w.part_of IS NOT NULL
                """
            )
        ),
    ),
    Check(
        code="G10",
        name="nothing_is_proposed_for_what_is_decided",
        statement=Statement(
            text(
                """
                SELECT s.id, s.units, r.state, l.units - l.routed - l.substituted - l.apart AS waiting
                FROM substitutes s JOIN rejections r ON r.id = s.rejection_id
                LEFT JOIN rejection_lines l ON l.rejection_id = r.id AND l.order_line_id = s.order_line_id
                WHERE s.state = 'proposed' AND (r.state <> 'waiting_for_choice' OR l.units IS NULL
                   OR s.units > l.units - l.routed - l.substituted - l.apart)
                """
            )
        ),
    ),
]
