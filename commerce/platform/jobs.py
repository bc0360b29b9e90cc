"""Jobs: one table, taken with SKIP LOCKED, kept under a lease, tried again with growing pauses, set aside as dead when they never succeed.

A job that belongs to a stream (an aggregate) waits until the earlier jobs of its kind and stream are done or dead.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    and_,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from commerce.kernel import clock
from commerce.kernel.ids import JobId, new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.platform.tables import instant, key, metadata, one_of

LEASE_SECONDS = 20
ATTEMPTS = 12
PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 3_600
ERROR_LENGTH = 2_000
KEEP_DONE_DAYS = 2


class JobState(StrEnum):
    """Where a job is: waiting for its time, under a lease, finished, or given up."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


jobs = Table(
    "jobs",
    metadata,
    key(),
    Column("seq", BigInteger, Identity(always=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("dedupe", Text, unique=True),
    Column("stream", Uuid),
    Column("payload", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default=JobState.READY.value),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("most_attempts", Integer, nullable=False),
    instant("run_at"),
    instant("lease_until", nullable=True),
    instant("finished_at", nullable=True),
    Column("last_error", Text),
    CheckConstraint(one_of("state", JobState), name="state_known"),
    CheckConstraint("attempts >= 0 AND attempts <= most_attempts", name="attempts_bounded"),
    Index("ix_jobs_due", "run_at", "seq", postgresql_where=Column("state").in_(["ready", "running"])),
    Index("ix_jobs_stream", "stream", "kind", "seq", postgresql_where=Column("state").in_(["ready", "running"])),
)


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """Work to be done later. `dedupe` makes it exist once; `stream` keeps its order among jobs of the same kind and stream."""

    kind: str
    payload: object = None
    dedupe: str | None = None
    stream: UUID | None = None
    run_at: datetime | None = None
    most_attempts: int = ATTEMPTS


class TakenJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job under this process's lease; `attempts` is the lease's number."""

    id: JobId
    kind: str
    payload: msgspec.Raw
    attempts: int
    most_attempts: int


_new = unnested(
    "new",
    id=Uuid,
    kind=Text,
    dedupe=Text,
    stream=Uuid,
    payload=JSONB,
    run_at=jobs.c.run_at.type,
    most_attempts=Integer,
)
_FIELDS = ["id", "kind", "dedupe", "stream", "payload", "run_at", "most_attempts"]
ENQUEUE = Statement(
    insert(jobs)
    .from_select(_FIELDS, select(*(_new.c[name] for name in _FIELDS)))
    .on_conflict_do_nothing(index_elements=["dedupe"])
)


async def enqueue_all(tx: Tx, new: Sequence[NewJob]) -> None:
    """Stores jobs in the transaction, with one statement; one whose dedupe key exists already is left out."""
    if not new:
        return
    now = clock.now()
    await tx.execute(
        ENQUEUE,
        id=[new_id() for _ in new],
        kind=[job.kind for job in new],
        dedupe=[job.dedupe for job in new],
        stream=[job.stream for job in new],
        payload=[job.payload if job.payload is not None else {} for job in new],
        run_at=[job.run_at or now for job in new],
        most_attempts=[job.most_attempts for job in new],
    )
    tx.after_commit(tx.wake)


async def enqueue(
    tx: Tx,
    kind: str,
    payload: object = None,
    *,
    dedupe: str | None = None,
    stream: UUID | None = None,
    run_at: datetime | None = None,
) -> None:
    """Stores one job in the transaction."""
    await enqueue_all(tx, [NewJob(kind=kind, payload=payload, dedupe=dedupe, stream=stream, run_at=run_at)])


_earlier = jobs.alias("earlier")
_blocked = (
    select(_earlier.c.id)
    .where(
        _earlier.c.stream == jobs.c.stream,
        _earlier.c.kind == jobs.c.kind,
        _earlier.c.seq < jobs.c.seq,
        text("earlier.state IN ('ready', 'running')"),
    )
    .exists()
)
_due = (
    select(jobs.c.id)
    .where(
        text("jobs.state IN ('ready', 'running')"),  # as text, so that the plan can use the partial index
        jobs.c.run_at <= given("now", jobs.c.run_at.type),
        or_(jobs.c.state == JobState.READY.value, jobs.c.lease_until < given("now", jobs.c.run_at.type)),
        any_of(jobs.c.kind, "kinds"),
        or_(jobs.c.stream.is_(None), ~_blocked),
    )
    .order_by(jobs.c.run_at, jobs.c.seq)
    .limit(given("most", Integer))
    .with_for_update(skip_locked=True, of=jobs)
    .cte("due")
)
TAKE = Statement(
    update(jobs)
    .where(jobs.c.id == _due.c.id)
    .values(
        state=JobState.RUNNING.value,
        attempts=func.least(jobs.c.attempts + 1, jobs.c.most_attempts),
        lease_until=given("lease_until", jobs.c.lease_until.type),
    )
    .returning(jobs.c.id, jobs.c.kind, jobs.c.payload, jobs.c.attempts, jobs.c.most_attempts),
    into=TakenJob,
)
_MINE = and_(
    jobs.c.id == given("id", Uuid),
    jobs.c.attempts == given("lease", Integer),
    jobs.c.state == JobState.RUNNING.value,
)
FINISH = Statement(
    update(jobs)
    .where(_MINE)
    .values(state=JobState.DONE.value, finished_at=given("at", jobs.c.run_at.type), lease_until=None, last_error=None)
    .returning(jobs.c.id)
)
FAIL = Statement(
    update(jobs)
    .where(_MINE)
    .values(
        state=given("state", Text),
        run_at=given("run_at", jobs.c.run_at.type),
        lease_until=None,
        last_error=given("error", Text),
        finished_at=given("finished_at", jobs.c.run_at.type),
    )
)
PROLONG = Statement(update(jobs).where(_MINE).values(lease_until=given("lease_until", jobs.c.lease_until.type)))
PURGE = Statement(
    delete(jobs).where(jobs.c.state == JobState.DONE.value, jobs.c.finished_at < given("before", jobs.c.run_at.type))
)
COUNT_DEAD = Statement(select(func.count()).select_from(jobs).where(jobs.c.state == JobState.DEAD.value))
REVIVE = Statement(
    update(jobs)
    .where(jobs.c.id == given("id", Uuid), jobs.c.state == JobState.DEAD.value)
    .values(state=JobState.READY.value, attempts=0, finished_at=None, run_at=given("at", jobs.c.run_at.type))
    .returning(jobs.c.id)
)
WAITED = Statement(
    select(
        func.coalesce(func.extract("epoch", given("now", jobs.c.run_at.type) - func.min(jobs.c.run_at)), 0).cast(Float)
    ).where(jobs.c.state == JobState.READY.value, jobs.c.run_at <= given("now", jobs.c.run_at.type))
)


async def take(tx: Tx, kinds: Sequence[str], most: int) -> list[TakenJob]:
    """Puts due jobs of the given kinds under this process's lease; jobs whose lease ran out count as due."""
    now = clock.now()
    return await tx.fetch(
        TAKE, now=now, kinds=list(kinds), most=most, lease_until=now + timedelta(seconds=LEASE_SECONDS)
    )


async def finish(tx: Tx, job: TakenJob) -> bool:
    """Marks a job as done; False when the lease has passed to another process, whose effect then counts."""
    return await tx.fetch_value(FINISH, id=job.id, lease=job.attempts, at=clock.now()) is not None


async def fail(tx: Tx, job: TakenJob, error: str) -> JobState:
    """Puts a failed job back with a growing pause, or sets it aside as dead after its last attempt."""
    now = clock.now()
    dead = job.attempts >= job.most_attempts
    after = JobState.DEAD if dead else JobState.READY
    pause = min(PAUSE_SECONDS * 2 ** (job.attempts - 1), LONGEST_PAUSE_SECONDS)
    await tx.execute(
        FAIL,
        id=job.id,
        lease=job.attempts,
        state=after,
        run_at=now + timedelta(seconds=pause),
        error=error[:ERROR_LENGTH],
        finished_at=now if dead else None,
    )
    return after


async def purge(tx: Tx) -> int:
    """Forgets jobs that were done more than two days ago."""
    return await tx.execute(PURGE, before=clock.now() - timedelta(days=KEEP_DONE_DAYS))
