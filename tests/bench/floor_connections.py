"""Held connections of the floors: the last one that came back is the next one that goes out."""

import asyncio
from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Held:
    """A few connections and a line of those who wait for one."""

    def __init__(self) -> None:
        self._idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()

    def put(self, connection: Connection) -> None:
        """Gives one back, or adds it."""
        self._idle.put_nowait(connection)

    async def get(self) -> Connection:
        """Takes one."""
        return await self._idle.get()

    async def value(self, sql: str, *arguments: object) -> str:
        """Runs a query and gives the first column of its first row, a text."""
        connection = await self._idle.get()
        try:
            found: str = await connection.fetchval(sql, *arguments)
            return found
        finally:
            self._idle.put_nowait(connection)

    async def row(self, sql: str, *arguments: object) -> asyncpg.Record:
        """Runs a query and gives its first row."""
        connection = await self._idle.get()
        try:
            found = await connection.fetchrow(sql, *arguments)
            assert found is not None
            return found
        finally:
            self._idle.put_nowait(connection)

    async def close(self) -> None:
        """Closes them."""
        while not self._idle.empty():
            await self._idle.get_nowait().close()
