"""Migrations make exactly the tables that the code declares, from nothing."""

import asyncio

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

from commerce.app.migrate import config, head, migrate
from commerce.kernel.ids import new_id
from commerce.platform import embedded
from tests.databases import on

COLUMNS = """
SELECT format('%s.%s %s %s default %s identity %s generated %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'alembic_version'"""
CONSTRAINTS = """
SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND conrelid::regclass::text <> 'alembic_version'"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
FUNCTIONS = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'"
SEEDS = "SELECT format('%s', count(*)) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'"

REVERSIBLE_TO = "0025_answers_as_they_are"


async def described(dsn: str) -> dict[str, list[str]]:
    """Gives all that a database consists of, as sorted text."""
    connection = await asyncpg.connect(dsn)
    try:
        return {
            name: sorted(row[0] for row in await connection.fetch(query))
            for name, query in {
                "columns": COLUMNS,
                "constraints": CONSTRAINTS,
                "indexes": INDEXES,
                "triggers": TRIGGERS,
                "functions": FUNCTIONS,
                "sequences": SEEDS,
            }.items()
        }
    finally:
        await connection.close()


@pytest.fixture
async def migrated(postgres: embedded.EmbeddedServer) -> str:
    """The address of a database that migrations made from nothing."""
    name = f"m_{new_id().hex}"
    admin = await asyncpg.connect(postgres.dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    dsn = on(postgres.dsn, name)
    await migrate(dsn)
    return dsn


async def test_migrations_make_the_tables_that_the_code_declares(migrated: str, dsn: str) -> None:
    made, declared = await described(migrated), await described(dsn)
    for part, rows in declared.items():
        assert made[part] == rows, part


async def test_a_second_migration_changes_nothing(migrated: str) -> None:
    before = await described(migrated)
    await migrate(migrated)
    assert await described(migrated) == before


async def test_each_migration_of_the_last_steps_can_be_taken_back(migrated: str) -> None:
    """Step by step back to before there were two ends of a movement, each the same as on the way there, and up again."""
    newest, on_the_way = await described(migrated), {}
    steps = [each.revision for each in ScriptDirectory.from_config(config("")).walk_revisions(REVERSIBLE_TO, "head")]
    for step in steps[1:]:
        await asyncio.to_thread(command.downgrade, config(migrated), step)
        on_the_way[step] = await described(migrated)
    for step in reversed(steps[1:-1]):
        await asyncio.to_thread(command.upgrade, config(migrated), step)
        assert await described(migrated) == on_the_way[step], step
    await migrate(migrated)
    assert await described(migrated) == newest


async def test_a_check_that_a_migration_forgot_would_be_seen(migrated: str, dsn: str) -> None:
    connection = await asyncpg.connect(migrated)
    await connection.execute("ALTER TABLE jobs DROP CONSTRAINT ck_jobs_state_known")
    await connection.close()
    assert (await described(migrated))["constraints"] != (await described(dsn))["constraints"]


def test_the_newest_version_is_the_one_that_alembic_would_go_to() -> None:
    assert head() == ScriptDirectory.from_config(config("")).get_current_head()
