"""Sourcing rules for a test's world, written and published by the real verbs."""

from typing import Any
from uuid import UUID

import msgspec

from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from commerce.sourcing.draft import change_rule, create_rule
from commerce.sourcing.publish import publish_rule, withdraw_rule
from commerce.sourcing.queries import rule
from commerce.sourcing.schemas import PublishSourcingRuleIn, SourcingRuleIn, SourcingRulePatch

ACTOR = "staff:test"
NEAREST = {"steps": [{"name": "nearest", "rank": [{"by": "parcels"}, {"by": "distance"}]}]}


def written(routing: dict[str, Any] | None = None, *, code: str | None = None, **fields: Any) -> SourcingRuleIn:
    """A rule as a client would send it: the fewest parcels, then the nearest places, unless told. Fields are those of the wire."""
    body = {
        "code": code or f"rule-{new_id().hex[-12:]}",
        "name": {"en": "Nearest"},
        "routing": routing or NEAREST,
        **msgspec.to_builtins(fields),
    }
    return msgspec.convert(body, SourcingRuleIn)


async def draft(db: Database, routing: dict[str, Any] | None = None, **fields: Any) -> UUID:
    """A rule that is not published."""
    return (await db.transact(create_rule, written(routing, **fields), at=clock.now())).id


async def published(db: Database, routing: dict[str, Any] | None = None, **fields: Any) -> UUID:
    """A rule that decides."""
    rule_id = await draft(db, routing, **fields)
    await publish(db, rule_id)
    return rule_id


async def publish(db: Database, rule_id: UUID) -> int:
    """Publishes a rule as it is written; gives the version that decides."""
    seen = PublishSourcingRuleIn(version=(await rule(db.reading, rule_id)).version)
    return (await db.transact(publish_rule, rule_id, seen, actor=ACTOR, at=clock.now())).version


async def rewritten(db: Database, rule_id: UUID, **fields: Any) -> None:
    """A rule with other words."""
    now = await rule(db.reading, rule_id)
    await db.transact(change_rule, rule_id, now.version, msgspec.convert(fields, SourcingRulePatch), at=clock.now())


async def withdrawn(db: Database, rule_id: UUID) -> None:
    """A rule that decides no more."""
    await db.transact(withdraw_rule, rule_id, actor=ACTOR, at=clock.now())
