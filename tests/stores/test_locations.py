"""Locations and channels: opened through their verbs, read from what is resident."""

from datetime import UTC, datetime, timedelta

import pytest

from commerce import stores
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from commerce.stores.errors import ChannelCodeTaken, LocationCodeTaken
from tests.given import stores as given


async def test_a_location_that_was_opened_is_known_at_once_with_its_calendar(db: Database, clock: HeldClock) -> None:
    gracia = await given.location(db, "gracia")
    warehouse = await given.warehouse(db)

    known = await stores.locations(db.reading)

    assert [each.code for each in known.all] == ["gracia", "warehouse"]
    assert [each.id for each in known.pickup_points()] == [gracia]
    assert [each.id for each in known.shipping_points()] == [warehouse]
    store = known.by_id[gracia]
    assert store.is_open(clock())  # 11:00 in Barcelona
    assert store.ready_at(clock()) == clock() + timedelta(hours=1)
    assert store.ready_at(datetime(2026, 3, 10, 18, 30, tzinfo=UTC)) == datetime(2026, 3, 11, 8, 30, tzinfo=UTC)
    assert store.address.city == "Barcelona"


async def test_a_location_that_is_opened_later_appears_in_what_is_resident(db: Database) -> None:
    await given.location(db, "gracia")
    assert len((await stores.locations(db.reading)).all) == 1

    await given.location(db, "sants")

    assert [each.code for each in (await stores.locations(db.reading)).all] == ["gracia", "sants"]


async def test_codes_are_unique_whatever_their_case(db: Database) -> None:
    await given.location(db, "gracia")
    await given.channel(db, "web")

    with pytest.raises(LocationCodeTaken):
        await given.location(db, "Gracia")
    with pytest.raises(ChannelCodeTaken):
        await given.channel(db, "WEB")
    assert len((await stores.locations(db.reading)).all) == 1


IMPOSSIBLE: list[tuple[dict[str, object], str]] = [
    ({"timezone": "Europe/Barcelona"}, "/timezone"),
    ({"timezone": "../../etc/passwd"}, "/timezone"),
    ({"latitude": 41.4, "longitude": None}, "/latitude"),
    ({"hours": given.week("20:00", "09:00", [1])}, "/hours/0"),
    ({"hours": given.week("09:00", "09:00", [1])}, "/hours/0"),
    ({"hours": [*given.week("09:00", "14:00", [1]), *given.week("13:59", "20:00", [1])]}, "/hours/1"),
]


async def test_a_location_with_impossible_data_is_refused_and_not_opened(db: Database) -> None:
    for fields, pointer in IMPOSSIBLE:
        with pytest.raises(InvalidInput) as refused:
            await given.location(db, "gracia", **fields)
        assert [each.pointer for each in refused.value.errors] == [pointer]

    assert (await stores.locations(db.reading)).all == ()


async def test_hours_that_meet_do_not_overlap(db: Database) -> None:
    location = await given.location(db, hours=[*given.week("09:00", "14:00", [1]), *given.week("14:00", "20:00", [1])])

    hours = (await stores.locations(db.reading)).by_id[location].hours
    assert [(each.opens, each.closes) for each in hours] == [("09:00", "14:00"), ("14:00", "20:00")]


async def test_the_first_channel_is_the_default_one(db: Database) -> None:
    with pytest.raises(NotFound):
        await stores.channel(db.reading)
    web = await given.channel(db, "web")
    till = await given.channel(
        db, "till", currency="GBP", country="GB", languages=["en", "en"], prices_include_tax=False
    )

    assert (await stores.channel(db.reading)).id == web
    assert (await stores.settings(db.reading)).default_channel_id == web
    known = await stores.channel(db.reading, till)
    assert (known.code, known.currency, known.languages, known.prices_include_tax) == ("till", "GBP", ("en",), False)
    with pytest.raises(NotFound):
        await stores.channel(db.reading, new_id())


async def test_an_inactive_channel_is_as_if_it_were_not_there(db: Database) -> None:
    closed = await given.channel(db, "old", active=False)

    assert (await stores.settings(db.reading)).default_channel_id is None
    with pytest.raises(NotFound):
        await stores.channel(db.reading, closed)


async def test_a_currency_that_is_none_is_refused(db: Database) -> None:
    with pytest.raises(InvalidInput) as refused:
        await given.channel(db, currency="XXX")

    assert [each.pointer for each in refused.value.errors] == ["/currency"]


async def test_distances_are_great_circles(db: Database) -> None:
    barcelona = await given.location(db, "bcn", latitude=41.3874, longitude=2.1686)
    nowhere = await given.location(db, "post", latitude=None, longitude=None)
    known = (await stores.locations(db.reading)).by_id

    madrid = known[barcelona].distance_km(40.4168, -3.7038)
    assert madrid == pytest.approx(505.4, abs=1.0)
    assert known[barcelona].distance_km(41.3874, 2.1686) == 0
    assert known[nowhere].distance_km(0, 0) is None
