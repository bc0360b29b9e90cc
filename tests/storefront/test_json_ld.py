"""Structured data: what schema.org and Google's documents ask for, saying what the product page says, safe inside a script element."""

import json
from html.parser import HTMLParser
from typing import Any, TypeAlias

import pytest

from commerce.catalog import ProductDraft, VariantDraft, put_products
from commerce.catalog.facts import Image
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import NotFound
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.storefront.json_ld import json_ld
from tests.given import catalog as articles, identity, inventory, pricing as prices, stores
from tests.served import Served
from tests.storefront.reading import page

Json: TypeAlias = Any
SCHEMA = "https://schema.org/"
URL = "https://shop.example.com/{language}/p/{slug}?v={sku}"
# Google Search Central: …/structured-data/merchant-listing and …/structured-data/product-variants, "required properties".
NEEDED = {
    "Product": {"name", "image", "offers"},
    "ProductGroup": {"name", "productGroupID", "variesBy", "hasVariant"},
    "Offer": {"price", "priceCurrency", "availability"},
    "MerchantReturnPolicy": {"applicableCountry", "returnPolicyCategory", "merchantReturnDays"},
    "UnitPriceSpecification": {"price", "priceCurrency"},
    "Brand": {"name"},
    "Organization": {"name"},
    "Store": {"name", "branchCode"},
    "QuantitativeValue": {"value", "unitCode"},
    "PropertyValue": {"name", "value"},
}
ENUMERATED = {
    "availability": {"InStock", "LimitedAvailability", "OutOfStock", "InStoreOnly"},
    "itemCondition": {"NewCondition"},
    "returnPolicyCategory": {"MerchantReturnFiniteReturnWindow"},
    "priceType": {"StrikethroughPrice"},
}


def lacking(thing: Json, where: str = "$") -> list[str]:
    """Says what a description lacks of what is needed, wherever in it."""
    if isinstance(thing, list):
        return [each for nth, item in enumerate(thing) for each in lacking(item, f"{where}[{nth}]")]
    if not isinstance(thing, dict):
        return []
    kind = str(thing.get("@type"))
    found = [f"{where} has no type"] if kind not in NEEDED else []
    found += [f"{where} lacks {name}" for name in NEEDED.get(kind, set()) if thing.get(name) in (None, "", [])]
    found += [
        f"{where}.{name} is {thing[name]}"
        for name, values in ENUMERATED.items()
        if name in thing and thing[name].removeprefix(SCHEMA) not in values
    ]
    return found + [each for name, value in thing.items() for each in lacking(value, f"{where}.{name}")]


async def described(db: Database, clock: HeldClock, slug: str = "mug", language: str | None = "en") -> Json:
    body = (await json_ld(db.reading, slug, channel_id=None, language=language, at=clock.at)).body
    return json.loads(body)


async def mug(db: Database, clock: HeldClock, title: str = "Mug", variants: int = 2) -> list[Any]:
    draft = ProductDraft(
        handle="mug",
        title=Text3(en=title, ca="Tassa"),
        description=Text3(en="<p>For tea</p>"),
        vendor="Casa",
        options=(Text3(en="Colour", es="Color"), Text3(en="Handle")),
        images=(Image(url="https://pictures.example.com/mug.jpg"),),
        variants=(
            VariantDraft(option_values=("red", "left"), sku="MUG-R", barcode="4006381333931", weight_grams=250),
            VariantDraft(option_values=("blue", "left"), sku="MUG-B"),
        )[:variants],
    )
    made = await db.transact(put_products, [draft], at=clock.at)
    return [made.variant_ids[0, nth] for nth in range(variants)]


async def test_a_product_with_variants_is_a_group_of_products_with_offers(db: Database, clock: HeldClock) -> None:
    await stores.channel(db, product_url=URL)
    await prices.taxes(db)
    depot, gracia = await stores.warehouse(db), await stores.location(db, "gracia")
    red, blue = await mug(db, clock)
    await prices.prices(db, {red: 1999, blue: 1500})
    await inventory.stock(db, {(red, depot): 9, (blue, gracia): 3})
    found = await described(db, clock)
    shown = await page(db, "mug")
    assert lacking(found) == []
    assert (found["@context"], found["@type"], found["productGroupID"]) == (SCHEMA, "ProductGroup", str(shown.id))
    assert found["variesBy"] == [f"{SCHEMA}color"]
    first, second = found["hasVariant"]
    assert (first["sku"], first["gtin"], first["color"], first["name"]) == (
        "MUG-R",
        "4006381333931",
        "red",
        "Mug – red / left",
    )
    assert first["additionalProperty"] == [{"@type": "PropertyValue", "name": "Handle", "value": "left"}]
    assert "gtin" not in second
    offer = first["offers"]
    assert (offer["price"], offer["priceCurrency"], offer["availability"]) == ("19.99", "EUR", f"{SCHEMA}InStock")
    assert offer["url"] == f"https://shop.example.com/en/p/{shown.slug}?v=MUG-R"
    assert offer["hasMerchantReturnPolicy"] == {
        "@type": "MerchantReturnPolicy",
        "applicableCountry": "ES",
        "returnPolicyCategory": f"{SCHEMA}MerchantReturnFiniteReturnWindow",
        "merchantReturnDays": 30,
    }
    assert "availableAtOrFrom" not in offer
    # What is in a store only can be collected there, and nowhere else.
    offer = second["offers"]
    assert offer["availability"] == f"{SCHEMA}InStoreOnly"
    assert offer["availableDeliveryMethod"] == [f"{SCHEMA}OnSitePickup"]
    assert offer["availableAtOrFrom"] == [{"@type": "Store", "name": "Gracia", "branchCode": "gracia"}]
    assert (await described(db, clock, language="ca"))["name"] == "Tassa"


async def test_a_product_with_one_variant_is_a_product(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    await prices.taxes(db)
    (red,) = await mug(db, clock, variants=1)
    await prices.prices(db, {red: 1999})
    found = await described(db, clock)
    assert lacking(found) == []
    assert (found["@type"], found["name"], found["description"]) == ("Product", "Mug", "For tea")
    assert found["offers"]["availability"] == f"{SCHEMA}OutOfStock"
    assert "url" not in found  # the channel does not say where its website is
    assert found["weight"] == {"@type": "QuantitativeValue", "value": 250, "unitCode": "GRM"}


async def test_a_reduction_is_told_with_its_prior_price_and_no_other(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    await prices.taxes(db)
    (red,) = await mug(db, clock, variants=1)
    await prices.prices(db, {red: 2000})
    assert "priceSpecification" not in (await described(db, clock))["offers"]
    clock.move(days=40)
    sale = await prices.price_list(db, priority=10, reduction=True)
    await prices.prices(db, {red: 1500}, list_id=sale)
    offer = (await described(db, clock))["offers"]
    assert lacking(offer) == []
    assert offer["price"] == "15.00"
    assert [(each["price"], each.get("priceType")) for each in offer["priceSpecification"]] == [
        ("15.00", None),
        ("20.00", f"{SCHEMA}StrikethroughPrice"),
    ]


class Scripts(HTMLParser):
    """What a browser takes for the contents of script elements, and which other elements it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.scripts.append(data)


@pytest.mark.parametrize(
    "title", ["</script><script>alert(1)</script>", "<!--<script>", "a & b ]]>\u2028\u2029", '"\\"']
)
async def test_no_text_ends_the_script_element_that_holds_it(db: Database, clock: HeldClock, title: str) -> None:
    await stores.channel(db)
    (red,) = await mug(db, clock, title=title, variants=1)
    await prices.prices(db, {red: 1999})
    body = (await json_ld(db.reading, "mug", channel_id=None, language="en", at=clock.at)).body.decode()
    assert not set("<>&\u2028\u2029") & set(body)
    seen = Scripts()
    seen.feed(f'<script type="application/ld+json">{body}</script><p></p>')
    assert seen.tags == ["script", "p"]
    assert json.loads("".join(seen.scripts))["name"] == title


async def test_what_is_not_on_show_is_described_to_nobody(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    with pytest.raises(NotFound):
        await described(db, clock, "nothing")


async def test_it_is_read_over_http_as_json_ld_in_one_statement(server: Served, clock: HeldClock) -> None:
    db = server.program.db
    await stores.channel(db, product_url=URL)
    await articles.product(db, "Mug", handle="mug")
    path = "/v1/products/mug/json-ld"
    first = await server.api.http.get(path)
    assert (first.status_code, first.headers["content-type"].partition(";")[0]) == (200, "application/ld+json")
    before = db.statements
    again = await server.api.http.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, db.statements - before) == (304, 1)
    assert (await server.api.http.get("/v1/products/nothing/json-ld")).status_code == 404
    await server.work()


async def test_an_old_slug_leads_to_the_new_one_with_what_was_asked(server: Served, clock: HeldClock) -> None:
    db = server.program.db
    await stores.channel(db, product_url=URL)
    await articles.product(db, "Mug", handle="mug")
    admin = server.api.as_((await identity.administrator(db, server.program.services.tokens)).access_token)  # type: ignore[arg-type]
    product = str((await page(db, "mug")).id)
    changed = await admin.call("PATCH", f"/v1/admin/products/{product}", {"slug": "cup"}, if_match='"1"')
    assert changed.status_code == 200
    moved = await server.api.http.get("/v1/products/mug/json-ld?lang=ca")
    assert (moved.status_code, moved.headers["location"]) == (308, "/v1/products/cup/json-ld?lang=ca")
    assert (await server.api.http.get(moved.headers["location"])).status_code == 200
    await server.work()


async def test_the_variants_of_a_large_group_are_told_page_by_page(server: Served, clock: HeldClock) -> None:
    db = server.program.db
    await stores.channel(db, product_url=URL)
    variants = [VariantDraft(option_values=(str(nth),), sku=f"M-{nth:03}") for nth in range(201)]
    await articles.product(db, "Mug", handle="mug", options=["Size"], variants=variants)
    told, path, pages = [], "/v1/products/mug/json-ld?lang=ca", 0
    while path:
        answer = await server.api.http.get(path)
        group = answer.json()
        assert (group["@type"], group["name"]) == ("ProductGroup", "Mug")
        told += [each["sku"] for each in group["hasVariant"]]
        target, _, rel = answer.headers.get("link", "").partition("; ")
        assert rel in {"", 'rel="next"'}
        path, pages = target.strip("<>"), pages + 1
    assert (told, pages) == ([f"M-{nth:03}" for nth in range(201)], 3)
    wrong = await server.api.http.get("/v1/products/mug/json-ld?after=nonsense")
    assert wrong.status_code == 400
    await server.work()
