"""Databases for tests: copies of one template, emptied and used again, since a copy costs forty times what emptying does.

What a test left is told from the catalogue: a database whose tables, constraints, triggers or functions changed is thrown away.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from commerce.kernel.ids import new_id
from tests.warm import Warm

USES_MOST = 250
SHAPE = """
SELECT concat_ws('/', (SELECT count(*) || ':' || max(xmin::text::bigint) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
                 (SELECT count(*) || ':' || max(xmin::text::bigint) FROM pg_attribute WHERE attrelid IN
                    (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)),
                 (SELECT count(*) || ':' || max(xmin::text::bigint) FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
                 (SELECT count(*) || ':' || max(xmin::text::bigint) FROM pg_trigger),
                 (SELECT count(*) || ':' || max(xmin::text::bigint) FROM pg_proc WHERE pronamespace = 'public'::regnamespace))"""
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
SEQUENCES = (
    "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace ORDER BY relname"
)
OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND NOT pid = ANY ($1)"
)


class Databases:
    """The databases of one server. `made` counts the copies that were needed."""

    def __init__(self, admin_dsn: str, template: str, warm: Warm) -> None:
        self._admin_dsn = admin_dsn
        self._warm = warm
        self._template = template
        self._free: list[tuple[str, int]] = []
        self._shape = self._filled = self._empty = ""
        self._kept: dict[str, asyncpg.Connection[asyncpg.Record]] = {}
        self.made = 0

    async def learn(self) -> None:
        """Looks at the template once."""
        connection = await asyncpg.connect(self._on(self._template))
        try:
            self._shape = await connection.fetchval(SHAPE)
            tables = [row[0] for row in await connection.fetch(TABLES)]
            sequences = [row[0] for row in await connection.fetch(SEQUENCES)]
        finally:
            await connection.close()
        self._filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables)
        self._empty = "; ".join(f"SELECT setval('{name}', 1, false)" for name in sequences)

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[str]:
        """Gives the address of an empty database for one test."""
        name, uses = self._free.pop() if self._free else (await self._copy(), 0)
        self._warm.lend(self._on(name))
        yield self._on(name)
        if uses + 1 < USES_MOST and await self._emptied(name):
            self._free.append((name, uses + 1))
        else:
            if name in self._kept:
                self._kept.pop(name).terminate()
            self._warm.forget(self._on(name))
            await self._admin(f"DROP DATABASE {name} WITH (FORCE)")

    async def _copy(self) -> str:
        self.made += 1
        name = f"t_{new_id().hex}"
        await self._admin(f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY = FILE_COPY")
        return name

    async def _emptied(self, name: str) -> bool:
        """Empties a database below its triggers; False when its shape is no longer the template's.

        Its connection stays, since a new one learns of some hundred tables anew, which costs more than most tests.
        """
        connection = await self._connection(name)
        await connection.execute(OTHERS, self._warm.processes(self._on(name)))
        if await connection.fetchval(SHAPE) != self._shape:
            return False
        filled = [row[0] for row in await connection.fetch(self._filled)]
        deletes = "; ".join(f"DELETE FROM {table}" for table in filled)
        await connection.execute(f"SET session_replication_role = replica; {deletes}; {self._empty}")
        return True

    async def close(self) -> None:
        """Ends the connections that were kept."""
        for connection in self._kept.values():
            await connection.close(timeout=5)

    async def _connection(self, name: str) -> "asyncpg.Connection[asyncpg.Record]":
        found = self._kept.get(name)
        if found is None or found.is_closed():
            found = self._kept[name] = await asyncpg.connect(self._on(name))
        return found

    async def _admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self._admin_dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _on(self, database: str) -> str:
        return on(self._admin_dsn, database)


def on(dsn: str, database: str) -> str:
    """Gives the address of another database of the same server."""
    return dsn.rpartition("/")[0] + f"/{database}"
