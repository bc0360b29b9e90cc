"""Time: cases in which a sale began at the head office's midnight, or hours early."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import LocationId
from tests.cases.house import opened, until
from tests.given import inventory, pricing, promotions, stores
from tests.served import Served

ZONES = ("Australia/Sydney", "Europe/Rome", "America/Phoenix")
FIRST_DAY, DAY_AFTER = date(2026, 12, 1), date(2027, 1, 1)


async def test_a_sale_of_december_begins_and_ends_at_the_midnight_of_each_store(
    server: Served, clock: HeldClock
) -> None:
    """OpenMage/magento-lts#1166, #443, magento/magento2#6610, #34054: rules in UTC, compared in store time: gone until five, or a day late."""
    async with opened(server) as house:
        db, cup, plate = house.db, house.shop.cup, house.shop.plate
        places = {zone: await stores.location(db, zone.split("/")[1].lower(), timezone=zone) for zone in ZONES}
        starts_at, ends_at = (datetime.combine(day, time(), UTC) for day in (FIRST_DAY, DAY_AFTER))
        sale = await pricing.price_list(db, priority=5, store_time=True, starts_at=starts_at, ends_at=ends_at)
        await pricing.prices(db, {cup: 1500}, list_id=sale)
        await promotions.published(db, window={"store_time": True, "starts_at": starts_at, "ends_at": ends_at})
        await inventory.stock(db, {(each, place): 9 for each in (cup, plate) for place in places.values()})
        slug = (await server.api.get("/v1/variants/lookup?sku=CUP"))["product"]["slug"]
        instants = sorted(
            (datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) + off, zone, on)
            for zone in ZONES
            for day, after in ((FIRST_DAY, True), (DAY_AFTER, False))
            for off, on in ((timedelta(seconds=-1), not after), (timedelta(0), after))
        )

        async def shown(place: LocationId) -> int:
            page = await server.api.get(f"/v1/products/{slug}?store={place}")
            return int(page["variants"][0]["price"]["amount"])

        await server.work()
        for at, zone, on in instants:
            clock.at = at
            place = places[zone]
            await until(partial(shown, place), 1500 if on else 1999)
            till = await house.terminal(place)
            cart = await house.cart(till, house.line(cup, at=place), house.line(plate, at=place))
            assert cart["total"]["amount"] == (1350 + 1125 if on else 1999 + 1250), (zone, at)
