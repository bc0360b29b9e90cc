"""Each check of fulfilment finds its planted fault."""

import pytest
from sqlalchemy import text

from commerce.fulfilment.audit import CHECKS
from commerce.kernel.clock import HeldClock
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from tests.fulfilment.test_counter_audit import FAULTS as OF_THE_COUNTER
from tests.given import fulfilment as given
from tests.given.fulfilment import Shelf, staff
from tests.given.orders import Want

FAULTS = {
    "fulfilment_moves_are_legal": "INSERT INTO fulfilment_transitions (fulfilment_order_id, state_before, state_after, by, at) "
    "SELECT id, 'offered', 'ready_for_pickup', 'test', now() FROM fulfilment_orders",
    "fulfilment_state_is_its_last_move": "UPDATE fulfilment_orders SET state = 'picking'",
    "what_left_is_what_the_order_counts": "UPDATE fulfilment_lines SET handed = 1",
    "work_is_where_units_are_promised": "INSERT INTO units_elsewhere (order_id, order_line_id, location_id, units) "
    "SELECT l.order_id, l.id, gen_random_uuid(), 1 FROM order_lines l",
    "a_promise_is_where_its_moves_led": "UPDATE fulfilment_orders SET ready_by = ready_by + interval '1 hour'",
    "finished_work_leaves_nothing_open": "UPDATE fulfilment_orders SET state = 'handed_over', closed_at = now()",
}


def test_every_check_has_a_planted_fault() -> None:
    assert {check.name for check in CHECKS} == set(FAULTS) | set(OF_THE_COUNTER)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(db: Database, clock: HeldClock, name: str) -> None:
    shelf = await Shelf.filled(db)
    await given.ready(db, staff(shelf.store), Want(quantity=2, location_id=shelf.store, variant_id=shelf.cup))
    assert [found.name for found in await run_checks(db.reading, CHECKS) if found.rows] == []

    async def plant(tx: Tx) -> None:
        await tx.execute(Statement(text(FAULTS[name])))

    await db.transact(plant)
    assert name in [found.name for found in await run_checks(db.reading, CHECKS) if found.rows]
