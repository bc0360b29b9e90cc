"""Payments over HTTP: who sees what, the return page and the webhook, refunds by staff, the money of an order, what waits for a person."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from commerce import payments
from commerce.kernel.clock import HeldClock
from commerce.kernel.money import Money
from commerce.payments import Cause
from tests.given import checkout as given, identity
from tests.given.checkout import Shop
from tests.payments.bank import Bank, signed
from tests.served import Api, Json, Served

HOME = {"name": "Shopper", "line1": "Carrer Gran 1", "city": "Barcelona", "postal_code": "08012", "country": "ES"}
WEBHOOK = "/v1/payments/webhooks/stripe"


@pytest.fixture(autouse=True)
async def all_work_done(server: Served, clock: HeldClock) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


@pytest.fixture
async def shop(server: Served) -> Shop:
    """A store and a warehouse with goods."""
    return await given.shop(server.program.db)


@pytest.fixture
async def house_bank(server: Served) -> AsyncIterator[Bank]:
    """The other side of the served program's payments."""
    opened = Bank(server.sandbox.url)
    yield opened
    await opened.close()


async def shopper_of(server: Served) -> Api:
    """Somebody whom nobody knows."""
    token = await server.api.post("/v1/auth/anonymous", {})
    return server.api.as_(token["access_token"])


async def checked_out(shopper: Api, shop: Shop, method: str = "pm_card_visa") -> Json:
    """An order of 39.98 to collect and 17.45 to be sent, and the answer of its checkout."""
    lines = [
        {"variant_id": str(shop.cup), "quantity": 2, "fulfilment": {"kind": "pickup", "location_id": str(shop.gracia)}},
        {"variant_id": str(shop.plate), "fulfilment": {"kind": "ship", "method_id": str(shop.parcel)}},
    ]
    cart = await shopper.post("/v1/carts", {"lines": lines})
    await shopper.put(f"/v1/carts/{cart['id']}/contact", {"email": "shopper@example.com", "name": "Shopper"})
    cart = await shopper.put(f"/v1/carts/{cart['id']}/addresses", {"shipping": HOME})
    card = {"kind": "card", "payment_method": method, "return_url": "https://shop.example.com/paid"}
    return await shopper.post(f"/v1/carts/{cart['id']}/checkout", {"accepted_total": cart["total"], "payment": card})


async def captured(server: Served, answer: Json) -> None:
    """Takes the money of both groups, as handing over and shipping does."""
    db = server.program.db
    payment = await payments.payment(db.reading, UUID(answer["payment"]["id"]))
    for part in payment.parts:
        money = Money(part.amount, "EUR")
        await db.transact(payments.intend_capture, payment.order_id, part.group_id, money, f"test:{part.id}")
    await server.work()


async def staff_of(server: Served, *bindings: tuple[str, UUID | None]) -> Api:
    """Somebody of the staff, with roles."""
    tokens = await identity.tokens(server.program.db, server.settings)
    signed_in = await identity.staff(server.program.db, tokens, f"{uuid4().hex}@shop.example", *bindings)
    return server.api.as_(signed_in.access_token)


def eur(amount: int) -> Json:
    """Euro cents on the wire."""
    return {"amount": amount, "currency": "EUR"}


async def test_a_shopper_sees_its_own_payment_and_nobody_elses(server: Served, shop: Shop) -> None:
    shopper, stranger = await shopper_of(server), await shopper_of(server)
    answer = await checked_out(shopper, shop)
    path = f"/v1/payments/{answer['payment']['id']}"
    seen = await shopper.call("GET", path)
    payment = seen.json()

    assert (payment["state"], payment["amount"], payment["authorized"]) == ("authorized", eur(5743), eur(5743))
    assert [part["amount"] for part in payment["parts"]] == [eur(3998), eur(1745)]
    assert "pi_" not in seen.text
    assert "cus_" not in seen.text
    assert (await shopper.call("GET", path, if_none_match=seen.headers["etag"])).status_code == 304
    listed = await shopper.get(f"/v1/orders/{answer['order_id']}/payments")
    assert [each["id"] for each in listed["items"]] == [payment["id"]]

    for each in (path, f"/v1/orders/{answer['order_id']}/money"):
        assert (await stranger.call("GET", each)).status_code == 404
        assert (await server.api.call("GET", each)).status_code == 401
    assert (await stranger.call("GET", f"/v1/orders/{answer['order_id']}/payments")).status_code == 404
    assert (await stranger.call("POST", f"{path}/refresh")).status_code == 404
    assert (await stranger.get(f"/v1/refunds?order_id={answer['order_id']}"))["items"] == []
    assert (await shopper.call("POST", "/v1/refunds", {})).status_code == 403


async def test_staff_of_a_place_sees_payments_that_have_a_part_there(server: Served, shop: Shop) -> None:
    answer = await checked_out(await shopper_of(server), shop)
    path = f"/v1/payments/{answer['payment']['id']}"
    here = await staff_of(server, ("store_associate", shop.gracia))
    elsewhere = await staff_of(server, ("store_associate", shop.sants))
    everywhere = await staff_of(server, ("support", None))

    assert (await here.call("GET", path)).status_code == 200
    assert (await everywhere.call("GET", path)).status_code == 200
    assert (await elsewhere.call("GET", path)).status_code == 404
    assert (await elsewhere.call("GET", f"/v1/orders/{answer['order_id']}/money")).status_code == 404


async def test_a_challenge_is_the_next_action_and_webhook_and_return_page_at_once_place_one_order(
    server: Served, shop: Shop, house_bank: Bank
) -> None:
    shopper = await shopper_of(server)
    answer = await checked_out(shopper, shop, "pm_card_authenticationRequiredOnSetup")
    path = f"/v1/payments/{answer['payment']['id']}"
    waiting = await shopper.get(path)
    assert (answer["state"], waiting["state"]) == ("pending_payment", "action_required")
    assert waiting["next_action"]["type"] == "redirect"
    await house_bank.answer_challenge(waiting["next_action"]["url"], "complete")
    refreshed = await asyncio.gather(*(shopper.call("POST", f"{path}/refresh") for _ in range(5)))
    await server.work()
    order = await shopper.get(f"/v1/orders/{answer['order_id']}")
    paid = await shopper.get(path)

    assert {each.status_code for each in refreshed} == {200}
    assert (order["state"], paid["state"], paid["next_action"]) == ("placed", "authorized", None)
    timeline = await shopper.get(f"/v1/orders/{answer['order_id']}/timeline")
    types = [each["type"] for each in timeline["items"]]
    assert types.count("payments.authorized.v1") == types.count("orders.placed.v1") == 1


async def test_the_webhook_believes_only_what_is_signed_and_answers_the_same_event_alike(
    server: Served, shop: Shop, house_bank: Bank
) -> None:
    shopper = await shopper_of(server)
    answer = await checked_out(shopper, shop)
    payment = await payments.payment(server.program.db.reading, UUID(answer["payment"]["id"]))
    event = await house_bank.event(payment.parts[0].intent_ref, "payment_intent.amount_capturable_updated")
    body, headers = signed(event)

    forged = await server.api.http.post(WEBHOOK, content=body, headers={"stripe-signature": "t=1,v1=00"})
    bare = await server.api.http.post(WEBHOOK, content=body)
    assert (forged.status_code, forged.json()["code"]) == (400, "webhook_signature_invalid")
    assert bare.status_code == 400
    answers = await asyncio.gather(*(server.api.http.post(WEBHOOK, content=body, headers=headers) for _ in range(10)))
    assert {(each.status_code, each.text) for each in answers} == {(200, '{"received":true}')}
    other_body, other_headers = signed({**event, "id": "evt_other", "type": "customer.created"})
    unknown = await server.api.http.post(WEBHOOK, content=other_body, headers=other_headers)
    assert unknown.status_code == 200
    assert await payments.payment(server.program.db.reading, payment.id) == payment


async def test_staff_gives_money_back_once_for_a_key_and_the_ledger_tells(server: Served, shop: Shop) -> None:
    shopper = await shopper_of(server)
    answer = await checked_out(shopper, shop)
    await captured(server, answer)
    staff = await staff_of(server, ("support", None))
    wish = {"order_id": answer["order_id"], "amount": eur(4500), "reason": "the cup was late"}
    key = str(uuid4())
    first = await staff.post("/v1/refunds", wish, key=key)
    again = await staff.call("POST", "/v1/refunds", wish, key=key)
    await server.work()

    assert (first["amount"], [each["amount"] for each in first["items"]]) == (eur(4500), [eur(3998), eur(502)])
    assert (again.json(), again.headers["idempotent-replayed"]) == (first, "true")
    one = await shopper.get(f"/v1/refunds/{first['items'][0]['id']}")
    assert (one["state"], one["cause"]) == ("succeeded", {"kind": "goodwill", "document_id": None})
    listed = await shopper.get(f"/v1/refunds?order_id={answer['order_id']}&limit=1")
    rest = await shopper.get(f"/v1/refunds?order_id={answer['order_id']}&limit=1&cursor={listed['next_cursor']}")
    assert {each["id"] for each in listed["items"] + rest["items"]} == {each["id"] for each in first["items"]}
    money = await shopper.get(f"/v1/orders/{answer['order_id']}/money?limit=5")
    tail = await shopper.get(f"/v1/orders/{answer['order_id']}/money?limit=5&cursor={money['next_cursor']}")
    assert (money["captured"], money["refunded"], money["net_paid"]) == (eur(5743), eur(4500), eur(1243))
    entries = [(each["kind"], each["amount"]["amount"]) for each in money["items"] + tail["items"]]
    assert entries[:4] == [("authorized", 3998), ("authorized", 1745), ("captured", 3998), ("captured", 1745)]
    assert sorted(entries[4:]) == [("refunded", 502), ("refunded", 3998)]
    assert tail["next_cursor"] is None


async def test_a_refund_without_a_key_is_refused(server: Served, shop: Shop) -> None:
    staff = await staff_of(server, ("support", None))
    wish = {"order_id": str(uuid4()), "amount": eur(100), "reason": "late"}
    keyless = await staff.http.post("/v1/refunds", json=wish, headers={"authorization": f"Bearer {staff.token}"})

    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_missing")


async def test_what_cannot_be_given_back_is_refused_and_nothing_happens(server: Served, shop: Shop) -> None:
    shopper = await shopper_of(server)
    answer = await checked_out(shopper, shop)
    await captured(server, answer)
    staff = await staff_of(server, ("support", None))
    refused: list[tuple[dict[str, Any], int, str]] = [
        ({"amount": eur(5744)}, 409, "more_than_captured"),
        ({"amount": {"amount": 100, "currency": "USD"}}, 422, "other_currency"),
        ({"amount": eur(0)}, 400, "invalid_input"),
        ({"amount": eur(-1)}, 400, "invalid_input"),
        ({"reason": ""}, 400, "invalid_input"),
        ({"order_id": str(uuid4())}, 404, "not_found"),
    ]
    for change, status, code in refused:
        wish = {"order_id": answer["order_id"], "amount": eur(100), "reason": "late"} | change
        problem = await staff.call("POST", "/v1/refunds", wish)
        assert (problem.status_code, problem.json()["code"]) == (status, code)
    assert (await shopper.get(f"/v1/orders/{answer['order_id']}/money"))["refunded"] == eur(0)


async def test_what_waits_for_a_person_is_listed_until_somebody_says_what_was_done(
    server: Served, shop: Shop, house_bank: Bank
) -> None:
    shopper = await shopper_of(server)
    answer = await checked_out(shopper, shop, "pm_card_refundFail")
    await captured(server, answer)
    db = server.program.db
    order_id = (await payments.payment(db.reading, UUID(answer["payment"]["id"]))).order_id
    await db.transact(payments.intend_refund, order_id, Money(100, "EUR"), Cause(kind="goodwill"), "test:refund")
    await server.work()
    (refund,) = (await payments.payments_of(db.reading, order_id))[0].refunds
    await house_bank.post(f"/settle?object_id={refund.provider_ref}")
    event = await house_bank.event(refund.provider_ref, "refund.failed")
    body, headers = signed(event)
    await server.api.http.post(WEBHOOK, content=body, headers=headers)
    staff = await staff_of(server, ("support", None))
    (alert,) = (await staff.get("/v1/admin/payment-alerts"))["items"]
    resolved = await staff.post(f"/v1/admin/payment-alerts/{alert['id']}/resolve", {"resolution": "paid in cash"})
    twice = await staff.call("POST", f"/v1/admin/payment-alerts/{alert['id']}/resolve", {"resolution": "again"})

    assert (alert["kind"], alert["facts"]["amount"], alert["resolved_at"]) == ("refund_failed", eur(100), None)
    assert (resolved["resolution"], resolved["resolved_at"]) == ("paid in cash", "2026-03-10T10:00:00Z")
    assert (twice.status_code, twice.json()["code"]) == (409, "illegal_move")
    assert (await staff.get("/v1/admin/payment-alerts"))["items"] == []
    assert len((await staff.get("/v1/admin/payment-alerts?resolved=true"))["items"]) == 1
    assert (await shopper.call("GET", "/v1/admin/payment-alerts")).status_code == 403
    assert (await shopper.get(f"/v1/refunds/{refund.id}"))["state"] == "failed"


async def test_a_fault_of_ours_lets_the_provider_tell_it_again(server: Served, shop: Shop, house_bank: Bank) -> None:
    shopper = await shopper_of(server)
    answer = await checked_out(shopper, shop)
    await house_bank.post("/deliveries/pause")
    payment = await payments.payment(server.program.db.reading, UUID(answer["payment"]["id"]))
    intent = payment.parts[0].intent_ref
    await house_bank.dashboard.payment_intents.capture_async(intent)
    made = await house_bank.dashboard.refunds.create_async({"payment_intent": intent, "amount": 500})
    early_body, early = signed(await house_bank.event(made.id, "refund.created"))
    first = await server.api.http.post(WEBHOOK, content=early_body, headers=early)
    await house_bank.post("/deliveries/resume")
    async with asyncio.timeout(20):
        while (await payments.balance(server.program.db.reading, payment.order_id)).refunded != 500:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    assert (first.status_code, first.headers["retry-after"]) == (503, "5")
