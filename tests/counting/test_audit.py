"""Each audit check finds the fault that is planted for it, and nothing in a world that the verbs made."""

import asyncpg
import pytest

from commerce.counting import corrections, finish_count
from commerce.counting.audit import CHECKS
from commerce.inventory import bind
from commerce.inventory.audit import CHECKS as OF_THE_LEDGER
from commerce.kernel import clock as time
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import OrderId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.counting.test_corrections import ask
from tests.counting.test_snapshots import snapshot, take
from tests.counting.world import opened, scanned, seen, somebody
from tests.given.inventory import hold, stock
from tests.inventory.world import places

# The database itself refuses some of these faults; to plant one, its guard is taken away first.
FIGURES = "ALTER TABLE stock_figures DISABLE TRIGGER USER; "
FAULTS = {
    "what_was_expected_is_what_the_ledger_said_there": "UPDATE stock_count_lines SET expected = expected + 1",
    "a_weighed_figure_speaks_of_what_the_ledger_said_there": FIGURES
    + "UPDATE stock_figures SET expected = expected + 1",
    "a_weighed_figure_moved_its_difference": FIGURES
    + "UPDATE stock_figures SET shelf = shelf + 1, difference = difference + 1 WHERE kind = 'snapshot'",
    "a_booked_count_has_each_of_its_lines_weighed_once": FIGURES + "DELETE FROM stock_figures WHERE kind = 'count'",
    "what_was_counted_is_the_sum_of_its_scans": "UPDATE stock_count_lines SET counted = counted + 1",
    "nobody_approves_what_they_counted": "ALTER TABLE stock_count_scans DISABLE TRIGGER USER; "
    "UPDATE stock_count_scans SET by = (SELECT decided_by FROM stock_counts WHERE decided_by IS NOT NULL)",
    "what_is_beyond_its_limit_was_decided_by_another": "ALTER TABLE stock_corrections "
    "DROP CONSTRAINT ck_stock_corrections_decided_by_another; UPDATE stock_corrections SET asked_by = decided_by "
    "WHERE decided_by IS NOT NULL",
    "a_correction_moved_its_units_when_it_was_booked": "UPDATE stock_corrections SET state = 'booked', "
    "decided_by = 'staff:9', decided_at = now() WHERE state = 'waiting'",
    "a_correction_is_the_sum_of_its_lines": "UPDATE stock_corrections SET units = units + 1 WHERE state = 'waiting'",
    "a_shortfall_is_what_its_document_could_not_take": "UPDATE stock_shortfalls SET units = units + 1",
    "the_last_snapshot_of_a_source_is_the_one_that_is_marked": "UPDATE stock_snapshot_marks SET taken_at = now()",
}


async def world(db: Database) -> None:
    """A count that was approved, one under way, corrections that were booked and that wait, a snapshot with a shortfall."""
    shelf, promised, other = await places(db, variants=3)
    await stock(db, {shelf: 50, promised: 10, other: 100})
    await db.transact(bind, await hold(db, [(*promised, 6)]), OrderId(new_id()))
    who, boss = somebody(), somebody()
    count = await opened(db, who, [shelf, other])
    for _ in range(2):
        await scanned(db, who, count, seen(shelf, 20, total=False), seen(shelf, 10, total=False), seen(shelf, 30))
        count = await db.transact(finish_count.submit, who, count.id, "leave_out")
    await db.transact(finish_count.approve, boss, count.id)
    under_way = await opened(db, who, [shelf])
    await scanned(db, who, under_way, seen(shelf, 4, total=False), seen(shelf, 2, total=False))
    waiting = await db.transact(corrections.correct, who, ask("lost", (other, 30)))
    await db.transact(corrections.approve, boss, waiting.id)
    await db.transact(corrections.correct, who, ask("lost", (other, 40)))
    await db.transact(corrections.correct, who, ask("damaged", (other, 2), (shelf, 1)))
    await take(db, snapshot(time.now(), (promised, 4), (other, 71), sequence=1))


async def test_what_the_verbs_make_is_in_order(db: Database, clock: HeldClock) -> None:
    await world(db)
    assert [found for found in await run_checks(db.reading, [*CHECKS, *OF_THE_LEDGER]) if found.rows] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_a_planted_fault_is_found(db: Database, dsn: str, clock: HeldClock, check: object) -> None:
    name = getattr(check, "name", "")
    await world(db)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(FAULTS[name])
    finally:
        await connection.close()
    broken = {found.name for found in await run_checks(db.reading, CHECKS) if found.rows}
    assert name in broken
