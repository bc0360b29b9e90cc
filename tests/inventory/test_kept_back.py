"""What shelves keep back, demand without a place, and what is left to promise: at the moment of asking, and again when it is kept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from commerce.inventory import (
    Cause,
    Demand,
    InsufficientStock,
    NotWanted,
    available,
    bind,
    hold,
    levels,
    reserve,
    set_buffer,
    set_safety,
    unrouted,
    unwant,
    want,
)
from commerce.inventory.audit import CHECKS
from commerce.inventory.facts import Place
from commerce.kernel import clock as clocks
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Bug, InvalidInput
from commerce.kernel.ids import ChannelId, HoldId, OrderId, TransferId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.given import stores
from tests.given.inventory import stock
from tests.inventory.world import places

PLAN = Cause("kept_back", None, "staff:test", "the last ones are often damaged")


@pytest.fixture(autouse=True)
async def sound(db: Database) -> AsyncIterator[None]:
    """After each test the books are in order."""
    yield
    assert [finding for finding in await run_checks(db.reading, CHECKS) if finding.rows] == []


async def keep(db: Database, place: Place, units: int, channel: ChannelId | None = None) -> HoldId:
    until = clocks.now() + timedelta(minutes=15)
    return await hold(db, [Demand(*place, units)], until=until, hold_id=HoldId(new_id()), channel_id=channel)


async def there(db: Database, place: Place, channel: ChannelId | None = None) -> int:
    found = await available(db.reading, [place.variant_id], channel)
    return found.get(place.location_id, {}).get(place.variant_id, 0)


async def test_safety_stock_is_promised_to_nobody_but_stays_on_the_shelf(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 5})
    await db.transact(set_safety, [(*shelf, 2)], PLAN)
    [level] = await levels(db.reading, [shelf.variant_id])
    assert (level.on_hand, level.available, level.safety, level.online) == (5, 5, 2, 3)
    assert await there(db, shelf) == 3
    with pytest.raises(InsufficientStock) as refused:
        await keep(db, shelf, 4)
    assert refused.value.short[0].available == 3
    await keep(db, shelf, 3)
    with pytest.raises(InsufficientStock):
        await db.transact(reserve, [Demand(*shelf, 1)], OrderId(new_id()), HoldId(new_id()), at=clock.at)
    transfer, kept = TransferId(new_id()), HoldId(new_id())
    await db.transact(reserve, [Demand(*shelf, 2)], transfer, kept, at=clock.at, owner="transfer")


async def test_what_came_for_an_order_is_its_own_whatever_the_shelf_keeps_back(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 1})
    await db.transact(set_safety, [(*shelf, 3)], PLAN)
    order = OrderId(new_id())
    demands = [Demand(*shelf, 1)]
    with pytest.raises(InsufficientStock):
        await db.transact(reserve, demands, order, HoldId(new_id()), at=clock.at)
    await db.transact(reserve, demands, order, HoldId(new_id()), at=clock.at, beyond_safety=True)
    with pytest.raises(InsufficientStock):
        await db.transact(reserve, demands, order, HoldId(new_id()), at=clock.at, beyond_safety=True)


async def test_a_buffer_is_kept_back_from_its_channel_alone(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    market = await stores.channel(db, "market")
    await stock(db, {shelf: 5})
    await db.transact(set_safety, [(*shelf, 1)], PLAN)
    await db.transact(set_buffer, [(*shelf, market, 3)], PLAN)
    assert [await there(db, shelf, channel) for channel in (market, None, ChannelId(new_id()))] == [1, 4, 4]
    with pytest.raises(InsufficientStock) as refused:
        await keep(db, shelf, 2, market)
    assert refused.value.short[0].available == 1
    with pytest.raises(InsufficientStock) as refused:
        await db.transact(
            reserve, [Demand(*shelf, 2)], OrderId(new_id()), HoldId(new_id()), at=clock.at, channel_id=market
        )
    assert refused.value.short[0].available == 1
    await keep(db, shelf, 1, market)
    await keep(db, shelf, 3)
    await db.transact(set_buffer, [(*shelf, market, 0)], PLAN)
    assert await there(db, shelf, market) == 0


async def test_what_is_reserved_before_more_is_kept_back_stays_so(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 5})
    kept = await keep(db, shelf, 4)
    await db.transact(set_safety, [(*shelf, 3)], PLAN)
    await db.transact(bind, kept, OrderId(new_id()))
    assert await there(db, shelf) == 0
    with pytest.raises(InsufficientStock) as refused:
        await keep(db, shelf, 1)
    assert refused.value.short[0].available == 0, "never told below zero"


async def test_baskets_of_many_channels_at_once_leave_each_its_own(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    market = await stores.channel(db, "market")
    await stock(db, {shelf: 12})
    await db.transact(set_buffer, [(*shelf, market, 4)], PLAN)

    async def outcome(channel: ChannelId | None) -> bool:
        try:
            await keep(db, shelf, 1, channel)
        except InsufficientStock:
            return False
        return True

    assert sum(await asyncio.gather(*(outcome(market) for _ in range(20)))) == 8
    assert sum(await asyncio.gather(*(outcome(None) for _ in range(20)))) == 4


async def test_safety_stock_that_is_set_while_shoppers_wait_is_judged_at_commit(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 9})
    came = await asyncio.gather(
        *(keep(db, shelf, 1) for _ in range(4)),
        db.transact(set_safety, [(*shelf, 5)], PLAN),
        *(keep(db, shelf, 1) for _ in range(12)),
        return_exceptions=True,
    )
    refused = [each for each in came if isinstance(each, InsufficientStock)]
    assert len(refused) >= 16 - 9
    assert await there(db, shelf) == 0
    with pytest.raises(InsufficientStock):
        await keep(db, shelf, 1)


async def test_nonsense_is_not_kept_back(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    for units in (-1, 2_000_000_000):
        with pytest.raises(Bug):
            await db.transact(set_safety, [(*shelf, units)], PLAN)
    with pytest.raises(InvalidInput, match="channel"):
        await db.transact(set_buffer, [(*shelf, ChannelId(new_id()), 1)], PLAN)
    assert await there(db, shelf) == 0


async def test_demand_without_a_place_is_told_until_it_has_one(db: Database, clock: HeldClock) -> None:
    a, b = await places(db, variants=2)
    order, other = OrderId(new_id()), OrderId(new_id())
    cause = Cause("order", order, "system", "no place has it")
    await db.transact(want, order, [(a.variant_id, 2), (b.variant_id, 1), (a.variant_id, 1)], cause)
    await db.transact(want, other, [(a.variant_id, 4)], cause)
    assert await unrouted(db.reading, [a.variant_id, b.variant_id]) == {a.variant_id: 7, b.variant_id: 1}
    with pytest.raises(NotWanted):
        await db.transact(unwant, order, [(a.variant_id, 4)], cause)
    await db.transact(unwant, order, [(a.variant_id, 2)], cause)
    for _ in range(2):
        await db.transact(unwant, order, None, cause)
    assert await unrouted(db.reading, [a.variant_id, b.variant_id]) == {a.variant_id: 4}


async def test_demand_is_taken_off_once_however_many_take_it(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    order = OrderId(new_id())
    cause = Cause("order", order, "system")
    await db.transact(want, order, [(shelf.variant_id, 5)], cause)
    came = await asyncio.gather(
        *(db.transact(unwant, order, [(shelf.variant_id, 2)], cause) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(each, NotWanted) for each in came) == 4
    assert await unrouted(db.reading, [shelf.variant_id]) == {shelf.variant_id: 1}
