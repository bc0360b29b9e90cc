"""Facts, their feed and the jobs that follow from them, on a real database."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Integer, Uuid, func, select, text

from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.kernel.events import Event
from commerce.kernel.ids import new_id
from commerce.platform import events, jobs
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, given
from commerce.platform.work import Job, Worker, after, after_flow, enqueue, within, within_reactions

COUNT_EVENTS = Statement(select(func.count()).select_from(events.events))
DEAD = Statement(select(jobs.jobs.c.last_error).where(jobs.jobs.c.state == "dead"))


class ThingHappened(Event, tag="tests.thing_happened.v1"):
    thing: UUID
    n: int

    def about(self) -> UUID:
        return self.thing


class No(Refusal):
    """No."""

    code = "tests_no"


async def happen(tx: Tx, thing: UUID, *numbers: int) -> None:
    for n in numbers:
        tx.emit(ThingHappened(thing=thing, n=n))


async def test_a_rolled_back_transaction_leaves_no_fact(db: Database) -> None:
    async def refuse(tx: Tx) -> None:
        tx.emit(ThingHappened(thing=new_id(), n=1))
        raise No

    with pytest.raises(No):
        await db.transact(refuse)
    assert await db.reading.fetch_value(COUNT_EVENTS) == 0


async def test_facts_of_one_aggregate_get_increasing_versions_without_gaps_under_concurrency(db: Database) -> None:
    thing = new_id()
    await asyncio.gather(*(db.transact(happen, thing, n, n) for n in range(10)))
    await Worker(db, reactions=[], kinds=[]).drain()
    feed = await events.feed(db.reading, after=0, most=100)
    assert [event.aggregate_version for event in feed] == list(range(1, 21))
    assert [event.position for event in feed] == list(range(1, 21))


async def test_a_fact_that_commits_late_comes_after_those_that_were_read_before_it(db: Database, dsn: str) -> None:
    late = await asyncpg.connect(dsn)
    transaction = late.transaction()
    await transaction.start()
    event = ThingHappened(thing=new_id(), n=1)
    await late.execute(
        events.STORE.sql,
        *events.STORE.arguments(
            {
                "id": [new_id()],
                "tag": [event.name()],
                "aggregate_id": [event.thing],
                "place": [0],
                "nth": [1],
                "order_id": [None],
                "payload": [event],
                "at": datetime(2026, 1, 1, tzinfo=UTC),
                "request_id": None,
            }
        ),
    )
    await db.transact(happen, new_id(), 2)
    worker = Worker(db, reactions=[], kinds=[])
    await worker.drain()
    first = await events.feed(db.reading, after=0, most=10)
    await transaction.commit()
    await late.close()
    await worker.drain()
    second = await events.feed(db.reading, after=first[-1].position, most=10)
    assert [len(first), len(second)] == [1, 1]
    assert second[0].aggregate_id == event.thing


async def test_a_step_reaction_has_its_effect_once_even_when_two_workers_compete(db: Database) -> None:
    async def make(tx: Tx) -> None:
        await tx.execute(Statement(text("CREATE TABLE effects (thing uuid, n int)")))

    await db.transact(make)

    async def effect(tx: Tx, event: ThingHappened) -> None:
        await tx.execute(
            Statement(
                text("INSERT INTO effects VALUES (:thing, :n)").bindparams(given("thing", Uuid), given("n", Integer))
            ),
            thing=event.thing,
            n=event.n,
        )

    workers = [Worker(db, reactions=[after(ThingHappened, effect)], kinds=[]) for _ in range(3)]
    thing = new_id()
    await db.transact(happen, thing, *range(20))
    await asyncio.gather(*(worker.drain() for worker in workers))
    rows = await db.reading.fetch(Statement(text("SELECT n FROM effects")))
    assert [row["n"] for row in rows] == list(range(20))  # in the aggregate's order, each once


async def test_a_reaction_within_shares_the_fate_of_its_transaction(dsn: str) -> None:
    async def object_(_: Tx, event: ThingHappened) -> None:
        if event.n == 13:
            raise No

    db = Database(dsn, within=within_reactions([within(ThingHappened, object_)]), before_commit=events.store)
    with pytest.raises(No):
        await db.transact(happen, new_id(), 1, 13)
    await db.transact(happen, new_id(), 1)
    assert await db.reading.fetch_value(COUNT_EVENTS) == 1
    await db.close()


async def test_a_failing_job_is_tried_again_later_and_ends_dead_without_blocking_others(
    db: Database, clock: HeldClock
) -> None:
    calls: list[str] = []

    async def poisoned(_: Database, event: ThingHappened) -> None:
        calls.append(f"flow {event.n}")
        if event.n == 1:
            raise No("poison")

    worker = Worker(db, reactions=[after_flow(ThingHappened, poisoned)], kinds=[])
    thing, other = new_id(), new_id()
    await db.transact(happen, thing, 1)
    await db.transact(happen, thing, 2)
    await db.transact(happen, other, 3)
    await worker.drain()
    assert sorted(calls) == ["flow 1", "flow 3"]  # 2 waits behind 1, its own stream's first
    for _ in range(jobs.ATTEMPTS):
        clock.move(hours=2)
        await worker.drain()
    assert calls.count("flow 1") == jobs.ATTEMPTS
    assert calls.count("flow 2") == 1
    assert len(await db.reading.fetch(DEAD)) == 1


async def test_a_job_with_a_dedupe_key_exists_once(db: Database) -> None:
    ran: list[None] = []

    async def run(_: Tx, __: None) -> None:
        ran.append(None)

    async def ask(tx: Tx) -> None:
        await enqueue(tx, "tests.once", dedupe="the-one")

    worker = Worker(db, reactions=[], kinds=[Job("tests.once", step=run)])
    await asyncio.gather(*(db.transact(ask) for _ in range(5)))
    await worker.drain()
    await db.transact(ask)
    await worker.drain()
    assert len(ran) == 1


async def test_a_job_whose_worker_died_is_taken_over_when_its_lease_ends(db: Database, clock: HeldClock) -> None:
    ran: list[None] = []

    async def run(_: Tx, __: None) -> None:
        ran.append(None)

    async def ask(tx: Tx) -> None:
        await enqueue(tx, "tests.lost")

    await db.transact(ask)
    taken = await db.transact(jobs.take, ["tests.lost"], 5)  # and the process dies here
    worker = Worker(db, reactions=[], kinds=[Job("tests.lost", step=run)])
    await worker.drain()
    assert (len(taken), len(ran)) == (1, 0)
    clock.move(seconds=jobs.LEASE_SECONDS + 1)
    await worker.drain()
    assert len(ran) == 1
    assert not await db.transact(jobs.finish, taken[0])  # the dead process's lease no longer counts


async def test_facts_refuse_change(db: Database) -> None:
    await db.transact(happen, new_id(), 1)

    async def forge(tx: Tx) -> None:
        await tx.execute(Statement(text("UPDATE events SET tag = 'forged'")))

    with pytest.raises(Exception, match="append-only"):
        await db.transact(forge)
