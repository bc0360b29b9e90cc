"""Promises made from real stock and calendars."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commerce.inventory import Demand, InsufficientStock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.kernel.money import Money
from commerce.platform.database import Database
from commerce.promise import CannotPromise, pickup_options, ready_by, ship_by, source
from commerce.promise.availability import Asked, availability
from commerce.stores import pause
from tests.given import catalog, pricing, stores
from tests.given.inventory import hold, stock


async def test_each_pickup_point_says_what_it_has_and_from_when(db: Database, clock: HeldClock) -> None:
    pot, lamp = await catalog.variants(db, 2)
    gracia = await stores.location(db, "gracia")
    sants = await stores.location(db, "sants", hours=stores.week("16:00", "20:00"))
    await stores.warehouse(db)
    await stock(db, {(pot, gracia): 2, (lamp, gracia): 1, (pot, sants): 9})

    options = await pickup_options(db.reading, [(pot, 1), (lamp, 1), (pot, 1)], clock.at)
    assert [(each.location_id, each.available, each.ready_by) for each in options] == [
        (gracia, True, datetime(2026, 3, 10, 11, 0, tzinfo=UTC)),
        (sants, False, datetime(2026, 3, 10, 16, 0, tzinfo=UTC)),
    ]
    [short] = options[1].short
    assert (short.variant_id, short.requested, short.available) == (lamp, 1, 0)


async def test_what_is_held_for_others_is_not_promised_until_their_hold_is_over(db: Database, clock: HeldClock) -> None:
    pot = await catalog.variant(db)
    gracia = await stores.location(db)
    await stock(db, {(pot, gracia): 1})
    await hold(db, [(pot, gracia, 1)], minutes=15)
    [option] = await pickup_options(db.reading, [(pot, 1)], clock.at)
    assert not option.available
    clock.move(minutes=15)
    [option] = await pickup_options(db.reading, [(pot, 1)], clock.at)
    assert option.available


@pytest.mark.parametrize(
    ("at", "ready"),
    [
        # Sunday 29 March 2026: Spain's clocks go from 02:00 to 03:00. Hours 09:00 to 20:00, one hour of lead time.
        (datetime(2026, 3, 28, 18, 30, tzinfo=UTC), datetime(2026, 3, 30, 7, 30, tzinfo=UTC)),
        # Sunday 25 October 2026: from 03:00 back to 02:00.
        (datetime(2026, 10, 24, 17, 30, tzinfo=UTC), datetime(2026, 10, 26, 8, 30, tzinfo=UTC)),
    ],
    ids=["to summer time", "to winter time"],
)
async def test_a_promise_over_a_change_of_clocks_is_kept_in_wall_time(
    db: Database, clock: HeldClock, at: datetime, ready: datetime
) -> None:
    gracia = await stores.location(db)
    assert await ready_by(db.reading, gracia, at) == ready


async def test_a_location_that_never_opens_promises_nothing(db: Database, clock: HeldClock) -> None:
    pot = await catalog.variant(db)
    closed = await stores.location(db, hours=[])
    await stock(db, {(pot, closed): 5})
    [option] = await pickup_options(db.reading, [(pot, 1)], clock.at)
    assert (option.available, option.ready_by, list(option.short)) == (False, None, [])
    with pytest.raises(CannotPromise):
        await ready_by(db.reading, closed, clock.at)
    with pytest.raises(NotFound):
        await ready_by(db.reading, LocationId(new_id()), clock.at)


async def test_a_location_that_was_switched_off_says_so_and_not_that_it_is_closed(
    db: Database, clock: HeldClock
) -> None:
    gracia = await stores.location(db)
    await db.transact(pause, gracia, None, "flood", "staff:ana")
    with pytest.raises(CannotPromise) as told:
        await ready_by(db.reading, gracia, clock.at)
    assert told.value.detail.endswith("takes no online orders for the time being; choose another place.")


async def test_a_basket_is_sent_from_the_warehouse_or_else_from_a_store_that_sends(
    db: Database, clock: HeldClock
) -> None:
    pot = await catalog.variant(db)
    a_store = await stores.location(db, "a-store", ships=True)
    only_collection = await stores.location(db, "gracia")
    closed = await stores.warehouse(db, "a-closed-house", hours=[])
    house = await stores.warehouse(db, "z-house")
    await stock(db, {(pot, a_store): 9, (pot, only_collection): 50, (pot, closed): 50, (pot, house): 3})

    assert await source(db.reading, [(pot, 3)], clock.at) == [Demand(pot, house, 3)]
    assert await source(db.reading, [(pot, 2), (pot, 2)], clock.at) == [Demand(pot, a_store, 4)]
    assert await source(db.reading, [(pot, 12)], clock.at) == [Demand(pot, a_store, 9), Demand(pot, house, 3)]
    with pytest.raises(InsufficientStock, match="for delivery") as refused:
        await source(db.reading, [(pot, 13)], clock.at)
    assert [(each.location_id, each.available) for each in refused.value.short] == [(None, 12)]


async def test_a_split_basket_has_left_when_its_last_parcel_has(db: Database, clock: HeldClock) -> None:
    a_store = await stores.location(db, "a-store", ships=True, lead_minutes=120)
    house = await stores.warehouse(db, lead_minutes=30)
    assert await ship_by(db.reading, [house], clock.at) == clock.at + timedelta(minutes=30)
    assert await ship_by(db.reading, [house, a_store], clock.at) == clock.at + timedelta(hours=2)


async def test_the_public_sees_bands_distances_and_ways_of_sending(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    await pricing.delivery_method(db)
    pot, lamp, voucher, gone = (
        await catalog.variant(db, "Pot"),
        await catalog.variant(db, "Lamp"),
        await catalog.variant(db, "Voucher", shippable=False),
        VariantId(new_id()),
    )
    gracia = await stores.location(db, "gracia", latitude=41.40, longitude=2.16)
    madrid = await stores.location(db, "a-madrid", latitude=40.42, longitude=-3.70)
    house = await stores.warehouse(db)
    await stock(
        db,
        {
            (pot, gracia): 5,
            (lamp, gracia): 2,
            (pot, madrid): 1,
            (pot, house): 7,
            (lamp, house): 1,
            (voucher, gracia): 1,
        },
    )

    def asked(*lines: tuple[VariantId, int]) -> Asked:
        return Asked(
            lines=lines,
            near=(41.38, 2.17),
            location_id=None,
            only_available=False,
            limit=24,
            channel_id=None,
            country=None,
        )

    said = await availability(db.reading, asked((pot, 2), (lamp, 1)), clock.at)
    assert [(each.location_id, each.available) for each in said.collection] == [(gracia, True), (madrid, False)]
    assert [line.stock for line in said.collection[0].lines] == ["few", "few"]
    assert [line.stock for line in said.collection[1].lines] == ["out", "out"]
    assert said.collection[0].ready_by == datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
    assert said.collection[1].ready_by is None
    assert said.collection[0].timezone == "Europe/Madrid"
    assert said.collection[0].distance_km is not None
    assert said.collection[0].distance_km < 5
    assert said.collection[1].distance_km is not None
    assert said.collection[1].distance_km > 400
    assert (said.sending.available, said.sending.parcels) == (True, 1)
    assert [line.stock for line in said.sending.lines] == ["in", "few"]
    [option] = said.sending.options
    assert (option.arrives_from, option.arrives_until) == (date(2026, 3, 12), date(2026, 3, 14))
    assert option.amount == Money(495, "EUR")

    voucher_said = await availability(db.reading, asked((voucher, 1)), clock.at)
    assert voucher_said.collection[0].available
    assert not voucher_said.sending.available
    with pytest.raises(NotFound, match=str(gone)):
        await availability(db.reading, asked((pot, 1), (gone, 1)), clock.at)


async def test_one_location_can_be_asked_for(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    pot = await catalog.variant(db)
    gracia = await stores.location(db, "gracia")
    await stores.location(db, "sants")
    house = await stores.warehouse(db)

    def asked(location: LocationId) -> Asked:
        return Asked(
            lines=[(pot, 1)],
            near=None,
            location_id=location,
            only_available=False,
            limit=24,
            channel_id=None,
            country=None,
        )

    said = await availability(db.reading, asked(gracia), clock.at)
    assert [each.location_id for each in said.collection] == [gracia]
    assert (await availability(db.reading, asked(house), clock.at)).collection == []
    with pytest.raises(NotFound):
        await availability(db.reading, asked(LocationId(new_id())), clock.at)
