"""Write a sourcing rule and rewrite it. What is in force stays as it is until the change is published."""

from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import Integer, Text, Uuid, column, insert, select, table, update

from commerce.kernel.errors import FieldError, InvalidInput, invalid
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Text3
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, any_of, given
from commerce.sourcing import queries
from commerce.sourcing.facts import Routing, State
from commerce.sourcing.rules import RULE, flaws, named
from commerce.sourcing.schemas import SourcingRuleIn, SourcingRuleOut, SourcingRulePatch
from commerce.sourcing.tables import sourcing_rules

NAME_MOST = 200
FLAWS_SHOWN = 20
_row = sourcing_rules.c
INSERT = Statement(
    insert(sourcing_rules).values(
        id=given("id", Uuid),
        code=given("code", Text),
        name=given("name", _row.name.type),
        channel_id=given("channel_id", Uuid),
        state=State.DRAFT.value,
        routing=given("routing", _row.routing.type),
        created_at=given("at", _row.created_at.type),
        updated_at=given("at", _row.created_at.type),
    )
)
REWRITE = Statement(
    update(sourcing_rules)
    .where(_row.id == given("rule_id", Uuid), _row.version == given("expected", Integer))
    .values(
        name=given("name", _row.name.type),
        routing=given("routing", _row.routing.type),
        version=_row.version + 1,
        updated_at=given("at", _row.created_at.type),
    )
)


def _there(name: str) -> Statement[Record]:
    named_ = table(name, column("id", Uuid))
    return Statement(select(named_.c.id).where(any_of(named_.c.id, "ids")))


# Others' rows are looked up by the tables' names, as a foreign key would.
THERE = {"location": _there("locations"), "article": _there("variants"), "channel": _there("channels")}


async def create_rule(tx: Tx, data: SourcingRuleIn, *, at: datetime) -> SourcingRuleOut:
    """Write a rule, as a draft that decides nothing yet.

    Refuses, with each field at fault, a rule that is wrong in itself or names what is not there; and with SourcingCodeTaken.
    """
    _named(data.name)
    if data.channel_id is not None and not await tx.fetch(THERE["channel"], ids=[data.channel_id]):
        raise invalid("/channel_id", "There is no such channel.")
    routing = data.routing.fact()
    await judge(tx, routing)
    rule_id = new_id()
    await tx.execute(
        INSERT, id=rule_id, code=data.code, name=data.name, channel_id=data.channel_id, routing=routing, at=at
    )
    made = await queries.rule(tx, rule_id)
    tx.changed("sourcing_rule", rule_id, after=made)
    return made


async def change_rule(
    tx: Tx, rule_id: UUID, expected_version: int, data: SourcingRulePatch, *, at: datetime
) -> SourcingRuleOut:
    """Rewrite what the patch names. Refuses as `create_rule` does, and with NotFound, StaleVersion and IllegalMove (withdrawn)."""
    row = await queries.locked(tx, rule_id)
    if row.version != expected_version:
        raise StaleVersion
    if RULE.terminal(row.state):
        raise RULE.refusal(row.state, State.DRAFT)
    name = row.name if data.name is msgspec.UNSET else data.name
    routing = row.routing if data.routing is msgspec.UNSET else data.routing.fact()
    _named(name)
    await judge(tx, routing)
    await tx.execute(REWRITE, rule_id=rule_id, expected=expected_version, name=name, routing=routing, at=at)
    after = await queries.rule(tx, rule_id)
    tx.changed("sourcing_rule", rule_id, before=queries.rule_out(row), after=after)
    return after


async def judge(tx: Tx, routing: Routing) -> None:
    """Refuses a routing that is wrong in itself, or names a location or an article that is not there, with each field at fault."""
    found = flaws(routing)
    if not found:
        things = list(named(routing))
        for kind in ("location", "article"):
            ids = {each for _, of, each in things if of == kind}
            known = {row["id"] for row in await tx.fetch(THERE[kind], ids=list(ids))} if ids else set()
            found += [(at, f"There is no such {kind}.") for at, of, each in things if of == kind and each not in known]
    if found:
        raise InvalidInput(
            "; ".join(f"{pointer}: {detail}" for pointer, detail in found[:3]),
            errors=[FieldError(pointer, detail) for pointer, detail in found[:FLAWS_SHOWN]],
        )


def _named(name: Text3) -> None:
    texts = [text for text in (name.en, name.es, name.ca) if text is not None]
    if not any(text.strip() for text in texts):
        raise invalid("/name", "Say it in one language at least.")
    if any(len(text) > NAME_MOST for text in texts):
        raise invalid("/name", f"At most {NAME_MOST} characters in each language.")
