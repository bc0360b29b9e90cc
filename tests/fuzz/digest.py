"""What a database holds, so that a test can say that nothing changed."""

import asyncpg

# A refused sign-in is counted, which is what refuses the ones after it.
COUNTED = frozenset({"sign_in_attempts"})


async def digests(dsn: str) -> dict[str, str]:
    """Gives a digest of every table's rows, by its name."""
    connection = await asyncpg.connect(dsn)
    try:
        names = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1"
        )
        whole = " UNION ALL ".join(
            f"SELECT '{row[0]}', count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM {row[0]} t"
            for row in names
        )
        return {row[0]: row[1] for row in await connection.fetch(whole)}
    finally:
        await connection.close()


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Gives the tables that differ, but for those that count refusals."""
    return [name for name in before if before[name] != after[name] and name not in COUNTED]
