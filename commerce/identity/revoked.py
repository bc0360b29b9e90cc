"""What ended before its tokens expire, known to every process within half a second.

Each process keeps the few endings of the last minutes in memory. A request that finds them older than half a second has them read again,
with one statement for all who wait; the process that ends something reads them at its next request.
"""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from time import monotonic
from uuid import UUID
from weakref import WeakSet

import msgspec
from sqlalchemy import Float, Integer, Uuid, func, insert, select

from commerce.identity.tables import revocations
from commerce.platform.database import Reading, Tx
from commerce.platform.statement import Statement, given, unnested

ACCESS_LIFE = timedelta(minutes=15)
FRESH_SECONDS = 0.5
# A transaction may commit this much later than it wrote its row; readers look this far behind what they have read.
LATE_COMMIT_SECONDS = 120.0
KEPT_SECONDS = ACCESS_LIFE.total_seconds() + LATE_COMMIT_SECONDS


class _Ending(msgspec.Struct, frozen=True):
    ended_id: UUID
    least_generation: int | None


RECENT = Statement(
    select(revocations.c.ended_id, func.max(revocations.c.least_generation).label("least_generation"))
    .where(
        revocations.c.recorded_at
        > func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, given("seconds", Float))
    )
    .group_by(revocations.c.ended_id),
    into=_Ending,
)
_new = unnested("new", ended_id=Uuid, least_generation=Integer)
END = Statement(
    insert(revocations).from_select(["ended_id", "least_generation"], select(_new.c.ended_id, _new.c.least_generation))
)


async def end_sessions(tx: Tx, session_ids: Iterable[UUID]) -> None:
    """Ends the access tokens of sessions."""
    ids = list(session_ids)
    await _end(tx, ids, [None] * len(ids))


async def end_key(tx: Tx, key_id: UUID) -> None:
    """Ends whatever a signing key has signed."""
    await _end(tx, [key_id], [None])


async def end_generations(tx: Tx, subject_id: UUID, least: int) -> None:
    """Ends a subject's access tokens of generations before the least one that still holds."""
    await _end(tx, [subject_id], [least])


async def _end(tx: Tx, ids: list[UUID], least: list[int | None]) -> None:
    if ids:
        await tx.execute(END, ended_id=ids, least_generation=least)
        tx.after_commit(_read_anew)


_all: "WeakSet[Revoked]" = WeakSet()


def _read_anew() -> None:
    for revoked in _all:
        revoked.read_anew()


class Revoked:
    """The endings of the last minutes, as one process knows them."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: dict[UUID, tuple[int | None, float]] = {}
        self._read_at = float("-inf")
        self._not_before = float("-inf")
        self._leader: asyncio.Future[None] | None = None
        _all.add(self)

    def read_anew(self) -> None:
        """Makes the next request read the endings, whatever their age."""
        self._not_before = monotonic()

    async def fresh(self) -> None:
        """Returns once all endings are known that were committed half a second ago, or by this process at all."""
        wanted = max(monotonic() - FRESH_SECONDS, self._not_before)
        while self._read_at < wanted:
            if self._leader is not None:
                await asyncio.shield(self._leader)
                continue
            self._leader = leader = asyncio.get_running_loop().create_future()
            try:
                await self._read()
            finally:
                self._leader = None
                leader.set_result(None)

    def has_ended(self, ended_id: UUID | None, generation: int | None = None) -> bool:
        """Says whether a session or key has ended, or a subject's generation."""
        known = self._known.get(ended_id) if ended_id is not None else None
        if known is None:
            return False
        least = known[0]
        return least is None or (generation is not None and generation < least)

    async def _read(self) -> None:
        started = monotonic()
        behind = min(started - self._read_at + LATE_COMMIT_SECONDS, KEPT_SECONDS)
        rows = await self._reading.fetch(RECENT, seconds=behind)
        if rows or self._known:
            kept = {each: known for each, known in self._known.items() if started - known[1] < KEPT_SECONDS}
            kept.update({row.ended_id: (row.least_generation, started) for row in rows})
            self._known = kept
        self._read_at = started
