"""Option values are called what they are in the shopper's language, wherever they stand; and products are found by them in each."""

from typing import Any
from uuid import UUID

import pytest

from commerce.catalog import ProductDraft, VariantDraft, put_products
from commerce.catalog.audit import CHECKS
from commerce.kernel import clock
from commerce.kernel.ids import VariantId
from commerce.kernel.wire import Text3
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.cases.house import ON_COLLECTION, opened
from tests.given import inventory, pricing
from tests.served import Json, Served

SHIRT: dict[str, Any] = {
    "title": {"en": "Shirt", "es": "Camisa", "ca": "Camisa"},
    "slug": "shirt",
    "options": [{"en": "Size", "es": "Talla", "ca": "Talla"}, {"en": "Colour", "es": "Color", "ca": "Color"}],
    "option_value_texts": [{}, {"Red": {"es": "Rojo", "ca": "Vermell"}, "Green": {"es": "Verde"}}],
    "publish": True,
    "variants": [
        {"option_values": ["38", "Red"], "sku": "SHIRT-R"},
        {"option_values": ["38", "Green"], "sku": "SHIRT-G"},
    ],
}


async def test_option_values_are_said_in_the_language_of_the_page_the_cart_the_order_and_the_label(
    server: Served,
) -> None:
    async with opened(server) as house:
        made = await house.office.post("/v1/admin/products", SHIRT)
        said = {"Red": {"en": None, "es": "Rojo", "ca": "Vermell"}, "Green": {"en": None, "es": "Verde", "ca": None}}
        assert made["option_value_texts"] == [{}, said]
        red, green = (VariantId(UUID(each["id"])) for each in made["variants"])
        await pricing.prices(house.db, {red: 2500, green: 2500})
        await inventory.stock(house.db, {(red, house.shop.gracia): 2})

        async def shown(language: str) -> list[str]:
            page = await house.server.api.get(f"/v1/products/shirt?lang={language}")
            found = await house.server.api.get(f"/v1/variants/lookup?sku=shirt-r&lang={language}")
            assert found["variant"]["option_values"] == page["variants"][0]["option_values"]
            return [" ".join(each["option_values"]) for each in page["variants"]]

        assert [await shown(each) for each in ("en", "es", "ca")] == [
            ["38 Red", "38 Green"],
            ["38 Rojo", "38 Verde"],
            ["38 Vermell", "38 Green"],
        ]
        till = await house.terminal(house.shop.gracia)
        labels = await till.get(f"/v1/pos/labels?variant_ids={red}&lang=ca")
        assert labels["items"][0]["option_values"] == ["38", "Vermell"]

        buyer = await house.shopper()
        cart = await buyer.post("/v1/carts", {"lines": [house.line(red)]})
        contact = {"email": "shopper@example.com", "name": "Shopper", "language": "ca"}
        cart = await buyer.put(f"/v1/carts/{cart['id']}/contact", contact)
        assert cart["lines"][0]["option_text"] == "38 / Red", "the answer is in the language of the request"
        status, placed = await house.check_out(buyer, cart, ON_COLLECTION)
        assert status == 201, placed
        order = await buyer.get(f"/v1/orders/{placed['order_id']}")
        assert order["lines"][0]["option_text"] == "38 / Vermell", "an order keeps the language that it was bought in"

        path = f"/v1/admin/products/{made['id']}"
        changed = await house.office.patch(
            path, {"option_value_texts": [{"38": {"ca": "La 38"}}, {"Red": {"ca": "Roig"}}]}, if_match='"1"'
        )
        assert await shown("ca") == ["La 38 Roig", "La 38 Green"]
        none = await house.office.patch(path, {"option_value_texts": [{}, {}]}, if_match=f'"{changed["version"]}"')
        assert none["option_value_texts"] == []
        assert await shown("es") == ["38 Red", "38 Green"]
        assert (await buyer.get(f"/v1/orders/{placed['order_id']}"))["lines"][0]["option_text"] == "38 / Vermell"


async def test_a_product_is_found_by_its_option_values_in_each_language_as_long_as_it_has_them(
    server: Served,
) -> None:
    async with opened(server) as house:
        made = await house.office.post("/v1/admin/products", SHIRT)

        async def finds(text: str, language: str = "en") -> bool:
            page = await house.server.api.get(f"/v1/search?q={text}&lang={language}")
            return page["instead_of"] is None and [each["slug"] for each in page["items"]] == ["shirt"]

        assert all([await finds("red shirt"), await finds("rojas", "es"), await finds("camisa vermella", "ca")])
        assert await finds("green")
        green = made["variants"][1]
        gone = await house.office.call("DELETE", f"/v1/admin/variants/{green['id']}", if_match=f'"{green["version"]}"')
        assert gone.status_code == 204
        assert not await finds("green")
        assert await finds("red")


@pytest.mark.parametrize(
    ("texts", "pointer"),
    [
        ([{}, {}, {"Red": {"es": "Rojo"}}], "/option_value_texts"),
        ([{"Red": {"es": ""}}], "/option_value_texts/0/Red/es"),
        ([{"Red": {"de": "Rot"}}], "/option_value_texts/0/Red/de"),
        ([{"Red": "Rojo"}], "/option_value_texts/0/Red"),
    ],
)
async def test_texts_of_options_that_there_are_not_are_refused(server: Served, texts: list[Json], pointer: str) -> None:
    async with opened(server) as house:
        refused = await house.office.call("POST", "/v1/admin/products", {**SHIRT, "option_value_texts": texts})
        assert (refused.status_code, [each["pointer"] for each in refused.json()["errors"]]) == (400, [pointer])


async def test_thousands_of_values_are_no_hindrance_to_being_found(db: Database) -> None:
    """A search vector has an end: the first two hundred values are in it."""
    long = "x" * 190
    drafts = tuple(VariantDraft(option_values=(f"{long}{nth:05}",)) for nth in range(1_000))
    draft = ProductDraft(handle="many", title=Text3(en="Many"), options=(Text3(en="Kind"),), variants=drafts)
    put = await db.transact(put_products, [draft], at=clock.now())
    assert (put.variants_created, put.trouble) == (1_000, [])
    assert all(each.rows == 0 for each in await run_checks(db.reading, CHECKS))
