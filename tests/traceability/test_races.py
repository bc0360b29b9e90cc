"""Many at once, through several processes: each unit of a lot and each serial number goes to one of them."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable
from datetime import date

import pytest

from commerce.inventory import BelowReserved, Cause, Spot, TooFewThere
from commerce.inventory.audit import CHECKS as STOCK_CHECKS
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform import events
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.traceability import (
    Left,
    LotExpired,
    LotShort,
    NotSoldWithLine,
    Returned,
    SerialElsewhere,
    Standing,
    Traced,
    UnitsUndeclared,
    came,
    left,
    tracking,
)
from commerce.traceability.audit import CHECKS
from tests.given import catalog
from tests.traceability.world import (
    CAUSE,
    SALE,
    article,
    ask,
    bring,
    carry,
    give_back,
    key,
    lot,
    numbered,
    sell,
    store,
)

CLIENTS = 16


@pytest.fixture
async def processes(dsn: str) -> AsyncIterator[list[Database]]:
    """Three processes on one database."""
    found = [Database(dsn, before_commit=events.store, most_connections=8) for _ in range(3)]
    yield found
    for each in found:
        await each.close()


async def outcome(act: Awaitable[list[Traced]]) -> list[Traced] | type[Refusal]:
    try:
        return await act
    except Refusal as refused:
        return type(refused)


async def at_once(acts: list[Awaitable[list[Traced]]]) -> list[list[Traced] | type[Refusal]]:
    """Runs acts from a barrier."""
    barrier = asyncio.Barrier(len(acts))

    async def one(act: Awaitable[list[Traced]]) -> list[Traced] | type[Refusal]:
        await barrier.wait()
        return await outcome(act)

    return await asyncio.gather(*(one(act) for act in acts))


async def broken(db: Database) -> list[str]:
    return [found.name for found in await run_checks(db.reading, [*CHECKS, *STOCK_CHECKS]) if found.rows]


async def test_the_last_units_of_a_lot_go_to_exactly_as_many_as_there_are(
    processes: list[Database], clock: HeldClock
) -> None:
    """By this slice alone: no level of inventory is held, so that only the lots' own rows decide."""
    milk, here = await article(processes[0]), await store(processes[0])
    await processes[0].transact(came, here, [lot(milk, 1, "A", date(2026, 4, 1)), lot(milk, 2, "B")], CAUSE, "in")
    came_out = await at_once(
        [processes[n % 3].transact(left, here, [Left(milk, 1)], SALE, key()) for n in range(CLIENTS)]
    )
    won = [each for each in came_out if isinstance(each, list)]
    assert sorted(each.lot or "" for traced in won for each in traced) == ["A", "B", "B"]
    assert [each for each in came_out if not isinstance(each, list)] == [LotShort] * (CLIENTS - 3)


async def test_the_same_serial_number_is_sold_to_exactly_one(processes: list[Database], clock: HeldClock) -> None:
    """Several times, so that all connections are open and the acts do meet."""
    phone, here = await article(processes[0], "serial"), await store(processes[0])
    units = [str(n) for n in range(6)]
    await processes[0].transact(came, here, [numbered(phone, *units)], CAUSE, "in")
    for serial in units:
        came_out = await at_once(
            [processes[n % 3].transact(left, here, [Left(phone, 1, [serial])], SALE, key()) for n in range(CLIENTS)]
        )
        assert sum(isinstance(each, list) for each in came_out) == 1
        assert came_out.count(SerialElsewhere) == CLIENTS - 1


async def test_the_same_serial_number_comes_in_at_exactly_one_place(
    processes: list[Database], clock: HeldClock
) -> None:
    phone = await article(processes[0], "serial")
    stores = [await store(processes[0], f"store-{n}") for n in range(4)]
    came_out = await at_once([bring(processes[n % 3], stores[n % 4], numbered(phone, "1")) for n in range(CLIENTS)])
    assert sum(isinstance(each, list) for each in came_out) == 1
    assert came_out.count(SerialElsewhere) == CLIENTS - 1
    assert await broken(processes[0]) == []


async def test_one_effect_key_from_everywhere_at_once_moves_units_once(
    processes: list[Database], clock: HeldClock
) -> None:
    milk, phone, here = await article(processes[0]), await article(processes[0], "serial"), await store(processes[0])
    goods = [lot(milk, 5, "A"), numbered(phone, "1", "2")]
    same = await at_once([bring(processes[n % 3], here, *goods, effect_key="in") for n in range(CLIENTS)])
    assert all(each == same[0] for each in same)
    gone = [Left(milk, 2), Left(phone, 1, ["2"])]
    same = await at_once([sell(processes[n % 3], here, *gone, effect_key="out") for n in range(CLIENTS)])
    assert all(isinstance(each, list) and sum(part.quantity for part in each) == 3 for each in same)
    assert await broken(processes[0]) == []


async def test_units_that_come_while_an_article_becomes_tracked_are_told_or_it_is_refused(
    processes: list[Database], clock: HeldClock
) -> None:
    """A place without a level yet is where a switch could overlook them."""
    for nth in range(8):
        phone, here = await catalog.variant(processes[0]), await store(processes[0], f"store-{nth}")

        async def switch(variant_id: VariantId = phone) -> list[Traced]:
            await asyncio.sleep(random.uniform(0, 0.004))
            await ask(processes[1], variant_id, "serial")
            return []

        came_out = await at_once([bring(processes[0], here, numbered(phone, "1")), switch()])
        assert came_out[1] in ([], UnitsUndeclared)
        assert (await tracking(processes[0].reading, [phone]))[phone] == ("serial" if came_out[1] == [] else "none")
        assert await broken(processes[0]) == []


async def test_a_switch_waits_for_goods_that_are_being_booked_at_a_new_place(
    processes: list[Database], clock: HeldClock
) -> None:
    phone, here = await catalog.variant(processes[0]), await store(processes[0])
    booked, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Tx) -> None:
        from commerce.inventory import receive

        await receive(tx, [(phone, here, 1)], CAUSE, "slow")
        await came(tx, here, [numbered(phone, "1")], CAUSE, "slow")
        booked.set()
        await go_on.wait()

    booking = asyncio.create_task(processes[0].transact(slowly))
    await booked.wait()
    switching = asyncio.create_task(outcome(_switch(processes[1], phone)))
    await asyncio.sleep(0.2)
    assert not switching.done()
    go_on.set()
    await booking
    assert await switching is UnitsUndeclared
    assert await broken(processes[0]) == []


async def _switch(db: Database, phone: VariantId) -> list[Traced]:
    await ask(db, phone, "serial")
    return []


async def test_a_crowd_that_does_everything_at_once_leaves_the_books_in_order(
    processes: list[Database], clock: HeldClock
) -> None:
    db = processes[0]
    milk, phone = await article(db), await article(db, "serial")
    places = [await store(db, f"store-{n}") for n in range(3)]
    for nth, place in enumerate(places):
        await bring(db, place, lot(milk, 20, "A", date(2026, 4, 1)), lot(milk, 20, f"B{nth}", date(2026, 3, 10)))
        await bring(db, place, numbered(phone, *(f"{nth}-{n}" for n in range(6))))
    refused: list[type[Refusal]] = []

    async def note(act: Awaitable[list[Traced]]) -> None:
        came_out = await outcome(act)
        if isinstance(came_out, type):
            refused.append(came_out)

    async def client(number: int) -> None:
        chance, mine = random.Random(number), processes[number % 3]
        for _ in range(8):
            await note(_something(mine, chance, milk, phone, places))

    await asyncio.gather(*(client(number) for number in range(24)))
    expected = {BelowReserved, TooFewThere, LotShort, LotExpired, SerialElsewhere, NotSoldWithLine}
    assert set(refused) <= expected, "nobody is told of a deadlock"
    assert await broken(db) == []


def _something(
    db: Database, chance: random.Random, milk: VariantId, phone: VariantId, places: list[LocationId]
) -> Awaitable[list[Traced]]:
    here, there = chance.sample(places, 2)
    serial = f"{chance.randrange(3)}-{chance.randrange(6)}"
    units = chance.randint(1, 5)
    truck = Standing(there, Spot.IN_TRANSIT)
    transfer = Cause("transfer", new_id(), "staff:test")
    what = [Left(milk, units), Left(phone, 1, [serial])]
    chance.shuffle(what)
    match chance.randrange(6):
        case 0:
            return bring(db, here, lot(milk, units, chance.choice("ABC")))
        case 1:
            return sell(db, here, *what)
        case 2:
            return sell(db, here, Left(milk, units), Left(milk, 1, lot="A"))
        case 3:
            return carry(db, Standing(here), truck, *what, cause=transfer)
        case 4:
            return carry(db, truck, Standing(there), *what, cause=transfer)
        case _:
            return give_back(db, here, Returned(phone, 1, None, [serial]))
