"""A kit from the shelf to the refund over HTTP: bought as one, ordered as its components, to the cent."""

import asyncio
from collections import Counter

from commerce.kernel.clock import HeldClock
from commerce.kernel.money import Money
from commerce.tax.fees import add_fee
from commerce.tax.schemas_fees import FeeIn
from tests.given import identity, kits, pricing, promotions
from tests.given.inventory import stock
from tests.kits.conftest import House
from tests.served import Json

SUMS = ("subtotal", "discount", "tax", "total")


def _cents(lines: list[Json], name: str) -> int:
    return sum(line[name]["amount"] for line in lines)


async def test_a_kit_is_bought_picked_handed_over_and_one_component_comes_back(house: House, clock: HeldClock) -> None:
    db, shop = house.server.program.db, house.shop
    kit = await kits.kit(db, "Tea for two", {shop.cup: 2, shop.plate: 1}, sku="TEA")
    await pricing.prices(db, {kit: 4001})
    cart = await house.cart(
        {"variant_id": str(kit), "quantity": 3, "fulfilment": house.collected()},
        {"variant_id": str(shop.cup), "quantity": 1, "fulfilment": house.collected()},
    )
    assert (cart["total"]["amount"], len(cart["lines"]), cart["problems"]) == (3 * 4001 + 1999, 2, [])
    order = await house.ordered(cart)

    assert order["total"] == cart["total"]
    parts = [line for line in order["lines"] if line["kit"]]
    single = [line for line in order["lines"] if not line["kit"]]
    assert [(line["sku"], line["quantity"]) for line in single] == [("CUP", 1)]
    assert {(line["kit"]["nth"], line["kit"]["sku"], line["kit"]["title"], line["kit"]["units"]) for line in parts} == {
        (1, "TEA", "Tea for two", 3)
    }
    units = Counter[str]()
    for line in parts:
        units[line["sku"]] += line["quantity"]
        assert line["subtotal"]["amount"] == line["unit"]["amount"] * line["quantity"]
    assert units == {"CUP": 6, "PLATE": 3}
    of_kit = next(line for line in cart["lines"] if line["variant_id"] == str(kit))
    for name in SUMS:
        assert _cents(parts, name) == (of_kit[name]["amount"]), name
    told = identity.text_of((await house.server.mails())[0])
    assert "  3 × Tea for two:\n    6 × Cup\n    3 × Plate\n  1 × Cup\n" in told
    level = await house.store.get(f"/v1/stock?variant_id={shop.cup}&location_id={shop.gracia}")
    assert [(each["on_hand"], each["reserved"]) for each in level["items"]] == [(10, 7)]

    work = (await house.store.get("/v1/fulfilment-orders"))["items"][0]
    path = f"/v1/fulfilment-orders/{work['id']}"
    await house.store.post(f"{path}/accept")
    picks = [{"line_id": line["id"], "picked": line["quantity"]} for line in work["lines"]]
    await house.store.post(f"{path}/pick", {"lines": picks})
    await house.store.post(f"{path}/ready", {})
    assert (await house.store.post(f"{path}/hand-over", {"identity_checked": True}))["state"] == "handed_over"
    await house.server.work()

    back = next(line for line in parts if line["sku"] == "PLATE")
    one = {"order_line_id": back["id"], "quantity": 1}
    here = await house.store.post(
        "/v1/returns",
        {"order_id": order["id"], "lines": [one], "reason": "changed_mind", "location_id": str(shop.gracia)},
    )
    await house.store.post(
        f"/v1/returns/{here['id']}/inspect", {"lines": [{"line_id": here["lines"][0]["id"], "restock": 1}]}
    )
    await house.store.post(f"/v1/returns/{here['id']}/refund")
    await house.server.work()
    done = await house.store.get(f"/v1/returns/{here['id']}")
    assert (done["state"], done["refunded"], here["amount"]) == ("refunded", here["amount"], back["unit"])
    level = await house.store.get(f"/v1/stock?variant_id={shop.plate}&location_id={shop.gracia}")
    assert [(each["on_hand"], each["reserved"]) for each in level["items"]] == [(8, 0)]


async def test_kits_and_single_components_of_one_basket_compete_for_the_same_units(house: House) -> None:
    db, shop = house.server.program.db, house.shop
    kit = await kits.kit(db, "Tea for two", {shop.cup: 2, shop.plate: 1}, sku="TEA")
    await pricing.prices(db, {kit: 4000})
    lines = [
        {"variant_id": str(kit), "quantity": 4, "fulfilment": house.collected()},
        {"variant_id": str(shop.cup), "quantity": 3, "fulfilment": house.collected()},
    ]
    cart = await house.cart(*lines)
    problems = (await house.shopper.get(f"/v1/carts/{cart['id']}/problems"))["problems"]
    assert [(each["code"], each["variant_id"], each["available"]) for each in problems] == [
        ("insufficient_stock", str(kit), 3),
        ("insufficient_stock", str(shop.cup), 2),
    ]
    wish = {"accepted_total": cart["total"], "payment": {"kind": "card", "payment_method": "pm_card_visa"}}
    refused = await house.shopper.call("POST", f"/v1/carts/{cart['id']}/checkout", wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_stock")
    assert [(each["variant_id"], each["requested"]) for each in refused.json()["lines"]] == [(str(shop.cup), 11)]
    options = await house.shopper.get(f"/v1/carts/{cart['id']}/delivery-options")
    assert [each["available"] for each in options["pickup"]] == [False, False]
    query = f"variant_id={kit}&quantity=5&variant_id={shop.plate}&quantity=6&location={shop.gracia}"
    asked = await house.shopper.get(f"/v1/availability?{query}")
    here = asked["collection"][0]
    assert (here["available"], [each["stock"] for each in here["lines"]]) == (False, ["few", "few"])
    assert asked["sending"]["available"]


async def test_many_buyers_of_kits_and_of_their_component_never_get_more_than_there_is(house: House) -> None:
    """Ten kits need two cups each, ten buyers want one: 21 cups are there, and exactly as many units are sold as fit."""
    db, shop = house.server.program.db, house.shop
    kit = await kits.kit(db, "Two cups", {shop.cup: 2}, sku="TWO")
    await pricing.prices(db, {kit: 3500})
    await stock(db, {(shop.cup, shop.gracia): 11})

    async def buy(variant: object) -> int:
        buyer = await house.stranger()
        cart = await house.cart({"variant_id": str(variant), "fulfilment": house.collected()}, who=buyer)
        wish = {"accepted_total": cart["total"], "payment": {"kind": "on_collection"}}
        answer = await buyer.call("POST", f"/v1/carts/{cart['id']}/checkout", wish)
        assert answer.status_code == 201 or answer.json()["code"] == "insufficient_stock", answer.text
        return 0 if answer.status_code != 201 else 2 if variant == kit else 1

    sold = await asyncio.gather(*(buy(each) for _ in range(12) for each in (kit, shop.cup)))
    assert 20 <= sum(sold) <= 21
    level = await house.store.get(f"/v1/stock?variant_id={shop.cup}&location_id={shop.gracia}")
    assert [(each["on_hand"], each["reserved"]) for each in level["items"]] == [(21, sum(sold))]


async def test_a_discount_and_a_fee_of_a_kit_are_its_parts_too(house: House, clock: HeldClock) -> None:
    db, shop = house.server.program.db, house.shop
    kit = await kits.kit(db, "Tea for two", {shop.cup: 2, shop.plate: 1}, sku="TEA")
    await pricing.prices(db, {kit: 3333})
    await promotions.published(db, {"kind": "percent_off", "rate": "0.15"})
    fee = FeeIn(variant_id=kit, code="raee", kind="eco_fee", amount=Money(25, "EUR"), tax_category="standard")
    await db.transact(add_fee, fee, at=clock.at)
    cart = await house.cart({"variant_id": str(kit), "quantity": 3, "fulfilment": house.sent})
    order = await house.ordered(cart)
    assert (order["total"], order["discount_total"]) == (cart["total"], cart["discount_total"])
    parts = [line for line in order["lines"] if line["kit"]]
    fees = [line for line in order["lines"] if line["kind"] == "eco_fee"]
    assert [(line["quantity"], line["subtotal"]["amount"], line["sku"]) for line in fees] == [(3, 75, "raee")]
    assert fees[0]["of_line_id"] == parts[0]["id"]
    assert _cents(parts, "subtotal") == 3 * 3333
    assert _cents(parts, "discount") == cart["discount_total"]["amount"] == 1500
    assert _cents(parts, "total") + 75 == order["groups"][0]["lines"]["amount"]
