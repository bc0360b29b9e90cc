"""What is shown beside a price: the prior price of a reduction, the unit price; and the prices on one store's shelves."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from commerce import quotes
from commerce.catalog import VariantDraft
from commerce.kernel.clock import HeldClock
from commerce.kernel.money import Money
from commerce.platform.database import Database
from commerce.quotes import Want, WantLine
from commerce.storefront.schemas import UnitPriceOut
from commerce.storefront.shop import Held, Prices
from commerce.stores.schemas import AddressFields
from tests.given import catalog as articles, pricing as prices, stores
from tests.storefront.reading import found, listed, looked_up, page, shop_of

DAY = timedelta(days=1)


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


async def a_shop(db: Database, clock: HeldClock) -> tuple[UUID, UUID]:
    """A product of two variants that cost 20.00 and 30.00, and did for two months, but for a day at 18.00 and 28.00."""
    await stores.channel(db)
    await prices.taxes(db)
    small, large = await articles.product(
        db,
        handle="mug",
        options=["Size"],
        variants=[VariantDraft(option_values=("S",), sku="MUG-S"), VariantDraft(option_values=("L",), sku="MUG-L")],
    )
    await prices.prices(db, {small: 2000, large: 3000})
    clock.move(days=40)
    await prices.prices(db, {small: 1800, large: 2800})
    clock.move(days=1)
    await prices.prices(db, {small: 2000, large: 3000})
    clock.move(days=20)
    return small, large


async def test_a_reduced_price_is_shown_with_its_prior_price_wherever_it_stands(db: Database, clock: HeldClock) -> None:
    small, _ = await a_shop(db, clock)
    sale = await prices.price_list(db, priority=5, reduction=True, starts_at=clock.at + DAY, ends_at=clock.at + 9 * DAY)
    await prices.prices(db, {small: 1500}, list_id=sale)
    assert [each.prior for each in (await page(db, "mug")).variants] == [None, None]
    assert (await shop_of(db)).prices == Prices(Held.ONE_WITH_TAX, reduced=False), (
        "who reduces nothing asks for no history"
    )
    clock.move(days=1)
    first, second = (await page(db, "mug")).variants
    assert (first.price, first.prior, second.price, second.prior) == (eur(1500), eur(1800), eur(3000), None)
    assert (await looked_up(db, sku="MUG-S")).variant.prior == eur(1800)
    assert (await looked_up(db, sku="MUG-L")).variant.prior is None
    (card,) = (await listed(db)).items
    assert (card.price_from, card.price_to, card.prior) == (eur(1500), eur(3000), eur(1800))
    (hit,) = (await found(db, "mug-s")).items
    assert hit.prior == eur(1800)
    clock.move(days=8)
    assert (await page(db, "mug")).variants[0].prior is None
    assert (await listed(db)).items[0].prior is None


async def test_the_prior_price_in_a_list_is_that_of_the_lowest_price(db: Database, clock: HeldClock) -> None:
    _, large = await a_shop(db, clock)
    sale = await prices.price_list(db, priority=5, reduction=True)
    await prices.prices(db, {large: 2500}, list_id=sale)
    (card,) = (await listed(db)).items
    assert (card.price_from, card.prior) == (eur(2000), None)
    clock.move(hours=1)
    await prices.prices(db, {large: 1000}, list_id=sale)
    (card,) = (await listed(db)).items
    assert (card.price_from, card.prior) == (eur(1000), eur(2500)), "and it is another reduction, after one at 25.00"


async def test_unit_prices_are_shown_where_the_content_is_known_half_up(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    await prices.taxes(db)
    oil, salt, mug = await articles.product(
        db,
        handle="pantry",
        options=["What"],
        variants=[
            VariantDraft(option_values=("Oil",), sku="OIL", content_thousandths=750, content_unit="l"),
            VariantDraft(option_values=("Salt",), content_thousandths=1600, content_unit="kg"),
            VariantDraft(option_values=("Mug",)),
        ],
    )
    await prices.prices(db, {oil: 1099, salt: 100, mug: 50})
    shown = (await page(db, "pantry")).variants
    assert [each.unit_price for each in shown] == [
        UnitPriceOut(price=eur(1465), unit="l"),
        UnitPriceOut(price=eur(63), unit="kg"),  # 62.5
        None,
    ]
    assert (await looked_up(db, sku="OIL")).variant.unit_price == UnitPriceOut(price=eur(1465), unit="l")
    (card,) = (await listed(db)).items
    assert (card.price_from, card.unit_price) == (eur(50), None)
    await prices.prices(db, {salt: 10})
    (card,) = (await listed(db)).items
    assert (card.price_from, card.unit_price) == (eur(10), UnitPriceOut(price=eur(6), unit="kg"))


async def test_a_store_has_prices_of_its_own_and_its_own_midnight(db: Database, clock: HeldClock) -> None:
    small, _ = await a_shop(db, clock)
    gracia = await stores.location(db)
    palmas = await stores.location(db, "palmas", timezone="Atlantic/Canary")
    shelf = await prices.price_list(db, store_id=gracia)
    await prices.prices(db, {small: 1700}, list_id=shelf)
    night = await prices.price_list(db, priority=5, starts_at=datetime(2026, 5, 12, tzinfo=UTC), store_time=True)
    await prices.prices(db, {small: 1000}, list_id=night)

    async def price(store: UUID | None) -> Money | None:
        return (await page(db, "mug", store_id=store)).variants[0].price

    told = {}
    for hour in (21, 22, 23):  # of the 11th, UTC: midnight of the 12th is at 22 in Barcelona and at 23 in Las Palmas
        clock.move(seconds=(datetime(2026, 5, 11, hour, tzinfo=UTC) - clock.at).total_seconds())
        told[hour] = [await price(None), await price(gracia), await price(palmas)]
    assert told == {
        21: [eur(2000), eur(1700), eur(2000)],
        22: [eur(1000), eur(1000), eur(2000)],
        23: [eur(1000), eur(1000), eur(1000)],
    }


async def test_a_store_in_a_zone_of_its_own_shows_the_tax_that_its_till_takes(db: Database, clock: HeldClock) -> None:
    """General IGIC of 7 % in the Canary Islands, for a list without tax; what a quote asks there is what the page says."""
    channel = await stores.channel(db)
    await prices.taxes(db)
    palmas = await stores.location(
        db,
        "palmas",
        timezone="Atlantic/Canary",
        address=AddressFields(line1="Calle 1", postal_code="35001", city="Las Palmas"),
    )
    (pot,) = await articles.product(db, handle="pot", variants=[VariantDraft(sku="POT")])
    await prices.prices(db, {pot: 1000}, list_id=await prices.price_list(db, includes_tax=False))
    assert (await page(db, "pot")).variants[0].price == eur(1210)
    assert (await page(db, "pot", store_id=palmas)).variants[0].price == eur(1070)
    assert (await looked_up(db, sku="POT", store_id=palmas)).variant.price == eur(1070)
    want = Want(
        channel_id=channel,
        store_id=palmas,
        at=clock.at,
        lines=(WantLine(key="1", variant_id=pot, quantity=1, group=f"pickup:{palmas}"),),
    )
    asked = await quotes.price_basket(db.reading, await quotes.surroundings(db.reading), want)
    assert asked.priced.total == 1070
