"""Product pages, lists and look-ups: prices that a quote would give, stock in bands, each product once."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from itertools import product
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec import UNSET

from commerce.catalog import ProductDraft, Status, VariantDraft, articles as catalog_articles, put_products
from commerce.catalog.change_product import withdraw_product
from commerce.catalog.create_product import create_product
from commerce.catalog.facts import PlaceDraft
from commerce.catalog.manage_categories import create_category
from commerce.catalog.schemas import CategoryIn, ProductIn, VariantIn
from commerce.inventory import Cause, levels as free_units, set_safety
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import NotFound
from commerce.kernel.money import Money, added_tax, included_tax
from commerce.kernel.wire import Page, Text3
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.price_engine import PriceFact
from commerce.pricing import PriceEntry, price_lists, prices as price_facts, set_prices
from commerce.storefront import lists, look_up, product_page
from commerce.storefront.lists import Sort
from commerce.storefront.schemas import CategoryOut
from commerce.storefront.search_filters import Filters
from tests.given import catalog as articles, inventory, pricing as prices, stores
from tests.storefront.reading import as_described, listed, looked_up, page, shop_of


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


async def test_a_page_tells_price_with_tax_and_stock_by_place(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    await prices.taxes(db)
    gracia, sants = await stores.location(db, "gracia"), await stores.location(db, "sants")
    warehouse = await stores.warehouse(db)
    small, large = await articles.product(
        db,
        Text3(en="Mug", es="Taza", ca="Tassa"),
        handle="mug",
        description=Text3(es="<p>Grande</p>"),
        options=["Size"],
        tags=["kitchen"],
        vendor="Casa",
        variants=[
            VariantDraft(option_values=("S",), sku="MUG-S", barcode="4006381333931", weight_grams=250),
            VariantDraft(option_values=("L",), sku="MUG-L"),
        ],
    )
    entries = [PriceEntry(variant_id=small, amount=1999, compare_at=2499)]
    await db.transact(set_prices, None, entries, actor="t", at=clock.at, currency="EUR")
    await inventory.stock(db, {(small, gracia): 6, (small, sants): 5, (large, warehouse): 3})
    shown = await page(db, "mug", language="ca")
    assert (shown.title, shown.description, shown.language, shown.tags) == ("Tassa", "<p>Grande</p>", "ca", ["kitchen"])
    assert (shown.options, shown.tax_rate) == (["Size"], "0.21")
    first, second = shown.variants
    assert (first.id, first.sku, first.barcode, first.weight_grams) == (small, "MUG-S", "4006381333931", 250)
    assert (first.price, first.compare_at, first.tax) == (eur(1999), eur(2499), eur(347))
    assert [(each.code, each.stock, each.available) for each in first.pickup] == [
        ("gracia", "in", UNSET),
        ("sants", "few", UNSET),
    ]
    assert (first.delivery, second.delivery) == ("out", "few")
    assert (second.price, second.tax) == (None, None)
    assert [each.stock for each in second.pickup] == ["out", "out"]
    at_sants = await page(db, shown.id, location_id=sants)
    assert [each.code for each in at_sants.variants[0].pickup] == ["sants"]


async def test_exact_figures_are_told_to_who_may_read_stock_at_their_places(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    gracia, sants = await stores.location(db, "gracia"), await stores.location(db, "sants")
    (mug,) = await articles.product(db, handle="mug")
    await inventory.stock(db, {(mug, gracia): 40, (mug, sants): 7})
    await inventory.hold(db, [(mug, gracia, 3)], minutes=15)
    clerk = Caller(kind="staff", id=uuid4(), scopes=frozenset({"stock:read"}), locations=frozenset({gracia}))
    (variant,) = (await page(db, "mug", caller=clerk)).variants
    assert [(each.code, each.available) for each in variant.pickup] == [("gracia", 37), ("sants", None)]


async def test_safety_stock_is_shown_to_nobody_as_what_they_can_have(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    gracia, sants = await stores.location(db, "gracia"), await stores.location(db, "sants")
    warehouse = await stores.warehouse(db)
    (mug,) = await articles.product(db, handle="mug")
    await inventory.stock(db, {(mug, gracia): 8, (mug, sants): 2, (mug, warehouse): 7})
    kept = [(mug, gracia, 3), (mug, sants, 4), (mug, warehouse, 1)]
    await db.transact(set_safety, kept, Cause("kept_back", None, "staff:test"))
    (variant,) = (await page(db, "mug")).variants
    assert ([each.stock for each in variant.pickup], variant.delivery) == (["few", "out"], "in")
    assert [card.stock for card in (await listed(db)).items] == ["in"]
    await db.transact(set_safety, [(mug, warehouse, 7)], Cause("kept_back", None, "staff:test"))
    assert [card.stock for card in (await listed(db)).items] == ["few"]


async def test_a_hold_that_has_expired_is_no_longer_counted(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    gracia = await stores.location(db)
    (mug,) = await articles.product(db, handle="mug")
    await inventory.stock(db, {(mug, gracia): 2})
    await inventory.hold(db, [(mug, gracia, 2)], minutes=15)
    assert (await page(db, "mug")).variants[0].pickup[0].stock == "out"
    clock.move(minutes=15)
    assert (await page(db, "mug")).variants[0].pickup[0].stock == "few"
    assert [card.stock for card in (await listed(db)).items] == ["few"]


async def test_the_list_that_pricing_takes_is_the_one_that_is_shown(db: Database, clock: HeldClock) -> None:
    web = await stores.channel(db)
    app = await stores.channel(db, "app")
    await prices.taxes(db)
    (mug,) = await articles.product(db, handle="mug")
    await prices.prices(db, {mug: 1000})
    own = await prices.price_list(db, channel_id=app)
    sale = await prices.price_list(
        db, priority=5, starts_at=clock.at, ends_at=clock.at + timedelta(hours=1), includes_tax=False
    )
    dollars = await prices.price_list(db, priority=9, currency="USD")
    await prices.prices(db, {mug: 900}, list_id=own)
    await prices.prices(db, {mug: 101}, list_id=sale)
    await prices.prices(db, {mug: 1}, list_id=dollars, currency="USD")

    async def price(channel: object) -> tuple[Money | None, Money | None]:
        variant = (await page(db, "mug", channel_id=channel)).variants[0]
        return variant.price, variant.tax

    assert await price(app) == (eur(122), eur(21)), "101 and 21 % of it, half-up, in the sale"
    clock.move(hours=1)
    assert await price(app) == (eur(900), eur(156))
    assert await price(web) == (eur(1000), eur(174))
    (card,) = (await listed(db, channel_id=app)).items
    assert (card.price_from, card.price_to) == (eur(900), eur(900))


async def test_drafts_and_withdrawn_products_are_not_there(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, handle="draft", status=Status.DRAFT)
    made = await db.transact(
        create_product,
        ProductIn(title=Text3(en="Gone"), publish=True, variants=[VariantIn(sku="GONE-1")]),
        at=kernel_clock.now(),
    )
    assert (await page(db, "gone")).id == made.id
    await db.transact(withdraw_product, made.id, at=kernel_clock.now())
    for which in ("draft", "gone", made.id, "no-such", uuid4()):
        with pytest.raises(NotFound):
            await page(db, which)
    with pytest.raises(NotFound):
        await looked_up(db, sku="GONE-1")
    assert (await listed(db)).items == []


async def test_unknown_channels_and_locations_are_refused(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, handle="mug")
    with pytest.raises(NotFound):
        await page(db, "mug", channel_id=uuid4())
    with pytest.raises(NotFound):
        await page(db, "mug", location_id=uuid4())


async def test_a_code_is_looked_up_as_it_is_scanned_or_typed(db: Database) -> None:
    await stores.channel(db)
    upc, own = await articles.product(
        db,
        options=["Size"],
        handle="mug",
        variants=[
            VariantDraft(option_values=("S",), sku="Mug 1/ß", barcode="012345678905"),
            VariantDraft(option_values=("L",), barcode="own-77"),
        ],
    )
    for barcode in ("012345678905", "0012345678905", "00012345678905"):
        assert (await looked_up(db, barcode=barcode)).variant.id == upc
    assert (await looked_up(db, barcode="OWN-77")).variant.id == own
    assert (await looked_up(db, sku=" mug 1/ß ")).variant.id == upc
    for missing in ("12345", "4006381333931", "%", "'"):
        with pytest.raises(NotFound):
            await looked_up(db, barcode=missing)


async def test_lists_are_sorted_filtered_and_walked(db: Database) -> None:
    await stores.channel(db)
    at = kernel_clock.now()
    home = await db.transact(create_category, CategoryIn(name=Text3(en="Home", es="Casa")), at=at)
    kitchen = await db.transact(create_category, CategoryIn(name=Text3(en="Kitchen"), parent_id=home.id), at=at)
    for title, category in (("Zebra rug", home), ("Éclair tin", kitchen), ("eclair box", kitchen), ("Apron", None)):
        data = ProductIn(
            title=Text3(en=title), publish=True, variants=[VariantIn()], category_ids=[category.id] if category else []
        )
        await db.transact(create_product, data, at=at)

    async def walk(**how: object) -> list[str]:
        seen, cursor = [], None
        while True:
            answer = await listed(db, limit=1, cursor=cursor, **how)  # type: ignore[arg-type]
            seen += [card.title for card in answer.items]
            if (cursor := answer.next_cursor) is None:
                return seen

    assert await walk() == ["Apron", "eclair box", "Éclair tin", "Zebra rug"]
    assert await walk(sort=Sort.OLDEST) == ["Zebra rug", "Éclair tin", "eclair box", "Apron"]
    assert await walk(sort=Sort.TITLE) == ["Apron", "eclair box", "Éclair tin", "Zebra rug"]
    assert await walk(filters=Filters(categories=["kitchen"])) == ["eclair box", "Éclair tin"]
    assert await walk(filters=Filters(categories=[str(home.id)]), sort=Sort.TITLE) == [
        "eclair box",
        "Éclair tin",
        "Zebra rug",
    ]
    tree = as_described(await lists.category_tree(db.reading, await shop_of(db, language="es")), Page[CategoryOut])
    assert [(each.name, each.parent_id, each.product_count) for each in tree.items] == [
        ("Casa", None, 3),
        ("Kitchen", home.id, 2),
    ]


async def test_categories_count_what_is_on_show_there_and_now(db: Database, clock: HeldClock) -> None:
    web, app = await stores.channel(db), await stores.channel(db, "app")
    gracia = await stores.location(db)
    await db.transact(create_category, CategoryIn(name=Text3(en="Mugs")), at=clock.at)
    later = clock.at + timedelta(hours=1)

    def mug(handle: str, **how: Any) -> ProductDraft:
        return ProductDraft(
            handle=handle, title=Text3(en=handle), categories=("mugs",), variants=(VariantDraft(),), **how
        )

    drafts = [
        mug("always"),
        mug("later", on_show_from=later),
        mug("app", assortment=(PlaceDraft(channel_id=app),)),
        mug("gracia", assortment=(PlaceDraft(location_id=gracia),)),
    ]
    assert not (await db.transact(put_products, drafts, at=clock.at)).trouble

    async def counted(**how: Any) -> int:
        body = await lists.category_tree(db.reading, await shop_of(db, **how))
        return as_described(body, Page[CategoryOut]).items[0].product_count

    assert await counted(channel_id=web) == 1
    assert await counted(channel_id=app) == 2
    assert await counted(channel_id=app, store_id=gracia) == 3
    clock.move(hours=1)
    assert await counted(channel_id=web) == 2


async def test_a_walk_while_others_write_gives_each_product_that_is_there_throughout_once(db: Database) -> None:
    await stores.channel(db)
    for batch in range(3):
        drafts = [
            ProductDraft(handle=f"p-{batch}-{nth}", title=Text3(en=f"P {nth}"), variants=(VariantDraft(),))
            for nth in range(60)
        ]
        await db.transact(put_products, drafts, at=kernel_clock.now())
    first = await listed(db, limit=100)
    stay = {card.id for card in [*first.items, *(await listed(db, limit=100, cursor=first.next_cursor)).items]}
    assert len(stay) == 180
    gone = set(sorted(stay)[::7])
    done = asyncio.Event()

    async def others() -> None:
        for nth, each in enumerate(sorted(gone)):
            await db.transact(withdraw_product, each, at=kernel_clock.now())
            await articles.product(db, f"New {nth}")
            again = [ProductDraft(handle=f"p-1-{nth}", title=Text3(en=f"Changed {nth}"))]
            await db.transact(put_products, again, at=kernel_clock.now())
        done.set()

    writing = asyncio.create_task(others())
    walks = 0
    while not done.is_set() or not walks:
        seen, cursor = [], None
        while True:
            answer = await listed(db, limit=7, cursor=cursor)
            seen += [card.id for card in answer.items]
            if (cursor := answer.next_cursor) is None:
                break
        assert len(seen) == len(set(seen))
        assert set(seen) >= stay - gone
        walks += 1
    await writing


@pytest.mark.parametrize("variants", [1, 100, 1_000])
async def test_a_page_and_a_list_are_one_statement_however_many_variants(db: Database, variants: int) -> None:
    await stores.channel(db)
    gracia = await stores.location(db)
    ids = await articles.product(
        db, handle="many", options=["N"], variants=[VariantDraft(option_values=(str(nth),)) for nth in range(variants)]
    )
    await prices.prices(db, dict.fromkeys(ids, 100))
    await inventory.stock(db, {(each, gracia): 3 for each in ids})
    assert len((await page(db, "many")).variants) == min(variants, product_page.VARIANTS_SHOWN)
    sku = (await page(db, "many")).variants[0].sku
    seen_by = await shop_of(db)
    before = db.statements
    await product_page.product_page(db.reading, seen_by, "many")
    assert db.statements == before + 1
    await lists.product_list(db.reading, seen_by, limit=24, sort=Sort.NEWEST, after=None)
    assert db.statements == before + 2
    await look_up.lookup(db.reading, seen_by, by="sku", code=sku)
    assert db.statements == before + 3


@pytest.mark.parametrize("seed", range(3))
async def test_pages_say_what_pricing_and_inventory_say(db: Database, clock: HeldClock, seed: int) -> None:
    random = Random(seed)
    channels = [await stores.channel(db), await stores.channel(db, "app")]
    await prices.taxes(db)
    places = [await stores.location(db, code) for code in ("gracia", "sants")]
    ids = [*await articles.variants(db, 12), *await articles.product(db, tax_category="reduced")]
    hour = timedelta(hours=1)
    for _ in range(6):
        starts = random.choice([None, clock.at, clock.at + hour])
        listed_in = await prices.price_list(
            db,
            channel_id=random.choice([None, *channels]),
            store_id=random.choice([None, None, places[0]]),
            priority=random.randrange(3),
            starts_at=starts,
            ends_at=None if starts is None else starts + hour,
            store_time=random.random() < 0.2,
            includes_tax=random.random() < 0.5,
            active=random.random() < 0.8,
        )
        some = random.sample(ids, 8)
        entries = [
            PriceEntry(variant_id=each, amount=random.randrange(1, 5_000), compare_at=random.randrange(1, 9_000))
            for each in some
        ]
        await db.transact(set_prices, listed_in, entries, actor="t", at=clock.at)
        later = {each: random.choice([None, random.randrange(1, 5_000)]) for each in random.sample(ids, 4)}
        await prices.prices(db, later, list_id=listed_in, starts_at=clock.at + random.choice([hour, 2 * hour]))
        await prices.prices(db, dict.fromkeys(some, 1), list_id=listed_in, min_quantity=2)
    await inventory.stock(db, {(each, place): random.randrange(1, 12) for each in ids for place in places})
    for each in ids:
        await inventory.hold(db, [(each, random.choice(places), 1)], minutes=random.choice([30, 90]))
    clerk = Caller(kind="staff", id=uuid4(), scopes=frozenset({"stock:read"}))
    told = 0
    for _ in range(3):
        clock.move(minutes=40)
        levels = {(each.variant_id, each.location_id): each.available for each in await free_units(db.reading, ids)}
        with_tax = {each.id for each in (await price_lists(db.reading)).by_id.values() if each.includes_tax}
        for channel, store in product(channels, (None, places[0])):
            facts = await price_facts(
                db.reading, ids, channel_id=channel, store_id=store, currency="EUR", at=clock.at, zone="Europe/Madrid"
            )
            for article in (await catalog_articles(db.reading, ids)).values():
                shown = await page(db, article.product_id, channel_id=channel, store_id=store, caller=clerk)
                (variant,) = shown.variants
                rate = Decimal({"standard": "0.21", "reduced": "0.10"}[article.tax_category])
                assert (variant.price, variant.compare_at, variant.tax) == as_shown(
                    facts.get(variant.id), rate, with_tax
                )
                assert {(variant.id, each.location_id): each.available for each in variant.pickup} == {
                    place: units for place, units in levels.items() if place[0] == variant.id
                }
                told += variant.price is not None
    assert told >= 10, "a world without prices proves nothing"


def as_shown(
    fact: PriceFact | None, rate: Decimal, with_tax: set[UUID]
) -> tuple[Money | None, Money | None, Money | None]:
    """Gives price, comparison and tax as the engine's own arithmetic has them."""
    if fact is None:
        return None, None, None
    if fact.list_id in with_tax:
        gross, tax, compare = fact.unit, included_tax(fact.unit, rate), fact.compare_at
    else:
        tax = added_tax(fact.unit, rate)
        gross = fact.unit + tax
        compare = None if fact.compare_at is None else fact.compare_at + added_tax(fact.compare_at, rate)
    return eur(gross), eur(compare) if compare is not None and compare > gross else None, eur(tax)
