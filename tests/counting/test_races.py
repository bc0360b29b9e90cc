"""Counting while the shop is open: sellers, counters and other systems at once; the ledger ends at what is truly there."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from commerce.counting import finish_count
from commerce.counting.audit import CHECKS
from commerce.counting.facts import CountState as S
from commerce.counting.named import Name
from commerce.counting.open_count import Wish, open_count
from commerce.counting.scan import take_scans
from commerce.counting.snapshots import Said, Snapshot, apply_snapshot
from commerce.inventory import Cause, InsufficientStock, Move, Spot, bind, consume, move, receive
from commerce.inventory.audit import CHECKS as OF_THE_LEDGER
from commerce.inventory.facts import Place
from commerce.kernel import clock
from commerce.kernel.ids import OrderId, new_id
from commerce.platform import events
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.counting.world import moved_by, opened, scanned, seen, shelf_of, short_of, somebody
from tests.given.inventory import hold, stock
from tests.inventory.world import places

SELLERS = 20
SALES = 12


@pytest.fixture
async def processes(db: Database, dsn: str) -> AsyncIterator[list[Database]]:
    """Three processes on one database."""
    others = [Database(dsn, before_commit=events.store) for _ in range(2)]
    yield [db, *others]
    for other in others:
        await other.close()


class Room:
    """A shop's shelves as they truly are. A unit leaves the shelf and the books in one breath, whoever takes it (its lock)."""

    def __init__(self, truly: dict[Place, int]) -> None:
        self.truly = truly
        self.locks = {shelf: asyncio.Lock() for shelf in truly}

    async def sell(self, db: Database, shelf: Place, at_random: random.Random) -> None:
        """Sells one or two units, as an order that was reserved before or across the counter."""
        units = at_random.randint(1, 2)
        order = OrderId(new_id())
        reserved = at_random.random() < 0.5
        if reserved:
            try:
                await db.transact(bind, await hold(db, [(*shelf, units)]), order)
            except InsufficientStock:
                return
        async with self.locks[shelf]:
            if self.truly[shelf] < units:
                return
            cause = Cause("sale", order, "terminal:test")
            if reserved:
                await db.transact(consume, order, [(*shelf, units)], cause, f"sale:{order}")
            else:
                sold = [Move(shelf.variant_id, units, Spot.SHELF, shelf.location_id, Spot.CUSTOMER, None)]
                await db.transact(move, sold, cause, f"sale:{order}")
            self.truly[shelf] -= units

    async def restock(self, db: Database, shelf: Place, units: int) -> None:
        """Puts units on a shelf."""
        async with self.locks[shelf]:
            entries = [(*shelf, units)]
            await db.transact(receive, entries, Cause("goods_receipt", None, "staff:test"), f"receipt:{new_id()}")
            self.truly[shelf] += units


async def test_counting_while_twenty_sellers_sell_ends_at_what_is_truly_there(processes: list[Database]) -> None:
    shelves = sorted(await places(processes[0], variants=6))
    off = dict(zip(shelves, (-7, -1, 0, 0, 2, 9), strict=True))
    await stock(processes[0], dict.fromkeys(shelves, 400))
    room = Room({shelf: 400 + off[shelf] for shelf in shelves})
    who, boss = somebody(), somebody()
    barrier = asyncio.Barrier(SELLERS + 1)

    async def seller(number: int) -> None:
        at_random = random.Random(number)
        await barrier.wait()
        for _ in range(SALES):
            await room.sell(processes[number % 3], at_random.choice(shelves), at_random)

    async def counter() -> S:
        db = processes[0]
        await barrier.wait()
        count = await opened(db, who, shelves)
        while True:
            for line in count.lines:
                if line.round == count.round and line.counted is None:
                    shelf = Place(line.variant_id, count.location_id)
                    async with room.locks[shelf]:
                        await scanned(db, who, count, seen(shelf, room.truly[shelf]))
            await room.restock(db, shelves[0], 5)
            count = await db.transact(finish_count.submit, who, count.id, "refuse")
            if count.state is S.AWAITING_APPROVAL:
                count = await db.transact(finish_count.approve, boss, count.id)
            if count.state is S.BOOKED:
                return count.state

    state, *_ = await asyncio.gather(counter(), *(seller(number) for number in range(SELLERS)))
    assert state is S.BOOKED
    for shelf in shelves:
        assert (await shelf_of(processes[0], shelf))[0] == room.truly[shelf], shelf
        assert await moved_by(processes[0], shelf, "count") == off[shelf]
        assert await short_of(processes[0], shelf) == 0
    findings = await run_checks(processes[0].reading, [*CHECKS, *OF_THE_LEDGER])
    assert [finding for finding in findings if finding.rows] == []


async def test_a_count_that_is_approved_twenty_times_at_once_is_booked_once(processes: list[Database]) -> None:
    [shelf] = await places(processes[0])
    await stock(processes[0], {shelf: 100})
    who = somebody()
    count = await opened(processes[0], who, [shelf])
    for _ in range(2):
        await scanned(processes[0], who, count, seen(shelf, 60))
        count = await processes[0].transact(finish_count.submit, who, count.id, "refuse")

    async def approve(number: int) -> bool:
        try:
            await processes[number % 3].transact(finish_count.approve, somebody(), count.id)
        except Exception:  # noqa: BLE001 -- whatever it is, it must not be a second booking
            return False
        return True

    came = await asyncio.gather(*(approve(number) for number in range(20)))
    assert came.count(True) == 1
    assert await shelf_of(processes[0], shelf) == (60, 0)


async def test_a_scan_that_is_sent_twenty_times_at_once_counts_once(processes: list[Database]) -> None:
    [shelf] = await places(processes[0])
    await stock(processes[0], {shelf: 3})
    who = somebody()
    count = await processes[0].transact(
        open_count, who, Wish(location_id=shelf.location_id, articles=[Name(shelf.variant_id, None)])
    )
    scan = seen(shelf, 3, total=False)
    came = await asyncio.gather(
        *(processes[number % 3].transact(take_scans, who, count.id, [scan]) for number in range(20))
    )
    assert sorted(answers[0].taken for _, answers in came) == ["accepted", *["repeated"] * 19]
    assert {answers[0].counted for _, answers in came} == {3}


async def test_snapshots_that_come_twice_late_and_out_of_order_among_sales_leave_what_is_truly_there(
    processes: list[Database],
) -> None:
    shelves = sorted(await places(processes[0], variants=3))
    off = dict(zip(shelves, (-4, 0, 3), strict=True))
    await stock(processes[0], dict.fromkeys(shelves, 300))
    room = Room({shelf: 300 + off[shelf] for shelf in shelves})
    erp = somebody(kind="service")
    taken: list[Snapshot] = []

    async def seller(number: int) -> None:
        at_random = random.Random(number)
        for _ in range(8):
            await room.sell(processes[number % 3], at_random.choice(shelves), at_random)

    async def warehouse_system() -> None:
        for sequence in range(6):
            for lock in room.locks.values():
                await lock.acquire()
            taken.append(
                Snapshot(
                    source="wms",
                    location_id=shelves[0].location_id,
                    taken_at=clock.now(),
                    sequence=sequence,
                    lines=[(Name(shelf.variant_id, None), room.truly[shelf]) for shelf in shelves],
                )
            )
            for lock in room.locks.values():
                lock.release()
            await asyncio.sleep(0.05)

    await asyncio.gather(warehouse_system(), *(seller(number) for number in range(SELLERS)))
    sent = taken * 3
    random.Random(11).shuffle(sent)

    async def deliver(number: int, said: Snapshot) -> list[Said]:
        applied = await processes[number % 3].transact(apply_snapshot, erp, said, dry_run=False)
        return [line.said for line in applied.lines]

    async def later(number: int) -> None:
        await room.sell(processes[number % 3], shelves[number % 3], random.Random(number))

    answers, _ = await asyncio.gather(
        asyncio.gather(*(deliver(number, said) for number, said in enumerate(sent))),
        asyncio.gather(*(later(number) for number in range(SELLERS))),
    )
    assert {said for answer in answers for said in answer} <= {Said.BOOKED, Said.AGREED, Said.OLDER, Said.REPEATED}
    for shelf in shelves:
        assert (await shelf_of(processes[0], shelf))[0] == room.truly[shelf]
        assert await moved_by(processes[0], shelf, "snapshot") == off[shelf]
    findings = await run_checks(processes[0].reading, [*CHECKS, *OF_THE_LEDGER])
    assert [finding for finding in findings if finding.rows] == []


async def test_a_count_and_a_snapshot_that_saw_the_same_loss_at_once_book_it_once(processes: list[Database]) -> None:
    for _ in range(5):
        [shelf] = await places(processes[0])
        await stock(processes[0], {shelf: 50})
        who = somebody()
        count = await opened(processes[0], who, [shelf])
        await scanned(processes[0], who, count, seen(shelf, 48))
        said = Snapshot(
            source="wms",
            location_id=shelf.location_id,
            taken_at=clock.now() + timedelta(seconds=1),
            sequence=None,
            lines=[(Name(shelf.variant_id, None), 48)],
        )
        await asyncio.gather(
            processes[1].transact(finish_count.submit, who, count.id, "refuse"),
            processes[2].transact(apply_snapshot, somebody(), said, dry_run=False),
        )
        assert await shelf_of(processes[0], shelf) == (48, 0)
