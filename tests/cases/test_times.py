"""Time: cases in which a sale began at the head office's midnight, or hours early."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import LocationId
from tests.cases.house import opened, until
from tests.given import inventory, pricing, promotions, stores
from tests.served import Served

ZONES = ("Australia/Sydney", "Europe/Rome", "America/Phoenix")
MOMENTS = (datetime(2026, 12, 1), datetime(2027, 1, 1))  # noqa: DTZ001 -- on the walls of each store


async def test_a_sale_of_december_begins_and_ends_at_the_midnight_of_each_store(
    server: Served, clock: HeldClock
) -> None:
    """OpenMage/magento-lts#1166, #443, magento/magento2#6610, #34054: rules in UTC, compared in store time: gone until five, or a day late."""
    async with opened(server) as house:
        db, cup, plate = house.db, house.shop.cup, house.shop.plate
        places = {zone: await stores.location(db, zone.split("/")[1].lower(), timezone=zone) for zone in ZONES}
        window = {"starts_at": datetime(2026, 12, 1, tzinfo=UTC), "ends_at": datetime(2027, 1, 1, tzinfo=UTC)}
        sale = await pricing.price_list(db, priority=5, store_time=True, **window)  # type: ignore[arg-type]
        await pricing.prices(db, {cup: 1500}, list_id=sale)
        await promotions.published(db, window={"store_time": True, **window})
        await inventory.stock(db, {(each, place): 9 for each in (cup, plate) for place in places.values()})
        slug = (await server.api.get("/v1/variants/lookup?sku=CUP"))["product"]["slug"]
        instants = sorted(
            (wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) + off, zone, on)
            for zone in ZONES
            for wall, after in zip(MOMENTS, (True, False), strict=True)
            for off, on in ((timedelta(seconds=-1), not after), (timedelta(0), after))
        )

        async def shown(place: LocationId) -> int:
            page = await server.api.get(f"/v1/products/{slug}?store={place}")
            return int(page["variants"][0]["price"]["amount"])

        await server.work()
        for at, zone, on in instants:
            clock.at = at
            place = places[zone]
            await until(lambda there=place: shown(there), 1500 if on else 1999)  # type: ignore[misc]
            till = await house.terminal(place)
            cart = await house.cart(till, house.line(cup, at=place), house.line(plate, at=place))
            assert cart["total"]["amount"] == (1350 + 1125 if on else 1999 + 1250), (zone, at)
