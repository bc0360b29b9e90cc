"""One snapshot of the database: every read in it sees the same moment, whatever is committed meanwhile."""

from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import text

from commerce.platform.database import Database, Reading, Tx
from commerce.platform.statement import Statement

P = ParamSpec("P")
R = TypeVar("R")
Row = TypeVar("Row")

ONE_MOMENT = Statement(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


class Snapshot(Reading):
    """A reading whose statements all see one moment. What is resident is loaded anew through it, so that it is of that moment too."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def fetch(self, statement: Statement[Row], /, **arguments: object) -> list[Row]:
        """Gives all rows."""
        return await self._tx.fetch(statement, **arguments)


async def in_snapshot(
    db: Database, read: Callable[Concatenate[Snapshot, P], Awaitable[R]], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Runs a read in a snapshot of its own, on one connection that is given back when it ends. Nothing can be written in it."""

    async def frozen(tx: Tx) -> R:
        await tx.execute(ONE_MOMENT)
        return await read(Snapshot(tx), *args, **kwargs)

    return await db.transact(frozen)
