"""Rejections over HTTP: who sees them, who chooses, what waits for a person. Every test ends with the whole house's invariants."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from commerce import fulfilment
from commerce.fulfilment import ShortReason
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import FulfilmentOrderId, OrderId
from commerce.orders import Order
from commerce.platform.http import Caller
from commerce.recourse import rejections_of
from tests.given import aftersale, checkout, identity, recourse as given
from tests.given.checkout import Shop
from tests.given.recourse import OFFICE
from tests.served import Api, Served


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


class Counter:
    """A shop with a shopper, terminals in both stores and an administrator."""

    shop: Shop
    shopper: Api
    who: Caller
    gracia: Api
    sants: Api
    boss: Api

    @classmethod
    async def opened(cls, server: Served) -> "Counter":
        """Builds it."""
        counter, db = cls(), server.program.db
        tokens = server.tokens
        counter.shop = await checkout.shop(db)
        token = (await server.api.post("/v1/auth/anonymous", {}))["access_token"]
        counter.shopper, counter.who = server.api.as_(token), await identity.caller(tokens, token)
        for name in ("gracia", "sants"):
            made = await identity.terminal(db, getattr(counter.shop, name))
            setattr(counter, name, server.api.as_(await identity.token_of(db, tokens, made)))
        boss = await identity.administrator(db, tokens)
        counter.boss = server.api.as_(boss.access_token)
        return counter


@pytest.fixture
async def counter(server: Served, clock: HeldClock) -> Counter:
    """A shop over HTTP."""
    return await Counter.opened(server)


async def placed(server: Served, counter: Counter, quantity: int = 2) -> Order:
    """An order of the shopper, to be collected at Gràcia."""
    return await aftersale.placed(server.program.db, given.pickup(counter.shop, quantity), who=counter.who)


async def work_of(server: Served, order: Order) -> FulfilmentOrderId:
    """The newest open work of an order."""
    return (await given.works_of(server.program.db, order))[-1].id


async def test_a_store_rejects_its_customer_chooses_another_and_collects_there(
    server: Served, counter: Counter
) -> None:
    order = await placed(server, counter)
    path = f"/v1/orders/{order.id}/rejections"
    assert (await counter.shopper.get(path))["items"] == []
    work = await work_of(server, order)
    rejected = await counter.gracia.post(f"/v1/fulfilment-orders/{work}/reject", {"reason": "not_in_stock"})
    assert (rejected["state"], rejected["lines"][0]["short"]) == ("rejected", 2)
    (case,) = (await counter.shopper.get(path))["items"]
    assert (case["state"], case["default"], case["lines"][0]["title"], case["lines"][0]["reason"]) == (
        "waiting_for_choice",
        "refund",
        "Cup",
        "not_in_stock",
    )
    found = case["options"]
    assert [each["location_id"] for each in found["stores"]] == [str(counter.shop.sants)]
    assert (found["delivery"], found["refund"]) == (None, {"amount": 2000, "currency": "EUR"})
    shown = await counter.shopper.get(f"/v1/orders/{order.id}")
    assert shown["lines"][0]["elsewhere"] == [{"location_id": None, "units": 2, "expected_at": None}]

    choice, key = {"choice": "store", "location_id": str(counter.shop.sants)}, str(uuid4())
    chosen = await counter.shopper.post(f"{path}/{case['id']}/choose", choice, key=key)
    again = await counter.shopper.call("POST", f"{path}/{case['id']}/choose", choice, key=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (chosen, "true")
    assert (chosen["state"], chosen["choice"], chosen["options"]) == ("chosen", "store", None)
    other = await counter.shopper.call("POST", f"{path}/{case['id']}/choose", {"choice": "refund"})
    assert (other.status_code, other.json()["code"]) == (409, "illegal_move")

    (new,) = (await counter.sants.get("/v1/fulfilment-orders"))["items"]
    assert (new["order_number"], new["attempt"], new["promised_by"]) == (order.number, 2, new["ready_by"])
    assert (await counter.sants.get(f"/v1/orders/{order.id}"))["number"] == order.number
    await given.done(server.program.db, UUID(new["id"]))
    assert (await counter.shopper.get(f"/v1/orders/{order.id}"))["state"] == "completed"


async def test_rejections_are_seen_and_chosen_by_whoever_the_order_concerns(server: Served, counter: Counter) -> None:
    order = await placed(server, counter)
    work = await work_of(server, order)
    await counter.gracia.post(f"/v1/fulfilment-orders/{work}/reject", {"reason": "closed"})
    path = f"/v1/orders/{order.id}/rejections"
    (case,) = (await counter.gracia.get(path))["items"]
    stranger = server.api.as_((await server.api.post("/v1/auth/anonymous", {}))["access_token"])
    for api in (stranger, counter.sants):
        assert (await api.call("GET", path)).status_code == 404
        refused = await api.call("POST", f"{path}/{case['id']}/choose", {"choice": "refund"})
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    for body, status, code in (
        ({"choice": "store"}, 400, "invalid_input"),
        ({"choice": "store", "location_id": str(counter.shop.gracia)}, 409, "choice_not_offered"),
        ({"choice": "delivery"}, 409, "choice_not_offered"),
        ({"choice": "gift"}, 400, "invalid_input"),
        ({"choice": "wait"}, 409, "choice_not_offered"),
    ):
        problem = await counter.gracia.call("POST", f"{path}/{case['id']}/choose", body)
        assert problem.json()["code"] == code, problem.text
        assert problem.status_code in {status, 422}
    done = await counter.gracia.post(f"{path}/{case['id']}/choose", {"choice": "refund"})
    assert (done["state"], done["amount"]["amount"]) == ("chosen", 2000)


async def test_something_else_is_chosen_for_some_of_the_units(server: Served, counter: Counter) -> None:
    order = await placed(server, counter, 3)
    work = await work_of(server, order)
    await counter.gracia.post(f"/v1/fulfilment-orders/{work}/reject", {"reason": "not_in_stock"})
    path = f"/v1/orders/{order.id}/rejections"
    (case,) = (await counter.shopper.get(path))["items"]
    assert (case["options"]["part_stores"], case["options"]["part_delivery"]) == ([], None)  # Sants has all of them
    line = str(order.lines[0].id)
    store = {"choice": "store", "location_id": str(counter.shop.sants), "lines": [{"order_line_id": line, "units": 2}]}
    key = str(uuid4())
    part = await counter.shopper.post(f"{path}/{case['id']}/choose", store, key=key)
    again = await counter.shopper.call("POST", f"{path}/{case['id']}/choose", store, key=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (part, "true")
    assert (part["state"], part["part_of"], part["lines"][0]["units"]) == ("chosen", case["id"], 2)
    rest, other = (await counter.shopper.get(path))["items"]
    assert (rest["id"], rest["state"], rest["lines"][0]["units"], rest["lines"][0]["apart"]) == (
        case["id"],
        "waiting_for_choice",
        3,
        2,
    )
    assert (other["id"], rest["options"]["refund"]["amount"]) == (part["id"], 1000)
    for lines in ([], [{"order_line_id": line, "units": 0}], [{"order_line_id": str(uuid4()), "units": 1}]):
        refused = await counter.shopper.call(
            "POST", f"{path}/{case['id']}/choose", {"choice": "refund", "lines": lines}
        )
        assert refused.json()["code"] == "invalid_input"
    many = {"choice": "refund", "lines": [{"order_line_id": line, "units": 2}]}
    refused = await counter.shopper.call("POST", f"{path}/{case['id']}/choose", many)
    assert (refused.status_code, refused.json()["code"]) == (409, "choice_not_offered")
    last = await counter.shopper.post(f"{path}/{case['id']}/choose", {"choice": "refund"})
    assert (last["part_of"], last["amount"]["amount"]) == (None, 1000)


async def test_a_rejection_that_nobody_chose_about_reads_as_defaulted_before_any_job_has_run(
    server: Served, counter: Counter, clock: HeldClock
) -> None:
    order = await placed(server, counter)
    work = await work_of(server, order)
    await counter.gracia.post(f"/v1/fulfilment-orders/{work}/reject", {"reason": "no_capacity"})
    clock.move(days=2)
    path = f"/v1/orders/{order.id}/rejections"
    (case,) = await _items(server, order)
    assert (case.state.value, case.overdue(clock.at)) == ("waiting_for_choice", True)
    tokens = server.tokens
    made = await identity.terminal(server.program.db, counter.shop.gracia)
    store = server.api.as_(await identity.token_of(server.program.db, tokens, made))
    (shown,) = (await store.get(path))["items"]
    assert (shown["state"], shown["choice"], shown["options"]) == ("defaulted", "refund", None)
    late = await store.call("POST", f"{path}/{case.id}/choose", {"choice": "refund"})
    assert (late.status_code, late.json()["code"]) == (409, "choice_over")
    assert (await store.get(f"/v1/orders/{order.id}"))["state"] == "cancelled"
    await server.work()
    assert (
        len([mail for mail in await server.mails() if "cannot be supplied" in mail or "no es pot servir" in mail]) == 1
    )


async def _items(server: Served, order: Order) -> list[Any]:
    return list(await rejections_of(server.program.db.reading, OrderId(order.id)))


async def test_exceptions_wait_for_a_person_at_their_places_and_are_resolved_once(
    server: Served, counter: Counter
) -> None:
    db = server.program.db
    order = await placed(server, counter)
    work = await work_of(server, order)
    await db.transact(fulfilment.not_accepted, work)
    assert (await counter.sants.get("/v1/admin/exceptions"))["items"] == []
    (mine,) = (await counter.gracia.get("/v1/admin/exceptions"))["items"]
    assert (mine["kind"], mine["order_id"], mine["resolved_at"]) == ("not_accepted", str(order.id), None)
    away = await counter.sants.call("POST", f"/v1/admin/exceptions/{mine['id']}/resolve")
    assert away.status_code == 404
    first = await counter.gracia.post(f"/v1/admin/exceptions/{mine['id']}/resolve")
    second = await counter.boss.post(f"/v1/admin/exceptions/{mine['id']}/resolve")
    assert (second["resolved_by"], second["version"]) == (first["resolved_by"], 2)
    assert (await counter.gracia.get("/v1/admin/exceptions"))["items"] == []
    assert len((await counter.gracia.get("/v1/admin/exceptions?resolved=true"))["items"]) == 1


async def test_patience_is_read_and_set_by_version_for_the_shop_and_for_a_place(
    server: Served, counter: Counter
) -> None:
    shown = await counter.boss.get("/v1/admin/patience")
    assert (shown["version"], shown["accept_minutes"], shown["choose_minutes"]) == (0, 30, 2880)
    body = {
        "accept_minutes": 10,
        "pause_minutes": 20,
        "choose_minutes": 60,
        "transfer_minutes": 1440,
        "attempts": 2,
    }
    set_ = await counter.boss.put("/v1/admin/patience", body, if_match='"0"')
    assert (set_["version"], set_["location_id"]) == (1, None)
    stale = await counter.boss.call("PUT", "/v1/admin/patience", body, if_match='"0"')
    assert stale.status_code == 412
    place = f"/v1/admin/patience?location_id={counter.shop.gracia}"
    assert (await counter.boss.get(place))["version"] == 0
    own = await counter.boss.put(place, {**body, "choose_minutes": 30}, if_match='"0"')
    assert (own["location_id"], own["choose_minutes"]) == (str(counter.shop.gracia), 30)
    assert (await counter.gracia.call("GET", "/v1/admin/patience")).status_code == 403
    order = await placed(server, counter)
    await server.program.db.transact(fulfilment.reject, OFFICE, await work_of(server, order), ShortReason.NO_CAPACITY)
    (case,) = (await counter.shopper.get(f"/v1/orders/{order.id}/rejections"))["items"]
    assert case["choose_by"].startswith("2026-03-10T10:30")


async def test_a_store_moves_a_promise_and_everybody_sees_it(server: Served, counter: Counter) -> None:
    order = await placed(server, counter)
    work = await work_of(server, order)
    path = f"/v1/fulfilment-orders/{work}/promise"
    moved = await counter.gracia.post(path, {"ready_by": "2026-03-11T12:00:00Z", "reason": "no_capacity"})
    assert moved["ready_by"] == "2026-03-11T12:00:00Z"
    assert moved["promised_by"] != moved["ready_by"]
    (own,) = (await counter.shopper.get(f"/v1/orders/{order.id}/fulfilments"))["items"]
    assert own["fulfilment"]["ready_by"] == "2026-03-11T12:00:00Z"
    past = await counter.gracia.call("POST", path, {"ready_by": "2026-03-10T09:00:00Z", "reason": "other"})
    assert past.json()["errors"][0]["pointer"] == "/ready_by"
