"""Reads that wait at the same moment share a statement: half of what a small read costs is sending it and starting it.

The next read of a kind takes along whoever came while one was under way; alone it starts at once, as a statement of its own. Each asks with
its own rows, and its snapshot is never older than its question.

Docs: docs/decisions/0154-reads-that-wait-share-a-statement.md.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from asyncpg import Record

from commerce.platform.database import Reading, Reads
from commerce.platform.grouped import Grouped
from commerce.platform.statement import Statement

MOST: Final = 32  # whose answers are read and handed out at once: more would keep all others of the process waiting

Own = Mapping[str, Mapping[str, Sequence[object]]]
"""Rows of each table that a statement takes, as columns of arrays, by the name of the table's number of who asks."""


class _Asked(NamedTuple):
    own: Own
    shared: Mapping[str, object]


class Together:
    """One statement, asked by several: `FACTS = Together(Statement(…))`.

    It takes its questions as tables of arrays (`unnested`), one column of which is the number of who asks; the same number stands in the
    column `nth` of its rows.
    """

    def __init__(self, statement: Statement[Record]) -> None:
        self._statement = statement
        self._grouped: Grouped[Reading, _Asked, list[Record]] = Grouped(self._read, most=MOST)

    async def fetch(self, reads: Reads, own: Own, **shared: object) -> list[Record]:
        """Gives the rows of one question. `own` are its rows of each table, by the name of that table's number; only those whose `shared`
        arguments are equal go together. Within a transaction it stays alone.
        """
        asked = _Asked(own, shared)
        if isinstance(reads, Reading):
            return await self._grouped(reads, asked)
        return (await self._read(reads, [asked]))[0]

    async def _read(self, reads: Reads, several: Sequence[_Asked]) -> list[list[Record]]:
        found: list[list[Record]] = [[] for _ in several]
        alike: dict[object, list[int]] = {}
        for nth, asked in enumerate(several):
            alike.setdefault(_hashable(asked.shared), []).append(nth)
        for nths in alike.values():
            own = joined({nth: several[nth].own for nth in nths})
            for row in await reads.fetch(self._statement, **own, **several[nths[0]].shared):
                found[row["nth"]].append(row)
        return found


def joined(owns: Mapping[int, Own]) -> dict[str, list[object]]:
    """Gives the rows of several, by their numbers, as arguments of one statement."""
    found: dict[str, list[object]] = {}
    for nth, own in owns.items():
        for number, columns in own.items():
            for name, values in columns.items():
                found.setdefault(name, []).extend(values)
            found.setdefault(number, []).extend([nth] * len(next(iter(columns.values()))))
    return found


def _hashable(shared: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in shared.values())
