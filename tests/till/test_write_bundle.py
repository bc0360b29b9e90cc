"""Bundles as they are written: one snapshot, deltas that equal a fresh bundle, nothing that is not the till's."""

import random

import pytest

from commerce.kernel import clock as time
from commerce.kernel.clock import HeldClock
from commerce.platform import events
from commerce.platform.database import Database
from commerce.till.write_bundle import Till
from tests.given import checkout, pricing
from tests.given.checkout import Shop
from tests.till.changes import History
from tests.till.opened import content, meaning, opened, written


def till_of(shop: Shop) -> Till:
    return Till(channel_id=shop.channel_id, location_id=shop.gracia)


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
    first = await opened(db, till)
    await db.transact(events.publish)
    first = await opened(db, till)
    await pricing.prices(db, {shop.cup: 2100})
    clock.move(minutes=5)
    delta = await written(db, till, since=first.head.version)
    assert not delta.full
    updated = first.updated(content(delta))
    assert [each.unit for each in updated.articles[shop.cup].prices] == [2100]
    assert meaning(updated, time.now()) == meaning(await opened(db, till), time.now())
    assert b"PLATE" not in content(delta)


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
