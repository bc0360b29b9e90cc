"""Connections that outlive a test: a new one plans anew whatever it is asked, which costs more than most tests, and an audit most of all.

A connection is kept only by a `Database` that was closed on a database lent to a test, only in the loop of the session, and only as it was
when it was new: whatever a session can carry over is reset. It goes with the database that it belongs to.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import pytest

from commerce.platform.connections import Connection, Connections

MOST_KEPT = 3
Session = frozenset[tuple[str, str]]


class Warm:
    """What is kept, by database; databases that nobody lent are none of its business."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._kept: dict[str, list[tuple[Session, Connection]]] = {}

    def lend(self, dsn: str) -> None:
        """Begins to keep the connections to a database."""
        self._kept.setdefault(dsn, [])

    def processes(self, dsn: str) -> list[int]:
        """Gives the server's processes of what is kept."""
        return [connection.get_server_pid() for _, connection in self._kept.get(dsn, ())]

    def forget(self, dsn: str) -> None:
        """Ends what is kept for a database, and keeps no more."""
        for _, connection in self._kept.pop(dsn, ()):
            connection.terminate()

    def forget_all(self) -> None:
        """Ends everything that is kept."""
        for dsn in list(self._kept):
            self.forget(dsn)

    def taken(self, dsn: str, session: Session) -> "Connection | None":
        """Gives the connection of these settings that was used last, if there is one."""
        kept = self._kept.get(dsn, [])
        for place in reversed(range(len(kept))):
            if kept[place][0] == session and asyncio.get_running_loop() is self._loop:
                return kept.pop(place)[1]
        return None

    async def keep(self, dsn: str, session: Session, connection: Connection) -> bool:
        """Keeps an idle connection as if it were new; False where it is one too many, or of no use."""
        kept = self._kept.get(dsn)
        if kept is None or len(kept) >= MOST_KEPT or asyncio.get_running_loop() is not self._loop:
            return False
        try:
            await connection.reset(timeout=5)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return False
        kept.append((session, connection))
        return True


@contextmanager
def warm_connections() -> Iterator[Warm]:
    """Has each `Database` take its connections from what is kept, and leave them there when it is closed."""
    warm, connect, close = Warm(), Connections._connect, Connections.close

    async def connected(self: Connections) -> Connection:
        return warm.taken(self._dsn, frozenset(self._session.items())) or await connect(self)

    async def closed(self: Connections) -> None:
        # The one that was used last is asked first, now and by whoever comes next.
        hottest = list(self._idle)[-MOST_KEPT:]
        for connection in hottest:
            self._idle.remove(connection)
            if not connection.is_closed() and await warm.keep(self._dsn, frozenset(self._session.items()), connection):
                self._open -= 1
            else:
                self._idle.append(connection)
        await close(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connections, "_connect", connected)
        patch.setattr(Connections, "close", closed)
        yield warm
    warm.forget_all()
