"""What somebody bought without an account is theirs once they sign in with the token that they bought with; and nobody else's."""

import asyncio
from uuid import UUID

import pytest

from commerce.aftersale import follow
from commerce.kernel.clock import HeldClock
from commerce.platform.http import Caller
from tests.cases.house import DECLINED, ON_COLLECTION, VISA, House
from tests.given import aftersale as given, identity
from tests.given.orders import Want
from tests.served import Api, Json

EMAIL = "buyer@example.com"
OTHER = "other@example.com"


async def _register(house: House, who: Api, email: str = EMAIL) -> Api:
    """Opens an account with the caller's token."""
    await house.server.work()
    await who.post("/v1/auth/register", {"email": email, "password": identity.PASSWORD})
    await house.server.work()
    code = identity.code_in((await house.server.mails())[-1])
    return who.as_((await who.post("/v1/auth/verify", {"token": code}))["access_token"])


async def _sign_in(who: Api, email: str = EMAIL) -> Api:
    signed_in = await who.post("/v1/auth/login", {"email": email, "password": identity.PASSWORD})
    return who.as_(signed_in["access_token"])


async def _ids(who: Api, path: str = "/v1/orders") -> list[str]:
    return [each["id"] for each in (await who.get(path))["items"]]


async def _me(who: Api) -> str:
    return str((await who.get("/v1/auth/me"))["id"])


async def test_all_that_hangs_on_an_order_follows_its_buyer_who_registers(house: House) -> None:
    buyer = await house.shopper()
    order = await house.order(buyer, house.line(house.shop.cup, 2))
    await house.given_out(order)
    wish = {
        "order_id": order["id"],
        "lines": [{"order_line_id": order["lines"][0]["id"], "quantity": 1}],
        "reason": "changed_mind",
    }
    asked = await buyer.post("/v1/returns", wish)
    before = await house.office.get(f"/v1/orders/{order['id']}")
    paths = [f"/v1/orders/{order['id']}"] + [
        f"/v1/orders/{order['id']}/{part}"
        for part in ("timeline", "money", "payments", "fulfilments", "returnable", "pickups", "rejections")
    ]
    (payment,) = await _ids(buyer, f"/v1/orders/{order['id']}/payments")
    paths += [f"/v1/payments/{payment}", f"/v1/returns/{asked['id']}", f"/v1/carts/{order['cart_id']}"]
    paths += ["/v1/orders", "/v1/returns", "/v1/refunds"]
    seen = {path: await buyer.get(path) for path in paths}

    account = await _register(house, buyer)

    found = {path: await account.get(path) for path in paths}
    cart = f"/v1/carts/{order['cart_id']}"
    assert found.pop(cart)["customer_id"] == await _me(account) != seen.pop(cart)["customer_id"]
    assert found == seen
    assert await house.office.get(f"/v1/orders/{order['id']}") == before
    stranger = await house.shopper()
    for path in paths[: paths.index("/v1/orders")]:
        assert (await stranger.call("GET", path)).status_code == 404, path
        assert (await buyer.call("GET", path)).status_code == 401, path
    assert (await account.post(f"/v1/returns/{asked['id']}/cancel"))["state"] == "cancelled"


async def test_an_order_that_waits_for_its_payment_is_paid_by_the_account(house: House) -> None:
    await _register(house, await house.shopper())
    buyer = await house.shopper()
    cart = await house.cart(buyer, house.line(house.shop.cup))
    status, said = await house.check_out(buyer, cart, DECLINED)
    assert (status, said["state"]) == (201, "pending_payment")

    account = await _sign_in(buyer)
    paid = await account.post(f"/v1/orders/{said['order_id']}/payments", {"payment": VISA})
    again = await house.check_out(account, cart)

    assert paid["state"] == "placed"
    assert (again[0], again[1]["order_id"]) == (201, said["order_id"])
    assert len(await _ids(account, f"/v1/orders/{said['order_id']}/payments")) == 2


async def test_who_signs_in_at_a_shared_device_gets_nothing_of_who_was_there_before(house: House) -> None:
    first = await house.shopper()
    await house.order(first, house.line(house.shop.cup))
    owner = await _register(house, first)
    mine = await _ids(owner)
    await _register(house, await house.shopper(), OTHER)

    over_it = await _sign_in(owner, OTHER)  # with the token of who has not signed out
    refused = await first.call("POST", "/v1/auth/login", {"email": OTHER, "password": identity.PASSWORD})
    await owner.post("/v1/auth/logout", {})
    anew = await _sign_in(await house.shopper(), OTHER)

    assert refused.status_code == 401
    for other in (over_it, anew):
        assert await _ids(other) == []
        assert (await other.call("GET", f"/v1/orders/{mine[0]}")).status_code == 404
    assert mine
    assert await _ids(await _sign_in(await house.shopper())) == mine


async def test_the_same_address_gives_nobody_an_order(house: House) -> None:
    """SEC-09: orders of guests that were linked by the e-mail alone went to whoever typed it."""
    buyer = await house.shopper()
    _, said = await house.check_out(buyer, await house.cart(buyer, house.line(house.shop.cup), email=EMAIL))

    account = await _register(house, await house.shopper(), EMAIL)

    assert await _ids(account) == []
    assert await _ids(buyer) == [said["order_id"]]


async def test_one_session_goes_to_one_account_however_many_sign_in_with_it_at_once(house: House) -> None:
    await _register(house, await house.shopper())
    await _register(house, await house.shopper(), OTHER)
    buyer = await house.shopper()
    bought = [(await house.order(buyer, house.line(house.shop.cup), payment=ON_COLLECTION))["id"] for _ in range(2)]

    answers = await asyncio.gather(
        *(
            buyer.call("POST", "/v1/auth/login", {"email": email, "password": identity.PASSWORD})
            for email in (EMAIL, OTHER, EMAIL, OTHER)
        )
    )

    through = [buyer.as_(each.json()["access_token"]) for each in answers if each.status_code == 200]
    owners = {await _me(who): sorted(await _ids(who)) for who in through}
    assert through
    assert [each for each in owners.values() if each] == [sorted(bought)]


@pytest.mark.parametrize("payment", [VISA, ON_COLLECTION])
async def test_an_order_placed_while_its_buyer_signs_in_is_the_accounts_or_refused(house: House, payment: Json) -> None:
    await _register(house, await house.shopper())
    for pause in (0.0, 0.02, 0.05):
        buyer = await house.shopper()
        carts = [await house.cart(buyer, house.line(house.shop.cup)) for _ in range(2)]

        buying = asyncio.gather(*(house.check_out(buyer, cart, payment) for cart in carts))
        account, (first, second) = await asyncio.gather(_sign_in_after(pause, buyer), buying)

        await house.server.work()
        assert {first[0], second[0]} <= {201, 401, 404}
        ordered, still_open = set(await _ids(account)), set(await _ids(account, "/v1/carts"))
        assert {said["order_id"] for status, said in (first, second) if status == 201} <= ordered
        for cart in carts:
            now = await account.get(f"/v1/carts/{cart['id']}")
            assert (now["order_id"] in ordered) != (now["id"] in still_open)
            if now["order_id"] is None:  # what was refused is gone on with
                assert (await house.check_out(account, cart, payment))[0] == 201
            else:
                assert (await account.get(f"/v1/orders/{now['order_id']}"))["state"] == "placed"
                assert len(await _ids(account, f"/v1/orders/{now['order_id']}/payments")) == 1


async def _sign_in_after(pause: float, who: Api) -> Api:
    await asyncio.sleep(pause)
    return await _sign_in(who)


async def test_many_orders_follow_the_newest_at_once_and_the_rest_by_a_job(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "MOST_AT_ONCE", 2)
    await _register(house, await house.shopper())
    buyer = await house.shopper()
    bought = [await _bought_as(house, await _me(buyer)) for _ in range(5)]

    account = await _sign_in(buyer)

    assert await _ids(account) == bought[:-3:-1]
    await house.server.work()
    assert await _ids(account) == bought[::-1]


async def test_what_was_begun_in_the_last_moment_of_the_former_token_follows_a_minute_later(
    house: House, clock: HeldClock
) -> None:
    await _register(house, await house.shopper())
    buyer = await house.shopper()
    was = await _me(buyer)
    account = await _sign_in(buyer)
    late = await _bought_as(house, was)
    await house.server.work()
    assert await _ids(account) == []

    clock.move(minutes=1)
    await house.server.work()

    assert await _ids(account) == [late]


async def _bought_as(house: House, shopper_id: str) -> str:
    wanted = Want(variant_id=UUID(str(house.shop.cup)), location_id=UUID(str(house.shop.gracia)))
    order = await given.placed(house.db, wanted, who=Caller(kind="shopper", id=UUID(shopper_id)))
    return str(order.id)
