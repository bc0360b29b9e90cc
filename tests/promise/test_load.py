"""What is already to be done moves what is promised: open work, and days that take no more orders."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commerce.inventory import Cause, Demand, InsufficientStock, want
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from commerce.promise import Window, alternatives, book, pickup_options, promised, source, sourced, unbook
from commerce.promise.availability import Asked, availability
from commerce.stores import pause
from tests.given import catalog, fulfilment, pricing, stores
from tests.given.inventory import stock
from tests.given.orders import Want

TODAY, TOMORROW = date(2026, 3, 10), date(2026, 3, 11)
AN_HOUR = timedelta(hours=1)


async def test_each_order_that_is_still_to_be_done_moves_the_next_promise(db: Database, clock: HeldClock) -> None:
    shelf = await fulfilment.Shelf.filled(db)
    plain = await stores.location(db, "plain")
    busy = await stores.location(db, "busy", minutes_per_order=45, staff=2)
    await stock(db, {(shelf.cup, busy): 10, (shelf.cup, plain): 10})

    async def ready() -> list[timedelta]:
        options = await pickup_options(db.reading, [(shelf.cup, 1)], clock())
        return [each.ready_by - clock() for each in options if each.location_id in {plain, busy} and each.ready_by]

    assert await ready() == [AN_HOUR, AN_HOUR]
    await fulfilment.offered(db, Want(variant_id=shelf.cup, location_id=plain))
    for _ in range(3):
        await fulfilment.offered(db, Want(variant_id=shelf.cup, location_id=busy))
    assert await ready() == [timedelta(minutes=60 + 68), AN_HOUR]  # 135 minutes over two people
    await fulfilment.ready(db, fulfilment.staff(busy), Want(variant_id=shelf.cup, location_id=busy))
    assert await ready() == [timedelta(minutes=60 + 68), AN_HOUR]  # what waits for its customer is no work any more


async def test_a_full_day_moves_the_promise_to_the_next_and_back_when_a_place_is_given_back(
    db: Database, clock: HeldClock
) -> None:
    gracia, mine = await stores.location(db), new_id()
    await stores.service(db, gracia, daily_capacity=1)

    async def day() -> date:
        return (await promised(db.reading, [(gracia, "pickup")], clock()))[gracia, "pickup"].day

    made = (await promised(db.reading, [(gracia, "pickup")], clock()))[gracia, "pickup"]
    assert (made.day, made.ready_by) == (TODAY, clock() + AN_HOUR)
    await db.transact(book, mine, [made.window], at=clock())
    moved = (await promised(db.reading, [(gracia, "pickup")], clock()))[gracia, "pickup"]
    assert (moved.day, moved.ready_by) == (TOMORROW, datetime(2026, 3, 11, 9, 0, tzinfo=UTC))
    await db.transact(unbook, mine, at=clock())
    assert await day() == TODAY

    await db.transact(book, new_id(), [made.window], at=clock(), until=clock() + timedelta(minutes=5))
    assert await day() == TOMORROW
    clock.move(minutes=5)
    assert await day() == TODAY  # what is over does not count, although nobody freed it


async def test_the_public_answer_reckons_with_pauses_full_days_and_third_parties(
    db: Database, clock: HeldClock
) -> None:
    await stores.channel(db)
    pot = await catalog.variant(db)
    full, paused = await stores.location(db, "a-full"), await stores.location(db, "b-paused")
    locker = await stores.location(db, "c-locker", kind="locker", operator="Parcel Post")
    await stores.service(db, full, daily_capacity=1)
    await db.transact(book, new_id(), [Window(full, "pickup", TODAY)], at=clock())
    await db.transact(pause, paused, clock() + 2 * AN_HOUR, "flood", "staff:ana")
    await stock(db, {(pot, full): 5, (pot, paused): 5, (pot, locker): 5})
    asked = Asked(
        lines=[(pot, 1)],
        near=None,
        location_id=None,
        only_available=False,
        limit=24,
        channel_id=None,
        country=None,
    )

    said = await availability(db.reading, asked, clock())

    assert [(each.code, each.available, each.paused, each.ready_by) for each in said.collection] == [
        ("a-full", True, False, datetime(2026, 3, 11, 9, 0, tzinfo=UTC)),
        ("b-paused", True, True, clock() + 3 * AN_HOUR),
        ("c-locker", False, False, None),  # what is there is somebody's already
    ]


async def test_nothing_is_sent_from_where_online_work_is_switched_off(db: Database, clock: HeldClock) -> None:
    pot = await catalog.variant(db)
    house, shop = await stores.warehouse(db), await stores.location(db, "shop", ships=True)
    await stock(db, {(pot, house): 5, (pot, shop): 5})
    await db.transact(pause, house, clock() + AN_HOUR, "flood", "staff:ana")

    [demand] = await source(db.reading, [(pot, 2)], clock())
    assert demand.location_id == shop
    await db.transact(pause, shop, None, "flood", "staff:ana")
    with pytest.raises(InsufficientStock) as refused:
        await source(db.reading, [(pot, 2)], clock())
    assert [each.available for each in refused.value.short] == [0]
    clock.move(hours=1)
    [demand] = await source(db.reading, [(pot, 2)], clock())
    assert demand.location_id == house


async def test_a_place_that_was_named_as_excluded_sends_nothing_of_that_article(db: Database, clock: HeldClock) -> None:
    pot = await catalog.variant(db)
    house, shop = await stores.warehouse(db), await stores.location(db, "shop", ships=True)
    await stock(db, {(pot, house): 5, (pot, shop): 5})

    decision = await sourced(db.reading, [(pot, 2)], clock(), excluded=frozenset({(house, pot)}))

    assert [each.location_id for each in decision.demands] == [shop]


async def test_units_that_are_owed_and_kept_nowhere_yet_go_before_new_ones(db: Database, clock: HeldClock) -> None:
    pot, lamp = await catalog.variants(db, 2)
    house, shop = await stores.warehouse(db), await stores.location(db, "shop", ships=True)
    await stock(db, {(pot, house): 2, (pot, shop): 1, (lamp, house): 1})
    await db.transact(want, new_id(), [(pot, 2)], Cause("order", None, "system"))

    found = await source(db.reading, [(pot, 1), (lamp, 1)], clock())
    assert sorted(found) == sorted([Demand(pot, house, 1), Demand(lamp, house, 1)])
    with pytest.raises(InsufficientStock) as refused:
        await source(db.reading, [(pot, 2), (lamp, 1)], clock())
    assert [(each.variant_id, each.requested, each.available) for each in refused.value.short] == [(pot, 2, 1)]
    routed = await sourced(db.reading, [(pot, 2)], clock(), owed=True)  # those very units find their place
    assert (routed.demands, routed.missing) == ([Demand(pot, house, 2)], [])


async def test_a_place_whose_lead_is_never_over_is_left_out_although_it_was_preferred(
    db: Database, clock: HeldClock
) -> None:
    pot = await catalog.variant(db)
    slow = await stores.warehouse(db, lead_minutes=43_200, hours=stores.week("09:00", "10:00", [1]))
    shop = await stores.location(db, "shop", ships=True)
    await stock(db, {(pot, slow): 5, (pot, shop): 5})

    [demand] = await source(db.reading, [(pot, 2)], clock())

    assert demand.location_id == shop


async def test_alternatives_name_the_nearest_places_that_have_all_and_delivery(db: Database, clock: HeldClock) -> None:
    pot, lamp = await catalog.variants(db, 2)
    await pricing.delivery_method(db)
    here = await stores.location(db, "here", latitude=41.40, longitude=2.15)
    far = await stores.location(db, "a-far", latitude=42.40, longitude=2.15, lead_minutes=30)
    near = await stores.location(db, "z-near", latitude=41.41, longitude=2.15)
    half = await stores.location(db, "half", latitude=41.42, longitude=2.15)
    house = await stores.warehouse(db, lead_minutes=120)
    await stock(db, {(pot, far): 2, (lamp, far): 1, (pot, near): 2, (lamp, near): 1, (pot, half): 9, (pot, here): 1})

    async def offered() -> list[tuple[str, str | None, timedelta]]:
        found = await alternatives(db.reading, [(pot, 2), (lamp, 1)], clock(), not_at=here)
        return [(each.kind, each.code, each.ready_by - clock()) for each in found]

    assert await offered() == [("pickup", "z-near", AN_HOUR), ("pickup", "a-far", AN_HOUR / 2)]
    await stock(db, {(pot, house): 2, (lamp, house): 1})
    assert await offered() == [
        ("pickup", "z-near", AN_HOUR),
        ("pickup", "a-far", AN_HOUR / 2),
        ("ship", None, 2 * AN_HOUR),
    ]
