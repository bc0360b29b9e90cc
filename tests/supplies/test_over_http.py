"""An article that is not there, over HTTP: staff sell it ahead, a shopper waits for it, it comes, and is collected."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import uuid4

import pytest

from commerce.kernel.clock import HeldClock
from tests.given import checkout, identity
from tests.served import Api, Served

Json: TypeAlias = Any


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


CONTACT = {"email": "shopper@example.com", "name": "Shopper", "language": "en"}


async def _boss(server: Served) -> Api:
    cheap = await identity.tokens(server.program.db, server.settings)
    signed = await identity.administrator(server.program.db, cheap)
    return server.api.as_(signed.access_token)


async def _purchase(boss: Api, place: object, variant: object, units: int, day: str) -> Json:
    supplier = await boss.post("/v1/admin/suppliers", {"code": "potter", "name": "Potter", "currency": "EUR"})
    lines = [{"variant_id": str(variant), "quantity": units}]
    body = {"supplier_id": supplier["id"], "location_id": str(place), "lines": lines}
    made = await boss.post("/v1/purchase-orders", body)
    return await boss.post(f"/v1/purchase-orders/{made['id']}/order", {"expected_on": day})


async def test_what_is_not_there_is_ordered_comes_is_made_ready_and_handed_over(
    server: Served, clock: HeldClock
) -> None:
    db = server.program.db
    shop = await checkout.shop(db, stock=0)
    boss = await _boss(server)
    terms = f"/v1/admin/supply-terms/{shop.cup}/{shop.gracia}"
    fresh = await boss.call("GET", terms)
    assert (fresh.json()["kind"], fresh.headers["etag"]) == ("none", '"1"')
    asked = f"/v1/availability?variant_id={shop.cup}&quantity=2&location={shop.gracia}"
    (before,) = (await server.api.get(asked))["collection"]
    assert (before["available"], before["expected_from"]) == (False, None)
    await boss.put(terms, {"kind": "back_order", "reason": "The potter makes more"}, if_match='"1"')
    day = (clock.at + timedelta(days=6)).date()
    bought = await _purchase(boss, shop.gracia, shop.cup, 3, day.isoformat())

    shopper = server.api.as_((await server.api.post("/v1/auth/anonymous", {}))["access_token"])
    line = {"variant_id": str(shop.cup), "quantity": 2}
    place = {"fulfilment": {"kind": "pickup", "location_id": str(shop.gracia)}}
    cart = await shopper.post("/v1/carts", {"lines": [line | place]})
    cart = await shopper.put(f"/v1/carts/{cart['id']}/contact", CONTACT)
    (problem,) = (await shopper.get(f"/v1/carts/{cart['id']}/problems"))["problems"]
    expected = problem["expected_from"]
    assert (problem["code"], expected[:10]) == ("comes_later", (day + timedelta(days=1)).isoformat())
    (there,) = (await server.api.get(asked))["collection"]
    assert (there["available"], there["expected_from"], there["lines"][0]["expected_from"]) == (
        False,
        expected,
        expected,
    )
    options = (await shopper.get(f"/v1/carts/{cart['id']}/delivery-options"))["pickup"]
    assert [each["expected_from"] for each in options if each["location_id"] == str(shop.gracia)] == [expected]
    wish = {"accepted_total": cart["total"], "payment": {"kind": "card", "payment_method": "pm_card_visa"}}
    path = f"/v1/carts/{cart['id']}/checkout"
    unasked = await shopper.call("POST", path, wish)
    assert (unasked.status_code, unasked.json()["code"], unasked.json()["expected_at"]) == (
        409,
        "wait_needed",
        expected,
    )
    done = await shopper.post(path, {**wish, "wait_until": expected})
    assert (done["state"], done["payment"]["state"]) == ("placed", "authorized")
    order = await shopper.get(f"/v1/orders/{done['order_id']}")
    assert order["lines"][0]["elsewhere"] == [{"location_id": None, "units": 2, "expected_at": expected}]
    (claim,) = (await boss.get(f"/v1/admin/supply-claims?variant_id={shop.cup}&location_id={shop.gracia}"))["items"]
    assert (claim["order_id"], claim["open"], claim["expected_at"]) == (done["order_id"], 2, expected)
    (there,) = (await boss.get(f"/v1/stock/{shop.cup}/why"))["locations"]
    assert (there["claimed"], there["online"]) == (2, 0)
    await server.work()

    later = (day + timedelta(days=7)).isoformat()
    now_is = await boss.call("GET", f"/v1/purchase-orders/{bought['id']}")
    await boss.call(
        "PATCH", f"/v1/purchase-orders/{bought['id']}", {"expected_on": later}, if_match=now_is.headers["etag"]
    )
    await server.work()
    (letter,) = [mail for mail in await server.mails() if "a new time" in mail]
    assert "Cup" in letter
    moved = (await shopper.get(f"/v1/orders/{done['order_id']}"))["lines"][0]["elsewhere"][0]["expected_at"]
    assert moved > expected

    goods = {"location_id": str(shop.gracia), "purchase_order_id": bought["id"]}
    receipt = await boss.post("/v1/goods-receipts", goods)
    scan = {"scan_id": str(uuid4()), "barcode": "CUP", "quantity": 3}
    await boss.post(f"/v1/goods-receipts/{receipt['id']}/scan", scan)
    key = str(uuid4())
    for _ in range(2):
        closed = await boss.call("POST", f"/v1/goods-receipts/{receipt['id']}/close", {}, key=key)
        assert closed.status_code == 200, closed.text
    await server.work()
    (there,) = (await boss.get(f"/v1/stock/{shop.cup}/why"))["locations"]
    assert (there["on_hand"], there["reserved"], there["claimed"], there["online"]) == (3, 2, 0, 1)
    (work,) = (await boss.get(f"/v1/fulfilment-orders?location_id={shop.gracia}"))["items"]
    assert work["state"] == "offered"
    path = f"/v1/fulfilment-orders/{work['id']}"
    await boss.post(f"{path}/accept")
    await boss.post(f"{path}/pick", {"lines": [{"line_id": work["lines"][0]["id"], "picked": 2}]})
    await boss.post(f"{path}/ready", {})
    await boss.post(f"{path}/hand-over", {"identity_checked": True})
    await server.work()
    assert (await shopper.get(f"/v1/orders/{done['order_id']}"))["state"] == "completed"


async def test_terms_that_make_no_sense_are_refused_and_who_set_them_is_kept(server: Served, clock: HeldClock) -> None:
    shop = await checkout.shop(server.program.db)
    boss = await _boss(server)
    terms = f"/v1/admin/supply-terms/{shop.cup}/{shop.gracia}"
    ahead = (clock.at + timedelta(days=9)).isoformat()
    for body, field in (
        ({"kind": "none", "allowed": 1}, "/allowed"),
        ({"kind": "back_order", "allowed": 1}, "/lead_days"),
        ({"kind": "back_order", "release_at": ahead}, "/release_at"),
        ({"kind": "pre_order", "allowed": 1}, "/release_at"),
        ({"kind": "pre_order", "release_at": ahead}, "/allowed"),
        ({"kind": "pre_order", "allowed": 1, "release_at": clock.at.isoformat()}, "/release_at"),
        ({"kind": "pre_order", "allowed": 1, "release_at": "2040-01-01T00:00:00Z"}, "/release_at"),
        ({"kind": "pre_order", "allowed": 1, "release_at": ahead, "lead_days": 3}, "/lead_days"),
    ):
        answer = await boss.call("PUT", terms, {**body, "reason": "test"}, if_match='"1"')
        assert answer.status_code in {400, 422}, answer.text
        assert answer.json()["errors"][0]["pointer"] == field, answer.text
    good: Json = {"kind": "pre_order", "allowed": 5, "release_at": ahead, "reason": "A new glaze"}
    first = await boss.put(terms, good, if_match='"1"')
    assert (first["version"], first["beyond"]) == (2, 0)
    stale = await boss.call("PUT", terms, good, if_match='"1"')
    assert stale.status_code == 412
    await boss.put(terms, {"kind": "none", "reason": "Cracked"}, if_match='"2"')
    told = (await boss.get(f"{terms}/changes"))["items"]
    assert [(each["kind"], each["reason"]) for each in told] == [("none", "Cracked"), ("pre_order", "A new glaze")]
    assert all(each["actor"].startswith("staff:") for each in told)
    cheap = await identity.tokens(server.program.db, server.settings)
    till = await identity.token_of(server.program.db, cheap, await identity.terminal(server.program.db, shop.sants))
    assert (await server.api.as_(till).call("GET", terms)).status_code == 403
    assert (await server.api.as_(till).get("/v1/admin/supply-claims"))["items"] == []
