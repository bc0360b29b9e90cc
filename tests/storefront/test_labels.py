"""Shelf labels: what stands on them, until when they are right, and which are to be printed anew."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
import pytest

from commerce import pricing
from commerce.catalog import ProductDraft, VariantDraft, articles as catalog_articles, put_products
from commerce.catalog.change_product import withdraw_product
from commerce.catalog.facts import PlaceDraft
from commerce.kernel.clock import HeldClock
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.http import after_cursor
from commerce.pricing.schemas import PriceListPatch
from commerce.storefront import labels
from commerce.storefront.schemas import LabelOut, LabelsOut, UnitPriceOut
from tests.given import catalog as articles, identity, pricing as prices, stores
from tests.served import Api, Served
from tests.storefront.reading import as_described, shop_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def read(
    db: Database,
    store: UUID,
    at: datetime,
    *,
    variants: Sequence[UUID] | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> dict[UUID, LabelOut]:
    """All labels, page by page."""
    told: dict[UUID, LabelOut] = {}
    after = None
    while True:
        shop = await shop_of(db, store_id=store, at=at)
        body = await labels.labels(
            db.reading, shop, variant_ids=variants, changed_since=since, after=after, limit=limit, at=at
        )
        page = as_described(body, LabelsOut)
        assert page.at == at
        assert not told.keys() & {each.variant_id for each in page.items}
        told |= {each.variant_id: each for each in page.items}
        if page.next_cursor is None:
            return told
        place = after_cursor(page.next_cursor, UUID)
        after = place[0] if place else None


async def test_a_label_says_what_the_directive_wants_and_until_when_it_is_right(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    await prices.taxes(db)
    gracia = await stores.location(db)
    oil, bare = await articles.product(
        db,
        Text3(en="Oil"),
        handle="oil",
        options=["Size"],
        variants=[
            VariantDraft(
                option_values=("S",), sku="OIL-S", barcode="4006381333931", content_thousandths=500, content_unit="l"
            ),
            VariantDraft(option_values=("L",), sku="OIL-L"),
        ],
    )
    base = await prices.price_list(db)
    await prices.prices(db, {oil: 999}, list_id=base)
    clock.move(days=40)
    shelf = await prices.price_list(db, store_id=gracia, reduction=True, ends_at=clock.at + 5 * DAY)
    await prices.prices(db, {oil: 799}, list_id=shelf)
    await prices.prices(db, {oil: 749}, list_id=shelf, starts_at=clock.at + 2 * DAY)
    told = await read(db, gracia, clock.at, variants=[oil, bare])
    assert told[oil] == LabelOut(
        variant_id=oil,
        sku="OIL-S",
        barcode="4006381333931",
        title="Oil",
        option_values=["S"],
        price=Money(799, "EUR"),
        compare_at=None,
        prior=Money(999, "EUR"),
        unit_price=UnitPriceOut(price=Money(1598, "EUR"), unit="l"),
        price_list_id=shelf,
        price_list_version=3,
        until=clock.at + 2 * DAY,
    )
    assert (told[bare].price, told[bare].price_list_id, told[bare].price_list_version) == (None, None, None)
    clock.move(days=2)
    (now,) = (await read(db, gracia, clock.at, since=clock.at - HOUR)).values()
    assert (now.price, now.until) == (Money(749, "EUR"), clock.at + 3 * DAY)
    assert await read(db, gracia, clock.at + HOUR, since=clock.at) == {}


@pytest.mark.parametrize("seed", range(4))
async def test_no_label_that_is_another_one_is_missing(db: Database, clock: HeldClock, seed: int) -> None:
    random = Random(seed)
    await stores.channel(db)
    await prices.taxes(db)
    gracia, sants = await stores.location(db), await stores.location(db, "sants")
    variants = await articles.variants(db, 9)
    lists = [await prices.price_list(db)]
    await prices.prices(db, dict.fromkeys(variants, 1000), list_id=lists[0])
    known, moved = await read(db, gracia, clock.at, variants=variants), 0
    for _ in range(25):
        before = clock.at
        clock.move(hours=random.randrange(1, 9))
        act, list_id = random.choice(["list", "terms", "price", "later", "none"]), random.choice(lists)
        some = dict.fromkeys(random.sample(variants, 2), random.randrange(500, 900))
        later = clock.at + random.randrange(1, 20) * HOUR
        if act == "list":
            lists.append(
                await prices.price_list(
                    db,
                    store_id=random.choice([None, gracia, sants]),
                    priority=random.randrange(3),
                    starts_at=random.choice([None, later]),
                    ends_at=later + 9 * HOUR,
                    store_time=random.random() < 0.5,
                )
            )
            await prices.prices(db, some, list_id=lists[-1])
        elif act == "terms":
            version = (await pricing.price_list(db.reading, list_id)).version
            patch = PriceListPatch(active=random.random() < 0.8, priority=random.randrange(3))
            await db.transact(pricing.change_list, list_id, version, patch, at=clock.at)
        elif act == "price":
            await prices.prices(db, some, list_id=list_id)
        elif act == "later":
            await prices.prices(
                db, some if random.random() < 0.7 else dict.fromkeys(some), list_id=list_id, starts_at=later
            )
        now = await read(db, gracia, clock.at, variants=variants)
        others = {each.variant_id for each in now.values() if shown(each) != shown(known[each.variant_id])}
        told = await read(db, gracia, clock.at, since=before - timedelta(microseconds=1), limit=random.choice([2, 100]))
        assert others <= told.keys()
        assert all(told[each] == now[each] for each in told)
        # What was said to be right until then was.
        for each in others:
            until = known[each].until
            assert act != "none" or (until is not None and before < until <= clock.at)
        moved += len(others)
        known = now
    assert moved > 5


def shown(label: LabelOut) -> LabelOut:
    return msgspec.structs.replace(label, until=None, price_list_version=None)


async def test_what_is_on_sale_no_longer_has_a_label_without_a_price(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    gracia = await stores.location(db)
    (pot,) = await articles.product(db, handle="pot")
    await prices.prices(db, {pot: 1000})
    before = clock.at
    clock.move(hours=1)
    product_id = (await catalog_articles(db.reading, [pot]))[pot].product_id
    await db.transact(withdraw_product, product_id, at=clock.at)
    (label,) = (await read(db, gracia, clock.at, since=before)).values()
    assert (label.variant_id, label.price, label.price_list_id) == (pot, None, None)


async def test_a_window_and_an_assortment_make_another_label_when_they_open_and_close(
    db: Database, clock: HeldClock
) -> None:
    await stores.channel(db)
    await prices.taxes(db)
    gracia, sants = await stores.location(db), await stores.location(db, "sants")
    (pot,) = await articles.product(db, handle="pot")
    await prices.prices(db, {pot: 1000})
    start = clock.at
    there = PlaceDraft(location_id=gracia, begins_at=start + DAY, ends_at=start + 3 * DAY)
    shown_until = ProductDraft(handle="pot", assortment=(there,), on_show_until=start + 2 * DAY)
    assert not (await db.transact(put_products, [shown_until], at=start)).trouble

    async def told(store: UUID, since: datetime | None = None) -> tuple[Money | None, datetime | None] | None:
        found = await read(db, store, clock.at, variants=None if since else [pot], since=since)
        return (found[pot].price, found[pot].until) if pot in found else None

    assert await told(gracia) == (None, start + DAY), "not sold there yet"
    clock.move(days=1)
    assert await told(gracia, since=clock.at - HOUR) == (Money(1000, "EUR"), start + 2 * DAY)
    assert (await told(sants) or [0])[0] is None, "sold in the other store only"
    clock.move(days=1)
    assert await told(gracia, since=clock.at - HOUR) == (None, start + 3 * DAY), "its own time is over"


async def test_a_terminal_reads_the_labels_of_its_own_store_only(server: Served, api: Api) -> None:
    db = server.program.db
    await stores.channel(db)
    await prices.taxes(db)
    gracia, sants = await stores.location(db), await stores.location(db, "sants")
    (pot,) = await articles.product(db, handle="pot")
    await prices.prices(db, {pot: 1000})
    tokens = server.program.services.tokens
    till = api.as_(await identity.token_of(db, tokens, await identity.terminal(db, gracia)))  # type: ignore[arg-type]
    page = await till.get(f"/v1/pos/labels?variant_ids={pot}")
    assert [(each["variant_id"], each["price"]["amount"]) for each in page["items"]] == [(str(pot), 1000)]
    for path, status in (
        (f"/v1/pos/labels?variant_ids={pot}&store={sants}", 404),
        ("/v1/pos/labels", 400),
        (f"/v1/pos/labels?variant_ids={pot}&changed_since=2026-01-01T00:00:00Z", 400),
        ("/v1/pos/labels?changed_since=2026-01-01T00:00:00", 400),
    ):
        assert (await till.call("GET", path)).status_code == status, path
    assert (await api.call("GET", f"/v1/pos/labels?variant_ids={pot}")).status_code == 401
