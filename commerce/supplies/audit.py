"""What must hold of claims on supply, as statements that must return nothing."""

from sqlalchemy import text

from commerce.platform.audit import Check
from commerce.platform.statement import Statement

CHECKS = [
    Check(
        code="G6",
        name="no_more_waits_than_comes_and_is_allowed",
        statement=Statement(
            text(
                """
                WITH waiting AS (
                    SELECT variant_id, location_id, sum(open) AS units FROM supply_claims WHERE open > 0
                    GROUP BY variant_id, location_id
                ), coming AS (
                    SELECT l.variant_id, p.location_id, l.ordered - l.received - l.damaged - l.cancelled AS units
                    FROM purchase_order_lines l JOIN purchase_orders p ON p.id = l.purchase_order_id
                    WHERE p.state IN ('ordered', 'partially_received') AND p.expected_on IS NOT NULL
                    UNION ALL
                    SELECT l.variant_id, t.destination_id,
                           l.shipped - l.received - l.damaged - l.lost - l.returned
                           - least(l.shipped - l.received - l.damaged - l.lost - l.returned, l.pegged - least(l.received, l.pegged))
                    FROM transfer_lines l JOIN transfers t ON t.id = l.transfer_id
                    WHERE t.state IN ('in_transit', 'partially_received') AND NOT EXISTS (
                        SELECT FROM transfer_shipment_lines s JOIN transfer_shipments h ON h.id = s.shipment_id
                        WHERE s.transfer_line_id = l.id AND h.eta IS NULL)
                ), dated AS (
                    SELECT variant_id, location_id, sum(greatest(units, 0)) AS units FROM coming GROUP BY variant_id, location_id
                )
                SELECT w.variant_id, w.location_id, w.units AS waiting, d.units AS dated, t.beyond, l.on_hand - l.reserved AS free
                FROM waiting w LEFT JOIN dated d USING (variant_id, location_id)
                LEFT JOIN supply_terms t USING (variant_id, location_id)
                LEFT JOIN stock_levels l USING (variant_id, location_id)
                WHERE w.units > coalesce(d.units, 0) + coalesce(t.beyond, 0) + coalesce(l.on_hand - l.reserved, 0)
                """
            )
        ),
    ),
    Check(
        code="G6",
        name="no_more_is_promised_beyond_supply_than_was_ever_allowed",
        statement=Statement(
            text(
                """
                SELECT t.variant_id, t.location_id, t.beyond, max(c.allowed) AS allowed
                FROM supply_terms t LEFT JOIN supply_terms_changes c USING (variant_id, location_id)
                GROUP BY t.variant_id, t.location_id, t.beyond HAVING t.beyond > coalesce(max(c.allowed), 0)
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="a_shelf_keeps_what_is_waited_for",
        statement=Statement(
            text(
                """
                WITH waiting AS (
                    SELECT variant_id, location_id, sum(open) AS units FROM supply_claims WHERE open > 0
                    GROUP BY variant_id, location_id
                )
                SELECT variant_id, location_id, l.claimed, w.units AS waiting
                FROM (SELECT variant_id, location_id, claimed FROM stock_levels WHERE claimed <> 0) l
                FULL JOIN waiting w USING (variant_id, location_id)
                WHERE coalesce(l.claimed, 0) <> coalesce(w.units, 0)
                """
            )
        ),
    ),
    Check(
        code="G7",
        name="each_claimed_unit_ends_once_and_how_is_written_down",
        statement=Statement(
            text(
                """
                SELECT c.id, c.units, c.open, c.served, c.released, told.*
                FROM supply_claims c CROSS JOIN LATERAL (
                    SELECT coalesce(sum(h.units) FILTER (WHERE h.kind = 'claimed'), 0) AS claimed_told,
                           coalesce(sum(h.units) FILTER (WHERE h.kind = 'served'), 0) AS served_told,
                           coalesce(sum(h.units) FILTER (WHERE h.kind = 'released'), 0) AS released_told
                    FROM supply_claim_changes h WHERE h.claim_id = c.id
                ) told
                WHERE c.open + c.served + c.released <> c.units
                   OR (c.units, c.served, c.released) <> (claimed_told, served_told, released_told)
                """
            )
        ),
    ),
    Check(
        code="G6",
        name="nothing_is_served_before_its_release",
        statement=Statement(
            text(
                """
                SELECT c.id, c.not_before, h.at FROM supply_claims c JOIN supply_claim_changes h ON h.claim_id = c.id
                WHERE h.kind = 'served' AND h.at < c.not_before
                """
            )
        ),
    ),
    Check(
        code="G6",
        name="a_shelf_is_closed_until_its_release",
        statement=Statement(
            text(
                """
                SELECT t.variant_id, t.location_id, t.release_at, l.closed_until
                FROM supply_terms t LEFT JOIN stock_levels l USING (variant_id, location_id)
                WHERE t.release_at IS DISTINCT FROM l.closed_until
                """
            )
        ),
    ),
    Check(
        code="G6",
        name="terms_are_those_of_their_last_change",
        statement=Statement(
            text(
                """
                SELECT t.variant_id, t.location_id, t.version, h.version AS told
                FROM supply_terms t LEFT JOIN LATERAL (
                    SELECT * FROM supply_terms_changes c
                    WHERE c.variant_id = t.variant_id AND c.location_id = t.location_id ORDER BY seq DESC LIMIT 1
                ) h ON true
                WHERE (t.kind, t.allowed, t.lead_days, t.release_at, t.version)
                      IS DISTINCT FROM (h.kind, h.allowed, h.lead_days, h.release_at, h.version)
                """
            )
        ),
    ),
]
