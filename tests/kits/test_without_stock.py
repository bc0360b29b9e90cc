"""Services and files over HTTP: always to be had, in nobody's work list, done with the goods that they go with or when the order stands."""

import pytest

from tests.given import catalog, kits, pricing
from tests.kits.conftest import House
from tests.served import Json

CARD = {"kind": "card", "payment_method": "pm_card_visa"}


@pytest.fixture
async def file(house: House) -> str:
    """A book that is sent as a file, at 7.00."""
    made = await catalog.variant(house.server.program.db, "E-book", sku="EBOOK", stock="none", shippable=False)
    await pricing.prices(house.server.program.db, {made: 700})
    return str(made)


@pytest.fixture
async def assembly(house: House) -> str:
    """A service, at 15.00."""
    made = await catalog.variant(house.server.program.db, "Assembly", sku="BUILD", stock="none")
    await pricing.prices(house.server.program.db, {made: 1500})
    return str(made)


async def test_a_basket_of_files_needs_no_place_and_is_done_when_it_is_paid(house: House, file: str) -> None:
    shopper = house.shopper
    cart = await shopper.post("/v1/carts", {"lines": [{"variant_id": file, "quantity": 2}]})
    assert [each["code"] for each in cart["problems"]] == ["no_contact"]
    cart = await shopper.put(f"/v1/carts/{cart['id']}/contact", {"email": "shopper@example.com", "name": "Shopper"})
    assert (cart["problems"], await shopper.get(f"/v1/carts/{cart['id']}/problems")) == (
        [],
        {"ready": True, "problems": []},
    )
    later = {"accepted_total": cart["total"], "payment": {"kind": "on_collection"}}
    refused = await shopper.call("POST", f"/v1/carts/{cart['id']}/checkout", later)
    assert (refused.status_code, refused.json()["code"]) == (422, "collection_only")
    order = await house.ordered(cart)
    assert (order["state"], [group["kind"] for group in order["groups"]]) == ("completed", ["none"])
    (line,) = order["lines"]
    assert (line["stocked"], line["fulfilled"], line["open"], line["total"]["amount"]) == (False, 2, 0, 1400)
    (payment,) = (await shopper.get(f"/v1/orders/{order['id']}/payments"))["items"]
    assert payment["captured"]["amount"] == 1400
    assert (await house.store.get("/v1/fulfilment-orders"))["items"] == []
    assert (await house.store.get(f"/v1/orders/{order['id']}/returnable"))["lines"] == []
    back = {"order_id": order["id"], "lines": [{"order_line_id": line["id"], "quantity": 1}], "reason": "changed_mind"}
    refused = await house.store.call("POST", "/v1/returns", back)
    assert (refused.status_code, refused.json()["code"], refused.json()["left"]) == (409, "not_that_many_units", 0)


async def test_a_service_goes_with_the_goods_of_its_group(house: House, assembly: str) -> None:
    here = house.collected()
    cart = await house.cart(
        {"variant_id": str(house.shop.cup), "quantity": 2, "fulfilment": here},
        {"variant_id": assembly, "fulfilment": here},
    )
    order = await house.ordered(cart)
    (work,) = (await house.store.get("/v1/fulfilment-orders"))["items"]
    assert [(line["sku"], line["quantity"]) for line in work["lines"]] == [("CUP", 2)]
    path = f"/v1/fulfilment-orders/{work['id']}"
    await house.store.post(f"{path}/accept")
    await house.store.post(f"{path}/pick", {})
    await house.store.post(f"{path}/ready", {})
    first = {"identity_checked": True, "lines": [{"line_id": work["lines"][0]["id"], "quantity": 1}]}
    await house.store.post(f"{path}/hand-over", first)
    order = await house.shopper.get(f"/v1/orders/{order['id']}")
    assert {line["sku"]: (line["fulfilled"], line["open"]) for line in order["lines"]} == {
        "CUP": (1, 1),
        "BUILD": (1, 0),
    }
    await house.store.post(f"{path}/hand-over", {"identity_checked": True})
    await house.server.work()
    order = await house.shopper.get(f"/v1/orders/{order['id']}")
    (payment,) = (await house.shopper.get(f"/v1/orders/{order['id']}/payments"))["items"]
    assert (order["state"], payment["captured"]) == ("completed", order["total"])


async def test_a_service_ends_with_the_goods_that_it_goes_with(house: House, assembly: str) -> None:
    here = house.collected()
    cart = await house.cart(
        {"variant_id": str(house.shop.cup), "quantity": 1, "fulfilment": here},
        {"variant_id": assembly, "fulfilment": here},
    )
    order = await house.ordered(cart)
    cancelled = await house.shopper.post(f"/v1/orders/{order['id']}/cancel", {"reason": "changed_mind"})
    assert cancelled["state"] == "cancelled"
    order = await house.shopper.get(f"/v1/orders/{order['id']}")
    assert [(line["sku"], line["cancelled"], line["open"]) for line in order["lines"]] == [
        ("CUP", 1, 0),
        ("BUILD", 1, 0),
    ]


async def test_a_mixed_basket_is_paid_in_two_parts_and_a_service_alone_in_a_store_is_told(
    house: House, file: str, assembly: str
) -> None:
    cart = await house.cart(
        {"variant_id": str(house.shop.plate), "fulfilment": house.sent},
        {"variant_id": file},
        {"variant_id": assembly, "fulfilment": house.collected()},
    )
    assert [(each["code"], each["variant_id"]) for each in cart["problems"]] == [("no_goods_there", assembly)]
    line = next(each["id"] for each in cart["lines"] if each["variant_id"] == assembly)
    assert (await house.shopper.call("DELETE", f"/v1/carts/{cart['id']}/lines/{line}")).status_code == 200
    order = await house.ordered(await house.shopper.get(f"/v1/carts/{cart['id']}"))
    groups = {group["kind"]: group["total"]["amount"] for group in order["groups"]}
    assert (order["state"], groups) == ("placed", {"ship": 1250 + 495, "none": 700})
    (payment,) = (await house.shopper.get(f"/v1/orders/{order['id']}/payments"))["items"]
    assert payment["captured"]["amount"] == 700


async def test_everybody_sees_what_has_no_stock_as_there_and_a_kit_by_its_scarcest_component(
    house: House, file: str
) -> None:
    db, shop = house.server.program.db, house.shop
    kit = await kits.kit(db, "Three cups and a book", {shop.cup: 3, shop.plate: 1}, sku="SET")
    await pricing.prices(db, {kit: 5000})

    async def seen(sku: str) -> Json:
        return (await house.server.api.get(f"/v1/variants/lookup?sku={sku}"))["variant"]

    book, made, cup = await seen("EBOOK"), await seen("SET"), await seen("CUP")
    assert (book["delivery"], {each["stock"] for each in book["pickup"]}) == ("in", {"in"})
    assert (made["delivery"], {each["stock"] for each in made["pickup"]}) == ("in", {"few"})
    assert {each["stock"] for each in cup["pickup"]} == {"in"}
    listed = {each["title"]: each["stock"] for each in (await house.server.api.get("/v1/products"))["items"]}
    assert (listed["E-book"], listed["Three cups and a book"], listed["Cup"]) == ("in", "few", "in")
    bundle = (await house.store.get("/v1/pos/bundle"))["articles"]
    offline = {each["sku"]: (each.get("parts", []), each.get("stocked", True)) for each in bundle}
    assert offline["SET"] == (
        [{"variant_id": str(shop.cup), "quantity": 3}, {"variant_id": str(shop.plate), "quantity": 1}],
        True,
    )
    assert (offline["EBOOK"], offline["CUP"]) == (([], False), ([], True))
    plate = await house.admin.get(f"/v1/admin/variants/{shop.plate}")
    await house.admin.post(f"/v1/admin/products/{plate['product_id']}/withdraw")
    made = await seen("SET")
    assert (made["delivery"], {each["stock"] for each in made["pickup"]}) == ("out", {"out"})
    refused = await house.shopper.call("POST", "/v1/carts", {"lines": [{"variant_id": str(kit)}]})
    assert (refused.status_code, refused.json()["lines"][0]["reason"]) == (422, "not_for_sale")
    asked = await house.server.api.get(f"/v1/availability?variant_id={file}&location={shop.gracia}")
    assert (asked["collection"][0]["available"], asked["sending"]["available"]) == (True, True)
