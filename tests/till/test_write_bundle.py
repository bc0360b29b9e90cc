"""Bundles as they are written: one snapshot, deltas that equal a fresh bundle, nothing that is not the till's."""

import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from commerce import pricing as prices
from commerce.catalog.change_product import withdraw_product
from commerce.kernel import clock as time
from commerce.kernel.clock import HeldClock
from commerce.platform import events
from commerce.platform.database import Database
from commerce.price_engine import Bundle, BundledArticle, Want, WantLine, open_bundle
from commerce.pricing.schemas import PriceListPatch
from commerce.till import read_sections, sections, write_bundle as write_module
from commerce.till.read_articles import Wanted, every_article
from commerce.till.snapshot import Snapshot
from commerce.till.write_bundle import Till, plan, write_bundle
from tests.given import checkout, customers, pricing, promotions, stores
from tests.given.checkout import Shop
from tests.till.changes import History
from tests.till.opened import content, meaning, opened, written


def till_of(shop: Shop) -> Till:
    return Till(channel_id=shop.channel_id, location_id=shop.gracia)


async def published(db: Database) -> None:
    """All facts have got their places in the feed."""
    while await db.transact(events.publish):
        pass


def total(bundle: Bundle, shop: Shop, _: HeldClock) -> int:
    """What a cup costs at the till now."""
    line = WantLine(key="a", variant_id=shop.cup, quantity=1)
    want = Want(channel_id=shop.channel_id, store_id=shop.gracia, lines=(line,), at=time.now())
    priced = bundle.price(want).priced
    assert priced is not None
    return priced.total


async def test_a_bundle_has_each_article_on_show_with_its_prices(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    bundle = await opened(db, till_of(shop))
    cup = bundle.by_sku("CUP")
    assert cup is not None
    assert (cup.fact.variant_id, cup.title.en, [each.unit for each in cup.prices]) == (shop.cup, "Cup", [1999])
    assert sorted(bundle.articles) == sorted([shop.cup, shop.plate])


async def test_a_changed_price_travels_alone(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    till = till_of(shop)
    await published(db)
    first = await opened(db, till)
    await pricing.prices(db, {shop.cup: 2100})
    clock.move(minutes=5)
    delta = await written(db, till, since=first.head.version)
    assert not delta.full
    updated = first.updated(content(delta))
    assert [each.unit for each in updated.articles[shop.cup].prices] == [2100]
    assert meaning(updated, time.now()) == meaning(await opened(db, till), time.now())
    assert b"PLATE" not in content(delta)


async def test_a_list_that_is_switched_off_leaves_with_its_prices(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    till = till_of(shop)
    sale = await pricing.price_list(db, priority=5)
    await pricing.prices(db, {shop.cup: 999}, list_id=sale)
    await published(db)
    held = await opened(db, till)
    assert total(held, shop, clock) == 999
    version = (await prices.price_list(db.reading, sale)).version
    await db.transact(prices.change_list, sale, version, PriceListPatch(active=False), at=time.now())
    sent = await written(db, till, since=held.head.version)
    updated = held.updated(content(sent))
    assert (sent.full, total(updated, shop, clock)) == (False, 1999)
    assert [each.unit for each in updated.articles[shop.cup].prices] == [1999]


async def test_a_reduction_that_begins_brings_its_prior_price_though_no_event_tells_of_it(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    till = till_of(shop)
    clock.move(days=40)
    begins = time.now() + timedelta(hours=1)
    sale = await pricing.price_list(db, priority=5, reduction=True, starts_at=begins)
    await pricing.prices(db, {shop.cup: 1500}, list_id=sale)
    await published(db)
    held = await opened(db, till)
    assert total(held, shop, clock) == 1999
    clock.move(hours=2)
    assert total(held, shop, clock) == 1500, "the window is judged at the instant of sale"
    updated = held.updated(content(await written(db, till, since=held.head.version)))
    assert [each.prior for each in updated.articles[shop.cup].prices if each.list_id == sale] == [1999]


async def test_a_scheduled_price_on_a_sale_brings_its_prior_price_when_it_begins(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    till = till_of(shop)
    clock.move(days=40)
    sale = await pricing.price_list(db, priority=5, reduction=True)
    await pricing.prices(db, {shop.cup: 1500}, list_id=sale, starts_at=time.now() + timedelta(hours=1))
    await published(db)
    held = await opened(db, till)
    clock.move(hours=2)
    updated = held.updated(content(await written(db, till, since=held.head.version)))
    assert [each.prior for each in updated.articles[shop.cup].prices if each.list_id == sale] == [1999]


async def test_a_scheduled_price_is_there_before_it_holds(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    await pricing.prices(db, {shop.cup: 1800}, starts_at=time.now() + timedelta(hours=1))
    held = await opened(db, till_of(shop))
    before = total(held, shop, clock)
    clock.move(hours=1)
    assert (before, total(held, shop, clock)) == (1999, 1800)


async def test_an_article_that_is_withdrawn_is_named(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    till = till_of(shop)
    held = await opened(db, till)
    article = held.articles[shop.cup].fact
    await db.transact(withdraw_product, article.product_id, at=time.now())
    sent = await written(db, till, since=held.head.version)
    assert (sent.full, list(held.updated(content(sent)).articles)) == (False, [shop.plate])


async def test_a_fact_that_is_committed_and_not_published_yet_travels_too(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    till = till_of(shop)
    await published(db)
    held = await opened(db, till)
    await pricing.prices(db, {shop.cup: 2100})
    updated = held.updated(content(await written(db, till, since=held.head.version)))
    assert total(updated, shop, clock) == 2100


async def test_what_is_no_version_of_this_till_gives_a_full_bundle(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    held = (await opened(db, till_of(shop))).head.version
    elsewhere = Till(channel_id=shop.channel_id, location_id=shop.sants)
    assert (await written(db, elsewhere, since=held)).full
    assert (await written(db, till_of(shop), since="bm9uc2Vuc2U")).full
    assert not (await written(db, till_of(shop), since=held)).full
    clock.move(hours=73)
    assert (await written(db, till_of(shop), since=held)).full


async def test_a_new_margin_moves_every_article_of_its_currency(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    till = till_of(shop)
    await pricing.costs(db, {shop.cup: 1000})
    held = (await opened(db, till)).head.version
    await pricing.margin_guard(db, "0.2", currency="USD")
    assert not (await written(db, till, since=held)).full
    await pricing.margin_guard(db, "0.2")
    sent = await written(db, till, since=held)
    assert sent.full
    assert open_bundle(content(sent)).articles[shop.cup].fact.floor_net == 1250


async def test_nothing_is_to_be_sent_when_nothing_moved_until_the_bundle_ages(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    till = till_of(shop)
    await published(db)
    version = (await written(db, till)).version
    assert await plan(db.reading, till, since=version, at=time.now()) == "nothing"
    clock.move(hours=13)
    assert await plan(db.reading, till, since=version, at=time.now()) == "delta"
    sent = await write_bundle(db, till, since=version, at=time.now())
    assert len(content(sent)) < 1_500, "an empty delta only moves the end on"


async def test_of_thousands_of_customers_lists_none_is_in_it_and_it_says_so(
    db: Database, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await checkout.shop(db)
    theirs = await pricing.price_list(db, customer_id=await customers.customer(db), priority=9)
    await pricing.prices(db, {shop.cup: 500}, list_id=theirs)
    all_of_them = await opened(db, till_of(shop))
    assert all_of_them.head.customers
    assert theirs in all_of_them.book.lists
    monkeypatch.setattr(sections, "MOST_CUSTOMER_LISTS", 0)
    none = await opened(db, till_of(shop))
    assert not none.head.customers
    assert theirs not in none.book.lists
    assert [each.unit for each in none.articles[shop.cup].prices] == [1999]


async def test_a_shared_code_opens_its_promotion_however_it_is_typed_unless_there_are_too_many(
    db: Database, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await checkout.shop(db)
    promotion = await promotions.published(db, opened_by="Summer-20")
    bundle = await opened(db, till_of(shop))
    assert [bundle.promotion_of(typed) for typed in ("SUMMER 2O", "summer20", "winter")] == [promotion, promotion, None]
    assert "SUMMER" not in content(await written(db, till_of(shop))).decode().upper()
    monkeypatch.setattr(read_sections, "MOST_CODES", 0)
    assert (await opened(db, till_of(shop))).promotion_of("SUMMER20") is None


async def test_another_stores_and_another_channels_prices_are_not_in_it(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    other = await stores.channel(db, "app")
    for whose in ({"store_id": shop.sants}, {"channel_id": other}):
        listed = await pricing.price_list(db, **whose)
        await pricing.prices(db, {shop.cup: 777}, list_id=listed)
    bundle = await opened(db, till_of(shop))
    assert len(bundle.book.lists) == 1
    assert [each.unit for each in bundle.articles[shop.cup].prices] == [1999]


async def test_a_snapshot_is_of_one_moment(db: Database, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sale is made and its prices set after the lists were read and before the articles are: none of it is in the bundle."""
    shop = await checkout.shop(db)
    reading = every_article

    async def late(snapshot: Snapshot, how: Wanted) -> AsyncIterator[list[BundledArticle]]:
        await pricing.prices(db, {shop.cup: 1, shop.plate: 1})
        async for page in reading(snapshot, how):
            yield page

    monkeypatch.setattr(write_module, "every_article", late)
    bundle = await opened(db, till_of(shop))
    assert [price.unit for each in bundle.articles.values() for price in each.prices] == [1999, 1250]


@pytest.mark.parametrize("seed", range(6))
async def test_a_delta_over_an_older_bundle_means_the_same_as_a_fresh_one(
    db: Database, clock: HeldClock, seed: int
) -> None:
    shop = await checkout.shop(db)
    till = till_of(shop)
    chance = random.Random(seed)
    history = History(db=db, shop=shop, chance=chance, articles=[shop.cup, shop.plate])
    held = await opened(db, till)
    deltas = 0
    for _ in range(14):
        made = [await history.change() for _ in range(chance.randint(0, 4))]
        if chance.random() < 0.5:
            await db.transact(events.publish)
        clock.move(minutes=chance.randint(0, 40))
        sent = await written(db, till, since=held.head.version)
        deltas += not sent.full
        held = held.updated(content(sent))
        fresh = await opened(db, till)
        assert meaning(held, time.now()) == meaning(fresh, time.now()), made
    assert deltas >= 5
