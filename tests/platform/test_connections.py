"""Whoever leaves in the middle of an answer leaves no connection behind that others would trip over."""

import asyncio
import contextlib

import asyncpg
import pytest
from sqlalchemy import Float, Integer, Text, func, literal, select, text

from commerce.kernel.errors import Bug
from commerce.platform import connections
from commerce.platform.connections import Unavailable
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, given

SLEEP = Statement(select(func.pg_sleep(given("seconds", Float)).cast(Text), literal(7, Integer)))
SEVEN = Statement(select(literal(7, Integer)))
WHO = Statement(select(func.pg_backend_pid()))


async def sleep(tx: Tx, seconds: float) -> None:
    await tx.fetch(SLEEP, seconds=seconds)


async def seven(tx: Tx) -> int:
    return int(await tx.fetch_value(SEVEN))


async def cancelled(waiting: "asyncio.Task[object]", after: float) -> None:
    await asyncio.sleep(after)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting


@pytest.mark.parametrize("after", [0.0, 0.001, 0.01, 0.05])
async def test_a_cancelled_read_or_change_spoils_nobody_elses(dsn: str, after: float) -> None:
    db = Database(dsn, most_connections=2)
    for _ in range(8):
        read = asyncio.create_task(db.reading.fetch(SLEEP, seconds=0.2))
        change = asyncio.create_task(db.transact(sleep, 0.2))
        await asyncio.gather(cancelled(read, after), cancelled(change, after))
        answers = await asyncio.gather(
            *(db.transact(seven) for _ in range(4)), *(db.reading.fetch_value(SEVEN) for _ in range(4))
        )
        assert answers == [7] * 8
    await db.close()


async def test_a_statement_that_the_server_refuses_costs_no_connection(dsn: str) -> None:
    db = Database(dsn, most_connections=1)
    before = await db.reading.fetch_value(WHO)
    with pytest.raises(asyncpg.UndefinedTableError):
        await db.reading.fetch(Statement(text("SELECT * FROM nowhere")))

    async def wrong(tx: Tx) -> None:
        raise Bug("a step that breaks")

    with pytest.raises(Bug):
        await db.transact(wrong)
    assert await db.reading.fetch_value(WHO) == before
    await db.close()


async def test_a_connection_that_the_server_ended_is_replaced(dsn: str) -> None:
    db = Database(dsn, most_connections=1)
    pid = await db.reading.fetch_value(WHO)
    admin = await asyncpg.connect(dsn)
    await admin.execute(f"SELECT pg_terminate_backend({pid})")
    await admin.close()
    with contextlib.suppress(Unavailable):
        await db.reading.fetch_value(SEVEN)
    assert await db.transact(seven) == 7
    await db.close()


async def test_who_waits_longest_is_served_first(dsn: str) -> None:
    db = Database(dsn, most_connections=1)
    served: list[str] = []

    async def greedy() -> None:
        for _ in range(5):
            await db.reading.fetch_value(SEVEN)
            served.append("greedy")

    async def patient() -> None:
        await db.reading.fetch_value(SEVEN)
        served.append("patient")

    await asyncio.gather(greedy(), patient(), patient())
    assert served.index("patient") <= 1
    assert served[:4].count("patient") == 2
    await db.close()


async def test_who_waits_too_long_is_refused_and_who_came_later_goes_on_waiting(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, begun, enough = Database(dsn, most_connections=1), asyncio.Event(), asyncio.Event()

    async def keep(tx: Tx) -> None:
        begun.set()
        await enough.wait()

    held = asyncio.create_task(db.transact(keep))
    await begun.wait()
    monkeypatch.setattr(connections, "WAIT_TIMEOUT_SECONDS", 0.1)
    early = [asyncio.create_task(db.reading.fetch_value(SEVEN)) for _ in range(2)]
    await asyncio.sleep(0)
    monkeypatch.setattr(connections, "WAIT_TIMEOUT_SECONDS", 60)
    late = asyncio.create_task(db.reading.fetch_value(SEVEN))
    refused = await asyncio.gather(*early, return_exceptions=True)
    assert [type(each) for each in refused] == [Unavailable, Unavailable]
    assert not late.done()
    enough.set()
    await held
    assert await late == 7
    await db.close()


async def test_a_connection_handed_to_somebody_who_left_goes_on_to_the_next(dsn: str) -> None:
    db = Database(dsn, most_connections=1)
    for _ in range(20):
        held = asyncio.create_task(db.transact(sleep, 0.01))
        await asyncio.sleep(0)
        leaving = [asyncio.create_task(db.reading.fetch_value(SEVEN)) for _ in range(3)]
        staying = asyncio.create_task(db.reading.fetch_value(SEVEN))
        await asyncio.gather(held, *(cancelled(each, 0.01) for each in leaving))
        assert await asyncio.wait_for(staying, 5) == 7
    await db.close()
