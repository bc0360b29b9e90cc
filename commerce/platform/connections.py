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
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._open = 0
        self._closed = False

    async def take(self) -> Connection:
        """Gives a connection for sole use; refuses with Unavailable when none comes free in time or the server is away."""
        while True:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._open -= 1
            if self._open < self._most:
                return await self._connect()
            await self._wait()

    def give_back(self, connection: Connection, *, sound: bool) -> None:
        """Returns a connection. One that is not sound is closed instead: broken, inside a transaction, or left in the middle of an answer,
        as it is by whoever was cancelled while waiting for it.
        """
        if not sound or connection.is_closed() or connection.is_in_transaction() or self._closed:
            self._open -= 1
            if not connection.is_closed():
                connection.terminate()
        else:
            self._idle.append(connection)
        self._call_next()

    async def close(self) -> None:
        """Closes the idle connections and whatever comes back later."""
        self._closed = True
        while self._idle:
            self._open -= 1
            await self._idle.pop().close(timeout=CONNECT_TIMEOUT_SECONDS)

    async def _connect(self) -> Connection:
        self._open += 1
        try:
            return await asyncpg.connect(
                self._dsn, timeout=CONNECT_TIMEOUT_SECONDS, server_settings=self._session, statement_cache_size=512
            )
        except BaseException as failure:
            self._open -= 1
            self._call_next()
            if isinstance(
                failure, (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, TimeoutError)
            ):
                raise Unavailable("The database cannot be reached.", retry_after_seconds=2) from failure
            raise

    async def _wait(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(WAIT_TIMEOUT_SECONDS):
                await turn
        except TimeoutError:
            raise Unavailable("All database connections are busy.", retry_after_seconds=2) from None
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._call_next()
            raise

    def _call_next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
