"""Units kept for an order in the transaction that opens it: as many as there are, beside holds, and nothing where anything is short."""

import asyncio
from datetime import timedelta

import pytest

from commerce import inventory
from commerce.inventory import Demand, InsufficientStock
from commerce.inventory.audit import CHECKS
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import HoldId, LocationId, OrderId, VariantId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.given import catalog, inventory as given, stores


async def _shelf(db: Database, *units: int) -> tuple[LocationId, list[VariantId]]:
    place, variants = await stores.location(db), await catalog.variants(db, len(units))
    await given.stock(db, {(variant, place): each for variant, each in zip(variants, units, strict=True) if each})
    return place, variants


async def _reserved(db: Database, place: LocationId, *variants: VariantId) -> list[int]:
    levels = {level.variant_id: level.reserved for level in await inventory.levels(db.reading, variants, [place])}
    return [levels[variant] for variant in variants]


async def _sound(db: Database) -> None:
    assert [finding for finding in await run_checks(db.reading, CHECKS) if finding.rows] == []


async def _order(db: Database, clock: HeldClock, *demands: Demand) -> OrderId:
    order_id = OrderId(new_id())
    await db.transact(inventory.reserve, demands, order_id, HoldId(new_id()), at=clock.at)
    return order_id


async def test_orders_and_holds_at_once_get_exactly_what_there_is(db: Database, clock: HeldClock) -> None:
    place, [cup] = await _shelf(db, 7)

    async def want(nth: int) -> bool:
        try:
            if nth % 2:
                until = clock.at + timedelta(minutes=30)
                await inventory.hold(db, [Demand(cup, place, 1)], until=until, hold_id=HoldId(new_id()))
            else:
                await _order(db, clock, Demand(cup, place, 1))
        except InsufficientStock:
            return False
        return True

    assert sum(await asyncio.gather(*(want(nth) for nth in range(40)))) == 7
    assert await _reserved(db, place, cup) == [7]
    await _sound(db)


async def test_nothing_is_kept_where_anything_is_short_and_each_place_is_named(db: Database, clock: HeldClock) -> None:
    place, [cup, plate, bowl] = await _shelf(db, 5, 1, 0)
    wanted = [Demand(cup, place, 1), Demand(plate, place, 1), Demand(plate, place, 1), Demand(bowl, place, 1)]
    with pytest.raises(InsufficientStock) as refused:
        await _order(db, clock, *wanted)
    short = {each.variant_id: (each.requested, each.available) for each in refused.value.short}
    assert short == {plate: (2, 1), bowl: (1, 0)}
    assert await _reserved(db, place, cup, plate) == [0, 0]
    await _sound(db)


async def test_a_hold_that_is_over_is_freed_by_the_order_that_meets_it(db: Database, clock: HeldClock) -> None:
    place, [cup] = await _shelf(db, 2)
    until = clock.at + timedelta(minutes=30)
    await inventory.hold(db, [Demand(cup, place, 2)], until=until, hold_id=HoldId(new_id()))
    with pytest.raises(InsufficientStock):
        await _order(db, clock, Demand(cup, place, 2))
    clock.at = until
    order_id = await _order(db, clock, Demand(cup, place, 2))
    assert await _reserved(db, place, cup) == [2]
    cause = inventory.Cause("order", order_id, "test", "cancelled")
    await db.transact(inventory.release, order_id, None, cause)
    assert await _reserved(db, place, cup) == [0]
    await _sound(db)
