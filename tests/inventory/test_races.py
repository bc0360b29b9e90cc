"""Many at once: through one process, whose holds are joined, and through several, whose transactions meet in the database."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable
from uuid import UUID

import pytest
from sqlalchemy import func, select

from commerce.inventory import (
    Adjustment,
    BelowReserved,
    Cause,
    Demand,
    HoldDiffers,
    HoldExpired,
    InsufficientStock,
    NotReserved,
    adjust,
    bind,
    consume,
    free_all_expired,
    levels,
    receive,
    release,
)
from commerce.inventory.audit import CHECKS
from commerce.inventory.facts import Place
from commerce.inventory.tables import stock_movements
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import HoldId, OrderId, new_id
from commerce.platform import events
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from tests.given.inventory import hold, stock
from tests.inventory.world import places

STAFF = Cause("adjustment", None, "staff:test", "counted")
ORDER = Cause("order", None, "system")
MOVEMENTS = Statement(select(func.count(), func.coalesce(func.sum(stock_movements.c.quantity), 0)))


@pytest.fixture
async def processes(db: Database, dsn: str) -> AsyncIterator[list[Database]]:
    """Three processes on one database."""
    others = [Database(dsn, before_commit=events.store) for _ in range(2)]
    yield [db, *others]
    for other in others:
        await other.close()


async def outcome(act: Awaitable[object]) -> object:
    """What came of it: the refusal's type, or the answer."""
    try:
        return await act
    except Refusal as refused:
        return type(refused)


async def level(db: Database, place: Place) -> tuple[int, int, int]:
    [found] = await levels(db.reading, [place.variant_id], [place.location_id])
    return found.on_hand, found.reserved, found.available


@pytest.mark.parametrize(("units", "buyers"), [(1, 2), (5, 40), (40, 40)])
async def test_the_last_units_go_to_exactly_as_many_buyers_as_there_are(
    processes: list[Database], clock: HeldClock, units: int, buyers: int
) -> None:
    for _ in range(3):
        [shelf] = await places(processes[0])
        await stock(processes[0], {shelf: units})
        came = await asyncio.gather(
            *(outcome(hold(processes[n % 3], [(*shelf, 1)])) for n in range(buyers)),
        )
        assert came.count(InsufficientStock) == buyers - units
        assert len(set(came) - {InsufficientStock}) == units
        assert await level(processes[0], shelf) == (units, units, 0)


async def test_opposite_baskets_all_succeed_and_never_deadlock(processes: list[Database], clock: HeldClock) -> None:
    a, b = await places(processes[0], variants=2)
    await stock(processes[0], {a: 500, b: 500})
    orders = [OrderId(new_id()) for _ in range(100)]

    async def buy(number: int, order: OrderId) -> None:
        db = processes[number % 3]
        basket = [(*a, 1), (*b, 2)] if number % 2 else [(*b, 2), (*a, 1)]
        await db.transact(bind, await hold(db, basket), order)
        await db.transact(consume, order, basket, ORDER, f"ship:{order}")

    async def correct(number: int) -> None:
        lines = [Adjustment(*b, delta=1), Adjustment(*a, delta=1)]
        await processes[number % 3].transact(adjust, lines, STAFF, f"correct:{number}")

    await asyncio.gather(*(buy(n, order) for n, order in enumerate(orders)), *(correct(n) for n in range(20)))
    assert await level(processes[0], a) == (500 - 100 + 20, 0, 420)
    assert await level(processes[0], b) == (500 - 200 + 20, 0, 320)


async def test_a_refused_basket_does_not_hinder_its_neighbours_in_the_batch(db: Database, clock: HeldClock) -> None:
    a, b = await places(db, variants=2)
    await stock(db, {a: 3, b: 1})
    baskets = [[(*a, 1)], [(*a, 1), (*b, 2)], [(*a, 3)], [(*a, 2), (*b, 1)], [(*b, 1)]]
    before = db.statements
    came = await asyncio.gather(*(outcome(hold(db, basket)) for basket in baskets))
    assert [each is InsufficientStock for each in came] == [False, True, True, False, True]
    assert await level(db, a) == (3, 3, 0)
    assert await level(db, b) == (1, 1, 0)
    assert db.statements - before <= 2 * 4 + 2, "the first basket goes alone, the other four go together"


async def test_the_same_hold_sent_twenty_times_at_once_keeps_its_units_once(
    processes: list[Database], clock: HeldClock
) -> None:
    [shelf] = await places(processes[0])
    await stock(processes[0], {shelf: 3})
    kept = HoldId(new_id())
    came = await asyncio.gather(*(hold(processes[n % 3], [(*shelf, 2)], hold_id=kept) for n in range(20)))
    assert set(came) == {kept}
    assert await level(processes[0], shelf) == (3, 2, 1)


async def test_a_shelf_that_somebody_keeps_locked_does_not_stop_those_who_want_others(
    processes: list[Database], clock: HeldClock
) -> None:
    busy, free = await places(processes[0], variants=2)
    await stock(processes[0], {busy: 9, free: 9})
    locked, go_on = asyncio.Event(), asyncio.Event()

    async def adjust_slowly(tx: Tx) -> None:
        await adjust(tx, [Adjustment(*busy, delta=1)], STAFF, "slow:1")
        locked.set()
        await go_on.wait()

    adjusting = asyncio.create_task(processes[1].transact(adjust_slowly))
    await locked.wait()
    waiting = asyncio.create_task(hold(processes[0], [(*busy, 1)]))
    await asyncio.sleep(0)
    await asyncio.wait_for(asyncio.gather(*(hold(processes[0], [(*free, 1)]) for _ in range(5))), 5)
    assert not waiting.done()
    go_on.set()
    await asyncio.gather(adjusting, waiting)
    assert await level(processes[0], busy) == (10, 1, 9)
    assert await level(processes[0], free) == (9, 5, 4)


async def test_differences_posted_at_once_all_count_and_each_leaves_its_movement(
    processes: list[Database], clock: HeldClock
) -> None:
    [shelf] = await places(processes[0])
    await stock(processes[0], {shelf: 10})
    deltas = [random.choice([3, 2, -1, -2, -4]) for _ in range(20)]

    async def post(number: int, delta: int) -> int:
        db = processes[number % 3]
        lines = [Adjustment(*shelf, delta=delta)]
        return 0 if await outcome(db.transact(adjust, lines, STAFF, f"delta:{number}")) is BelowReserved else delta

    accepted = await asyncio.gather(*(post(n, delta) for n, delta in enumerate(deltas)))
    on_hand, reserved, available = await level(processes[0], shelf)
    row = await processes[0].reading.fetch_one(MOVEMENTS)
    assert row is not None
    assert on_hand == 10 + sum(accepted) == row[1]
    assert (reserved, available) == (0, on_hand)


async def test_one_effect_key_from_everywhere_at_once_moves_units_once(
    processes: list[Database], clock: HeldClock
) -> None:
    a, b = await places(processes[0], variants=2)
    entries = [(*a, 4), (*b, 1)]
    await asyncio.gather(*(processes[n % 3].transact(receive, entries, ORDER, "receipt:1") for n in range(12)))
    assert await level(processes[0], a) == (4, 0, 4)
    order = OrderId(new_id())
    await processes[0].transact(bind, await hold(processes[0], entries), order)
    await asyncio.gather(*(processes[n % 3].transact(consume, order, entries, ORDER, "ship:1") for n in range(12)))
    assert await level(processes[0], a) == (0, 0, 0)
    assert await level(processes[0], b) == (0, 0, 0)


async def test_units_are_either_handed_over_or_released_never_both(processes: list[Database], clock: HeldClock) -> None:
    for _ in range(10):
        [shelf] = await places(processes[0])
        await stock(processes[0], {shelf: 2})
        order = OrderId(new_id())
        await processes[0].transact(bind, await hold(processes[0], [(*shelf, 2)]), order)
        came = await asyncio.gather(
            outcome(processes[1].transact(consume, order, [(*shelf, 2)], ORDER, f"hand-over:{order}")),
            outcome(processes[2].transact(release, order, None, ORDER)),
            outcome(processes[0].transact(release, order, None, ORDER)),
        )
        expected = (2, 0, 2) if came[0] is NotReserved else (0, 0, 0)
        assert await level(processes[0], shelf) == expected


async def test_a_hold_that_is_being_bound_when_it_expires_stays_the_orders(
    processes: list[Database], clock: HeldClock
) -> None:
    [shelf] = await places(processes[0])
    await stock(processes[0], {shelf: 1})
    kept, order = await hold(processes[0], [(*shelf, 1)], minutes=15), OrderId(new_id())
    bound, go_on = asyncio.Event(), asyncio.Event()

    async def bind_slowly(tx: Tx) -> None:
        await bind(tx, kept, order)
        bound.set()
        await go_on.wait()

    binding = asyncio.create_task(processes[0].transact(bind_slowly))
    await bound.wait()
    clock.move(minutes=15)
    with pytest.raises(InsufficientStock):
        await hold(processes[1], [(*shelf, 1)])
    go_on.set()
    await binding
    with pytest.raises(InsufficientStock):
        await hold(processes[1], [(*shelf, 1)])
    await processes[1].transact(consume, order, [(*shelf, 1)], ORDER, "hand-over:1")
    assert await level(processes[0], shelf) == (0, 0, 0)


async def test_a_hold_that_was_freed_while_it_was_being_bound_is_refused(
    processes: list[Database], clock: HeldClock
) -> None:
    for _ in range(10):
        [shelf] = await places(processes[0])
        await stock(processes[0], {shelf: 1})
        kept, order = await hold(processes[0], [(*shelf, 1)], minutes=15), OrderId(new_id())
        clock.move(minutes=14, seconds=59)
        binding = asyncio.create_task(outcome(processes[0].transact(bind, kept, order)))
        await asyncio.sleep(random.uniform(0, 0.002))
        clock.move(seconds=1)
        other = await outcome(hold(processes[1], [(*shelf, 1)]))
        first = await binding
        assert (first is HoldExpired) != (other is InsufficientStock), "the unit is one buyer's, and somebody has it"
        assert await level(processes[0], shelf) == (1, 1, 0)


async def test_a_crowd_that_does_everything_at_once_leaves_the_books_in_order(
    processes: list[Database], clock: HeldClock
) -> None:
    shelves = await places(processes[0], variants=3, at=2)
    await stock(processes[0], dict.fromkeys(shelves, 30))
    refused: list[type[Refusal]] = []

    async def note(act: Awaitable[object]) -> object:
        came = await outcome(act)
        if isinstance(came, type):
            refused.append(came)
        return came

    async def client(number: int) -> None:
        chance, db = random.Random(number), processes[number % 3]
        for _ in range(8):
            basket = [Demand(*shelf, chance.randint(1, 4)) for shelf in chance.sample(shelves, chance.randint(1, 4))]
            one = chance.choice(shelves)
            correction = Adjustment(*one, delta=chance.choice([-5, -1, 2, 4]))
            await note(db.transact(adjust, [correction], STAFF, f"fix:{new_id()}"))
            kept = await note(hold(db, basket, minutes=chance.choice([1, 30])))
            if not isinstance(kept, UUID):
                continue
            if chance.random() < 0.2:
                clock.move(minutes=1)
            order = OrderId(new_id())
            if await note(db.transact(bind, HoldId(kept), order)) is HoldExpired:
                continue
            part = basket[: chance.randint(1, len(basket))]
            acts = [
                db.transact(consume, order, part, ORDER, f"ship:{order}"),
                db.transact(consume, order, part, ORDER, f"ship:{order}"),
                db.transact(release, order, None, ORDER),
                db.transact(receive, part, Cause("return", order, "staff:test"), f"return:{order}"),
            ]
            chance.shuffle(acts)
            await asyncio.gather(*(note(act) for act in acts))

    await asyncio.gather(*(client(number) for number in range(24)))
    await free_all_expired(processes[0])
    expected = {InsufficientStock, BelowReserved, NotReserved, HoldExpired}
    assert set(refused) <= expected, "nobody is told of a deadlock"
    assert [found for found in await run_checks(processes[0].reading, CHECKS) if found.rows] == []
    left = await levels(processes[0].reading, {shelf.variant_id for shelf in shelves})
    assert sum(each.reserved for each in left) == 0, "each hold was bound and ended, or is over"


async def test_one_id_for_many_things_at_once_keeps_one_of_them_and_the_neighbours_of_the_batch_go_on(
    processes: list[Database], clock: HeldClock
) -> None:
    shelves = await places(processes[0], variants=6)
    await stock(processes[0], dict.fromkeys(shelves, 20))
    for _ in range(5):
        kept = HoldId(new_id())
        reserved = sum([(await level(processes[0], shelf))[1] for shelf in shelves])
        came = await asyncio.gather(
            *(outcome(hold(processes[n % 3], [(*shelf, 1)], hold_id=kept)) for n, shelf in enumerate(shelves)),
            *(outcome(hold(processes[n % 3], [(*shelves[n % 6], 1)])) for n in range(3)),
        )
        assert came[:6].count(kept) == 1
        assert came[:6].count(HoldDiffers) == 5
        assert HoldDiffers not in came[6:]
        assert sum([(await level(processes[0], shelf))[1] for shelf in shelves]) == reserved + 4
    assert [found for found in await run_checks(processes[0].reading, CHECKS) if found.rows] == []
