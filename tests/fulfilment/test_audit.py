"""Each check of fulfilment finds its planted fault."""

import pytest
from sqlalchemy import text

from commerce.fulfilment.audit import CHECKS
from commerce.kernel.clock import HeldClock
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from tests.given import fulfilment as given
from tests.given.fulfilment import Shelf, staff
from tests.given.orders import Want

FAULTS = {
    "fulfilment_moves_are_legal": "INSERT INTO fulfilment_transitions (fulfilment_order_id, state_before, state_after, by, at) "
    "SELECT id, 'offered', 'ready_for_pickup', 'test', now() FROM fulfilment_orders",
    "fulfilment_state_is_its_last_move": "UPDATE fulfilment_orders SET state = 'picking'",
    "what_left_is_what_the_order_counts": "UPDATE fulfilment_lines SET handed = 1",
    "finished_work_leaves_nothing_open": "UPDATE fulfilment_orders SET state = 'handed_over', closed_at = now()",
}


def test_every_check_has_a_planted_fault() -> None:
    assert {check.name for check in CHECKS} == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(db: Database, clock: HeldClock, name: str) -> None:
    shelf = await Shelf.filled(db)
    await given.ready(db, staff(shelf.store), Want(quantity=2, location_id=shelf.store, variant_id=shelf.cup))
    assert [found.name for found in await run_checks(db.reading, CHECKS) if found.rows] == []

    async def plant(tx: Tx) -> None:
        await tx.execute(Statement(text(FAULTS[name])))

    await db.transact(plant)
    assert name in [found.name for found in await run_checks(db.reading, CHECKS) if found.rows]
