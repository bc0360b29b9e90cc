"""Money: cases in which fractions of a cent, other tax or another split went to the customer or came back to them."""

from datetime import date
from typing import Any

import pytest

from commerce.kernel.clock import HeldClock
from tests.cases.house import House, opened
from tests.given import catalog, inventory, pricing, promotions, stores
from tests.served import Json, Served


async def test_tax_on_top_is_whole_cents_for_the_buyer_the_bank_and_the_refund(
    server: Served, clock: HeldClock
) -> None:
    """medusajs/medusa#14818: a total of 34.116425 was charged as 34.12, and the order looked overpaid for ever."""
    async with opened(server) as house:
        db = house.db
        american = await stores.channel(db, "us", currency="USD", country="US", timezone="America/New_York")
        store = await stores.location(db, "ny", country="US", timezone="America/New_York")
        await pricing.tax_rate(db, "0.1075", country="US")
        await pricing.tax_rate(db, "0", country="US", category="zero")
        await pricing.delivery_method(
            db, code="usd", kind="pickup", amount=644, tax_category="zero", currency="USD", includes_tax=False
        )
        lamp = await catalog.variant(db, "Lamp", sku="LAMP")
        list_id = await pricing.price_list(db, currency="USD", includes_tax=False)
        await pricing.prices(db, {lamp: 2499}, currency="USD", list_id=list_id)
        await inventory.stock(db, {(lamp, store): 5})
        buyer = await house.shopper()
        begun = await buyer.post(
            "/v1/carts", {"channel_id": str(american), "country": "US", "lines": [house.line(lamp, at=store)]}
        )
        await buyer.put(f"/v1/carts/{begun['id']}/contact", {"email": "a@example.com", "name": "A"})
        cart = await buyer.get(f"/v1/carts/{begun['id']}")
        assert cart["total"] == {"amount": 3412, "currency": "USD"}
        status, said = await house.check_out(buyer, cart)
        assert status == 201, said
        await server.work()
        order = await buyer.get(f"/v1/orders/{said['order_id']}")
        assert (order["total"]["amount"], order["tax_total"]["amount"]) == (3412, 269)
        await house.given_out(order)
        [intent] = await house.intents(order)
        charged = await house.bank.dashboard.payment_intents.retrieve_async(intent)
        assert (charged.amount, charged.amount_received, charged.currency) == (3412, 3412, "usd")
        money = await house.office.get(f"/v1/orders/{order['id']}/money")
        assert (money["captured"]["amount"], money["net_paid"]["amount"]) == (3412, 3412)
        back = await house.brought_back(order, (order["lines"][0], 1), at=store)
        assert (back["refunded"]["amount"], back["lines"][0]["tax"]["amount"]) == (2768, 269)
        rest = {"order_id": order["id"], "amount": {"amount": 644, "currency": "USD"}, "reason": "the delivery too"}
        await house.office.post("/v1/refunds", rest)
        await server.work()
        money = await house.office.get(f"/v1/orders/{order['id']}/money")
        assert (money["net_paid"]["amount"], money["refunded"]["amount"]) == (0, 3412)


@pytest.mark.parametrize("order_of_return", [(0, 1), (1, 0)])
async def test_what_comes_back_is_paid_back_at_the_price_and_tax_of_then(
    house: House, clock: HeldClock, order_of_return: tuple[int, int]
) -> None:
    """solidusio/solidus#512, spree/spree#5915: a return gave the full price although a tenth was taken off the whole order;
    odoo/odoo PR 133620, PR 288573: refunds were reckoned with the tax and the prices of the day of the return.
    """
    db, shop = house.db, house.shop
    await pricing.prices(db, {shop.cup: 600, shop.plate: 400})
    taken_off = await promotions.published(
        db, {"kind": "amount_off", "amount": {"amount": 100, "currency": "EUR"}, "of": "order"}, currency="EUR"
    )
    buyer = await house.shopper()
    order = await house.order(buyer, house.line(shop.cup), house.line(shop.plate))
    paid = {line["sku"]: (line["total"]["amount"], line["tax"]["amount"]) for line in order["lines"]}
    assert (order["total"]["amount"], paid) == (900, {"CUP": (540, 94), "PLATE": (360, 62)})
    await house.given_out(order)

    await promotions.withdrawn(db, taken_off)
    await pricing.prices(db, {shop.cup: 9900, shop.plate: 1})
    await _another_rate(house)
    clock.move(days=3)
    house.office = await house.staff(("administrator", None))
    lines = sorted(order["lines"], key=lambda line: str(line["sku"]))
    net_paid = 900
    for nth in order_of_return:
        back = await house.brought_back(order, (lines[nth], 1))
        [line] = back["lines"]
        assert (back["refunded"]["amount"], line["tax"]["amount"]) == paid[lines[nth]["sku"]]
        net_paid -= back["refunded"]["amount"]
        money = await house.office.get(f"/v1/orders/{order['id']}/money")
        assert money["net_paid"]["amount"] == net_paid
    assert net_paid == 0


async def _another_rate(house: House) -> None:
    """From tomorrow on the standard rate of Spain is 25 %."""
    rates: list[Json] = (await house.office.get("/v1/admin/tax-rates?country=ES&category=standard&limit=100"))["items"]
    [now] = [each for each in rates if each["valid_to"] is None]
    change: dict[str, Any] = {"valid_to": "2026-03-11"}
    await house.office.patch(f"/v1/admin/tax-rates/{now['id']}", change, if_match=f'"{now["version"]}"')
    await pricing.tax_rate(house.db, "0.25", valid_from=date(2026, 3, 11))
