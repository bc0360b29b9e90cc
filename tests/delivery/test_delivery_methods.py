"""Delivery methods: which there are for a country, and that a change reaches every process within a second."""

import pytest

from commerce import delivery
from commerce.delivery.queries import methods_page
from commerce.delivery.schemas import DeliveryMethodIn, DeliveryMethodPatch
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.http import StaleVersion
from tests.given import pricing as given
from tests.soon import seen_soon


async def test_methods_are_found_by_currency_and_country_the_cheapest_first(db: Database, clock: HeldClock) -> None:
    express = await given.delivery_method(db, amount=995, countries=["ES", "PT"])
    parcel = await given.delivery_method(db, amount=495)
    await given.delivery_method(db, amount=100, active=False)
    await given.delivery_method(db, amount=100, currency="USD")
    counter = await given.delivery_method(db, kind="pickup", amount=0)
    now = await delivery.methods(db.reading)
    assert [method.id for method in now.shipping("EUR", "ES")] == [parcel, express]
    assert [method.id for method in now.shipping("EUR", "FR")] == [parcel]
    pickup = now.pickup("EUR")
    assert pickup is not None
    assert (pickup.id, pickup.amount) == (counter, 0)
    assert now.pickup("USD") is None
    assert len(now.all) == 5


async def test_a_currency_has_one_active_method_for_collections(db: Database, clock: HeldClock) -> None:
    await given.delivery_method(db, kind="pickup", amount=0)
    with pytest.raises(delivery.PickupMethodExists):
        await given.delivery_method(db, kind="pickup", amount=100)
    await given.delivery_method(db, kind="pickup", amount=100, active=False)
    await given.delivery_method(db, kind="pickup", amount=100, currency="USD")


async def test_a_method_is_changed_only_on_the_version_that_was_read(db: Database, clock: HeldClock) -> None:
    parcel = await given.delivery_method(db, amount=495, countries=["ES"])
    patch = DeliveryMethodPatch(price=Money(595, "EUR"), countries=["PT", "ES", "ES"], name=Text3(es="Paquete"))
    after = await db.transact(delivery.change_method, parcel, 1, patch, at=clock.at)
    assert (after.price, after.countries, after.name, after.version) == (
        Money(595, "EUR"),
        ["ES", "PT"],
        Text3(es="Paquete"),
        2,
    )
    with pytest.raises(StaleVersion):
        await db.transact(delivery.change_method, parcel, 1, DeliveryMethodPatch(active=False), at=clock.at)
    with pytest.raises(NotFound):
        await db.transact(delivery.change_method, new_id(), 1, DeliveryMethodPatch(active=False), at=clock.at)
    assert (await delivery.methods(db.reading)).by_id[parcel].amount == 595


async def test_methods_that_make_no_sense_are_refused_with_the_field_at_fault(db: Database, clock: HeldClock) -> None:
    parcel = await given.delivery_method(db, min_days=2, max_days=4)
    for patch, pointer in (
        (DeliveryMethodPatch(min_days=5), "/max_days"),
        (DeliveryMethodPatch(price=Money(-1, "EUR")), "/price/amount"),
        (DeliveryMethodPatch(price=Money(1, "USD")), "/price/currency"),
        (DeliveryMethodPatch(name=Text3()), "/name"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await db.transact(delivery.change_method, parcel, 1, patch, at=clock.at)
        assert [error.pointer for error in refused.value.errors] == [pointer]
    taken = DeliveryMethodIn(
        code="parcel", name=Text3(en="Parcel"), kind="ship", price=Money(1, "EUR"), tax_category="standard"
    )
    await db.transact(delivery.create_method, taken, at=clock.at)
    with pytest.raises(delivery.DeliveryMethodCodeTaken):
        await db.transact(delivery.create_method, taken, at=clock.at)


async def test_a_change_is_seen_by_another_process_within_a_second(db: Database, dsn: str, clock: HeldClock) -> None:
    parcel = await given.delivery_method(db, amount=495)
    other = Database(dsn)

    async def amount() -> int:
        return (await delivery.methods(other.reading)).by_id[parcel].amount

    try:
        assert await amount() == 495
        await db.transact(delivery.change_method, parcel, 1, DeliveryMethodPatch(price=Money(595, "EUR")), at=clock.at)
        await seen_soon(amount, 595)
    finally:
        await other.close()


async def test_walking_the_methods_gives_each_once_by_code(db: Database, clock: HeldClock) -> None:
    for code in ("b", "c", "a"):
        await given.delivery_method(db, code=code)
    first = await methods_page(db.reading, after=None, most=2)
    rest = await methods_page(db.reading, after=first[-1].code, most=2)
    assert [row.code for row in first + rest] == ["a", "b", "c"]
