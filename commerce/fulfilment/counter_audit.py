"""What must hold of pick lists, packages and the counter, as statements that must return nothing."""

from sqlalchemy import text

from commerce.fulfilment.rules import CLOSED
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

COUNTER_CHECKS = [
    Check(
        code="G10",
        name="a_closed_pick_list_holds_no_work",
        statement=Statement(
            text(
                """
                SELECT p.id, p.state, w.fulfilment_order_id FROM pick_lists p JOIN pick_list_works w ON w.pick_list_id = p.id
                WHERE (p.state = 'closed') <> (w.released_at IS NOT NULL)
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="a_pick_list_is_of_its_place",
        statement=Statement(
            text(
                """
                SELECT p.id, p.location_id, f.id AS fulfilment_order_id FROM pick_lists p
                JOIN pick_list_works w ON w.pick_list_id = p.id JOIN fulfilment_orders f ON f.id = w.fulfilment_order_id
                WHERE f.location_id <> p.location_id
                """
            )
        ),
    ),
    Check(
        code="G8",
        name="each_scanned_unit_went_to_one_order",
        statement=Statement(
            text(
                """
                SELECT s.pick_list_id, s.scan_id, s.units FROM pick_scans s
                WHERE s.units <> (SELECT coalesce(sum((p->>'quantity')::int), 0) FROM jsonb_array_elements(s.answer->'put') p)
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="packages_hold_what_is_in_the_house",
        statement=Statement(
            text(
                """
                SELECT l.id, l.picked - l.handed AS in_the_house, sum((u->>1)::int) AS packed
                FROM packages p CROSS JOIN LATERAL jsonb_array_elements(p.units) u
                LEFT JOIN fulfilment_lines l ON l.id = (u->>0)::uuid AND l.fulfilment_order_id = p.fulfilment_order_id
                WHERE p.state = 'packed' GROUP BY l.id, l.picked, l.handed
                HAVING l.id IS NULL OR sum((u->>1)::int) > l.picked
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="a_shipment_is_what_its_packages_hold",
        statement=Statement(
            text(
                """
                WITH held AS (
                    SELECT p.shipment_id, l.order_line_id, sum((u->>1)::int) AS units
                    FROM packages p CROSS JOIN LATERAL jsonb_array_elements(p.units) u
                    JOIN fulfilment_lines l ON l.id = (u->>0)::uuid
                    WHERE p.shipment_id IS NOT NULL GROUP BY p.shipment_id, l.order_line_id
                ), sent AS (
                    SELECT s.id AS shipment_id, (u->>0)::uuid AS order_line_id, sum((u->>1)::int) AS units
                    FROM shipments s CROSS JOIN LATERAL jsonb_array_elements(s.units) u
                    WHERE EXISTS (SELECT FROM packages p WHERE p.shipment_id = s.id) GROUP BY s.id, u->>0
                )
                SELECT coalesce(h.shipment_id, s.shipment_id) AS shipment_id, h.units AS held, s.units AS sent
                FROM held h FULL JOIN sent s ON s.shipment_id = h.shipment_id AND s.order_line_id = h.order_line_id
                WHERE h.units IS DISTINCT FROM s.units
                """
            )
        ),
    ),
    Check(
        code="G10",
        name="a_good_label_is_on_a_package_that_is_there",
        statement=Statement(
            text(
                """
                SELECT l.id, l.package_id, p.state, l.nth, l.count FROM package_labels l JOIN packages p ON p.id = l.package_id
                WHERE l.voided_at IS NULL AND (p.state <> 'packed' OR l.count <> (SELECT count(*) FROM packages o
                    WHERE o.fulfilment_order_id = p.fulfilment_order_id AND o.state = 'packed'))
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="scanned_serials_are_of_units_in_the_house",
        statement=Statement(
            text(
                f"""
                SELECT s.fulfilment_line_id, count(*) AS serials, l.picked - l.handed AS in_the_house, w.state
                FROM picked_serials s JOIN fulfilment_lines l ON l.id = s.fulfilment_line_id
                JOIN fulfilment_orders w ON w.id = l.fulfilment_order_id
                GROUP BY s.fulfilment_line_id, l.picked, l.handed, w.state
                HAVING count(*) > l.picked - l.handed OR w.state IN {CLOSED}
                """  # noqa: S608 -- the states are a constant of the program
            )
        ),
    ),
    Check(
        code="G10",
        name="nobody_waits_for_work_that_has_ended",
        statement=Statement(
            text(
                f"""
                SELECT a.fulfilment_order_id, w.state FROM arrivals a JOIN fulfilment_orders w ON w.id = a.fulfilment_order_id
                WHERE w.state IN {CLOSED}
                """  # noqa: S608 -- the states are a constant of the program
            )
        ),
    ),
    Check(
        code="G7",
        name="refused_units_were_cancelled",
        statement=Statement(
            text(
                """
                SELECT o.id, o.cancelled, sum((u->>1)::int) AS refused
                FROM counter_refusals r CROSS JOIN LATERAL jsonb_array_elements(r.units) u
                LEFT JOIN order_lines o ON o.id = (u->>0)::uuid
                GROUP BY o.id, o.cancelled HAVING o.id IS NULL OR sum((u->>1)::int) > o.cancelled
                """
            )
        ),
    ),
    Check(
        code="G8",
        name="a_collected_order_was_proven",
        statement=Statement(
            text(
                """
                SELECT p.hand_over_id, h.proof, p.person, p.document FROM hand_over_proofs p JOIN hand_overs h ON h.id = p.hand_over_id
                WHERE p.document IS NOT NULL AND h.proof <> 'identity'
                """
            )
        ),
    ),
]
