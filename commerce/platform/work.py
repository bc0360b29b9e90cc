"""Reactions and jobs as slices declare them, and the worker that runs them.

A *within* reaction runs in the transaction that emitted the fact. An *after* reaction is a job: a step runs exactly once, in the transaction
that marks the job as done; a flow, which may call a provider, runs at least once and must bear being run again.
"""

import asyncio
import traceback
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from commerce.kernel import clock
from commerce.kernel.errors import Bug, Refusal
from commerce.kernel.events import Event
from commerce.platform import events, jobs
from commerce.platform.database import Database, Tx, Within
from commerce.platform.jobs import NewJob, TakenJob, enqueue
from commerce.platform.statement import Statement
from commerce.platform.telemetry import span

__all__ = ["Job", "Reaction", "Worker", "after", "after_flow", "enqueue", "within", "within_reactions"]

POLL_SECONDS = 0.5
CONCURRENCY = 4
RELAY = "platform.relay"
log = structlog.get_logger("worker")

Step = Within
Flow = Callable[[Database, Any], Awaitable[object]]


class Reaction(msgspec.Struct, frozen=True):
    """What a slice does about a fact."""

    event: type[Event]
    name: str
    inside: Step | None = None
    step: Step | None = None
    flow: Flow | None = None


def _named(function: Callable[..., object]) -> str:
    return f"{function.__module__.removeprefix('commerce.')}.{function.__qualname__}"


def within(event: type[Event], step: Step) -> Reaction:
    """Runs a step in the transaction that emits the fact: both happen, or neither."""
    return Reaction(event, _named(step), inside=step)


def after(event: type[Event], step: Step) -> Reaction:
    """Runs a step exactly once after the fact was committed, in a transaction of its own."""
    return Reaction(event, _named(step), step=step)


def after_flow(event: type[Event], flow: Flow, *, name: str | None = None) -> Reaction:
    """Runs a flow at least once after the fact was committed; it must bear being run again."""
    return Reaction(event, name or _named(flow), flow=flow)


class Job(msgspec.Struct, frozen=True):
    """A kind of job: `Job("payments.capture", CaptureDue, flow=capture)`. `every_seconds` makes it periodic, with payload None."""

    kind: str
    payload: type[Any] | None = None
    step: Step | None = None
    flow: Flow | None = None
    every_seconds: int | None = None
    attempts: int = jobs.ATTEMPTS


def within_reactions(reactions: Iterable[Reaction]) -> dict[type[Event], Sequence[Within]]:
    """Gives what a Database runs inside its transactions."""
    found: dict[type[Event], list[Within]] = defaultdict(list)
    for reaction in reactions:
        if reaction.inside is not None:
            found[reaction.event].append(reaction.inside)
    return dict(found)


class _Reacting(msgspec.Struct, frozen=True):
    event_id: UUID


class Worker:
    """Publishes facts and runs what is due. Any number of workers may run at once, in any process."""

    def __init__(self, db: Database, *, reactions: Iterable[Reaction], kinds: Iterable[Job]) -> None:
        self.db = db
        self._jobs = {job.kind: job for job in kinds}
        self._reactions: dict[str, Reaction] = {}
        self._after: dict[str, list[str]] = defaultdict(list)
        for reaction in reactions:
            if reaction.inside is None:
                kind = f"reaction:{reaction.name}:{reaction.event.name()}"
                if kind in self._reactions:
                    raise Bug(f"two reactions are called {kind}")
                self._reactions[kind] = reaction
                self._after[reaction.event.name()].append(kind)
        self._periods: dict[str, int] = {}
        self._awake = asyncio.Event()
        self._stopping = False
        self.observe: Callable[[str, str], None] = lambda kind, outcome: None

    def wake(self) -> None:
        """Makes the worker look for work now instead of at its next poll."""
        self._awake.set()

    def stop(self) -> None:
        """Ends `run` after the jobs under way."""
        self._stopping = True
        self._awake.set()

    async def run(self) -> None:
        """Works until it is stopped. A database that is away is waited for."""
        while not self._stopping:
            self._awake.clear()
            try:
                await self._periodic()
                busy = await self.round()
            except Refusal as away:
                log.warning("worker_waits", code=away.code)
                busy = False
                await asyncio.sleep(POLL_SECONDS)
            if not busy and not self._stopping:
                await _wait(self._awake, POLL_SECONDS)

    async def round(self) -> bool:
        """Publishes what waits and runs one batch of due jobs; says whether there was anything to do."""
        published = await self.db.transact(self._relay)
        taken = await self.db.transact(jobs.take, list(self._jobs) + list(self._reactions), CONCURRENCY)
        if taken:
            await asyncio.gather(*(self._run(job) for job in taken))
        return bool(taken) or published

    async def drain(self, *, rounds: int = 1_000) -> None:
        """Works until nothing is due any more; for tests, the demo and one-off commands."""
        for _ in range(rounds):
            if not await self.round():
                return
        raise Bug("the work never ends: jobs make jobs")

    async def _relay(self, tx: Tx) -> bool:
        published = await events.publish(tx)
        new = [
            NewJob(
                kind=kind, payload=_Reacting(fact.event_id), dedupe=f"{kind}:{fact.event_id}", stream=fact.aggregate_id
            )
            for fact in published
            for kind in self._after.get(fact.tag, ())
        ]
        await jobs.enqueue_all(tx, new)
        return bool(published)

    async def _periodic(self) -> None:
        now = clock.now()
        due = [
            NewJob(
                kind=job.kind,
                dedupe=f"{job.kind}@{int(now.timestamp()) // job.every_seconds}",
                most_attempts=job.attempts,
            )
            for job in self._jobs.values()
            if job.every_seconds is not None and self._passed(job.kind, int(now.timestamp()) // job.every_seconds)
        ]
        if due:
            await self.db.transact(jobs.enqueue_all, due)

    def _passed(self, kind: str, period: int) -> bool:
        before, self._periods[kind] = self._periods.get(kind), period
        return before != period

    async def _run(self, job: TakenJob) -> None:
        with structlog.contextvars.bound_contextvars(job_id=str(job.id), job=job.kind), span(f"job {job.kind}"):
            try:
                step, flow, argument = await self._resolve(job)
                if step is not None:
                    await self.db.transact(_step_and_finish, job, step, argument)
                elif flow is not None:
                    async with _kept(self.db, job):
                        await flow(self.db, argument)
                    await self.db.transact(jobs.finish, job)
                self.observe(job.kind, "done")
            except Exception as failure:  # noqa: BLE001 -- the one place where a job's failure becomes its next attempt
                await self._failed(job, failure)

    async def _resolve(self, job: TakenJob) -> tuple[Step | None, Flow | None, Any]:
        if reaction := self._reactions.get(job.kind):
            reacting = msgspec.json.decode(job.payload, type=_Reacting)
            row = await self.db.reading.fetch_one(events.ONE, id=reacting.event_id)
            if row is None:
                raise Bug(f"the fact {reacting.event_id} is not there")
            return reaction.step, reaction.flow, msgspec.json.decode(row["payload"], type=reaction.event)
        kind = self._jobs[job.kind]
        argument = None if kind.payload is None else msgspec.json.decode(job.payload, type=kind.payload)
        return kind.step, kind.flow, argument

    async def _failed(self, job: TakenJob, failure: Exception) -> None:
        error = "".join(traceback.format_exception_only(failure)).strip()
        after = await self.db.transact(jobs.fail, job, error)
        self.observe(job.kind, "dead" if after is jobs.JobState.DEAD else "failed")
        log.warning(
            "job_failed",
            attempt=job.attempts,
            state=after.value,
            error=type(failure).__name__,
            exc_info=not isinstance(failure, Refusal),
        )


async def _step_and_finish(tx: Tx, job: TakenJob, step: Step, argument: Any) -> None:
    if await jobs.finish(tx, job):
        await step(tx, argument)


class _kept:  # noqa: N801 -- reads as a word in `async with`
    """Prolongs a job's lease while a flow runs, so that a slow provider is not called twice at once."""

    def __init__(self, db: Database, job: TakenJob) -> None:
        self._db, self._job = db, job

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._prolong())

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _prolong(self) -> None:
        while True:
            await asyncio.sleep(jobs.LEASE_SECONDS / 3)
            until = clock.now() + timedelta(seconds=jobs.LEASE_SECONDS)
            await self._db.transact(_prolong, self._job, until)


async def _prolong(tx: Tx, job: TakenJob, until: datetime) -> None:
    statement: Statement[Any] = jobs.PROLONG
    await tx.execute(statement, id=job.id, lease=job.attempts, lease_until=until)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
