"""Each check finds the fault that is planted for it, and nothing in what the verbs made."""

from typing import Any

import pytest
from sqlalchemy import text

from commerce import aftersale
from commerce.aftersale import Inspected
from commerce.aftersale.audit import CHECKS
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Bug
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from tests.given import aftersale as given
from tests.given.fulfilment import Shelf
from tests.given.orders import Want, fee

MOVEMENTS = "ALTER TABLE stock_movements DISABLE TRIGGER USER"
_MOVE = (
    "INSERT INTO return_transitions (return_id, state_before, state_after, by, at)"
    " SELECT id, '{before}', '{after}', 'test', now() FROM returns WHERE state = 'refunded'"
)
FAULTS: dict[str, list[str]] = {
    "return_is_the_sum_of_its_parts": ["UPDATE returns SET amount = amount + 1"],
    "refunds_of_returns_are_what_was_charged": [
        "UPDATE returns SET refund_amount = refund_amount + 1, refunded = refunded + 1 WHERE state = 'refunded'"
    ],
    "no_return_gives_back_more_than_its_share": [
        "UPDATE refunds SET amount = amount + 1 WHERE cause ->> 'kind' = 'return'"
    ],
    "returned_units_are_those_of_live_returns": ["UPDATE order_lines SET returned = returned - 1 WHERE returned > 0"],
    "fees_come_back_with_their_units": [
        "UPDATE return_lines SET received = received - 1, restocked = restocked - 1 WHERE of_line_id IS NOT NULL AND restocked > 0"
    ],
    "accepted_units_came_onto_the_shelf_once": [
        MOVEMENTS,
        "UPDATE stock_movements SET quantity = quantity + 1 WHERE kind = 'returned' AND spot = 'shelf'",
    ],
    "units_put_aside_came_into_quarantine_once": [
        MOVEMENTS,
        "UPDATE stock_movements SET quantity = quantity + 1 WHERE kind = 'returned' AND spot = 'quarantine'",
    ],
    "refunds_for_returns_were_asked_for": [
        "UPDATE refunds SET cause = jsonb_set(cause, '{document_id}', to_jsonb(gen_random_uuid()::text))"
    ],
    "return_moves_are_legal": [
        _MOVE.format(before="refunded", after="requested"),
        _MOVE.format(before="requested", after="refunded"),
    ],
    "return_is_where_its_moves_led": ["UPDATE returns SET state = 'approved' WHERE state = 'requested'"],
    "cancelled_orders_hold_no_money": ["UPDATE payment_parts SET void_key = NULL, voided = 0 WHERE state = 'voided'"],
}


async def _broken(db: Database) -> set[str]:
    return {finding.name for finding in await run_checks(db.reading, CHECKS) if finding.rows}


async def _plant(db: Database, *faults: str) -> None:
    async def step(tx: Tx) -> None:
        for fault in faults:
            await tx.execute(Statement[Any](text(fault.replace(":", "\\:"))))

    await db.transact(step)


async def world(db: Database) -> None:
    """A cancelled order, and one with returns in most states."""
    place, who = await Shelf.filled(db), given.shopper()
    clerk = given.terminal(place.store)
    gone = await given.placed(db, Want(location_id=place.store, variant_id=place.cup), who=who)
    await db.transact(aftersale.cancel_order, who, gone.id, "changed_mind")
    want = Want(quantity=8, unit=333, location_id=place.store, variant_id=place.cup, fees=(fee(),))
    order = await given.bought(db, want, who=who)
    await given.brought_back(db, clerk, order, 2, location_id=place.store)
    await given.asked(db, clerk, order, 1, location_id=place.store)
    doubtful = await given.asked(db, clerk, order, 1, location_id=place.store)
    await db.transact(aftersale.inspect, clerk, doubtful.id, [Inspected(doubtful.lines[0].id, quarantine=1)])
    declined = await given.asked(db, who, order, 1)
    await db.transact(aftersale.decline, clerk, declined.id, "Worn")
    await given.asked(db, who, order, 1)


async def test_what_the_verbs_make_is_in_order(db: Database, clock: HeldClock) -> None:
    await world(db)
    assert await _broken(db) == set()


@pytest.mark.parametrize("name", sorted(FAULTS))
async def test_a_planted_fault_is_found(db: Database, clock: HeldClock, name: str) -> None:
    await world(db)
    await _plant(db, *FAULTS[name])
    assert name in await _broken(db)


def test_each_check_has_a_planted_fault() -> None:
    assert {check.name for check in CHECKS} == set(FAULTS)


@pytest.mark.parametrize("change", ["UPDATE return_transitions SET by = 'x'", "DELETE FROM return_transitions"])
async def test_the_record_of_moves_is_append_only(db: Database, clock: HeldClock, change: str) -> None:
    await world(db)
    with pytest.raises(Bug, match="was broken"):
        await _plant(db, change)
