"""Each audit check finds the fault that is planted for it, and nothing in a world that the verbs made."""

import asyncpg
import pytest

from commerce.kernel.clock import HeldClock
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.replenishment.audit import CHECKS
from commerce.replenishment.bounds import set_bounds
from commerce.replenishment.goods_receipt import close_goods_receipt
from commerce.replenishment.schemas import BoundIn, BoundsIn
from tests.replenishment.world import BOSS, World, world

# The database itself refuses these faults; to plant one, its guard is taken away first.
UNGUARDED = "ALTER TABLE {table} DISABLE TRIGGER USER; "
NO_CHECK = "ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}; "
MOVES = UNGUARDED.format(table="replenishment_transitions")
FAULTS = {
    "replenishment_moves_are_legal": MOVES
    + "UPDATE replenishment_transitions SET state_before = 'received' WHERE state_after = 'in_transit'",
    "replenishment_states_are_their_last_moves": "UPDATE transfers SET state = 'partially_received' WHERE state = 'in_transit'",
    "what_a_finished_transfer_dispatched_was_received_or_lost": "UPDATE transfer_lines SET received = received - 1 WHERE received = 4",
    "what_was_dispatched_stands_in_shipments": UNGUARDED.format(table="transfer_shipment_lines")
    + "UPDATE transfer_shipment_lines SET quantity = quantity + 1",
    "what_a_transfer_received_was_scanned": UNGUARDED.format(table="transfer_received_units")
    + "UPDATE transfer_received_units SET condition = 'damaged'",
    "no_more_was_received_than_ordered_and_accepted_over": NO_CHECK.format(table="purchase_order_lines", name="funnel")
    + "UPDATE purchase_order_lines SET ordered = 1",
    "what_an_order_received_was_booked_by_receipts": "UPDATE purchase_order_lines SET received = received - 1",
    "what_receipts_booked_is_in_the_ledger": UNGUARDED.format(table="goods_receipt_units")
    + "UPDATE goods_receipt_units SET condition = 'damaged'",
    "what_is_in_transit_is_what_transfers_have_on_their_way": "UPDATE stock_balances SET units = units + 1 WHERE spot = 'in_transit'",
    "what_transfers_reserve_is_approved_and_has_not_left": "UPDATE reservations SET open = open - 1, released = released + 1 WHERE open > 0",
    "bounds_are_their_last_change": "UPDATE replenishment_bounds SET maximum = maximum + 1",
}


async def made(db: Database) -> World:
    shop = await world(db, POT=30, JUG=0)
    done = await shop.transfer({"POT": 4})
    await shop.ship(done)
    await shop.receive(done, "POT", 4)
    road = await shop.transfer({"POT": 9})
    await shop.ship(road, lines=[{"transfer_line_id": road.lines[0].id, "quantity": 5}])
    order = await shop.purchase({"JUG": 6})
    receipt = await shop.receipt(order)
    await shop.scan(receipt, "JUG", 3)
    await db.transact(close_goods_receipt, shop.sender, receipt.id)
    bound = BoundIn(variant_id=shop.articles["JUG"], location_id=shop.destination, minimum=1, maximum=5)
    await db.transact(set_bounds, BOSS, BoundsIn(bounds=[bound]))
    return shop


async def test_what_the_verbs_make_is_in_order(db: Database, clock: HeldClock) -> None:
    shop = await made(db)
    assert await shop.audit() == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_a_planted_fault_is_found(db: Database, dsn: str, clock: HeldClock, check: object) -> None:
    name = getattr(check, "name", "")
    await made(db)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(FAULTS[name])
    finally:
        await connection.close()
    assert name in {each.name for each in await run_checks(db.reading, CHECKS) if each.rows}
