"""From an empty cart to a placed order over HTTP, as a browser does it."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from commerce.kernel.clock import HeldClock
from tests.given import checkout as given
from tests.given.checkout import Shop
from tests.served import Api, Json, Served

CONTACT = {"email": "shopper@example.com", "name": "Shopper", "language": "ca"}
HOME = {"name": "Shopper", "line1": "Carrer Gran 1", "city": "Barcelona", "postal_code": "08012", "country": "ES"}


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


async def _shopper(server: Served) -> Api:
    token = await server.api.post("/v1/auth/anonymous", {})
    return server.api.as_(token["access_token"])


async def _ready_cart(shopper: Api, shop: Shop) -> Json:
    lines = [
        {
            "variant_id": str(shop.cup),
            "quantity": 2,
            "fulfilment": {"kind": "pickup", "location_id": str(shop.gracia)},
        },
        {"variant_id": str(shop.plate), "fulfilment": {"kind": "ship", "method_id": str(shop.parcel)}},
    ]
    cart = await shopper.post("/v1/carts", {"lines": lines})
    await shopper.put(f"/v1/carts/{cart['id']}/contact", CONTACT)
    return await shopper.put(f"/v1/carts/{cart['id']}/addresses", {"shipping": HOME})


async def test_a_shopper_orders_one_article_here_and_one_home(server: Served, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db)
    shopper = await _shopper(server)
    cart = await _ready_cart(shopper, shop)
    assert cart["problems"] == []
    assert cart["total"] == {"amount": 5743, "currency": "EUR"}
    assert await shopper.get(f"/v1/carts/{cart['id']}/problems") == {"ready": True, "problems": []}
    options = await shopper.get(f"/v1/carts/{cart['id']}/delivery-options")
    assert [each["code"] for each in options["shipping"]] == ["parcel"]

    wish = {"accepted_total": cart["total"], "payment": {"kind": "card", "payment_method": "pm_card_visa"}}
    key = str(uuid4())
    first = await shopper.call("POST", f"/v1/carts/{cart['id']}/checkout", wish, key=key)
    assert first.status_code == 201, first.text
    done = first.json()
    assert (done["state"], done["payment"]["state"], done["pay_until"]) == ("placed", "authorized", None)
    again = await shopper.call("POST", f"/v1/carts/{cart['id']}/checkout", wish, key=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (done, "true")
    other = await shopper.call(
        "POST", f"/v1/carts/{cart['id']}/checkout", {**wish, "payment": {"kind": "on_collection"}}, key=key
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")

    order = await shopper.get(f"/v1/orders/{done['order_id']}")
    assert (order["number"], order["total"], order["contact"]["language"]) == (done["number"], cart["total"], "ca")
    assert [group["total"]["amount"] for group in order["groups"]] == [3998, 1745]
    listed = await shopper.get("/v1/orders")
    assert [each["id"] for each in listed["items"]] == [done["order_id"]]
    timeline = await shopper.get(f"/v1/orders/{done['order_id']}/timeline")
    assert [each["type"] for each in timeline["items"]][:3] == [
        "orders.opened.v1",
        "payments.authorized.v1",
        "orders.placed.v1",
    ]
    assert all(each["facts"] is None for each in timeline["items"])
    assert (await shopper.get(f"/v1/carts/{cart['id']}"))["order_id"] == done["order_id"]

    stranger = await _shopper(server)
    for path in (
        f"/v1/orders/{done['order_id']}",
        f"/v1/orders/{done['order_id']}/timeline",
        f"/v1/carts/{cart['id']}",
    ):
        assert (await stranger.call("GET", path)).status_code == 404
    assert (await stranger.get("/v1/orders"))["items"] == []


async def test_one_checkout_sent_twenty_times_with_one_key_is_one_order(server: Served, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db, stock=2)
    shopper = await _shopper(server)
    cart = await _ready_cart(shopper, shop)
    wish = {"accepted_total": cart["total"], "payment": {"kind": "card", "payment_method": "pm_card_visa"}}
    key = str(uuid4())
    answers = await asyncio.gather(
        *(shopper.call("POST", f"/v1/carts/{cart['id']}/checkout", wish, key=key) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"idempotency_still_running"}
    numbers = {answer.json()["number"] for answer in answers if answer.status_code == 201}
    assert len(numbers) == 1
    assert len((await shopper.get("/v1/orders"))["items"]) == 1


async def test_a_decline_can_be_paid_again_and_a_moved_price_is_a_conflict(server: Served, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db)
    shopper = await _shopper(server)
    cart = await _ready_cart(shopper, shop)
    card = {"kind": "card", "payment_method": "pm_card_visa_chargeDeclined"}
    path = f"/v1/carts/{cart['id']}/checkout"
    wrong = await shopper.call("POST", path, {"accepted_total": {"amount": 1, "currency": "EUR"}, "payment": card})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "price_changed")
    assert (wrong.json()["total"], wrong.json()["accepted_total"]["amount"]) == (cart["total"], 1)
    declined = await shopper.post(path, {"accepted_total": cart["total"], "payment": card})
    assert (declined["state"], declined["payment"]["state"]) == ("pending_payment", "declined")
    assert declined["pay_until"] == "2026-03-10T10:30:00Z"
    paid = await shopper.post(
        f"/v1/orders/{declined['order_id']}/payments", {"payment": {"kind": "card", "payment_method": "pm_card_visa"}}
    )
    assert (paid["state"], paid["order_id"]) == ("placed", declined["order_id"])


async def test_a_checkout_without_a_key_is_refused_and_does_nothing(server: Served, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db)
    shopper = await _shopper(server)
    cart = await _ready_cart(shopper, shop)
    wish = {"accepted_total": cart["total"], "payment": {"kind": "card", "payment_method": "pm_card_visa"}}
    refused = await shopper.http.post(
        f"/v1/carts/{cart['id']}/checkout", json=wish, headers={"authorization": f"Bearer {shopper.token}"}
    )
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_missing")
    assert (await shopper.get("/v1/orders"))["items"] == []


async def test_bad_input_says_what_to_change(server: Served, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db)
    shopper = await _shopper(server)
    cart = await shopper.post("/v1/carts", {})
    path = f"/v1/carts/{cart['id']}/lines"
    nowhere = {"kind": "pickup", "location_id": str(uuid4())}
    for body, pointer in (
        ({"lines": []}, "/lines"),
        ({"lines": [{"variant_id": str(shop.cup), "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"variant_id": str(shop.cup), "fulfilment": nowhere}]}, "/lines/0/fulfilment/location_id"),
        ({"lines": [{"variant_id": str(uuid4())}]}, "/lines/0/variant_id"),
    ):
        refused = await shopper.call("POST", path, body)
        assert refused.status_code in {400, 422}, refused.text
        assert pointer in refused.json()["errors"][0]["pointer"]
    assert (await shopper.get(f"/v1/carts/{cart['id']}"))["lines"] == []


async def test_a_cart_is_changed_line_by_line_and_thrown_away(server: Served, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db)
    shopper = await _shopper(server)
    cart = await shopper.post("/v1/carts", {"lines": [{"variant_id": str(shop.cup)}]})
    line = f"/v1/carts/{cart['id']}/lines/{cart['lines'][0]['id']}"
    assert (await shopper.patch(line, {"quantity": 3}))["total"]["amount"] == 5997
    chosen = {
        "lines": [{"line_id": cart["lines"][0]["id"], "fulfilment": {"kind": "ship", "method_id": str(shop.parcel)}}]
    }
    assert (await shopper.put(f"/v1/carts/{cart['id']}/fulfilment", chosen))["total"]["amount"] == 6492
    gone = await shopper.call("DELETE", line)
    assert (gone.status_code, gone.json()["lines"]) == (200, [])
    assert (await shopper.call("DELETE", f"/v1/carts/{cart['id']}")).status_code == 204
    assert (await shopper.call("GET", f"/v1/carts/{cart['id']}")).status_code == 404


async def test_a_guest_finds_an_order_by_mail_and_learns_nothing_else(server: Served, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db)
    shopper = await _shopper(server)
    cart = await _ready_cart(shopper, shop)
    wish = {"accepted_total": cart["total"], "payment": {"kind": "card", "payment_method": "pm_card_visa"}}
    done = await shopper.post(f"/v1/carts/{cart['id']}/checkout", wish)
    guest = server.api
    right = await guest.call("POST", "/v1/orders/lookup", {"number": done["number"], "email": "shopper@example.com"})
    wrong = await guest.call("POST", "/v1/orders/lookup", {"number": done["number"], "email": "other@example.com"})
    assert (right.status_code, right.content) == (wrong.status_code, wrong.content)
    assert right.status_code == 202
    refused = await guest.call("POST", "/v1/orders/access", {"token": "x" * 32})
    assert (refused.status_code, refused.json()["code"]) == (403, "order_access_expired")
