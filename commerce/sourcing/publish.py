"""Put a rule in force as it is written; take it out of force for good."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, insert, update

from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.sourcing import queries
from commerce.sourcing.draft import judge
from commerce.sourcing.facts import Routing, State
from commerce.sourcing.queries import RuleRow
from commerce.sourcing.rule_now import RULES
from commerce.sourcing.rules import RULE
from commerce.sourcing.schemas import PublishSourcingRuleIn, SourcingRuleOut
from commerce.sourcing.tables import sourcing_rule_versions, sourcing_rules

_row = sourcing_rules.c
_version = sourcing_rule_versions.c
KEEP_VERSION = Statement(
    insert(sourcing_rule_versions).values(
        rule_id=given("rule_id", Uuid),
        version=given("version", Integer),
        routing=given("routing", _version.routing.type),
        at=given("at", _version.at.type),
        actor=given("actor", Text),
    )
)
MOVE = Statement(
    update(sourcing_rules)
    .where(_row.id == given("rule_id", Uuid))
    .values(
        state=given("state", Text),
        version=given("version", Integer),
        published_version=given("version", Integer),
        updated_at=given("at", _row.updated_at.type),
        withdrawn_at=given("withdrawn_at", _row.withdrawn_at.type),
    )
)


async def publish_rule(
    tx: Tx, rule_id: UUID, data: PublishSourcingRuleIn, *, actor: str, at: datetime
) -> SourcingRuleOut:
    """Put the rule as it is written in force, in place of its version before; every process decides by it within a second.

    Refuses with NotFound, StaleVersion, IllegalMove (withdrawn), with each field of a rule that has become wrong, and with SourcingRuleHolds
    when another rule decides for the channel.
    """
    row = await queries.locked(tx, rule_id)
    if row.version != data.version:
        raise StaleVersion
    RULE.check(row.state, State.PUBLISHED)
    await judge(tx, row.routing)
    return await _moved(tx, row, State.PUBLISHED, row.routing, actor=actor, at=at)


async def withdraw_rule(tx: Tx, rule_id: UUID, *, actor: str, at: datetime) -> SourcingRuleOut:
    """Take a rule out of force for good; its code is free for another one. Refuses with NotFound, and with IllegalMove when it is already."""
    row = await queries.locked(tx, rule_id)
    RULE.check(row.state, State.WITHDRAWN)
    return await _moved(tx, row, State.WITHDRAWN, None, actor=actor, at=at)


async def _moved(
    tx: Tx, row: RuleRow, state: State, routing: Routing | None, *, actor: str, at: datetime
) -> SourcingRuleOut:
    version = row.version + 1
    await tx.execute(KEEP_VERSION, rule_id=row.id, version=version, routing=routing, at=at, actor=actor)
    await tx.execute(
        MOVE,
        rule_id=row.id,
        state=state,
        version=version,
        at=at,
        withdrawn_at=at if state is State.WITHDRAWN else None,
    )
    await RULES.changed(tx)
    after = await queries.rule(tx, row.id)
    tx.changed("sourcing_rule", row.id, before=queries.rule_out(row), after=after)
    return after
