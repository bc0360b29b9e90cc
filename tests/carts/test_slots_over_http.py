"""A shopper chooses a pickup slot over HTTP and gets it with the order."""

from collections.abc import AsyncIterator

import httpx
import pytest

from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from tests.given import checkout as given, inventory, stores
from tests.given.checkout import Shop
from tests.served import Api, Json, Served

CONTACT = {"email": "shopper@example.com", "name": "Shopper", "language": "ca"}


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def _cart(server: Served, shop: Shop, units: int = 1) -> tuple[Api, Json]:
    token = await server.api.post("/v1/auth/anonymous", {})
    shopper = server.api.as_(token["access_token"])
    pickup = {"kind": "pickup", "location_id": str(shop.gracia)}
    cart = await shopper.post(
        "/v1/carts", {"lines": [{"variant_id": str(shop.cup), "quantity": units, "fulfilment": pickup}]}
    )
    return shopper, await shopper.put(f"/v1/carts/{cart['id']}/contact", CONTACT)


async def _order(shopper: Api, cart: Json) -> httpx.Response:
    wish = {"accepted_total": cart["total"], "payment": {"kind": "on_collection"}}
    return await shopper.call("POST", f"/v1/carts/{cart['id']}/checkout", wish, key=str(new_id()))


async def test_the_last_place_in_a_slot_is_chosen_by_two_and_had_by_one(server: Served, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db)
    await stores.service(server.program.db, shop.gracia, slot_minutes=30, slot_capacity=1)
    offered = (await server.api.get(f"/v1/locations/{shop.gracia}/slots"))["slots"]
    chosen = {"location_id": str(shop.gracia), "starts_at": offered[3]["starts_at"]}
    carts = [await _cart(server, shop) for _ in range(2)]

    for shopper, cart in carts:
        options = (await shopper.get(f"/v1/carts/{cart['id']}/delivery-options"))["pickup"]
        assert {each["code"]: each["slots"] for each in options} == {"gracia": True, "sants": False}
        after = await shopper.put(f"/v1/carts/{cart['id']}/slots", {"slots": [chosen]})
        assert after["slots"] == [chosen]
    (one, first), (two, second) = carts
    placed = await _order(one, first)
    assert placed.status_code == 201, placed.text
    order = await one.get(f"/v1/orders/{placed.json()['order_id']}")
    assert [group["ready_by"] for group in order["groups"]] == [chosen["starts_at"]]

    listed = await two.get(f"/v1/carts/{second['id']}/problems")
    assert [(each["code"], each["location_id"]) for each in listed["problems"]] == [("slot_full", str(shop.gracia))]
    refused = await _order(two, second)
    assert (problem(refused), refused.json()["starts_at"]) == ((409, "slot_full"), chosen["starts_at"])
    assert problem(await two.call("PUT", f"/v1/carts/{second['id']}/slots", {"slots": [chosen]})) == (409, "slot_full")
    assert (await two.put(f"/v1/carts/{second['id']}/slots", {"slots": []}))["slots"] == []
    assert (await _order(two, second)).status_code == 201


async def test_what_is_no_slot_is_refused_and_changes_nothing(server: Served, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db)
    await stores.service(server.program.db, shop.gracia, slot_minutes=30, slot_capacity=1)
    shopper, cart = await _cart(server, shop)
    path, here = f"/v1/carts/{cart['id']}/slots", {"location_id": str(shop.gracia)}
    at = kernel_clock.now().isoformat().replace("+00:00", "Z")

    odd = {**here, "starts_at": "2026-03-11T10:10:00Z"}
    assert problem(await shopper.call("PUT", path, {"slots": [odd]})) == (409, "slot_not_offered")
    assert problem(await shopper.call("PUT", path, {"slots": [{**here, "starts_at": at}]})) == (409, "slot_not_offered")
    elsewhere = {"location_id": str(shop.sants), "starts_at": "2026-03-11T10:00:00Z"}
    assert problem(await shopper.call("PUT", path, {"slots": [elsewhere]})) == (409, "slot_not_offered")
    twice = await shopper.call("PUT", path, {"slots": [{**here, "starts_at": "2026-03-11T10:00:00Z"}] * 2})
    assert (problem(twice), twice.json()["errors"][0]["pointer"]) == (
        (400, "invalid_input"),
        "/slots/1/location_id",
    )
    assert (await shopper.get(f"/v1/carts/{cart['id']}"))["slots"] == []


async def test_a_problem_and_a_refusal_say_where_else_it_can_be_had(server: Served, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db, stock=2)
    await inventory.stock(server.program.db, {(shop.cup, shop.sants): 3})
    shopper, cart = await _cart(server, shop, 5)

    [listed] = (await shopper.get(f"/v1/carts/{cart['id']}/problems"))["problems"]
    refused = await _order(shopper, cart)

    expected = [
        {
            "kind": "pickup",
            "location_id": str(shop.sants),
            "code": "sants",
            "name": "Sants",
            "ready_by": "2026-03-10T11:00:00Z",
        },
        {"kind": "ship", "location_id": None, "code": None, "name": None, "ready_by": "2026-03-10T11:00:00Z"},
    ]
    assert (listed["code"], listed["available"], listed["alternatives"]) == ("insufficient_stock", 2, expected)
    assert (problem(refused), refused.json()["alternatives"]) == ((409, "insufficient_stock"), expected)
