"""Small, versioned values that live in a process: tax rates, delivery methods, calendars.

A value is at most one second old: then its version is read (one statement for all the names of a database), and the value is loaded again
when the version moved. Correctness never depends on it: what is committed is judged by statement.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, Column, Table, Text, select
from sqlalchemy.dialects.postgresql import insert

from commerce.platform.database import Reading, Tx
from commerce.platform.statement import Statement, given
from commerce.platform.tables import metadata

T = TypeVar("T")
FRESH_SECONDS = 0.5

resident_versions = Table(
    "resident_versions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

VERSIONS = Statement(select(resident_versions.c.name, resident_versions.c.version))
_bump = insert(resident_versions).values(name=given("name", Text), version=1)
BUMP = Statement(
    _bump.on_conflict_do_update(index_elements=["name"], set_={"version": resident_versions.c.version + 1})
)


class _Versions:
    """What one database's versions were when last read."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.read_at = float("-inf")
        self.reading: asyncio.Future[None] | None = None


class _Held(Generic[T]):
    def __init__(self, value: T, version: int) -> None:
        self.value, self.version = value, version


_versions: WeakKeyDictionary[Reading, _Versions] = WeakKeyDictionary()


class Resident(Generic[T]):
    """One resident value: `TAXES = Resident("tax", load)`, where `load(reading)` reads it whole."""

    def __init__(self, name: str, load: Callable[[Reading], Awaitable[T]]) -> None:
        self.name = name
        self._load = load
        self._held: WeakKeyDictionary[Reading, _Held[T]] = WeakKeyDictionary()

    async def get(self, reading: Reading) -> T:
        """Gives the value, at most one second old."""
        versions = _versions.get(reading)
        if versions is None:
            versions = _versions.setdefault(reading, _Versions())
        if monotonic() - versions.read_at > FRESH_SECONDS:
            await _refresh(reading, versions)
        version = versions.known.get(self.name, 0)
        held = self._held.get(reading)
        if held is None or held.version != version:
            held = _Held(await self._load(reading), version)
            self._held[reading] = held
        return held.value

    async def changed(self, tx: Tx) -> None:
        """Tells every process that the value changed, when this transaction commits; this process sees it at once."""
        await tx.execute(BUMP, name=self.name)
        tx.after_commit(_forget_versions)


def as_known(reading: Reading) -> object | None:
    """Gives a token for all that is resident of a database: while it is the same object, every `get` would give what it gave before.

    None when it is time to look again. For what is compiled from several values, so that one question stands for all of them.
    """
    versions = _versions.get(reading)
    if versions is None or monotonic() - versions.read_at > FRESH_SECONDS:
        return None
    return versions.known


def _forget_versions() -> None:
    for versions in _versions.values():
        versions.read_at = float("-inf")


async def _refresh(reading: Reading, versions: _Versions) -> None:
    if versions.reading is not None:
        await asyncio.shield(versions.reading)
        return
    versions.reading = asyncio.get_running_loop().create_future()
    started = monotonic()
    try:
        rows = await reading.fetch(VERSIONS)
        versions.known = {row["name"]: row["version"] for row in rows}
        versions.read_at = started
    finally:
        versions.reading.set_result(None)
        versions.reading = None
