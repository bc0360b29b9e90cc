"""Units go between spots: both ends are written, the company's sum stands, and nothing leaves a spot that is not there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

import pytest
from sqlalchemy import func, select

from commerce.inventory import (
    Adjustment,
    BelowReserved,
    Cause,
    Demand,
    EffectDiffers,
    InsufficientStock,
    Move,
    NotReserved,
    Spot,
    TooFewThere,
    adjust,
    adjust_beyond,
    levels,
    move,
    receive,
    release,
    reserve,
    sell_beyond,
    settle_shortage,
    spots,
)
from commerce.inventory.audit import CHECKS
from commerce.inventory.facts import Place
from commerce.inventory.tables import stock_movements
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Bug, InvalidInput, Refusal
from commerce.kernel.ids import HoldId, LocationId, OrderId, TransferId, VariantId, new_id
from commerce.platform import events
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.statement import Statement, given
from tests.given.inventory import hold, stock
from tests.inventory.world import places

STAFF = Cause("transfer", None, "staff:test")
WRITTEN = Statement(
    select(
        stock_movements.c.spot,
        stock_movements.c.other_spot,
        stock_movements.c.quantity,
        stock_movements.c.on_hand_after,
        stock_movements.c.kind,
    )
    .where(stock_movements.c.effect_key == given("effect_key", stock_movements.c.effect_key.type))
    .order_by(stock_movements.c.seq)
)
COMPANY = Statement(select(func.coalesce(func.sum(stock_movements.c.quantity), 0)))


@pytest.fixture(autouse=True)
async def sound(db: Database) -> AsyncIterator[None]:
    """After each test the books are in order."""
    yield
    assert [finding for finding in await run_checks(db.reading, CHECKS) if finding.rows] == []


def sent(origin: Place, destination: Place, units: int) -> Move:
    return Move(origin.variant_id, units, Spot.SHELF, origin.location_id, Spot.IN_TRANSIT, destination.location_id)


def within(place: Place, units: int, start: Spot, end: Spot) -> Move:
    return Move(place.variant_id, units, start, place.location_id, end, place.location_id)


def out(place: Place, units: int, start: Spot, end: Spot) -> Move:
    return Move(place.variant_id, units, start, place.location_id, end, None)


async def shelf_of(db: Database, place: Place) -> tuple[int, int]:
    [found] = await levels(db.reading, [place.variant_id], [place.location_id])
    return found.on_hand, found.reserved


async def beside(db: Database, place: Place) -> dict[Spot, int]:
    return {each.spot: each.units for each in await spots(db.reading, [place.variant_id], [place.location_id])}


async def company(db: Database) -> int:
    row = await db.reading.fetch_one(COMPANY)
    assert row is not None
    return int(row[0])


async def outcome(act: Awaitable[object]) -> object:
    try:
        return await act
    except Refusal as refused:
        return type(refused)


async def test_a_transfer_of_ten_of_which_three_are_rejected_never_changes_the_companys_sum(
    db: Database, clock: HeldClock
) -> None:
    here, there = await places(db, at=2)
    await stock(db, {here: 25})
    await db.transact(move, [sent(here, there, 10)], STAFF, "ship:1")
    assert (await shelf_of(db, here), await beside(db, there), await company(db)) == (
        (15, 0),
        {Spot.IN_TRANSIT: 10},
        25,
    )
    arrived = [
        within(there, 7, Spot.IN_TRANSIT, Spot.SHELF),
        within(there, 3, Spot.IN_TRANSIT, Spot.QUARANTINE),
    ]
    await db.transact(move, arrived, STAFF, "receive:1")
    assert (await shelf_of(db, there), await beside(db, there)) == ((7, 0), {Spot.QUARANTINE: 3})
    assert await company(db) == 25
    await db.transact(move, [out(there, 3, Spot.QUARANTINE, Spot.SHRINKAGE)], STAFF, "destroy:1")
    assert (await beside(db, there), await company(db)) == ({}, 22)


async def test_each_movement_says_from_where_to_where_at_both_of_its_ends(db: Database, clock: HeldClock) -> None:
    here, there = await places(db, at=2)
    await stock(db, {here: 5})
    await db.transact(move, [sent(here, there, 2), out(here, 1, Spot.SHELF, Spot.SUPPLIER)], STAFF, "ship:1")
    written = {tuple(row) for row in await db.reading.fetch(WRITTEN, effect_key="ship:1")}
    assert {row[:3] + row[4:] for row in written} == {
        ("shelf", "in_transit", -2, "moved"),
        ("in_transit", "shelf", 2, "moved"),
        ("shelf", "supplier", -1, "moved"),
    }
    assert {row[3] for row in written if row[0] == "shelf"} in ({3, 2}, {4, 2})


async def test_an_effect_moves_units_once_and_other_units_under_its_key_are_refused(
    db: Database, clock: HeldClock
) -> None:
    here, there = await places(db, at=2)
    await stock(db, {here: 9})
    for _ in range(3):
        await db.transact(move, [sent(here, there, 4)], STAFF, "ship:1")
    assert (await shelf_of(db, here), await beside(db, there)) == ((5, 0), {Spot.IN_TRANSIT: 4})
    for other in ([sent(here, there, 3)], [within(here, 4, Spot.SHELF, Spot.DAMAGED)]):
        with pytest.raises(EffectDiffers):
            await db.transact(move, other, STAFF, "ship:1")
    with pytest.raises(EffectDiffers):
        await db.transact(receive, [(*here, 4)], STAFF, "ship:1")


async def test_nothing_leaves_a_spot_that_is_not_there_and_nothing_else_moves_then(
    db: Database, clock: HeldClock
) -> None:
    a, b = await places(db, variants=2)
    await stock(db, {a: 5, b: 5})
    await db.transact(move, [within(a, 2, Spot.SHELF, Spot.QUARANTINE)], STAFF, "aside:1")
    for spot in (Spot.QUARANTINE, Spot.DAMAGED, Spot.IN_TRANSIT):
        moves = [within(b, 1, Spot.SHELF, Spot.DAMAGED), within(a, 3, spot, Spot.SHELF)]
        with pytest.raises(TooFewThere):
            await db.transact(move, moves, STAFF, f"back:{spot}")
    assert (await shelf_of(db, b), await beside(db, b)) == ((5, 0), {})
    assert await beside(db, a) == {Spot.QUARANTINE: 2}


async def test_a_shelf_gives_what_nobody_is_promised_or_what_is_reserved_for_whom_it_leaves(
    db: Database, clock: HeldClock
) -> None:
    here, there = await places(db, at=2)
    await stock(db, {here: 5})
    transfer = TransferId(new_id())
    demands = [Demand(*here, 3)]
    await db.transact(reserve, demands, transfer, HoldId(new_id()), at=clock.at, owner="transfer")
    await hold(db, [(*here, 1)], minutes=15)
    with pytest.raises(BelowReserved, match="1 of"):
        await db.transact(move, [sent(here, there, 2)], STAFF, "ship:1")
    with pytest.raises(NotReserved):
        await db.transact(move, [sent(here, there, 4)], STAFF, "ship:2", reserved_for=transfer)
    await db.transact(move, [sent(here, there, 2)], STAFF, "ship:3", reserved_for=transfer)
    assert (await shelf_of(db, here), await beside(db, there)) == ((3, 2), {Spot.IN_TRANSIT: 2})
    clock.move(minutes=15)
    await db.transact(move, [sent(here, there, 2)], STAFF, "ship:4")
    assert await shelf_of(db, here) == (1, 1), "the hold that was over is freed"
    await db.transact(release, transfer, None, STAFF)
    assert await shelf_of(db, here) == (1, 0)


async def test_what_was_sold_without_a_network_never_takes_a_shelf_below_zero(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 5})
    order = OrderId(new_id())
    await db.transact(reserve, [Demand(*shelf, 3)], order, HoldId(new_id()), at=clock.at)
    for _ in range(2):
        await db.transact(sell_beyond, [(*shelf, 4), (*shelf, 2)], STAFF, "till:1")
    assert (await shelf_of(db, shelf), await beside(db, shelf)) == ((3, 3), {Spot.SHORTAGE: -4})
    with pytest.raises(EffectDiffers):
        await db.transact(sell_beyond, [(*shelf, 5)], STAFF, "till:1")
    await db.transact(receive, [(*shelf, 10)], STAFF, "receipt:1")
    with pytest.raises(TooFewThere, match="4 units"):
        await db.transact(settle_shortage, [(*shelf, 5)], STAFF, "settle:1")
    await db.transact(settle_shortage, [(*shelf, 4)], STAFF, "settle:2")
    assert (await shelf_of(db, shelf), await beside(db, shelf)) == ((9, 3), {})
    assert await company(db) == 9


async def test_units_that_a_count_misses_beyond_what_is_free_are_short_by_name(db: Database, clock: HeldClock) -> None:
    a, b = await places(db, variants=2)
    await stock(db, {a: 5, b: 5})
    await hold(db, [(*a, 4)])
    for _ in range(2):
        await db.transact(adjust_beyond, [(*a, -3), (*b, 2)], STAFF, "count:1")
    assert (await shelf_of(db, a), await beside(db, a)) == ((4, 4), {Spot.SHORTAGE: -2})
    assert await shelf_of(db, b) == (7, 0)
    assert await company(db) == 9
    with pytest.raises(EffectDiffers):
        await db.transact(sell_beyond, [(*a, 3)], STAFF, "count:1")


async def test_a_return_comes_from_a_customer_and_goods_from_a_supplier(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await db.transact(receive, [(*shelf, 3)], STAFF, "in:1")
    await db.transact(receive, [(*shelf, 1)], STAFF, "in:2", from_spot=Spot.CUSTOMER)
    await db.transact(receive, [(*shelf, 1)], Cause("return", new_id(), "staff:test"), "in:3")
    await db.transact(adjust, [Adjustment(*shelf, delta=-1)], STAFF, "fix:1")
    ends = [tuple((await db.reading.fetch(WRITTEN, effect_key=key))[0]) for key in ("in:1", "in:2", "in:3", "fix:1")]
    assert [(end[1], end[4]) for end in ends] == [
        ("supplier", "received"),
        ("customer", "returned"),
        ("customer", "returned"),
        ("shrinkage", "adjusted"),
    ]


async def test_moves_that_nobody_can_make_are_not_booked(db: Database, clock: HeldClock) -> None:
    [here] = await places(db)
    await stock(db, {here: 5})
    away = within(here, 1, Spot.SHELF, Spot.DAMAGED)
    for wrong in (
        [away._replace(quantity=0)],
        [away._replace(to_spot=Spot.SHELF)],
        [away._replace(to_location=None)],
        [away._replace(to_spot=Spot.CUSTOMER)],
        [Move(here.variant_id, 1, Spot.SUPPLIER, None, Spot.CUSTOMER, None)],
        [Move(here.variant_id, 1, Spot.SHORTAGE, None, Spot.CUSTOMER, None)],
        [away, within(here, 1, Spot.DAMAGED, Spot.SHELF)],
    ):
        with pytest.raises(Bug):
            await db.transact(move, wrong, STAFF, "wrong:1")
    nowhere = Place(here.variant_id, LocationId(new_id()))
    with pytest.raises(InvalidInput, match="location"):
        await db.transact(move, [sent(here, nowhere, 1)], STAFF, "wrong:2")
    with pytest.raises(InvalidInput, match="article"):
        await db.transact(sell_beyond, [(VariantId(new_id()), here.location_id, 1)], STAFF, "wrong:3")
    assert await shelf_of(db, here) == (5, 0)


@pytest.fixture
async def processes(db: Database, dsn: str) -> AsyncIterator[list[Database]]:
    """Three processes on one database."""
    others = [Database(dsn, before_commit=events.store) for _ in range(2)]
    yield [db, *others]
    for other in others:
        await other.close()


async def test_transfers_to_and_fro_sales_and_holds_at_once_lose_nothing_and_never_deadlock(
    processes: list[Database], clock: HeldClock
) -> None:
    shelves = await places(processes[0], variants=2, at=2)
    await stock(processes[0], dict.fromkeys(shelves, 40))
    a, b = [shelf for shelf in shelves if shelf.variant_id == shelves[0].variant_id]

    async def client(number: int) -> list[object]:
        db = processes[number % 3]
        origin, destination = (a, b) if number % 2 else (b, a)
        return [
            await outcome(db.transact(move, [sent(origin, destination, 3)], STAFF, f"ship:{number}")),
            await outcome(hold(db, [(*shelf, 1) for shelf in (shelves if number % 2 else shelves[::-1])])),
            await outcome(
                db.transact(move, [within(destination, 3, Spot.IN_TRANSIT, Spot.SHELF)], STAFF, f"arrive:{number}")
            ),
            await outcome(db.transact(sell_beyond, [(*origin, 2), (*destination, 1)], STAFF, f"till:{number}")),
        ]

    came = [each for answers in await asyncio.gather(*(client(n) for n in range(24))) for each in answers]
    assert {each for each in came if isinstance(each, type)} <= {BelowReserved, TooFewThere, InsufficientStock}
    assert await company(processes[0]) == 4 * 40 - 24 * 3
    for shelf in (a, b):
        on_hand, reserved = await shelf_of(processes[0], shelf)
        assert 0 <= reserved <= on_hand


async def test_the_last_units_in_quarantine_leave_once(processes: list[Database], clock: HeldClock) -> None:
    [shelf] = await places(processes[0])
    await stock(processes[0], {shelf: 3})
    await processes[0].transact(move, [within(shelf, 3, Spot.SHELF, Spot.QUARANTINE)], STAFF, "aside:1")
    came = await asyncio.gather(
        *(
            outcome(
                processes[n % 3].transact(move, [within(shelf, 1, Spot.QUARANTINE, Spot.SHELF)], STAFF, f"back:{n}")
            )
            for n in range(12)
        )
    )
    assert came.count(TooFewThere) == 9
    assert (await shelf_of(processes[0], shelf), await beside(processes[0], shelf)) == ((3, 0), {})
