"""Each check of promotions finds the fault that it is for, and nothing where there is none."""

import asyncpg
import pytest

from commerce.kernel.clock import HeldClock, now
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.promotions.audit import CHECKS
from commerce.promotions.code_batches import BatchDue, make_codes, start_batch
from commerce.promotions.code_schemas import CodeBatchIn
from tests.given import promotions as given
from tests.given.promotions import ACTOR, use

EMPTY_VERSION = """
INSERT INTO promotion_versions (promotion_id, version, rule, in_force, at, actor)
SELECT promotion_id, version + 1, NULL, '[]', at, actor FROM promotion_versions"""
TWO_AT_ONCE = """
INSERT INTO promotion_versions (promotion_id, version, rule, in_force, at, actor)
SELECT promotion_id, version + 1, rule, in_force || in_force, at, actor FROM promotion_versions"""
FAULTS = {
    "promotion_counter_is_the_sum_of_its_uses": "UPDATE promotion_counters SET amount = amount - 1",
    "code_counter_is_the_number_of_its_uses": "UPDATE promotion_codes SET uses = uses + 1 WHERE batch_number IS NULL",
    "customer_counter_is_the_number_of_their_uses": "DELETE FROM promotion_customers",
    "code_belongs_to_a_promotion": "UPDATE promotion_codes SET promotion_id = gen_random_uuid() WHERE uses = 0",
    "batch_has_the_codes_that_it_counts": "DELETE FROM promotion_codes WHERE position = 1",
    "promotion_in_force_is_its_last_version": EMPTY_VERSION,
    "one_version_of_a_promotion_holds_at_a_time": TWO_AT_ONCE,
}
ALSO = {"one_version_of_a_promotion_holds_at_a_time": {"promotion_in_force_is_its_last_version"}}


async def world(db: Database) -> None:
    promotion = await given.published(
        db, opened_by="AUDITED", currency="EUR", limits={"uses_most": 9, "per_customer_most": 2}
    )
    for nth in range(3):
        order = await given.reserve(db, use(promotion, code="AUDITED"), email=f"{nth % 2}@example.com")
        if nth == 1:
            await given.commit(db, order)
        if nth == 2:
            await given.release(db, order)
    batch = await db.transact(start_batch, promotion, CodeBatchIn(count=3), actor=ACTOR, at=now())
    await make_codes(db, BatchDue(batch.id))


async def found(db: Database) -> set[str]:
    return {finding.name for finding in await run_checks(db.reading, CHECKS) if finding.rows}


def test_there_is_a_fault_for_each_check() -> None:
    assert {check.name for check in CHECKS} == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(db: Database, dsn: str, clock: HeldClock, name: str) -> None:
    await world(db)
    assert await found(db) == set()
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(FAULTS[name])
    finally:
        await connection.close()
    assert await found(db) == {name, *ALSO.get(name, set())}


async def test_versions_one_after_the_other_are_no_fault(db: Database, clock: HeldClock) -> None:
    promotion = await given.published(db, window={"store_time": True})
    await given.publish(db, promotion, begins_at=clock.at)
    assert [each.version for each in (await given.live(db))[promotion]] == [2, 3]
    assert await found(db) == set()
