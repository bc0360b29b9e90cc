"""Feeds: what Google asks for, with the prices and the stock of the pages, whatever is written in the texts."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from commerce.catalog import ProductDraft, VariantDraft, put_products
from commerce.catalog.facts import Image
from commerce.kernel.clock import HeldClock
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.pricing import PriceEntry, set_prices
from commerce.storefront import feeds, feeds_rows
from commerce.storefront.errors import FeedBusy, NoProductUrl
from commerce.storefront.feeds import begun, feed, local_feed, product_feed
from commerce.storefront.feeds_items import gtin, plain, said
from tests.given import catalog as articles, inventory, pricing as prices, stores
from tests.served import Served
from tests.storefront.reading import page

G = "{http://base.google.com/ns/1.0}"
PICTURE = (Image(url="https://pictures.example.com/mug.jpg?a=1&b=2", alt="A mug"),)
URL = "https://shop.example.com/{language}/p/{slug}?v={variant}"
# answer/7052112 of Google's help: required of every item (identifier_exists stands for an article that has no GTIN).
REQUIRED = {"id", "title", "description", "link", "image_link", "availability", "price"}
LOCAL = {"id", "store_code", "availability"}


Item = dict[str, str]


def items_of(xml: str) -> list[Item]:
    root = ET.fromstring(xml)  # noqa: S314 -- our own document
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    assert all(each.find(tag) is not None for each in root for tag in ("title", "link", "description"))
    return [{field.tag.removeprefix(G): field.text or "" for field in item} for item in root.iter("item")]


async def whole(parts: AsyncIterator[str]) -> str:
    return "".join([part async for part in parts])


async def products(db: Database, clock: HeldClock, language: str | None = None) -> list[Item]:
    return items_of(await whole(product_feed(db.reading, await feed(db.reading, None, language, clock.at))))


async def local(db: Database, clock: HeldClock, store: object = None) -> list[Item]:
    of = await feed(db.reading, None, None, clock.at)
    return items_of(await whole(local_feed(db.reading, of, store)))  # type: ignore[arg-type]


async def mug(db: Database, clock: HeldClock, **more: object) -> ProductDraft:
    draft = ProductDraft(
        handle="mug",
        title=Text3(en="Mug", es="Taza", ca="Tassa"),
        description=Text3(en="<p>Large &amp; blue</p><p>Holds tea.</p>"),
        vendor="Casa",
        options=(Text3(en="Size", es="Talla"), Text3(en="Handle")),
        images=PICTURE,
        variants=(
            VariantDraft(
                option_values=("S", "left"),
                sku="MUG-S",
                barcode="4006381333931",
                weight_grams=250,
                content_thousandths=750,
                content_unit="l",
            ),
            VariantDraft(option_values=("L", "right"), sku="MUG-L", barcode="2000000000008"),
        ),
        **more,  # type: ignore[arg-type]
    )
    await db.transact(put_products, [draft], at=clock.at)
    return draft


async def priced(db: Database, clock: HeldClock, sku: str, amount: int) -> None:
    (item,) = [each for each in (await page(db, "mug")).variants if each.sku == sku]
    entry = PriceEntry(variant_id=item.id, amount=amount, compare_at=amount + 500)
    await db.transact(set_prices, None, [entry], actor="t", at=clock.at, currency="EUR")


async def test_an_item_has_what_is_asked_for_and_what_the_page_shows(db: Database, clock: HeldClock) -> None:
    await stores.channel(db, product_url=URL)
    await prices.taxes(db)
    depot, gracia = await stores.warehouse(db), await stores.location(db, "gracia")
    await mug(db, clock)
    await priced(db, clock, "MUG-S", 1999)
    shown = await page(db, "mug", language="es")
    small = shown.variants[0]
    await inventory.stock(db, {(small.id, gracia): 2})
    (item,) = await products(db, clock, "es")  # MUG-L has no price
    assert item.keys() >= REQUIRED
    assert item == {
        "id": "MUG-S",
        "title": "Taza – S / left",
        "description": "Large & blue Holds tea.",
        "link": f"https://shop.example.com/es/p/{shown.slug}?v={small.id}",
        "image_link": PICTURE[0].url,
        "availability": "out_of_stock",
        "price": "19.99 EUR",
        "condition": "new",
        "brand": "Casa",
        "item_group_id": str(shown.id),
        "gtin": "4006381333931",
        "size": "S",
        "product_detail": "",
        "shipping_weight": "250 g",
        "unit_pricing_measure": "0.75 l",
        "unit_pricing_base_measure": "1 l",
    }
    assert small.delivery == "out"
    await inventory.stock(db, {(small.id, depot): 1})
    assert [each["availability"] for each in await products(db, clock)] == ["in_stock"]
    assert (await page(db, "mug")).variants[0].delivery == "few"


async def test_what_costs_nothing_is_in_no_feed(db: Database, clock: HeldClock) -> None:
    await stores.channel(db, product_url=URL)
    await prices.taxes(db)
    gracia = await stores.location(db, "gracia")
    await mug(db, clock)
    await priced(db, clock, "MUG-S", 0)
    await priced(db, clock, "MUG-L", 100)
    small, large = (await page(db, "mug")).variants
    assert small.price is not None, "the page shows it"
    await inventory.stock(db, {(small.id, gracia): 2, (large.id, gracia): 2})
    assert [each["id"] for each in await products(db, clock)] == ["MUG-L"]
    assert [each["id"] for each in await local(db, clock)] == ["MUG-L"]


async def test_a_reduction_is_told_only_where_it_is_announced_from_its_prior_price(
    db: Database, clock: HeldClock
) -> None:
    await stores.channel(db, product_url=URL)
    await prices.taxes(db)
    await mug(db, clock)
    await priced(db, clock, "MUG-S", 2000)
    await priced(db, clock, "MUG-L", 1000)
    assert all("sale_price" not in each for each in await products(db, clock))  # compare_at is nobody's prior price
    clock.move(days=40)
    small, large = (await page(db, "mug")).variants
    sale = await prices.price_list(db, priority=10, reduction=True)
    await prices.prices(db, {small.id: 1500}, list_id=sale)
    told = {each["id"]: (each["price"], each.get("sale_price")) for each in await products(db, clock)}
    assert told == {"MUG-S": ("20.00 EUR", "15.00 EUR"), "MUG-L": ("10.00 EUR", None)}
    assert large.prior is None


async def test_prices_are_the_pages_whichever_lists_hold_and_with_tax(db: Database, clock: HeldClock) -> None:
    await stores.channel(db, product_url=URL)
    await prices.taxes(db)
    await mug(db, clock)
    small, large = (await page(db, "mug")).variants
    net = await prices.price_list(db, priority=5, includes_tax=False)
    await prices.prices(db, {small.id: 1233}, list_id=net)  # and 21 % of tax: 1491.93
    await prices.prices(db, {small.id: 9900, large.id: 777})
    told = {each["id"]: each["price"] for each in await products(db, clock)}
    assert told == {"MUG-S": "14.92 EUR", "MUG-L": "7.77 EUR"}
    shown = {each.sku: each.price for each in (await page(db, "mug")).variants}
    assert {sku: str(price.amount) for sku, price in shown.items() if price} == {"MUG-S": "1492", "MUG-L": "777"}


HOSTILE = (
    'Mug <script>alert("1")</script> & \x01\x0b\x1f ]]> "quoted" \ud7ff\uffff\u2028 💥',
    "</g:title></item><item><g:id>evil</g:id></item>",
    "&amp;&lt;g:price&gt;0.01 EUR",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
)


@pytest.mark.parametrize("text", HOSTILE)
async def test_whatever_is_written_in_the_texts_the_feed_is_well_formed(
    db: Database, clock: HeldClock, text: str
) -> None:
    await stores.channel(db, product_url=URL, name=text.replace("\x01", "").replace("\x0b", "").replace("\x1f", ""))
    await prices.taxes(db)
    draft = ProductDraft(
        handle="mug",
        title=Text3(en=text),
        description=Text3(en=text),
        vendor=text[:60],
        product_type=text[:60],
        options=(Text3(en=text[:60]),),
        images=PICTURE,
        variants=(VariantDraft(option_values=("a",), sku="A&<B>"), VariantDraft(option_values=(text[:60],), sku="B")),
    )
    await db.transact(put_products, [draft], at=clock.at)
    found = await articles_of(db)
    await prices.prices(db, dict.fromkeys(found, 100))
    shown = await products(db, clock)
    assert sorted(each["id"] for each in shown) == ["A&<B>", "B"]
    clean = re.sub("[\x01\x0b\x1f\uffff]", "", text)
    assert shown[0]["title"].startswith(clean[:100])
    assert [each["price"] for each in shown] == ["1.00 EUR"] * 2


async def articles_of(db: Database) -> list[UUID]:
    from sqlalchemy import select

    from commerce.catalog.tables import variants
    from commerce.platform.statement import Statement

    return [row["id"] for row in await db.reading.fetch(Statement(select(variants.c.id)))]


async def test_each_store_tells_what_is_on_its_shelves_at_its_own_price(db: Database, clock: HeldClock) -> None:
    await stores.channel(db, product_url=URL)
    await prices.taxes(db)
    gracia, sants = await stores.location(db, "gracia"), await stores.location(db, "sants")
    await stores.warehouse(db)
    await mug(db, clock)
    await priced(db, clock, "MUG-S", 1999)
    (small, _) = (await page(db, "mug")).variants
    await inventory.stock(db, {(small.id, gracia): 9, (small.id, sants): 3})
    found = await local(db, clock)
    assert all(each.keys() >= LOCAL for each in found)
    assert [(each["store_code"], each["id"], each["availability"], each["price"]) for each in found] == [
        ("gracia", "MUG-S", "in_stock", "19.99 EUR"),
        ("sants", "MUG-S", "limited_availability", "19.99 EUR"),
    ]
    assert [(each["pickup_method"], each.get("pickup_sla")) for each in found] == [("buy", "same day")] * 2
    assert {each["id"] for each in found} <= {each["id"] for each in await products(db, clock)}
    clock.move(hours=10)  # Tuesday 21:00 in Barcelona: closed, and ready tomorrow
    assert [each["pickup_sla"] for each in await local(db, clock, gracia)] == ["next day"]
    clock.move(days=4)  # Saturday night: Sunday is closed
    (monday,) = await local(db, clock, gracia)
    assert (monday["pickup_method"], "pickup_sla" in monday) == ("not supported", False)


async def test_a_walk_gives_each_product_that_exists_throughout_exactly_once(
    db: Database, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pages of three products and at most five variants, while products are published, changed and withdrawn between the pages."""
    monkeypatch.setattr(feeds_rows, "PAGE", 3)
    monkeypatch.setattr(feeds_rows, "PAGE_VARIANTS", 5)
    feeds_rows._page.cache_clear()
    await stores.channel(db, product_url=URL)
    await prices.taxes(db)
    made = []
    for nth in range(11):
        count = 7 if nth == 4 else 1 + nth % 3
        variants = [VariantDraft(option_values=(str(each),), sku=f"P{nth}-{each}") for each in range(count)]
        made += await articles.product(db, f"P{nth}", handle=f"p{nth}", options=["Size"], variants=variants)
    await prices.prices(db, dict.fromkeys(made, 500))
    drafts = [ProductDraft(handle=f"p{nth}", images=PICTURE) for nth in range(11)]
    await db.transact(put_products, drafts, at=clock.at)
    before = db.statements
    pages = 0
    text = ""
    async for part in product_feed(db.reading, await feed(db.reading, None, None, clock.at)):
        text, pages = text + part, pages + 1
        await articles.product(db, "New", handle=f"new-{pages}")
        await db.transact(put_products, [ProductDraft(handle="p2", vendor=f"Maker {pages}")], at=clock.at)
    feeds_rows._page.cache_clear()
    found = [each["id"] for each in items_of(text)]
    assert sorted(found) == sorted(
        f"P{nth}-{each}" for nth in range(11) for each in range(7 if nth == 4 else 1 + nth % 3)
    )
    assert pages >= 5
    assert db.statements > before


async def test_a_channel_without_its_address_and_a_crowd_are_refused_before_the_answer_begins(
    db: Database, clock: HeldClock
) -> None:
    await stores.channel(db)
    of = await feed(db.reading, None, None, clock.at)
    with pytest.raises(NoProductUrl):
        await begun(product_feed(db.reading, of))
    first, second = [await begun(local_feed(db.reading, of, None)) for _ in range(2)]
    with pytest.raises(FeedBusy):
        await begun(local_feed(db.reading, of, None))
    assert b"".join([part async for part in first]).startswith(b"<?xml")
    del second  # a client that went away before it read anything
    both = [await begun(local_feed(db.reading, of, None)) for _ in range(2)]
    with pytest.raises(FeedBusy):
        await begun(local_feed(db.reading, of, None))
    del both


async def test_a_feed_over_http_may_be_kept_for_a_quarter_of_an_hour(server: Served, clock: HeldClock) -> None:
    db = server.program.db
    await stores.channel(db, product_url=URL)
    await prices.taxes(db)
    await mug(db, clock)
    await priced(db, clock, "MUG-S", 1999)
    http = server.api.http
    path, etag = "", ""
    for path in ("/v1/feeds/google/products.xml", "/v1/feeds/google/local-inventory.xml"):
        first = await http.get(path)
        assert (first.status_code, first.headers["content-type"].partition(";")[0]) == (200, "application/xml")
        assert first.headers["cache-control"] == "public, max-age=900"
        again = await http.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        items_of(first.text)
        etag = first.headers["etag"]
    clock.move(minutes=15)
    later = await http.get(path, headers={"if-none-match": etag})
    assert later.status_code == 200
    await server.work()
    assert (
        await http.get("/v1/feeds/google/products.xml?channel=" + "0" * 8 + "-0000-0000-0000-" + "0" * 12)
    ).status_code == 404


@pytest.mark.parametrize(
    ("barcode", "told"),
    [
        ("4006381333931", "4006381333931"),
        ("036000291452", "036000291452"),
        ("96385074", "96385074"),
        ("2000000000008", None),  # a shop's own
        ("0200000000001", None),
        ("212345678992", None),
        ("04012345678901"[:13], None),
        ("ABC", None),
        (None, None),
    ],
)
def test_only_a_gtin_of_the_whole_world_is_told_as_one(barcode: str | None, told: str | None) -> None:
    assert gtin(barcode) == told


def test_html_is_told_as_one_line_of_text() -> None:
    assert plain("<h1>A</h1><p>b &lt;c&gt;</p>\n<script>x()</script> d") == "A b <c> d"
    assert said("a<b>&\x00\x0c\"'") == "a&lt;b&gt;&amp;&quot;'"


def test_a_place_that_nobody_gave_back_is_free_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(feeds, "monotonic", lambda: now[0])
    places = feeds._Places()
    places.take(), places.take()
    with pytest.raises(FeedBusy):
        places.take()
    now[0] = timedelta(minutes=15).total_seconds()
    places.take()
