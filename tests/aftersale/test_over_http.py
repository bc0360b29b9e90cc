"""Cancelling and returning over HTTP: keys, refusals, who sees what, pages. Every test ends with the whole house's invariants."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from commerce.kernel.clock import HeldClock
from commerce.orders import Order
from commerce.platform.http import Caller
from tests.given import aftersale as given, identity
from tests.given.fulfilment import Shelf
from tests.given.orders import Want
from tests.served import Api, Served

NOBODYS = "01998f2e-0000-7000-8000-000000000000"


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


class Counter:
    """A shop with a shopper, a terminal in its store and one in its warehouse."""

    place: Shelf
    shopper: Api
    who: Caller
    store: Api
    warehouse: Api

    @classmethod
    async def opened(cls, server: Served) -> "Counter":
        """Builds it."""
        counter, db = cls(), server.program.db
        tokens = server.tokens
        counter.place = await Shelf.filled(db)
        token = (await server.api.post("/v1/auth/anonymous", {}))["access_token"]
        counter.shopper, counter.who = server.api.as_(token), await identity.caller(tokens, token)
        at_store = await identity.terminal(db, counter.place.store)
        at_warehouse = await identity.terminal(db, counter.place.warehouse)
        counter.store = server.api.as_(await identity.token_of(db, tokens, at_store))
        counter.warehouse = server.api.as_(await identity.token_of(db, tokens, at_warehouse))
        return counter


@pytest.fixture
async def counter(server: Served, clock: HeldClock) -> Counter:
    """A shop over HTTP."""
    return await Counter.opened(server)


async def bought(server: Served, counter: Counter, quantity: int = 3) -> Order:
    """An order of the shopper, handed over and paid at the counter."""
    want = Want(quantity=quantity, unit=1999, location_id=counter.place.store, variant_id=counter.place.cup)
    return await given.bought(server.program.db, want, who=counter.who)


def wish(order: Order, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """The body that asks for a return of the first line."""
    return {
        "order_id": str(order.id),
        "lines": [{"order_line_id": str(order.lines[0].id), "quantity": quantity}],
        "reason": "changed_mind",
        **more,
    }


async def test_another_location_takes_one_back_with_three_calls_and_a_repetition_has_no_effect(
    server: Served, counter: Counter
) -> None:
    order = await bought(server, counter)
    clerk, key = counter.warehouse, str(uuid4())
    body = wish(order, location_id=str(counter.place.warehouse))
    here = await clerk.post("/v1/returns", body, key=key)
    again = await clerk.call("POST", "/v1/returns", body, key=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (here, "true")
    assert (here["state"], here["amount"]) == ("received", {"amount": 1999, "currency": "EUR"})

    found = {"lines": [{"line_id": here["lines"][0]["id"], "restock": 1}]}
    looked_at = await clerk.post(f"/v1/returns/{here['id']}/inspect", found)
    assert (looked_at["state"], looked_at["lines"][0]["restocked"]) == ("inspected", 1)
    done = await clerk.post(f"/v1/returns/{here['id']}/refund")
    assert (done["state"], done["refunded"]["amount"]) == ("refunded", 1999)
    await server.work()
    assert (await counter.shopper.get(f"/v1/returns/{here['id']}"))["state"] == "refunded"
    problem = await clerk.call("POST", f"/v1/returns/{here['id']}/refund")
    assert (problem.status_code, problem.json()["code"], problem.json()["allowed"]) == (
        409,
        "illegal_move",
        ["refund_failed"],
    )


async def test_a_shopper_asks_follows_and_gives_up(server: Served, counter: Counter) -> None:
    order = await bought(server, counter)
    first = await counter.shopper.post("/v1/returns", wish(order, 2))
    assert (first["state"], first["lines"][0]["title"]) == ("requested", "Cup")
    shown = await counter.shopper.call("GET", f"/v1/returns/{first['id']}")
    etag = shown.headers["etag"]
    assert (await counter.shopper.call("GET", f"/v1/returns/{first['id']}", if_none_match=etag)).status_code == 304
    refused = await counter.shopper.call("POST", "/v1/returns", wish(order, 2))
    assert (refused.status_code, refused.json()["code"], refused.json()["left"]) == (409, "not_that_many_units", 1)
    second = await counter.shopper.post("/v1/returns", wish(order, 1, reason=None))
    left = await counter.warehouse.get(f"/v1/orders/{order.id}/returnable")
    assert (left["lines"], left["order_number"]) == ([], order.number)

    page = await counter.shopper.get("/v1/returns?limit=1")
    assert [each["id"] for each in page["items"]] == [second["id"]]
    rest = await counter.shopper.get(f"/v1/returns?limit=1&cursor={page['next_cursor']}")
    assert ([each["id"] for each in rest["items"]], rest["next_cursor"]) == ([first["id"]], None)
    assert (await counter.shopper.post(f"/v1/returns/{first['id']}/cancel"))["state"] == "cancelled"
    listed = await counter.store.get(f"/v1/returns?order_id={order.id}&state=requested")
    assert [each["id"] for each in listed["items"]] == [second["id"]]
    assert (await counter.store.post(f"/v1/returns/{second['id']}/approve"))["state"] == "approved"
    await counter.store.post(f"/v1/returns/{second['id']}/receive", {"location_id": str(counter.place.store)})
    assert (await counter.warehouse.get("/v1/returns"))["items"] == [
        each for each in (await counter.store.get("/v1/returns"))["items"] if each["id"] == first["id"]
    ]


async def test_what_only_staff_may_do_and_what_is_anothers(server: Served, counter: Counter) -> None:
    order = await bought(server, counter)
    stranger = server.api.as_((await server.api.post("/v1/auth/anonymous", {}))["access_token"])
    asked = await counter.shopper.post("/v1/returns", wish(order))
    path = f"/v1/returns/{asked['id']}"

    async def said(api: Api, url: str, body: dict[str, Any] | None = None, method: str = "POST") -> tuple[int, str]:
        answer = await api.call(method, url, body)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, answer.json()["code"]

    for verb, body in (
        ("approve", None),
        ("decline", {"reason": "Worn"}),
        ("receive", {"location_id": str(counter.place.store)}),
        ("inspect", {"lines": [{"line_id": asked["lines"][0]["id"], "restock": 1}]}),
        ("refund", None),
    ):
        assert await said(counter.shopper, f"{path}/{verb}", body) == (403, "forbidden")
        assert await said(server.api, f"{path}/{verb}", body) == (401, "unauthenticated")
        assert await said(counter.store, f"/v1/returns/{uuid4()}/{verb}", body) == (404, "not_found")
    assert await said(stranger, path, method="GET") == (404, "not_found")
    assert await said(stranger, f"{path}/cancel") == (404, "not_found")
    assert await said(stranger, "/v1/returns", wish(order)) == (404, "not_found")
    assert await said(counter.shopper, "/v1/returns", wish(order, location_id=str(counter.place.store))) == (
        403,
        "forbidden",
    )
    here = wish(order, location_id=str(counter.place.warehouse))
    assert await said(counter.store, "/v1/returns", here) == (400, "invalid_input")
    assert (await stranger.get("/v1/returns"))["items"] == []
    assert await said(stranger, f"/v1/orders/{order.id}/cancel", {"reason": "other"}) == (404, "not_found")
    assert await said(counter.shopper, f"/v1/orders/{order.id}/cancel", {"reason": "other"}) == (409, "illegal_move")


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/returns", {"order_id": "x", "lines": []}, "/order_id"),
        ("/v1/returns", {"order_id": NOBODYS, "lines": []}, "/lines"),
        ("/v1/returns", {"order_id": NOBODYS, "lines": [], "more": 1}, ""),
        (f"/v1/returns/{NOBODYS}/decline", {"reason": ""}, "/reason"),
        (f"/v1/returns/{NOBODYS}/receive", {}, ""),
        (f"/v1/returns/{NOBODYS}/inspect", {"lines": [{"line_id": NOBODYS, "restock": -1}]}, "/lines/0/restock"),
        (f"/v1/orders/{NOBODYS}/cancel", {"reason": "because"}, "/reason"),
    ],
)
async def test_bad_input_is_named(counter: Counter, path: str, body: Any, pointer: str) -> None:  # noqa: ANN401
    answer = await counter.store.call("POST", path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input"), answer.text
    assert any(each["pointer"].startswith(pointer) for each in answer.json()["errors"]), answer.text


async def test_cancelling_needs_a_key_and_its_answer_is_kept(server: Served, counter: Counter) -> None:
    want = Want(quantity=2, location_id=counter.place.store, variant_id=counter.place.cup)
    order = await given.placed(server.program.db, want, who=counter.who)
    await server.work()
    path, body = f"/v1/orders/{order.id}/cancel", {"reason": "changed_mind"}
    bare = await counter.shopper.http.post(
        path, json=body, headers={"authorization": f"Bearer {counter.shopper.token}"}
    )
    assert (bare.status_code, bare.json()["code"]) == (400, "idempotency_key_missing")
    key = str(uuid4())
    done = await counter.shopper.post(path, body, key=key)
    assert (done["state"], done["cancel_reason"], done["number"]) == ("cancelled", "changed_mind", order.number)
    again = await counter.shopper.call("POST", path, body, key=key)
    assert (again.status_code, again.json(), again.headers["idempotent-replayed"]) == (200, done, "true")
    await server.work()
    assert (await counter.shopper.get(f"/v1/orders/{order.id}"))["state"] == "cancelled"
    told = await counter.shopper.get(f"/v1/orders/{order.id}/notifications")
    assert [each["kind"] for each in told["items"]] == ["order_confirmed", "order_cancelled"]
    stranger = server.api.as_((await server.api.post("/v1/auth/anonymous", {}))["access_token"])
    assert (await stranger.call("GET", f"/v1/orders/{order.id}/notifications")).status_code == 404
    assert (await counter.warehouse.call("GET", f"/v1/orders/{order.id}/notifications")).status_code == 404
