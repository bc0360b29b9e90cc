"""The migration makes the tables that the code declares, and takes them away again."""

import asyncio
import re

import asyncpg
from alembic import command

from commerce.app.migrate import config
from commerce.kernel.ids import new_id
from commerce.platform import embedded
from tests.databases import on
from tests.platform.test_migrations import described

BEFORE, AFTER = "0028_places_and_slots", "0029_sourcing"
TABLES = re.compile(r"\bsourcing_(rules|rule_versions|simulations|simulation_figures|simulation_orders)\b")


async def test_the_migration_makes_the_tables_that_the_code_declares(
    postgres: embedded.EmbeddedServer, dsn: str
) -> None:
    name = f"m_{new_id().hex}"
    admin = await asyncpg.connect(postgres.dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    migrated = on(postgres.dsn, name)
    await asyncio.to_thread(command.upgrade, config(migrated), AFTER)
    made, declared = await described(migrated), await described(dsn)
    for part in ("columns", "constraints", "indexes", "triggers"):
        mine = [[row for row in rows[part] if TABLES.search(row)] for rows in (made, declared)]
        assert mine[0]
        assert mine[0] == mine[1], part
    await asyncio.to_thread(command.downgrade, config(migrated), BEFORE)
    assert not [row for row in (await described(migrated))["columns"] if TABLES.search(row)]
