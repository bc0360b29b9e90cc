"""A shopper's open carts: which they are, on whatever device, and that an anonymous shopper's follow into the account."""

import asyncio
from typing import TYPE_CHECKING, Any

from tests.given import checkout as given, identity

if TYPE_CHECKING:
    from tests.served import Api, Served

EMAIL = "shopper@example.com"


async def _anonymous(api: "Api") -> "Api":
    return api.as_((await api.post("/v1/auth/anonymous", {}))["access_token"])


async def _account(server: "Served") -> None:
    await server.api.post("/v1/auth/register", {"email": EMAIL, "password": identity.PASSWORD})
    await server.work()
    mail = (await server.mails())[-1]
    await server.api.post("/v1/auth/verify", {"token": identity.code_in(mail)})


async def _sign_in(api: "Api") -> "Api":
    signed_in = await api.post("/v1/auth/login", {"email": EMAIL, "password": identity.PASSWORD})
    return api.as_(signed_in["access_token"])


async def _cart(caller: "Api", shop: given.Shop, quantity: int = 1) -> dict[str, Any]:
    made: dict[str, Any] = await caller.post(
        "/v1/carts", {"lines": [{"variant_id": str(shop.cup), "quantity": quantity}]}
    )
    return made


async def test_an_anonymous_shoppers_open_carts_follow_when_they_sign_in(server: "Served") -> None:
    shop = await given.shop(server.program.db)
    await _account(server)
    somebody, other = await _anonymous(server.api), await _anonymous(server.api)
    mine, theirs = await _cart(somebody, shop, 2), await _cart(other, shop)
    gone = await _cart(somebody, shop)
    await somebody.call("DELETE", f"/v1/carts/{gone['id']}")

    account = await _sign_in(somebody)

    me = (await account.get("/v1/auth/me"))["id"]
    followed = await account.get(f"/v1/carts/{mine['id']}")
    assert followed["lines"] == mine["lines"]
    assert (followed["customer_id"], followed["version"]) == (me, mine["version"] + 1)
    assert [each["id"] for each in (await account.get("/v1/carts"))["items"]] == [mine["id"]]
    assert (await account.call("GET", f"/v1/carts/{theirs['id']}")).status_code == 404
    assert (await other.get(f"/v1/carts/{theirs['id']}"))["customer_id"] != me


async def test_what_was_ordered_before_signing_in_is_no_open_cart_and_its_checkout_gives_the_order_that_is_there(
    server: "Served",
) -> None:
    shop = await given.shop(server.program.db)
    await _account(server)
    somebody = await _anonymous(server.api)
    cart = await somebody.post(
        "/v1/carts",
        {
            "lines": [
                {
                    "variant_id": str(shop.cup),
                    "quantity": 1,
                    "fulfilment": {"kind": "pickup", "location_id": str(shop.gracia)},
                }
            ]
        },
    )
    await somebody.call("PUT", f"/v1/carts/{cart['id']}/contact", {"email": EMAIL, "name": "A Shopper"})
    order = {"accepted_total": cart["total"], "payment": {"kind": "on_collection"}}
    placed = await somebody.post(f"/v1/carts/{cart['id']}/checkout", order)

    account = await _sign_in(somebody)

    assert (await account.get("/v1/carts"))["items"] == []
    again = await account.post(f"/v1/carts/{cart['id']}/checkout", order)
    assert again["order_id"] == placed["order_id"]
    assert [each["id"] for each in (await account.get("/v1/orders"))["items"]] == [placed["order_id"]]


async def test_a_cart_is_in_the_account_or_with_the_anonymous_shopper_whatever_comes_at_once(server: "Served") -> None:
    shop = await given.shop(server.program.db)
    await _account(server)
    somebody = await _anonymous(server.api)
    cart = await _cart(somebody, shop)
    add = {"lines": [{"variant_id": str(shop.cup), "quantity": 1}]}
    adding = asyncio.gather(*(somebody.call("POST", f"/v1/carts/{cart['id']}/lines", add) for _ in range(6)))
    account, added = await asyncio.gather(_sign_in(somebody), adding)

    followed = await account.get(f"/v1/carts/{cart['id']}")

    through = [each for each in added if each.status_code == 201]
    assert {each.status_code for each in added} <= {201, 401, 404}
    assert followed["lines"][0]["quantity"] == 1 + len(through)


async def test_the_second_device_finds_what_the_first_began_newest_first_and_page_by_page(server: "Served") -> None:
    shop = await given.shop(server.program.db)
    await _account(server)
    first, second = await _sign_in(server.api), await _sign_in(server.api)
    made = [await _cart(first, shop, quantity) for quantity in (1, 2, 3)]

    page = await second.get("/v1/carts?limit=2")
    rest = await second.get(f"/v1/carts?limit=2&cursor={page['next_cursor']}")

    assert [each["id"] for each in page["items"] + rest["items"]] == [each["id"] for each in reversed(made)]
    assert [(each["line_count"], each["units"]) for each in page["items"] + rest["items"]] == [(1, 3), (1, 2), (1, 1)]
    assert rest["next_cursor"] is None
    assert (await (await _anonymous(server.api)).get("/v1/carts"))["items"] == []
