"""Rules of sale: decided once, in the price engine, for quotes, carts, checkouts and tills."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from commerce.kernel.clock import HeldClock
from commerce.price_engine import SaleRule, broken_rule, too_young
from tests.catalog.test_on_show import changed, shopper_of
from tests.given import checkout as given, identity
from tests.served import Api, Served


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


@pytest.mark.parametrize(
    ("rule", "how", "broken"),
    [
        ("not_online", {"counter": False}, True),
        ("not_online", {"counter": True}, False),
        ("not_shipped", {"sent": True}, True),
        ("not_shipped", {"collected": True}, False),
        ("not_collected", {"collected": True}, True),
        ("not_collected", {"sent": True}, False),
        ("once_per_order", {"units": 2}, True),
        ("once_per_order", {"units": 1}, False),
    ],
)
def test_each_rule_says_which_sale_breaks_it(rule: SaleRule, how: dict[str, Any], broken: bool) -> None:
    sale = {"counter": False, "sent": False, "collected": False, "units": 1, **how}
    assert broken_rule((rule,), **sale) == (rule if broken else None)
    assert broken_rule((), **sale) is None


def test_an_age_limit_asks_for_somebody_who_confirmed_it() -> None:
    assert [too_young(18, age) for age in (None, 17, 18)] == [True, True, False]
    assert not too_young(None, None)


async def test_what_is_sold_in_stores_only_is_sold_by_a_terminal_and_by_no_website(
    server: Served, admin: Api, clock: HeldClock
) -> None:
    db = server.program.db
    shop = await given.shop(db)
    shopper = await shopper_of(server)
    tokens: Any = server.program.services.tokens
    till = server.api.as_(await identity.token_of(db, tokens, await identity.terminal(db, shop.gracia)))
    await changed(admin, shop.cup, sale_rules=["not_online"])
    basket = {"lines": [{"key": "a", "variant_id": str(shop.cup), "quantity": 1}]}
    lines = {"lines": [{"variant_id": str(shop.cup)}]}
    for asked, path in ((basket, "/v1/quotes"), (lines, "/v1/carts")):
        # A website that names a store is no counter.
        for body in (asked, {**asked, "store_id": str(shop.gracia)}):
            refused = await shopper.call("POST", path, body, accept_language="ca")
            assert (refused.status_code, refused.json()["code"]) == (422, "not_sold_this_way"), refused.text
            assert refused.json()["lines"][0]["reason"] == "not_online"
            assert refused.json()["title"].startswith("Una regla de venda")
        assert (await till.call("POST", path, asked)).status_code == 201
    assert (await shopper.post("/v1/quotes", {"lines": [{**basket["lines"][0], "variant_id": str(shop.plate)}]}))["id"]


async def test_one_unit_in_an_order_counts_all_its_lines(server: Served, admin: Api, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db)
    shopper = await shopper_of(server)
    await changed(admin, shop.cup, sale_rules=["once_per_order"])
    way = {"kind": "pickup", "location_id": str(shop.gracia)}
    cart = await shopper.post("/v1/carts", {"lines": [{"variant_id": str(shop.cup), "fulfilment": way}]})
    assert [each["code"] for each in cart["problems"]] == ["no_contact"]
    more = {"lines": [{"variant_id": str(shop.cup), "fulfilment": {"kind": "ship", "method_id": str(shop.parcel)}}]}
    refused = await shopper.call("POST", f"/v1/carts/{cart['id']}/lines", more)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_sold_this_way")
    assert len((await shopper.get(f"/v1/carts/{cart['id']}"))["lines"]) == 1


async def test_an_order_keeps_to_the_way_of_delivery_and_to_the_age(
    server: Served, admin: Api, clock: HeldClock
) -> None:
    shop = await given.shop(server.program.db)
    shopper = await shopper_of(server)
    await changed(admin, shop.cup, sale_rules=["not_shipped"], minimum_age=18)
    sent = {"kind": "ship", "method_id": str(shop.parcel)}
    cart = await shopper.post("/v1/carts", {"lines": [{"variant_id": str(shop.cup), "fulfilment": sent}]})
    path = f"/v1/carts/{cart['id']}"
    contact = {"email": "shopper@example.com", "name": "Shopper"}
    cart = await shopper.put(f"{path}/contact", contact)
    assert {each["code"] for each in cart["problems"]} == {"not_shipped", "age_not_confirmed", "no_shipping_address"}
    line = cart["lines"][0]["id"]
    chosen = {"line_id": line, "fulfilment": {"kind": "pickup", "location_id": str(shop.gracia)}}
    cart = await shopper.put(f"{path}/fulfilment", {"lines": [chosen]})
    assert [each["code"] for each in cart["problems"]] == ["age_not_confirmed"]
    wish = {"accepted_total": cart["total"], "payment": {"kind": "on_collection"}}
    refused = await shopper.call("POST", f"{path}/checkout", wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "cart_not_ready")
    cart = await shopper.put(f"{path}/contact", {**contact, "confirmed_age": 17})
    assert [each["code"] for each in cart["problems"]] == ["age_not_confirmed"]
    cart = await shopper.put(f"{path}/contact", {**contact, "confirmed_age": 18})
    assert (cart["problems"], cart["contact"]["confirmed_age"]) == ([], 18)
    done = await shopper.post(f"{path}/checkout", wish)
    assert done["state"] == "placed"
