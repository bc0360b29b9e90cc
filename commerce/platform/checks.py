"""What must hold of facts and their feed (G17), and of what runs once (G8), as statements that must return nothing."""

from sqlalchemy import text

from commerce.platform.audit import Check
from commerce.platform.statement import Statement

CHECKS = [
    Check(
        code="G17",
        name="versions_of_an_aggregate_have_no_gaps",
        statement=Statement(
            text(
                "SELECT aggregate_id, count(*), min(aggregate_version), max(aggregate_version) FROM events GROUP BY aggregate_id "
                "HAVING min(aggregate_version) <> 1 OR max(aggregate_version) <> count(*)"
            )
        ),
    ),
    Check(
        code="G17",
        name="every_fact_is_published_or_waits",
        statement=Statement(
            text(
                "SELECT e.id, e.tag, e.occurred_at FROM events e LEFT JOIN event_feed f ON f.event_id = e.id "
                "LEFT JOIN outbox o ON o.event_id = e.id WHERE (f.event_id IS NULL) = (o.event_id IS NULL)"
            )
        ),
    ),
    Check(
        code="G17",
        name="nothing_waits_too_long",
        statement=Statement(
            text(
                "SELECT e.id, e.tag, e.occurred_at FROM outbox o JOIN events e ON e.id = o.event_id "
                "WHERE e.occurred_at < now() - interval '10 minutes'"
            )
        ),
    ),
    Check(
        code="G17",
        name="the_feed_has_no_gaps",
        statement=Statement(
            text("SELECT count(*), max(position) FROM event_feed HAVING count(*) <> coalesce(max(position), 0)")
        ),
    ),
    Check(
        code="G17",
        name="versions_come_in_order_in_the_feed",
        statement=Statement(
            text(
                "SELECT id, aggregate_id, aggregate_version FROM (SELECT e.id, e.aggregate_id, e.aggregate_version, "
                "lag(e.aggregate_version, 1, 0) OVER (PARTITION BY e.aggregate_id ORDER BY f.position) AS before "
                "FROM event_feed f JOIN events e ON e.id = f.event_id) AS fed WHERE aggregate_version <> before + 1"
            )
        ),
    ),
]
