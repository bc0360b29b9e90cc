"""The prior price of a reduction is the same one wherever it is shown: page, list, search, look-up, label, quote and till."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from commerce import pricing, quotes
from commerce.catalog import ProductDraft, VariantDraft, put_products
from commerce.kernel import clock as time
from commerce.kernel.clock import HeldClock
from commerce.kernel.wire import Text3
from commerce.platform import events
from commerce.platform.database import Database
from commerce.pricing import Audience
from commerce.quotes import Want, WantLine
from commerce.storefront import labels
from commerce.storefront.schemas import LabelsOut
from commerce.stores.schemas import AddressFields
from commerce.till.write_bundle import Till
from tests.given import pricing as prices, stores
from tests.storefront.reading import as_described, found, listed, looked_up, page, shop_of
from tests.till.opened import content, opened, written

DAY = timedelta(days=1)


class Shop(NamedTuple):
    """A shop in France with one article that has been dearer and cheaper."""

    channel: UUID
    store: UUID
    fish: UUID


async def a_shop(db: Database, clock: HeldClock, *, perishable: bool) -> Shop:
    """It came on show twenty days ago, at 10.00, and cost 14.00 for the last five."""
    channel = await stores.channel(db, country="FR")
    lyon = await stores.location(
        db,
        "lyon",
        timezone="Europe/Paris",
        country="FR",
        address=AddressFields(line1="Rue 1", postal_code="69001", city="Lyon"),
    )
    await prices.taxes(db)
    await put(db, clock, perishable=perishable)
    fish = (await looked_up(db, sku="FISH")).variant.id
    await prices.prices(db, {fish: 1000})
    clock.move(days=15)
    await prices.prices(db, {fish: 1400})
    clock.move(days=5)
    return Shop(channel, lyon, fish)


async def put(db: Database, clock: HeldClock, *, perishable: bool) -> None:
    draft = ProductDraft(
        handle="fish",
        title=Text3(en="Fish"),
        options=(),
        variants=(VariantDraft(sku="FISH"),),
        perishable=perishable,
    )
    result = await db.transact(put_products, [draft], at=clock.at)
    assert not result.trouble, result.trouble


async def everywhere(db: Database, shop: Shop) -> dict[str, int | None]:
    """The prior price, place by place."""
    at = time.now()
    audience = Audience(currency="EUR", channel_id=shop.channel, store_id=shop.store, zone="Europe/Paris", country="FR")
    label = await labels.labels(
        db.reading,
        await shop_of(db, store_id=shop.store),
        variant_ids=[shop.fish],
        changed_since=None,
        after=None,
        limit=1,
        at=at,
    )
    line = WantLine(key="1", variant_id=shop.fish, quantity=1, group=f"pickup:{shop.store}")
    asked = await quotes.price_basket(
        db.reading,
        await quotes.surroundings(db.reading),
        Want(channel_id=shop.channel, store_id=shop.store, at=at, lines=(line,)),
    )
    bundle = await opened(db, Till(channel_id=shop.channel, location_id=shop.store))
    shown = {
        "page": (await page(db, "fish")).variants[0].prior,
        "list": (await listed(db)).items[0].prior,
        "search": (await found(db, "fish")).items[0].prior,
        "browsed": (await found(db, None)).items[0].prior,
        "look-up": (await looked_up(db, sku="FISH")).variant.prior,
        "label": as_described(label, LabelsOut).items[0].prior,
    }
    told = {place: money.amount if money is not None else None for place, money in shown.items()}
    (reduced,) = [each.prior for each in bundle.articles[shop.fish].prices if each.unit == 700]
    told["till"] = reduced
    told["quote"] = asked.priced.lines[0].prior
    told["announced"] = (await pricing.prior_prices(db.reading, [shop.fish], [audience], at=at)).get(shop.fish)
    return told


async def test_every_place_shows_the_prior_price_of_the_member_states_rules(db: Database, clock: HeldClock) -> None:
    shop = await a_shop(db, clock, perishable=True)
    await prices.prices(db, {shop.fish: 700}, list_id=await prices.price_list(db, priority=5, reduction=True))
    assert {place: prior for place, prior in (await everywhere(db, shop)).items() if prior != 1400} == {}
    await put(db, clock, perishable=False)
    assert {place: prior for place, prior in (await everywhere(db, shop)).items() if prior != 1000} == {}


async def test_a_till_and_the_labels_hear_that_an_article_spoils(db: Database, clock: HeldClock) -> None:
    shop = await a_shop(db, clock, perishable=False)
    till = Till(channel_id=shop.channel, location_id=shop.store)
    await prices.prices(db, {shop.fish: 700}, list_id=await prices.price_list(db, priority=5, reduction=True))
    while await db.transact(events.publish):
        pass
    held = await opened(db, till)
    clock.move(days=1)
    since = clock.at - timedelta(hours=1)
    await put(db, clock, perishable=True)
    updated = held.updated(content(await written(db, till, since=held.head.version)))
    assert {each.prior for each in updated.articles[shop.fish].prices if each.unit == 700} == {1400}
    body = await labels.labels(
        db.reading,
        await shop_of(db, store_id=shop.store),
        variant_ids=None,
        changed_since=since,
        after=None,
        limit=9,
        at=clock.at,
    )
    (label,) = as_described(body, LabelsOut).items
    assert label.prior is not None
    assert label.prior.amount == 1400
