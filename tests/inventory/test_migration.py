"""The movements of before get their other end, and tables come out as the code declares them; what was before comes back."""

import asyncio
import re

import asyncpg
import pytest
from alembic import command

from commerce.app.migrate import config
from commerce.inventory.audit import CHECKS
from commerce.kernel.ids import new_id
from commerce.platform import embedded
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.databases import on
from tests.platform.test_migrations import described

BEFORE, AFTER, NOW = "0025_answers_as_they_are", "0026_double_entry", "head"
TABLES = re.compile(
    r"\b(stock_(levels|movements|balances|proofs|repairs)|reservations|reservation_endings|kept_back_changes|unrouted_(demand|changes))\b"
)
MOVED = (
    ("initial", 10, 10, "supplier:1"),
    ("received", 5, 15, "receipt:1"),
    ("adjusted", -2, 13, "count:1"),
    ("sold", -3, 10, "ship:1"),
    ("returned", 1, 11, "return:1"),
)
MOVEMENT = """
INSERT INTO stock_movements
  (id, variant_id, location_id, quantity, on_hand_after, kind, document_kind, actor, reason, effect_key, at)
VALUES ($1, $2, $3, $4, $5, $6, 'test', 'staff:test', '', $7, now())"""
RESERVATION = """
INSERT INTO reservations (hold_id, variant_id, location_id, order_id, quantity, open, consumed, created_at)
VALUES ($1, $2, $3, $4, 5, 2, 3, now())"""
ENDING = """
INSERT INTO reservation_endings (hold_id, variant_id, location_id, kind, quantity, document_kind, actor, reason, at)
VALUES ($1, $2, $3, 'consumed', 3, 'test', 'staff:test', '', now())"""


@pytest.fixture
async def before(postgres: embedded.EmbeddedServer) -> str:
    """The address of a database as it was before, with nothing in it but what this slice owns."""
    name = f"m_{new_id().hex}"
    admin = await asyncpg.connect(postgres.dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    dsn = on(postgres.dsn, name)
    await asyncio.to_thread(command.upgrade, config(dsn), BEFORE)
    return dsn


async def test_the_kind_of_each_movement_says_where_its_units_came_from(before: str, dsn: str) -> None:
    variant, place, hold, order = (new_id() for _ in range(4))
    connection = await asyncpg.connect(before)
    # Articles and locations belong to others; what is proven here needs none.
    await connection.execute(
        "ALTER TABLE stock_levels DROP CONSTRAINT fk_stock_levels_variant_id_variants, "
        "DROP CONSTRAINT fk_stock_levels_location_id_locations"
    )
    await connection.execute("INSERT INTO stock_levels VALUES ($1, $2, 11, 2)", variant, place)
    for kind, quantity, after, key in MOVED:
        await connection.execute(MOVEMENT, new_id(), variant, place, quantity, after, kind, key)
    await connection.execute(RESERVATION, hold, variant, place, order)
    await connection.execute(ENDING, hold, variant, place)
    await asyncio.to_thread(command.upgrade, config(before), AFTER)

    rows = await connection.fetch(
        "SELECT kind, spot, other_spot, other_location_id, freed FROM stock_movements ORDER BY seq"
    )
    assert [tuple(row) for row in rows] == [
        ("initial", "shelf", "opening", None, 0),
        ("received", "shelf", "supplier", None, 0),
        ("adjusted", "shelf", "shrinkage", None, 0),
        ("sold", "shelf", "customer", None, 3),
        ("returned", "shelf", "customer", None, 0),
    ]
    assert await connection.fetchval("SELECT owner_kind FROM reservations") == "order"
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await connection.execute("UPDATE stock_movements SET other_spot = 'supplier'")
    await asyncio.to_thread(command.upgrade, config(before), NOW)
    db = Database(before)
    assert [found for found in await run_checks(db.reading, CHECKS) if found.rows] == []
    await db.close()
    await connection.execute("UPDATE stock_levels SET safety = 1")

    await asyncio.to_thread(command.downgrade, config(before), BEFORE)
    assert await connection.fetchval("SELECT on_hand - reserved FROM stock_levels") == 9
    assert await connection.fetchval("SELECT sum(quantity) FROM stock_movements") == 11
    await connection.close()


async def test_the_migration_makes_the_tables_that_the_code_declares(before: str, dsn: str) -> None:
    await asyncio.to_thread(command.upgrade, config(before), NOW)
    made, declared = await described(before), await described(dsn)
    for part in ("columns", "constraints", "indexes", "triggers"):
        mine = [[row for row in rows[part] if TABLES.search(row)] for rows in (made, declared)]
        assert mine[0]
        assert mine[0] == mine[1], part
