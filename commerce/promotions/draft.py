"""Write a promotion and rewrite it. What is in force stays as it is until the change is published."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, insert, update

from commerce.kernel.errors import invalid
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Text3
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.promotions import queries, references
from commerce.promotions.cycles import feeds_itself
from commerce.promotions.facts import Rule, State
from commerce.promotions.judge import flaws
from commerce.promotions.on_wire import Reader, patched, rule_out
from commerce.promotions.rules import PROMOTION, refusal
from commerce.promotions.schemas import PromotionIn, PromotionOut, PromotionPatch, RuleOut
from commerce.promotions.tables import promotions

_row = promotions.c
NAME_MOST = 200
INSERT = Statement(
    insert(promotions).values(
        id=given("id", Uuid),
        code=given("code", Text),
        name=given("name", _row.name.type),
        state=State.DRAFT.value,
        rule=given("rule", _row.rule.type),
        created_at=given("at", _row.created_at.type),
        updated_at=given("at", _row.created_at.type),
    )
)
REWRITE = Statement(
    update(promotions)
    .where(_row.id == given("promotion_id", Uuid), _row.version == given("expected", Integer))
    .values(
        name=given("name", _row.name.type),
        rule=given("rule", _row.rule.type),
        version=_row.version + 1,
        updated_at=given("at", _row.created_at.type),
    )
)


async def create_promotion(tx: Tx, data: PromotionIn, *, at: datetime) -> PromotionOut:
    """Write a promotion, as a draft that applies to nothing yet.

    Refuses a rule that is wrong in itself, names what is not there, mixes currencies or closes a ring of gifts, with each
    field at fault; and PromotionCodeTaken.
    """
    _named(data.name)
    reader = Reader(data.currency)
    identifier = new_id()
    rule = await _judged(tx, reader, reader.rule(data), identifier)
    await tx.execute(INSERT, id=identifier, code=data.code, name=data.name, rule=rule, at=at)
    made = await queries.promotion(tx, identifier)
    tx.changed("promotion", identifier, after=made)
    return made


async def change_promotion(
    tx: Tx, promotion_id: UUID, expected_version: int, data: PromotionPatch, *, at: datetime
) -> PromotionOut:
    """Rewrite what the patch names. Refuses as `create_promotion` does, and with StaleVersion and IllegalMove.

    The currency of a promotion that was published once stays: its budget is counted in it.
    """
    row = await queries.locked(tx, promotion_id)
    if row.version != expected_version:
        raise StaleVersion
    if PROMOTION.terminal(row.state):
        raise PROMOTION.refusal(row.state, State.DRAFT)
    wanted: RuleOut = patched(rule_out(row.rule), data)
    if row.published_version is not None and wanted.currency != row.rule.currency:
        raise invalid("/currency", "Stays as it is once the promotion was published: what it gave is counted in it.")
    name = row.name if data.name is msgspec.UNSET else data.name
    _named(name)
    reader = Reader(wanted.currency)
    rule = await _judged(tx, reader, reader.rule(wanted), promotion_id)
    await tx.execute(REWRITE, promotion_id=promotion_id, expected=expected_version, name=name, rule=rule, at=at)
    after = await queries.promotion(tx, promotion_id)
    tx.changed("promotion", promotion_id, before=queries.promotion_out(row), after=after)
    return after


async def _judged(tx: Tx, reader: Reader, rule: Rule, promotion_id: UUID) -> Rule:
    """Gives the rule back when nothing is wrong with it."""
    found = [*reader.flaws, *flaws(rule)]
    if not found:
        found = [*await references.unknown(tx, rule), *await feeds_itself(tx, rule, promotion_id)]
    if found:
        raise refusal(found)
    return rule


async def judge_again(tx: Tx, rule: Rule, promotion_id: UUID) -> None:
    """Refuses a rule that has become wrong since it was written: what it names may be gone, others may feed it now."""
    if found := [*flaws(rule), *await references.unknown(tx, rule), *await feeds_itself(tx, rule, promotion_id)]:
        raise refusal(found)


def _named(name: Text3) -> None:
    texts = [text for text in (name.en, name.es, name.ca) if text is not None]
    if not any(text.strip() for text in texts):
        raise invalid("/name", "Say it in one language at least.")
    if any(len(text) > NAME_MOST for text in texts):
        raise invalid("/name", f"At most {NAME_MOST} characters in each language.")
