"""A test's database is empty whatever the test before it did."""

import asyncpg

from tests.databases import Databases


async def test_rows_and_numbers_of_one_test_are_gone_for_the_next(databases: Databases) -> None:
    async with databases.borrowed() as address:
        connection = await asyncpg.connect(address)
        await connection.execute(
            "INSERT INTO jobs (id, kind, payload, most_attempts, run_at) VALUES (gen_random_uuid(), 'x', '{}', 1, now())"
        )
        await connection.execute(
            "INSERT INTO events VALUES (gen_random_uuid(), 'x', gen_random_uuid(), 1, NULL, now(), NULL, '{}')"
        )
    made = databases.made
    async with databases.borrowed() as again:
        assert (again, databases.made) == (address, made)
        connection = await asyncpg.connect(again)
        assert await connection.fetchval("SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM events)") == 0
        statement = "INSERT INTO jobs (id, kind, payload, most_attempts, run_at) VALUES (gen_random_uuid(), 'x', '{}', 1, now())"
        assert await connection.fetchval(f"{statement} RETURNING seq") == 1
        await connection.close()


async def test_a_database_whose_shape_changed_is_thrown_away(databases: Databases) -> None:
    for change in (
        "ALTER TABLE jobs DROP CONSTRAINT ck_jobs_state_known",
        "ALTER TABLE events DISABLE TRIGGER events_append_only",
        "CREATE TABLE left_behind (id int)",
        "ALTER TABLE jobs ALTER COLUMN kind DROP NOT NULL",
    ):
        async with databases.borrowed() as address:
            connection = await asyncpg.connect(address)
            await connection.execute(change)
            await connection.close()
        async with databases.borrowed() as another:
            assert another != address
