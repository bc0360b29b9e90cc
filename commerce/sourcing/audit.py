"""What must always hold of sourcing rules: each statement gives the rows that break it."""

from sqlalchemy import Text, literal, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.sourcing.tables import sourcing_rule_versions, sourcing_rules

_row = sourcing_rules.c
_version = sourcing_rule_versions.c
_last = (
    select(_version.rule_id, _version.version, _version.routing)
    .ext(distinct_on(_version.rule_id))
    .order_by(_version.rule_id, _version.seq.desc())
    .subquery("last")
)

CHECKS = [
    Check(
        code="G13",
        name="sourcing_rule_in_force_is_its_last_version",
        statement=Statement(
            select(_row.id, _row.state, _row.published_version, _last.c.version)
            .join_from(sourcing_rules, _last, _last.c.rule_id == _row.id, isouter=True)
            .where(
                or_(
                    _row.published_version.is_distinct_from(_last.c.version),
                    (_row.state == literal("published", Text)) != _last.c.routing.is_not(None),
                )
            )
        ),
    ),
]
