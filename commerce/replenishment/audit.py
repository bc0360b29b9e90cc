"""What must hold of replenishment, as statements that must return nothing."""

from typing import Any

from sqlalchemy import String, column as col, func, select, text, values

from commerce.kernel.states import Machine
from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.replenishment.rules import PURCHASE, RECEIPT
from commerce.replenishment.tables import replenishment_transitions
from commerce.replenishment.transfer_rules import TRANSFER

_move = replenishment_transitions.c
_machines: dict[str, Machine[Any]] = {"purchase_order": PURCHASE, "goods_receipt": RECEIPT, "transfer": TRANSFER}
_legal = (
    values(col("document_kind", String), col("state_before", String), col("state_after", String), name="legal")
    .data(
        [
            (kind, before.value, after.value)
            for kind, machine in _machines.items()
            for before, afters in machine.moves.items()
            for after in afters
        ]
        + [(kind, "", start.value) for kind, machine in _machines.items() for start in machine.start]
    )
    .cte("legal")
)

CHECKS = [
    Check(
        code="G10",
        name="replenishment_moves_are_legal",
        statement=Statement(
            select(_move.document_kind, _move.document_id, _move.state_before, _move.state_after)
            .outerjoin_from(
                replenishment_transitions,
                _legal,
                (_legal.c.document_kind == _move.document_kind)
                & (_legal.c.state_before == func.coalesce(_move.state_before, ""))
                & (_legal.c.state_after == _move.state_after),
            )
            .where(_legal.c.state_after.is_(None))
        ),
    ),
    Check(
        code="G10",
        name="replenishment_states_are_their_last_moves",
        statement=Statement(
            text(
                """
                WITH documents AS (
                    SELECT 'purchase_order' AS kind, id, state FROM purchase_orders
                    UNION ALL SELECT 'goods_receipt', id, state FROM goods_receipts
                    UNION ALL SELECT 'transfer', id, state FROM transfers
                ), last AS (
                    SELECT DISTINCT ON (document_id) document_id, state_after
                    FROM replenishment_transitions ORDER BY document_id, seq DESC
                )
                SELECT d.kind, d.id, d.state, last.state_after FROM documents d
                LEFT JOIN last ON last.document_id = d.id WHERE d.state IS DISTINCT FROM last.state_after
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="what_a_finished_transfer_dispatched_was_received_or_lost",
        statement=Statement(
            text(
                """
                SELECT t.number, l.id, l.quantity, l.cancelled, l.shipped, l.received, l.damaged, l.lost, l.returned
                FROM transfer_lines l JOIN transfers t ON t.id = l.transfer_id
                WHERE l.received + l.damaged + l.lost + l.returned > l.shipped
                   OR (t.state IN ('received', 'cancelled')
                       AND (l.received + l.damaged + l.lost + l.returned <> l.shipped OR l.shipped + l.cancelled <> l.quantity))
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="what_was_dispatched_stands_in_shipments",
        statement=Statement(
            text(
                """
                SELECT l.id, l.shipped, COALESCE(s.units, 0) AS sent
                FROM transfer_lines l LEFT JOIN (
                    SELECT transfer_line_id, SUM(quantity) AS units FROM transfer_shipment_lines GROUP BY 1
                ) s ON s.transfer_line_id = l.id WHERE l.shipped <> COALESCE(s.units, 0)
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="what_a_transfer_received_was_scanned",
        statement=Statement(
            text(
                """
                SELECT l.id, l.received, l.damaged, s.good, s.bad
                FROM transfer_lines l LEFT JOIN (
                    SELECT transfer_line_id, COALESCE(SUM(quantity) FILTER (WHERE condition = 'good'), 0) AS good,
                           COALESCE(SUM(quantity) FILTER (WHERE condition = 'damaged'), 0) AS bad
                    FROM transfer_received_units GROUP BY 1
                ) s ON s.transfer_line_id = l.id
                WHERE l.received <> COALESCE(s.good, 0) OR l.damaged <> COALESCE(s.bad, 0)
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="no_more_was_received_than_ordered_and_accepted_over",
        statement=Statement(
            text(
                """
                SELECT id, ordered, received, damaged, cancelled, over FROM purchase_order_lines
                WHERE received + damaged + cancelled > ordered + over OR over > received + damaged
                   OR (over > 0 AND received + damaged + cancelled <> ordered + over)
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="what_an_order_received_was_booked_by_receipts",
        statement=Statement(
            text(
                """
                WITH booked AS (
                    SELECT r.purchase_order_id, u.variant_id,
                           COALESCE(SUM(u.quantity) FILTER (WHERE u.condition = 'good'), 0) AS good,
                           COALESCE(SUM(u.quantity) FILTER (WHERE u.condition = 'damaged'), 0) AS bad
                    FROM goods_receipts r JOIN goods_receipt_units u ON u.goods_receipt_id = r.id
                    LEFT JOIN goods_receipt_voids v ON v.goods_receipt_id = u.goods_receipt_id AND v.scan_id = u.scan_id
                    WHERE r.state = 'closed' AND v.scan_id IS NULL GROUP BY 1, 2
                )
                SELECT l.id, l.received, l.damaged, b.good, b.bad
                FROM purchase_order_lines l
                LEFT JOIN booked b ON b.purchase_order_id = l.purchase_order_id AND b.variant_id = l.variant_id
                WHERE l.received <> COALESCE(b.good, 0) OR l.damaged <> COALESCE(b.bad, 0)
                """
            )
        ),
    ),
    Check(
        code="G5",
        name="what_receipts_booked_is_in_the_ledger",
        statement=Statement(
            text(
                """
                WITH told AS (
                    SELECT r.id, u.variant_id, CASE u.condition WHEN 'good' THEN 'shelf' ELSE 'damaged' END AS spot,
                           SUM(u.quantity) AS units
                    FROM goods_receipts r JOIN goods_receipt_units u ON u.goods_receipt_id = r.id
                    LEFT JOIN goods_receipt_voids v ON v.goods_receipt_id = u.goods_receipt_id AND v.scan_id = u.scan_id
                    WHERE r.state = 'closed' AND v.scan_id IS NULL GROUP BY 1, 2, 3
                ), held AS (
                    SELECT m.document_id AS id, m.variant_id, m.spot, SUM(m.quantity) AS units
                    FROM stock_movements m JOIN goods_receipts r ON r.id = m.document_id GROUP BY 1, 2, 3
                )
                SELECT COALESCE(told.id, held.id) AS id, COALESCE(told.variant_id, held.variant_id) AS variant_id, told.units, held.units
                FROM told FULL JOIN held ON held.id = told.id AND held.variant_id = told.variant_id AND held.spot = told.spot
                WHERE COALESCE(told.units, 0) <> COALESCE(held.units, 0)
                """
            )
        ),
    ),
    Check(
        code="G5",
        name="what_is_in_transit_is_what_transfers_have_on_their_way",
        statement=Statement(
            text(
                """
                WITH told AS (
                    SELECT l.variant_id, t.destination_id AS location_id,
                           SUM(l.shipped - l.received - l.damaged - l.lost - l.returned) AS units
                    FROM transfer_lines l JOIN transfers t ON t.id = l.transfer_id GROUP BY 1, 2
                ), held AS (
                    SELECT variant_id, location_id, units FROM stock_balances WHERE spot = 'in_transit'
                )
                SELECT COALESCE(told.variant_id, held.variant_id) AS variant_id,
                       COALESCE(told.location_id, held.location_id) AS location_id, told.units AS told, held.units AS held
                FROM told FULL JOIN held ON held.variant_id = told.variant_id AND held.location_id = told.location_id
                WHERE COALESCE(told.units, 0) <> COALESCE(held.units, 0)
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="what_transfers_reserve_is_approved_and_has_not_left",
        statement=Statement(
            text(
                """
                WITH told AS (
                    SELECT l.transfer_id, l.variant_id, t.origin_id AS location_id, SUM(l.quantity - l.cancelled - l.shipped) AS units
                    FROM transfer_lines l JOIN transfers t ON t.id = l.transfer_id WHERE t.state <> 'draft' GROUP BY 1, 2, 3
                ), held AS (
                    SELECT order_id AS transfer_id, variant_id, location_id, SUM(open) AS units
                    FROM reservations WHERE owner_kind = 'transfer' GROUP BY 1, 2, 3
                )
                SELECT COALESCE(told.transfer_id, held.transfer_id) AS transfer_id, COALESCE(told.variant_id, held.variant_id) AS variant_id,
                       told.units AS told, held.units AS held
                FROM told FULL JOIN held ON held.transfer_id = told.transfer_id AND held.variant_id = told.variant_id
                                        AND held.location_id = told.location_id
                WHERE COALESCE(told.units, 0) <> COALESCE(held.units, 0)
                """
            )
        ),
    ),
    Check(
        code="G8",
        name="bounds_are_their_last_change",
        statement=Statement(
            text(
                """
                WITH last AS (
                    SELECT DISTINCT ON (variant_id, location_id) variant_id, location_id, minimum, maximum
                    FROM replenishment_bound_changes ORDER BY variant_id, location_id, seq DESC
                )
                SELECT COALESCE(b.variant_id, last.variant_id) AS variant_id, COALESCE(b.location_id, last.location_id) AS location_id
                FROM replenishment_bounds b
                FULL JOIN last ON last.variant_id = b.variant_id AND last.location_id = b.location_id
                WHERE b.minimum IS DISTINCT FROM last.minimum OR b.maximum IS DISTINCT FROM last.maximum
                """
            )
        ),
    ),
]
