"""`commerce repair`, as an operator types it."""

import asyncpg

from commerce.inventory import Cause
from commerce.platform import events
from commerce.platform.database import Database
from commerce.traceability import Counted, counted
from tests.cli.test_commands import KEY, Run, migrated, run, untouched
from tests.traceability.world import article, bring, lot, store

__all__ = ["migrated", "run", "untouched"]

ORPHAN = """
ALTER TABLE stock_levels DROP CONSTRAINT fk_stock_levels_variant_id_variants,
    DROP CONSTRAINT fk_stock_levels_location_id_locations;
INSERT INTO stock_levels VALUES (gen_random_uuid(), gen_random_uuid(), 7, 2)"""


async def test_a_repair_is_shown_then_booked_and_then_there_is_nothing_left(run: Run, migrated: str) -> None:
    at = {"DATABASE_URL": migrated, "COMMERCE_KEY_ENCRYPTION_KEY": KEY}
    assert await run("repair", **at) == (0, "Stock and its ledger agree: nothing to repair.\n", "")
    connection = await asyncpg.connect(migrated)
    await connection.execute(ORPHAN)
    code, printed, _ = await run("repair")
    assert code == 1
    assert "7 there, 0 by its facts (can be booked)" in printed
    assert printed.endswith("2 disagreements, 2 of which `commerce repair --book` can book.\n")
    assert await connection.fetchval("SELECT count(*) FROM stock_movements") == 0
    code, printed, _ = await run("repair", "--book")
    assert code == 0
    assert "reserved of article" in printed
    assert "2 corrections booked, 0 left for a person." in printed
    moved = await connection.fetchrow("SELECT quantity, other_spot, document_kind, actor, reason FROM stock_movements")
    assert moved is not None
    assert tuple(moved) == (7, "shrinkage", "repair", "system:repair", "7 there, 0 in the ledger")
    assert await connection.fetchval("SELECT reserved FROM stock_levels") == 0
    await connection.close()
    assert await run("repair", "--book") == (0, "Stock and its ledger agree: nothing to repair.\n", "")


async def test_lots_that_do_not_add_up_are_shown_for_somebody_to_count(run: Run, migrated: str) -> None:
    at = {"DATABASE_URL": migrated, "COMMERCE_KEY_ENCRYPTION_KEY": KEY}
    assert (await run("repair", **at))[0] == 0
    db = Database(migrated, before_commit=events.store)
    try:
        milk, here = await article(db), await store(db)
        await bring(db, here, lot(milk, 5, "A"))
        connection = await asyncpg.connect(migrated)
        await connection.execute("UPDATE stock_levels SET on_hand = 4")
        await connection.close()
        code, printed, _ = await run("repair", "--book")
        assert code == 1
        assert "shelf of article" in printed
        assert "4 there, 5 by its facts (booked)" in printed
        assert "4 there, 5 by its lots (count it)" in printed
        assert "1 corrections booked, 1 left for a person." in printed
        await db.transact(counted, here, [Counted(milk, 4, "A")], Cause("count", None, "staff:test"), "counted")
        assert await run("repair") == (0, "Stock and its ledger agree: nothing to repair.\n", "")
    finally:
        await db.close()
