"""A part that is sold in its kit only hides nothing of the kit; one that is withdrawn takes the kit from every place at once, whatever part it is."""

from collections import Counter

import pytest

from commerce.kernel.ids import VariantId
from tests.given import catalog, kits, pricing
from tests.kits.conftest import House
from tests.served import Json

NEVER = "2999-01-01T00:00:00Z"


async def _kit(house: House, *more: VariantId) -> str:
    db, shop = house.server.program.db, house.shop
    kit = await kits.kit(db, "Tea for two", {shop.cup: 2, shop.plate: 1, **dict.fromkeys(more, 1)}, sku="TEA")
    await pricing.prices(db, {kit: 4000})
    return str(kit)


async def _product_of(house: House, sku: str) -> Json:
    found = (await house.server.api.get(f"/v1/variants/lookup?sku={sku}"))["product"]
    return await house.admin.get(f"/v1/admin/products/{found['id']}")


async def _bundled(house: House) -> tuple[set[str], str]:
    bundle = await house.store.get("/v1/pos/bundle")
    return {each["sku"] for each in bundle["articles"]}, bundle["version"]


async def _moved(house: House, since: str) -> tuple[set[str], set[str]]:
    delta = await house.store.get(f"/v1/pos/bundle?since={since}")
    assert delta["since"] == since, "told as what moved"
    return {each["sku"] for each in delta["articles"]}, set(delta["removed"])


async def _seen(house: House, kit: str) -> list[object]:
    """What each place says of the kit: list, look-up, search, availability here and by parcel."""
    api = house.server.api
    found = (await api.get("/v1/products"))["items"]
    listed = next(each["stock"] for each in found if each["title"] == "Tea for two")
    looked_up = await api.get("/v1/variants/lookup?sku=TEA")
    up = looked_up["variant"]
    page = (await api.get(f"/v1/products/{looked_up['product']['id']}"))["variants"][0]
    assert up["pickup"] == page["pickup"]
    sought = (await api.get("/v1/search?q=tea&in_stock=true"))["total"]
    narrowed = len((await api.get(f"/v1/products?in_stock=true&available_at={house.shop.gracia}"))["items"])
    asked = await api.get(f"/v1/availability?variant_id={kit}&location={house.shop.gracia}")
    here, sent = asked["collection"][0]["available"], asked["sending"]["available"]
    return [listed, up["delivery"], {each["stock"] for each in up["pickup"]}, sought, narrowed, here, sent]


async def test_parts_that_are_sold_in_their_kit_only_leave_it_for_sale_everywhere(house: House) -> None:
    kit = await _kit(house)
    plate = await _product_of(house, "PLATE")
    await house.admin.patch(
        f"/v1/admin/products/{plate['id']}", {"on_show_from": NEVER}, if_match=f'"{plate["version"]}"'
    )
    assert (await house.server.api.call("GET", "/v1/variants/lookup?sku=PLATE")).status_code == 404
    assert await _seen(house, kit) == ["few", "in", {"few"}, 1, 2, True, True]
    offline, _ = await _bundled(house)
    assert {"TEA", "CUP"} <= offline
    assert "PLATE" not in offline
    order = await house.ordered(
        await house.cart({"variant_id": kit, "quantity": 1, "fulfilment": house.collected()}), on_collection=True
    )
    units = Counter[str]()
    for line in order["lines"]:
        assert line["kit"]["sku"] == "TEA"
        units[line["sku"]] += line["quantity"]
    assert units == {"CUP": 2, "PLATE": 1}
    assert order["total"]["amount"] == 4000


@pytest.mark.parametrize("gone", ["PLATE", "WRAP"])
async def test_a_part_that_is_withdrawn_takes_the_kit_from_every_place_until_it_comes_back(
    house: House, gone: str
) -> None:
    wrapped = await catalog.variant(house.server.program.db, "Wrapping", sku="WRAP", stock="none")
    await pricing.prices(house.server.program.db, {wrapped: 100})
    kit = await _kit(house, wrapped)
    part = await _product_of(house, gone)
    cart = await house.cart({"variant_id": kit, "quantity": 1, "fulfilment": house.collected()})
    offline, version = await _bundled(house)
    assert {"TEA", gone} <= offline

    edit = await house.admin.post(
        "/v1/admin/bulk-edits",
        {"selection": {"product_ids": [part["id"]]}, "changes": {"status": "withdrawn"}},
    )
    await house.admin.post(f"/v1/admin/bulk-edits/{edit['id']}/apply", {"version": edit["version"]})
    assert await _seen(house, kit) == ["out", "out", {"out"}, 0, 2, False, False]
    offline, _ = await _bundled(house)
    assert "TEA" not in offline
    assert (await _moved(house, version))[1] == {kit, part["variants"][0]["id"]}
    problems = (await house.shopper.get(f"/v1/carts/{cart['id']}"))["problems"]
    assert [each["code"] for each in problems] == ["not_for_sale"]
    wish = {"accepted_total": cart["total"], "payment": {"kind": "on_collection"}}
    refused = await house.shopper.call("POST", f"/v1/carts/{cart['id']}/checkout", wish)
    assert refused.status_code in {409, 422}, refused.text
    quoted = await house.shopper.call("POST", "/v1/quotes", {"lines": [{"variant_id": kit, "quantity": 1}]})
    assert quoted.status_code == 422, quoted.text

    await house.admin.post(f"/v1/admin/products/{part['id']}/publish")
    assert (await _seen(house, kit))[-2:] == [True, True]
    assert (await _moved(house, version))[0] >= {"TEA", gone}
    assert (await house.shopper.get(f"/v1/carts/{cart['id']}"))["problems"] == []
