"""Bundles as they are written: one snapshot, deltas that equal a fresh bundle, nothing that is not the till's."""

from commerce.kernel.clock import HeldClock
from commerce.platform.database import Database
from commerce.till.write_bundle import Till
from tests.given import checkout, pricing
from tests.till.opened import content, meaning, opened, written


async def test_a_bundle_has_each_article_on_show_with_its_prices(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    bundle = await opened(db, Till(channel_id=shop.channel_id, location_id=shop.gracia))
    cup = bundle.by_sku("CUP")
    assert cup is not None
    assert (cup.fact.variant_id, cup.title.en, [each.unit for each in cup.prices]) == (shop.cup, "Cup", [1999])
    assert sorted(bundle.articles) == sorted([shop.cup, shop.plate])


async def test_a_changed_price_travels_alone(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    till = Till(channel_id=shop.channel_id, location_id=shop.gracia)
    first = await opened(db, till)
    await pricing.prices(db, {shop.cup: 2100})
    clock.move(minutes=5)
    delta = await written(db, till, since=first.head.version)
    assert not delta.full
    updated = first.updated(content(delta))
    assert [each.unit for each in updated.articles[shop.cup].prices] == [2100]
    assert meaning(updated, clock.now()) == meaning(await opened(db, till), clock.now())
    assert b"PLATE" not in content(delta)
