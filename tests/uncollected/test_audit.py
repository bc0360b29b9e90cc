"""Each check of uncollected finds its planted fault."""

import pytest
from sqlalchemy import text

from commerce.kernel.clock import HeldClock
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from commerce.uncollected import Damaged, put_away
from commerce.uncollected.audit import CHECKS
from tests.given import checkout, recourse, uncollected as given
from tests.given.uncollected import OFFICE

FAULTS = {
    "pickup_moves_are_legal": "INSERT INTO pickup_transitions (wait_id, state_before, state_after, by, at) "
    "SELECT id, 'put_away', 'waiting', 'test', now() FROM pickup_waits WHERE state = 'put_away'",
    "pickup_state_is_its_last_move": "UPDATE pickup_waits SET closed_at = now(), state = 'ended' WHERE state = 'waiting'",
    "pickup_deadline_is_the_last_told": "UPDATE pickup_waits SET due_at = due_at + interval '1 day', "
    "deadline = deadline + interval '1 day' WHERE state = 'waiting'",
    "a_pass_says_the_deadline": "UPDATE collect_by SET until = until + interval '1 minute'",
    "ready_work_waits_once": "UPDATE fulfilment_orders SET closed_at = now(), state = 'cancelled' "
    "WHERE state = 'ready_for_pickup'",
    "what_nobody_collected_is_set_aside": "UPDATE uncollected_units SET damaged = damaged + 1",
    "who_did_not_come_is_counted_once": "INSERT INTO no_shows (wait_id, customer, location_id, at, counts_until, sign_count) "
    "SELECT id, 'guest:x', location_id, now(), now() + interval '1 day', 1 FROM pickup_waits WHERE state = 'waiting'",
}


def test_every_check_has_a_planted_fault() -> None:
    assert {check.name for check in CHECKS} == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(db: Database, clock: HeldClock, name: str) -> None:
    shop = await checkout.shop(db)
    _, gone = await given.ready(db, recourse.pickup(shop, 3))
    clock.move(days=10)
    line = (await given.expired(db, gone)).units[0].line_id
    await db.transact(put_away, OFFICE, gone.fulfilment_order_id, [Damaged(line, 1)])
    await given.ready(db, recourse.pickup(shop, 2))
    assert [found.name for found in await run_checks(db.reading, CHECKS) if found.rows] == []

    async def plant(tx: Tx) -> None:
        await tx.execute(Statement(text(FAULTS[name])))

    await db.transact(plant)
    assert name in [found.name for found in await run_checks(db.reading, CHECKS) if found.rows]
