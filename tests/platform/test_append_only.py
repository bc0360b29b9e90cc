"""What is a fact can be added and never changed: each append-only table refuses UPDATE, DELETE and TRUNCATE by trigger."""

import asyncpg
import pytest

from commerce.platform.schema import load_tables
from commerce.platform.tables import append_only_tables, metadata

load_tables()
EXPECTED = {"events", "event_feed", "audit_entries", "stock_movements", "money_entries", "price_history"}


@pytest.mark.parametrize("table", sorted(append_only_tables))
async def test_a_fact_cannot_be_changed_nor_taken_away(dsn: str, table: str) -> None:
    column = next(each.name for each in metadata.tables[table].c if each.identity is None)
    connection = await asyncpg.connect(dsn)
    try:
        for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(asyncpg.RestrictViolationError, match="is append-only"):
                await connection.execute(change)
    finally:
        await connection.close()


def test_the_ledgers_are_among_them() -> None:
    assert set(append_only_tables) >= EXPECTED
