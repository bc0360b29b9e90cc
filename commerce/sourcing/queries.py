"""Sourcing rules as the back office sees them, and as they decide."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, Text, Uuid, or_, select

from commerce.kernel.errors import NotFound
from commerce.kernel.wire import Text3
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
from commerce.sourcing.facts import Routing, Rule, State
from commerce.sourcing.schemas import SourcingRuleOut, SourcingRuleVersionOut, routing_out
from commerce.sourcing.tables import sourcing_rule_versions, sourcing_rules

_row = sourcing_rules.c
_version = sourcing_rule_versions.c


class RuleRow(Struct, frozen=True, kw_only=True):
    """A rule as it is stored."""

    id: UUID
    code: str
    name: Text3
    channel_id: UUID | None
    state: State
    routing: Routing
    published_version: int | None
    version: int
    created_at: datetime
    updated_at: datetime


class VersionRow(Struct, frozen=True, kw_only=True):
    """A publication or withdrawal as it is stored."""

    seq: int
    version: int
    routing: Routing | None
    at: datetime
    actor: str


_rule = select(*(_row[name] for name in RuleRow.__struct_fields__))
ONE = Statement(_rule.where(_row.id == given("rule_id", Uuid)), into=RuleRow)
LOCK = Statement(_rule.where(_row.id == given("rule_id", Uuid)).with_for_update(), into=RuleRow)
PAGE = Statement(
    _rule.where(
        or_(given("state", Text).is_(None), _row.state == given("state", Text)),
        or_(given("after", Uuid).is_(None), _row.id > given("after", Uuid)),
    )
    .order_by(_row.id)
    .limit(given("most", Integer)),
    into=RuleRow,
)
VERSIONS = Statement(
    select(*(_version[name] for name in VersionRow.__struct_fields__))
    .where(
        _version.rule_id == given("rule_id", Uuid),
        or_(given("before", _version.seq.type).is_(None), _version.seq < given("before", _version.seq.type)),
    )
    .order_by(_version.seq.desc())
    .limit(given("most", Integer)),
    into=VersionRow,
)


async def rule_row(reads: Reads, rule_id: UUID) -> RuleRow:
    """Gives a rule as it is stored; refuses with NotFound."""
    row = await reads.fetch_one(ONE, rule_id=rule_id)
    return _found(row)


async def locked(reads: Reads, rule_id: UUID) -> RuleRow:
    """Gives a rule, locked until the transaction ends; refuses with NotFound."""
    row = await reads.fetch_one(LOCK, rule_id=rule_id)
    return _found(row)


def _found(row: RuleRow | None) -> RuleRow:
    if row is None:
        raise NotFound("There is no such sourcing rule.")
    return row


async def rule(reads: Reads, rule_id: UUID) -> SourcingRuleOut:
    """Gives a rule as it is written now; refuses with NotFound."""
    return rule_out(await rule_row(reads, rule_id))


async def rule_of(reads: Reads, rule_id: UUID, *, published: bool = False) -> Rule:
    """Gives a rule as it would decide: as it is written now, or as it was published last. Refuses with NotFound, also what never was."""
    row = await rule_row(reads, rule_id)
    if not published:
        return Rule(id=row.id, version=row.version, code=row.code, routing=row.routing)
    for each in await reads.fetch(VERSIONS, rule_id=rule_id, before=None, most=2):
        if each.routing is not None:
            return Rule(id=row.id, version=each.version, code=row.code, routing=each.routing)
    raise NotFound("The sourcing rule was never published.")


def rule_out(row: RuleRow) -> SourcingRuleOut:
    """Gives a row as clients see it."""
    return SourcingRuleOut(
        id=row.id,
        code=row.code,
        name=row.name,
        channel_id=row.channel_id,
        state=row.state,
        routing=routing_out(row.routing),
        published_version=row.published_version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


async def rules_page(reads: Reads, *, state: State | None, after: UUID | None, most: int) -> list[SourcingRuleOut]:
    """Gives up to `most` rules, oldest first, after the one named."""
    return [rule_out(row) for row in await reads.fetch(PAGE, state=state, after=after, most=most)]


async def versions_page(
    reads: Reads, rule_id: UUID, *, before: int | None, most: int
) -> list[tuple[int, SourcingRuleVersionOut]]:
    """Gives up to `most` publications, the latest first, each with its place; refuses with NotFound."""
    rows = await reads.fetch(VERSIONS, rule_id=rule_id, before=before, most=most)
    if not rows:
        await rule_row(reads, rule_id)
    return [
        (
            row.seq,
            SourcingRuleVersionOut(
                version=row.version,
                routing=None if row.routing is None else routing_out(row.routing),
                at=row.at,
                actor=row.actor,
            ),
        )
        for row in rows
    ]
