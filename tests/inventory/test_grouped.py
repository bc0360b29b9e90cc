"""Joining whoever waits into one batch: order, bounds, cancellation, errors."""

import asyncio
from collections.abc import Sequence

import pytest

from commerce.kernel.errors import Bug, NotFound, Refusal
from commerce.platform.connections import Unavailable
from commerce.platform.database import Database
from commerce.platform.grouped import Grouped


class Recorder:
    """Doubles numbers, notes its batches, and stops before each batch until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.running = 0

    async def run(self, _: Database, items: Sequence[int]) -> list[int | Refusal]:
        assert self.running == 0, "one batch at a time"
        self.running += 1
        self.batches.append(list(items))
        try:
            await self.gate.wait()
            if 13 in items:
                raise Bug("13 is a faulty item")
            if 99 in items:
                raise Unavailable("The database is away.")
            return [NotFound(str(item)) if item < 0 else item * 2 for item in items]
        finally:
            self.running -= 1


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def nowhere() -> Database:
    """A database that nobody connects to."""
    return Database("postgresql://nowhere")


async def test_whoever_waits_goes_along_in_order_and_each_gets_its_own_answer(
    recorder: Recorder, nowhere: Database
) -> None:
    double = Grouped(recorder.run)
    asking = [asyncio.create_task(double(nowhere, n)) for n in (1, 2, -3, 4)]
    await asyncio.sleep(0)
    recorder.gate.set()
    came = await asyncio.gather(*asking, return_exceptions=True)
    assert recorder.batches == [[1], [2, -3, 4]]
    assert came[:2] == [2, 4]
    assert isinstance(came[2], NotFound)
    assert came[3] == 8


async def test_a_batch_is_bounded(recorder: Recorder, nowhere: Database) -> None:
    double = Grouped(recorder.run, most=3)
    asking = [asyncio.create_task(double(nowhere, n)) for n in range(8)]
    await asyncio.sleep(0)
    recorder.gate.set()
    assert await asyncio.gather(*asking) == [n * 2 for n in range(8)]
    assert recorder.batches == [[0], [1, 2, 3], [4, 5, 6], [7]]


async def test_those_who_come_again_at_once_share_the_next_batch(recorder: Recorder, nowhere: Database) -> None:
    double = Grouped(recorder.run)
    recorder.gate.set()

    async def client(start: int) -> None:
        for n in range(3):
            await double(nowhere, start + n)

    await asyncio.gather(*(client(each) for each in (0, 100, 200)))
    assert [len(batch) for batch in recorder.batches] == [1, 3, 3, 2]


async def test_a_caller_who_gives_up_while_waiting_takes_its_item_along(recorder: Recorder, nowhere: Database) -> None:
    double = Grouped(recorder.run)
    asking = [asyncio.create_task(double(nowhere, n)) for n in (1, 2, 3)]
    await asyncio.sleep(0)
    asking[0].cancel()  # its batch runs already: the effect stands, nobody listens
    asking[1].cancel()
    await asyncio.sleep(0)
    recorder.gate.set()
    assert await asking[2] == 6
    assert recorder.batches == [[1], [3]]
    assert asking[0].cancelled()
    assert asking[1].cancelled()


async def test_a_faulty_item_fails_alone(recorder: Recorder, nowhere: Database) -> None:
    double = Grouped(recorder.run)
    recorder.gate.set()
    asking = [asyncio.create_task(double(nowhere, n)) for n in (1, 2, 13, 4)]
    came = await asyncio.gather(*asking, return_exceptions=True)
    assert came[:2] == [2, 4]
    assert isinstance(came[2], Bug)
    assert came[3] == 8
    assert recorder.batches == [[1], [2, 13, 4], [2], [13], [4]]


async def test_an_unavailable_database_is_told_to_all_at_once_and_the_next_are_served(
    recorder: Recorder, nowhere: Database
) -> None:
    double = Grouped(recorder.run)
    recorder.gate.set()
    asking = [asyncio.create_task(double(nowhere, n)) for n in (1, 99, 3)]
    came = await asyncio.gather(*asking, return_exceptions=True)
    assert came[0] == 2
    assert isinstance(came[1], Unavailable)
    assert isinstance(came[2], Unavailable)
    assert await double(nowhere, 5) == 10


async def test_a_run_that_forgets_an_item_is_a_bug_for_all(nowhere: Database) -> None:
    async def forget(_: Database, items: Sequence[int]) -> Sequence[int | Refusal]:
        return list(items)[1:]

    with pytest.raises(Bug, match="0 answers for a batch of 1"):
        await Grouped(forget)(nowhere, 1)


async def test_a_batch_that_waits_for_others_is_overtaken(nowhere: Database) -> None:
    lock = asyncio.Event()
    under_way = 0
    most_under_way = 0

    async def double_all(_: Database, items: Sequence[int]) -> list[int | Refusal]:
        nonlocal under_way, most_under_way
        under_way += 1
        most_under_way = max(most_under_way, under_way)
        if min(items) < 0:
            await lock.wait()
        under_way -= 1
        return [item * 2 for item in items]

    double = Grouped(double_all, patience_seconds=0.01)
    slow = asyncio.create_task(double(nowhere, -1))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(asyncio.gather(*(double(nowhere, n) for n in (1, 2))), 5) == [2, 4]
    assert await asyncio.wait_for(double(nowhere, 3), 5) == 6, "one that comes later need not be patient again"
    stuck = [slow]
    for n in range(2, 8):
        stuck.append(asyncio.create_task(double(nowhere, -n)))
        await asyncio.sleep(0.02)
    assert (under_way, most_under_way) == (4, 4), "not more than four at once"
    lock.set()
    assert await asyncio.gather(*stuck) == [-2 * n for n in range(1, 8)]
    assert under_way == 0


def test_another_event_loop_has_a_line_of_its_own(nowhere: Database) -> None:
    async def double_all(_: Database, items: Sequence[int]) -> list[int | Refusal]:
        return [item * 2 for item in items]

    double = Grouped(double_all)

    async def ask() -> int:
        return await double(nowhere, 4)

    for _ in range(2):
        with asyncio.Runner() as runner:
            assert runner.run(ask()) == 8
