"""The database: transactions that can be repeated, reads that cannot write, facts that leave with the commit.

A *step* takes a `Tx`: it never commits and never calls the network. A *flow* takes a `Database` and runs steps with
`await db.transact(step, …)`. A *read* takes a `Reading`. The type checker refuses one where another is asked for.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import asyncpg

from commerce.kernel.errors import AlreadyExists, Bug, InvalidInput, Refusal
from commerce.kernel.events import Event
from commerce.platform.connections import Connection, Connections, Unavailable
from commerce.platform.statement import Statement
from commerce.platform.telemetry import count_statement, describe, span

P = ParamSpec("P")
R = TypeVar("R")
Row = TypeVar("Row")
E = TypeVar("E", bound=Event)

ATTEMPTS = 8
BACKOFF_SECONDS = 0.005
# What is raised when a connection is of no use any more, for whatever reason.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    OSError,
)
# Constraints whose violation only means that someone else was quicker, so that the step is right to run again.
RETRIED_CONSTRAINTS = {"uq_events_aggregate_id_aggregate_version", "pk_stock_levels"}

_refusals: dict[str, Callable[[], Refusal]] = {}


def refuse_on(constraint: str, refusal: Callable[[], Refusal]) -> None:
    """Says which refusal a broken constraint means: `refuse_on("uq_products_slug", SlugTaken)`. Declared in a slice's `errors.py`."""
    _refusals[constraint] = refusal


class _Statements:
    """Runs statements on one connection."""

    def __init__(self, connection: Connection, count: Callable[[], None]) -> None:
        self._connection = connection
        self._count = count

    async def fetch(self, statement: Statement[Row], /, **arguments: object) -> list[Row]:
        """Gives all rows."""
        self._count()
        return statement.rows(await self._connection.fetch(statement.sql, *statement.arguments(arguments)))

    async def fetch_one(self, statement: Statement[Row], /, **arguments: object) -> Row | None:
        """Gives the only row, or None; a second row is a Bug."""
        rows = await self.fetch(statement, **arguments)
        if len(rows) > 1:
            raise Bug(f"one row was expected and {len(rows)} came: {statement.sql}")
        return rows[0] if rows else None

    async def fetch_value(self, statement: Statement[asyncpg.Record], /, **arguments: object) -> Any:
        """Gives the first column of the only row, or None when there is no row."""
        row = await self.fetch_one(statement, **arguments)
        return None if row is None else row[0]

    async def execute(self, statement: Statement[Any], /, **arguments: object) -> int:
        """Runs a statement and gives the number of rows that it touched."""
        self._count()
        status = await self._connection.execute(statement.sql, *statement.arguments(arguments))
        tail = status.rpartition(" ")[2]
        return int(tail) if tail.isdigit() else 0


class Tx(_Statements):
    """A transaction that is under way. Only `Database.transact` makes one, and only it commits."""

    def __init__(self, connection: Connection, count: Callable[[], None], wake: Callable[[], None]) -> None:
        super().__init__(connection, count)
        self.wake = wake
        self.events: list[Event] = []
        self.changes: list[tuple[str, object, object, object]] = []
        # By order: the request that a fact about it comes from, where one transaction serves several requests.
        self.asked_by: dict[UUID, str | None] = {}
        self._after_commit: list[Callable[[], None]] = []

    def emit(self, *events: Event) -> None:
        """Records facts; they are stored with the commit, in this order, and reach the reactions."""
        self.events.extend(events)

    def changed(self, kind: str, subject: object, *, before: object = None, after: object = None) -> None:
        """Notes what an act changed, for the audit log; kept only when staff, a terminal or a service acts."""
        self.changes.append((kind, subject, before, after))

    def after_commit(self, call: Callable[[], None]) -> None:
        """Runs a quick synchronous call once the commit has succeeded (to wake a worker, to drop a cached value)."""
        self._after_commit.append(call)

    def committed(self) -> None:
        """Runs what waited for the commit."""
        for call in self._after_commit:
            call()


class Reading:
    """Reads outside a transaction: each statement sees its own moment, on whichever connection is free."""

    def __init__(self, connections: Connections, count: Callable[[], None]) -> None:
        self._connections = connections
        self._count = count

    async def fetch(self, statement: Statement[Row], /, **arguments: object) -> list[Row]:
        """Gives all rows."""
        self._count()
        values = statement.arguments(arguments)
        connection = await self._connections.take()
        sound = False
        try:
            records = await connection.fetch(statement.sql, *values)
            sound = True
            return statement.rows(records)
        except LOST as lost:
            raise Unavailable("The database connection was lost.", retry_after_seconds=2) from lost
        except asyncpg.PostgresError:
            sound = True  # the server answered, if only to say no
            raise
        finally:
            self._connections.give_back(connection, sound=sound)

    async def fetch_one(self, statement: Statement[Row], /, **arguments: object) -> Row | None:
        """Gives the only row, or None; a second row is a Bug."""
        rows = await self.fetch(statement, **arguments)
        if len(rows) > 1:
            raise Bug(f"one row was expected and {len(rows)} came: {statement.sql}")
        return rows[0] if rows else None

    async def fetch_value(self, statement: Statement[asyncpg.Record], /, **arguments: object) -> Any:
        """Gives the first column of the only row, or None when there is no row."""
        row = await self.fetch_one(statement, **arguments)
        return None if row is None else row[0]


Within = Callable[[Tx, Any], Awaitable[object]]
BeforeCommit = Callable[[Tx], Awaitable[None]]


class Database:
    """One PostgreSQL database. `before_commit` stores a transaction's facts; `within` holds the reactions that belong to it."""

    def __init__(
        self,
        dsn: str,
        *,
        most_connections: int = 8,
        within: Mapping[type[Event], Sequence[Within]] | None = None,
        before_commit: BeforeCommit | None = None,
        session: Mapping[str, str] | None = None,
    ) -> None:
        self.dsn = dsn
        self.statements = 0
        self._connections = Connections(dsn, most=most_connections, session=session)
        self._within = within or {}
        self._before_commit = before_commit
        self.reading = Reading(self._connections, self._count)
        self.wake: Callable[[], None] = lambda: None

    def _count(self) -> None:
        self.statements += 1
        count_statement()

    async def close(self) -> None:
        """Closes the connections."""
        await self._connections.close()

    async def transact(self, step: Callable[Concatenate[Tx, P], Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a step in a transaction and commits; runs it again after a deadlock, a serialisation failure or a lost race for an event's
        version, with a growing pause, eight times at the most. Refusals and bugs roll back.
        """
        return await self._repeated(getattr(step, "__qualname__", "transaction"), self._attempt, step, *args, **kwargs)

    async def apply(self, statement: Statement[Row], /, **arguments: object) -> list[Row]:
        """Runs one changing statement as a transaction of its own, in one round trip; repeated and refused as `transact` does.

        Only for what emits no facts and has no reactions: there is no moment before its commit.
        """
        return await self._repeated("statement", self._alone, statement, statement.arguments(arguments))

    async def _alone(self, statement: Statement[Row], values: Sequence[object]) -> list[Row]:
        connection = await self._connections.take()
        sound = False
        try:
            self._count()
            records = await connection.fetch(statement.sql, *values)
            sound = True
            return statement.rows(records)
        except LOST as lost:
            raise Unavailable(
                "The database connection was lost; repeat with the same key.", retry_after_seconds=2
            ) from lost
        except asyncpg.PostgresError as failed:
            sound = True  # the server answered, if only to say no
            if isinstance(failed, (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError)):
                raise Unavailable("The change waited too long for another one.", retry_after_seconds=1) from failed
            raise
        finally:
            self._connections.give_back(connection, sound=sound)

    async def _repeated(self, name: str, run: Callable[..., Awaitable[R]], *args: Any, **kwargs: Any) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with span("transaction", {"attempt": attempt}) as traced:
                    describe(traced, name, {})
                    return await run(*args, **kwargs)
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.UniqueViolationError) as lost:
                if isinstance(lost, asyncpg.UniqueViolationError) and lost.constraint_name not in RETRIED_CONSTRAINTS:
                    raise _refusal(lost) from lost
                if attempt == ATTEMPTS:
                    raise Unavailable("Too many requests change the same thing.", retry_after_seconds=1) from lost
                await asyncio.sleep(random.uniform(0, BACKOFF_SECONDS * 2**attempt))  # noqa: S311 -- jitter, not a secret
            except asyncpg.IntegrityConstraintViolationError as broken:
                raise _refusal(broken) from broken
        raise Bug("a transaction was neither committed nor given up")

    async def _attempt(self, step: Callable[..., Awaitable[R]], *args: Any, **kwargs: Any) -> R:
        connection = await self._connections.take()
        sound = False
        try:
            tx = Tx(connection, self._count, self.wake)
            await connection.execute("BEGIN")
            try:
                result = await step(tx, *args, **kwargs)
                await self._react(tx)
                if self._before_commit is not None:
                    await self._before_commit(tx)
                await connection.execute("COMMIT")
                sound = True
            except Exception:
                sound = await _rolled_back(connection)
                raise  # who is cancelled leaves at once, maybe amid an answer: that connection is closed, and the server rolls back
            if tx.events:
                self.wake()
            tx.committed()
            return result
        except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError) as slow:
            raise Unavailable("The change waited too long for another one.", retry_after_seconds=1) from slow
        except LOST as lost:
            raise Unavailable(
                "The database connection was lost; repeat with the same key.", retry_after_seconds=2
            ) from lost
        finally:
            self._connections.give_back(connection, sound=sound)

    async def _react(self, tx: Tx) -> None:
        done = 0
        while done < len(tx.events):
            event = tx.events[done]
            done += 1
            for reaction in self._within.get(type(event), ()):
                await reaction(tx, event)


async def _rolled_back(connection: Connection) -> bool:
    """Ends a transaction; False where that was not possible: the connection is then closed, and the server ends it."""
    if connection.is_closed():
        return False
    try:
        await connection.execute("ROLLBACK")
    except (*LOST, asyncpg.PostgresError):
        return False
    return True


def _refusal(broken: asyncpg.IntegrityConstraintViolationError) -> BaseException:
    """Gives what a broken constraint means to the caller: the declared refusal, or the plain one of its kind; else the error as it is."""
    name = broken.constraint_name or ""
    if declared := _refusals.get(name):
        return declared()
    if isinstance(broken, asyncpg.UniqueViolationError):
        return AlreadyExists(f"The value must be unique ({name}).")
    if isinstance(broken, asyncpg.ForeignKeyViolationError):
        return InvalidInput(f"The request names something that does not exist, or that is still in use ({name}).")
    return Bug(f"a constraint was broken: {name or broken}")


Reads = Reading | Tx
"""What a read that is used in both worlds takes."""
