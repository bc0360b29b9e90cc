"""Put what is written in force, at once or from an instant on; take a promotion out of force for good."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Integer, Text, Uuid, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from commerce.kernel.errors import invalid
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.price_engine import Promotion
from commerce.promotions import queries
from commerce.promotions.codes import TAKE_BACK_ALL
from commerce.promotions.draft import judge_again
from commerce.promotions.events import PromotionChanged, PromotionPublished, PromotionWithdrawn
from commerce.promotions.facts import Limits, Rule, State
from commerce.promotions.index import PROMOTIONS
from commerce.promotions.queries import PromotionRow
from commerce.promotions.rules import PROMOTION, bounds, is_over, promotion_of_rule, take_over
from commerce.promotions.schemas import PromotionOut, PublishIn
from commerce.promotions.tables import promotion_counters, promotion_versions, promotions

_row = promotions.c
_counter = promotion_counters.c
_instant = _row.created_at.type
KEEP_VERSION = Statement(
    insert(promotion_versions).values(
        promotion_id=given("promotion_id", Uuid),
        version=given("version", Integer),
        rule=given("rule", promotion_versions.c.rule.type),
        in_force=given("in_force", promotion_versions.c.in_force.type),
        at=given("at", _instant),
        actor=given("actor", Text),
    )
)
MOVE = Statement(
    update(promotions)
    .where(_row.id == given("promotion_id", Uuid))
    .values(
        state=given("state", Text),
        version=given("version", Integer),
        published_version=given("version", Integer),
        starts_at=given("starts_at", _instant),
        ends_at=given("ends_at", _instant),
        store_time=given("store_time", Boolean),
        updated_at=given("at", _instant),
        withdrawn_at=given("withdrawn_at", _instant),
    )
)
TAKEN = Statement(
    select(_counter.uses, _counter.amount).where(_counter.promotion_id == given("promotion_id", Uuid)).with_for_update()
)
_limits = upsert(promotion_counters).values(
    promotion_id=given("promotion_id", Uuid),
    currency=given("currency", Text),
    uses_most=given("uses_most", Integer),
    amount_most=given("amount_most", BigInteger),
    per_customer_most=given("per_customer_most", Integer),
)
SET_LIMITS = Statement(
    _limits.on_conflict_do_update(
        index_elements=["promotion_id"],
        set_={name: _limits.excluded[name] for name in ("uses_most", "amount_most", "per_customer_most")},
    )
)


async def publish_promotion(tx: Tx, promotion_id: UUID, data: PublishIn, *, actor: str, at: datetime) -> PromotionOut:
    """Put the promotion as it is written in force: at once, or from `begins_at` on. Its limits hold at once in any case.

    Every process prices with it within a second. Refuses with NotFound, StaleVersion, IllegalMove (withdrawn), with each
    field of a rule that has become wrong, a window that is over, a beginning that is past or overlaps with a version that
    waits already, and limits below what is taken.
    """
    row = await queries.locked(tx, promotion_id)
    if row.version != data.version:
        raise StaleVersion
    PROMOTION.check(row.state, State.PUBLISHED)
    await judge_again(tx, row.rule, promotion_id)
    new = promotion_of_rule(row.rule, promotion_id=row.id, version=row.version + 1, code=row.code)
    _in_time(new, data.begins_at, at)
    last = await queries.last_published(tx, promotion_id)
    before = [] if last is None else [each for each in last.in_force if not is_over(each.window, at)]
    in_force = take_over(before, new, data.begins_at)
    await _set_limits(tx, promotion_id, row.rule.currency, row.rule.limits)
    after = await _moved(tx, row, State.PUBLISHED, row.rule, in_force, actor=actor, at=at)
    kind = PromotionPublished if last is None else PromotionChanged
    tx.emit(kind(promotion_id=promotion_id, promotion_version=after.version, code=row.code, begins_at=data.begins_at))
    return after


async def withdraw_promotion(tx: Tx, promotion_id: UUID, *, actor: str, at: datetime) -> PromotionOut:
    """Take a promotion out of force for good; its code and its shared codes are free for another one. What orders have of it, they keep.

    Refuses with NotFound, and with IllegalMove when it is withdrawn already.
    """
    row = await queries.locked(tx, promotion_id)
    PROMOTION.check(row.state, State.WITHDRAWN)
    await tx.execute(TAKE_BACK_ALL, promotion_id=promotion_id, at=at)
    after = await _moved(tx, row, State.WITHDRAWN, None, (), actor=actor, at=at)
    tx.emit(PromotionWithdrawn(promotion_id=promotion_id, promotion_version=after.version, code=row.code))
    return after


def _in_time(new: Promotion, begins_at: datetime | None, at: datetime) -> None:
    if is_over(new.window, at):
        raise invalid("/window/ends_at", "Is past: the promotion would never hold. Change its window first.")
    if begins_at is not None and not new.window.store_time and begins_at <= at:
        raise invalid("/begins_at", "Is past: leave it out to publish at once.")


async def _set_limits(tx: Tx, promotion_id: UUID, currency: str | None, limits: Limits) -> None:
    taken = await tx.fetch_one(TAKEN, promotion_id=promotion_id)
    uses, amount = (taken["uses"], taken["amount"]) if taken is not None else (0, 0)
    if limits.uses_most is not None and limits.uses_most < uses:
        raise invalid("/limits/uses_most", f"{uses} uses are taken already; to end it now, withdraw it.")
    if limits.amount_most is not None and limits.amount_most < amount:
        raise invalid("/limits/amount_most", f"{amount} are given away already; to end it now, withdraw it.")
    await tx.execute(
        SET_LIMITS,
        promotion_id=promotion_id,
        currency=currency,
        uses_most=limits.uses_most,
        amount_most=limits.amount_most,
        per_customer_most=limits.per_customer_most,
    )


async def _moved(
    tx: Tx,
    row: PromotionRow,
    state: State,
    rule: Rule | None,
    in_force: Sequence[Promotion],
    *,
    actor: str,
    at: datetime,
) -> PromotionOut:
    version = row.version + 1
    starts_at, ends_at, store_time = bounds(in_force)
    await tx.execute(
        KEEP_VERSION, promotion_id=row.id, version=version, rule=rule, in_force=in_force, at=at, actor=actor
    )
    await tx.execute(
        MOVE,
        promotion_id=row.id,
        state=state,
        version=version,
        starts_at=starts_at if in_force else row.starts_at,
        ends_at=ends_at if in_force else row.ends_at,
        store_time=store_time,
        at=at,
        withdrawn_at=at if state is State.WITHDRAWN else None,
    )
    await PROMOTIONS.changed(tx)
    after = await queries.promotion(tx, row.id)
    tx.changed("promotion", row.id, before=queries.promotion_out(row), after=after)
    return after
