"""Each audit check finds the fault that is planted for it, and nothing in a world that the verbs made."""

from datetime import date

import asyncpg
import pytest

from commerce.inventory import Spot
from commerce.inventory.audit import CHECKS as STOCK_CHECKS
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import OrderLineId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.traceability import Left, Standing
from commerce.traceability.audit import CHECKS
from tests.traceability.world import article, bring, carry, lot, numbered, sell, store

# The database itself refuses these faults; to plant one, its guard is taken away first.
JOURNAL = "ALTER TABLE trace_movements DISABLE TRIGGER USER; "
FAULTS = {
    "a_lot_is_the_sum_of_its_journal": "UPDATE lot_levels SET quantity = quantity + 1",
    "no_lot_is_below_zero": "ALTER TABLE lot_levels DROP CONSTRAINT ck_lot_levels_never_negative;"
    "UPDATE lot_levels SET quantity = -1",
    "lots_add_up_to_the_stock": "UPDATE lot_levels SET quantity = quantity + 1 WHERE spot = 'in_transit'",
    "serial_numbers_add_up_to_the_stock": "UPDATE serial_numbers SET spot = 'shrinkage' WHERE spot = 'shelf'",
    "a_serial_number_is_where_its_journal_says": "UPDATE serial_numbers SET spot = 'damaged' WHERE spot = 'shelf'",
    "a_serial_number_is_at_one_place_only": JOURNAL
    + "DELETE FROM trace_movements WHERE kind = 'serial' AND quantity < 0 AND other_spot = 'in_transit'",
    "a_sold_serial_number_left_with_its_order_line": "UPDATE serial_numbers SET order_line_id = gen_random_uuid() "
    "WHERE spot = 'customer'",
    "an_effect_key_moves_a_lot_or_a_serial_number_once": JOURNAL
    + "ALTER TABLE trace_movements DROP CONSTRAINT uq_trace_movements_effect_key;"
    "UPDATE trace_movements SET effect_key = 'one'",
    "each_dated_lot_has_its_day": "UPDATE lots SET expires_on = NULL",
    "tracking_is_as_it_was_last_set": "UPDATE tracked_articles SET tracking = 'none', dated = false",
}


async def world(db: Database) -> None:
    milk, phone = await article(db, dated=True), await article(db, "serial")
    here, there = await store(db), await store(db, "sants")
    await bring(db, here, lot(milk, 9, "A", date(2026, 4, 1)), numbered(phone, "1", "2", "3"))
    truck = Standing(there, Spot.IN_TRANSIT)
    await carry(db, Standing(here), truck, Left(milk, 2), Left(phone, 1, ["3"]))
    await sell(db, here, Left(milk, 1), Left(milk, 1), of=[OrderLineId(new_id())] * 2)
    await sell(db, here, Left(phone, 1, ["1"]), of=[OrderLineId(new_id())])


async def test_what_the_verbs_make_is_in_order(db: Database, clock: HeldClock) -> None:
    await world(db)
    assert [found for found in await run_checks(db.reading, [*CHECKS, *STOCK_CHECKS]) if found.rows] == []


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


async def test_stock_that_moves_without_its_lots_and_numbers_is_found(db: Database, dsn: str, clock: HeldClock) -> None:
    await world(db)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("UPDATE stock_levels SET on_hand = on_hand + 1")
    finally:
        await connection.close()
    found = {each.name: each.rows for each in await run_checks(db.reading, CHECKS) if each.rows}
    assert found["lots_add_up_to_the_stock"] == found["serial_numbers_add_up_to_the_stock"] == 2


@pytest.mark.parametrize("table", ["trace_movements", "tracking_changes"])
@pytest.mark.parametrize("change", ["UPDATE {} SET reason = 'other'", "DELETE FROM {}"])
async def test_what_was_written_down_cannot_be_changed(
    db: Database, dsn: str, clock: HeldClock, table: str, change: str
) -> None:
    await world(db)
    connection = await asyncpg.connect(dsn)
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute(change.format(table))
    finally:
        await connection.close()
