"""Each audit check finds the fault that is planted for it, and nothing in a world that the verbs made."""

import asyncpg
import pytest

from commerce.inventory import Cause, Move, Spot, bind, consume, move, set_buffer, set_safety, want
from commerce.inventory.audit import CHECKS
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import OrderId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.given import stores
from tests.given.inventory import hold, stock
from tests.inventory.world import places

# The database itself refuses these faults; to plant one, its guard is taken away first.
MOVEMENTS = "ALTER TABLE stock_movements DISABLE TRIGGER USER; "
RESERVATIONS = "ALTER TABLE reservations "
FAULTS = {
    "on_hand_is_the_sum_of_its_movements": "UPDATE stock_levels SET on_hand = on_hand + 1",
    "what_is_beside_the_shelf_is_the_sum_of_its_movements": "UPDATE stock_balances SET units = units + 1 WHERE spot = 'damaged'",
    "each_movement_has_both_ends": MOVEMENTS
    + "UPDATE stock_movements SET other_spot = 'quarantine' WHERE spot = 'shelf' AND other_spot = 'damaged'",
    "units_come_from_outside_and_go_there": "UPDATE stock_levels SET on_hand = on_hand + 1",
    "each_balance_is_on_its_side_of_zero": "ALTER TABLE stock_balances DROP CONSTRAINT ck_stock_balances_on_its_side_of_zero;"
    "UPDATE stock_balances SET units = -units WHERE spot = 'damaged'",
    "each_movement_continues_from_the_one_before": MOVEMENTS
    + "UPDATE stock_movements SET on_hand_after = on_hand_after + 1",
    "each_movement_is_explained": MOVEMENTS
    + "ALTER TABLE stock_movements DROP CONSTRAINT ck_stock_movements_explained; UPDATE stock_movements SET actor = ''",
    "no_more_is_promised_than_there_is": "ALTER TABLE stock_levels DROP CONSTRAINT ck_stock_levels_never_oversold;"
    "UPDATE stock_levels SET reserved = on_hand + 1",
    "what_is_kept_back_was_set_by_somebody": "UPDATE stock_levels SET safety = safety + 1",
    "demand_without_a_place_is_the_sum_of_its_changes": "UPDATE unrouted_demand SET units = units + 1",
    "reserved_is_the_sum_of_open_reservations": "UPDATE stock_levels SET reserved = reserved - 1",
    "each_reserved_unit_ends_once": RESERVATIONS
    + "DROP CONSTRAINT ck_reservations_each_unit_ends_once; UPDATE reservations SET released = released + 1",
    "how_units_ended_is_written_down": "ALTER TABLE reservation_endings DISABLE TRIGGER USER; DELETE FROM reservation_endings",
    "a_reservation_is_bound_or_expires": RESERVATIONS
    + "DROP CONSTRAINT ck_reservations_expires_until_bound; UPDATE reservations SET expires_at = now() WHERE order_id IS NOT NULL",
    "what_was_consumed_left_the_shelf": "UPDATE reservations SET consumed = consumed + 1, open = open - 1 WHERE order_id IS NOT NULL",
    "an_effect_key_moves_a_shelf_once": MOVEMENTS
    + "ALTER TABLE stock_movements DROP CONSTRAINT uq_stock_movements_effect_key;"
    "UPDATE stock_movements SET effect_key = 'one', other_spot = 'customer' WHERE other_location_id IS NULL",
}


async def world(db: Database) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 9})
    order = OrderId(new_id())
    await db.transact(bind, await hold(db, [(*shelf, 3)]), order)
    await hold(db, [(*shelf, 2)])
    await db.transact(consume, order, [(*shelf, 1)], Cause("shipment", new_id(), "staff:test"), "ship:1")
    broken = Move(shelf.variant_id, 2, Spot.SHELF, shelf.location_id, Spot.DAMAGED, shelf.location_id)
    await db.transact(move, [broken], Cause("rejection", new_id(), "staff:test"), "broken:1")
    plan = Cause("kept_back", None, "staff:test")
    await db.transact(set_safety, [(*shelf, 1)], plan)
    await db.transact(set_buffer, [(*shelf, await stores.channel(db, "market"), 1)], plan)
    await db.transact(want, order, [(shelf.variant_id, 2)], plan)


async def test_what_the_verbs_make_is_in_order(db: Database, clock: HeldClock) -> None:
    await world(db)
    assert [found for found in await run_checks(db.reading, CHECKS) if found.rows] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_a_planted_fault_is_found(db: Database, dsn: str, clock: HeldClock, check: object) -> None:
    name = getattr(check, "name", "")
    await world(db)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(FAULTS[name])
    finally:
        await connection.close()
    found = {each.name for each in await run_checks(db.reading, CHECKS) if each.rows}
    assert name in found


async def test_a_buffer_that_nobody_set_is_found(db: Database, dsn: str, clock: HeldClock) -> None:
    await world(db)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("UPDATE stock_levels SET buffers = jsonb_build_object(gen_random_uuid(), 1)")
    finally:
        await connection.close()
    [found] = [each for each in await run_checks(db.reading, CHECKS) if each.rows]
    assert (found.name, found.rows) == ("what_is_kept_back_was_set_by_somebody", 2)


@pytest.mark.parametrize("change", ["UPDATE stock_movements SET reason = 'other'", "DELETE FROM stock_movements"])
async def test_movements_cannot_be_changed(db: Database, dsn: str, clock: HeldClock, change: str) -> None:
    await world(db)
    connection = await asyncpg.connect(dsn)
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute(change)
    finally:
        await connection.close()
