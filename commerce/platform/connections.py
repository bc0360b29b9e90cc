"""A small set of PostgreSQL connections with people waiting in line: a fraction of the cost of a pool that resets each connection.

Nothing keeps state in a connection, so none needs a reset; a transaction is always ended by whoever began it.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import TypeAlias

import asyncpg

from commerce.kernel.errors import Refusal

CONNECT_TIMEOUT_SECONDS = 10
WAIT_TIMEOUT_SECONDS = 10
SESSION = {
    "application_name": "commerce",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "jit": "off",
    # Each statement is planned once for a connection. Left to itself PostgreSQL plans those that take arrays anew each time, because it takes
    # an unknown array for ten elements: a third of the database's work for a basket of two or three lines.
    "plan_cache_mode": "force_generic_plan",
}

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Unavailable(Refusal):
    """The service cannot answer right now; try again shortly."""

    code = "unavailable"
    status = 503
    es = "El servicio no puede responder ahora; vuelva a intentarlo en unos segundos."
    ca = "El servei no pot respondre ara; torneu-ho a provar d'aquí a uns segons."


class Connections:
    """At most `most` connections to one database, made when first needed and replaced when they break."""

    def __init__(self, dsn: str, *, most: int = 8, session: Mapping[str, str] | None = None) -> None:
        self._dsn = dsn
        self._most = most
        self._session = {**SESSION, **(session or {})}
        self._idle: deque[Connection] = deque()
        self._waiting: deque[tuple[float, asyncio.Future[Connection | None]]] = deque()
        self._patience: asyncio.TimerHandle | None = None
        self._open = 0
        self._closed = False

    async def take(self) -> Connection:
        """Gives a connection for sole use; refuses with Unavailable when none comes free in time or the server is away.

        Who waits is served in order: what comes back is handed to whoever waits longest, and never to somebody who has only just come.
        """
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._open -= 1
        if self._open < self._most:
            self._open += 1
            return await self._connect()
        handed = await self._wait()
        return handed if handed is not None and not handed.is_closed() else await self._connect()

    def give_back(self, connection: Connection, *, sound: bool) -> None:
        """Returns a connection. One that is not sound is closed instead: broken, inside a transaction, or left in the middle of an answer,
        as it is by whoever was cancelled while waiting for it.
        """
        if not sound or connection.is_closed() or connection.is_in_transaction() or self._closed:
            if not connection.is_closed():
                connection.terminate()
            self._leave()
        elif not self._handed(connection):
            self._idle.append(connection)

    async def close(self) -> None:
        """Closes the idle connections and whatever comes back later."""
        self._closed = True
        if self._patience is not None and not self._waiting:
            self._patience.cancel()
            self._patience = None
        while self._idle:
            self._open -= 1
            await self._idle.pop().close(timeout=CONNECT_TIMEOUT_SECONDS)

    async def _connect(self) -> Connection:
        """Makes a connection in a place that is counted already; the place is left when that fails."""
        try:
            return await asyncpg.connect(
                self._dsn, timeout=CONNECT_TIMEOUT_SECONDS, server_settings=self._session, statement_cache_size=512
            )
        except BaseException as failure:
            self._leave()
            if isinstance(
                failure, (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, TimeoutError)
            ):
                raise Unavailable("The database cannot be reached.", retry_after_seconds=2) from failure
            raise

    async def _wait(self) -> "Connection | None":
        """Gives a connection, or None for a place in which to make one."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Connection | None] = loop.create_future()
        self._waiting.append((loop.time() + WAIT_TIMEOUT_SECONDS, turn))
        if self._patience is None:
            self._patience = loop.call_later(WAIT_TIMEOUT_SECONDS, self._refuse, loop)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._pass_on(turn.result())
            raise

    def _refuse(self, loop: asyncio.AbstractEventLoop) -> None:
        """Refuses those who have waited too long. One timer serves the whole line, whose first one gives up first: one for each would cost
        a tenth of a page.
        """
        while self._waiting and self._waiting[0][0] <= loop.time():
            _, turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(Unavailable("All database connections are busy.", retry_after_seconds=2))
        self._patience = loop.call_at(self._waiting[0][0], self._refuse, loop) if self._waiting else None

    def _pass_on(self, handed: "Connection | None") -> None:
        if handed is None:
            self._leave()
        else:
            self.give_back(handed, sound=True)

    def _leave(self) -> None:
        """Gives up a place: whoever waits longest takes it over."""
        if not self._handed(None):
            self._open -= 1

    def _handed(self, connection: "Connection | None") -> bool:
        while self._waiting:
            _, turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False
