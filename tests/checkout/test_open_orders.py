"""Orders that are opened at the same moment share a transaction; each is still its own: all of it, once, or nothing."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from structlog.contextvars import bound_contextvars

from commerce.carts import Cart, CartState
from commerce.checkout import Outcome
from commerce.inventory import InsufficientStock
from commerce.kernel.clock import HeldClock
from commerce.orders import OrderState
from commerce.payments.adapters import StripeProvider
from commerce.platform import idempotency
from commerce.platform.database import Database
from commerce.platform.events import events
from commerce.platform.http import Caller
from commerce.platform.idempotency import Answer, KeyTaken
from commerce.platform.statement import Statement
from tests.checkout.till import ON_COLLECTION, at_once, broken, cart_now, check_out, reserved
from tests.given import checkout as given
from tests.given.checkout import Shop
from tests.served import Served

SHOPPERS = 12
REQUESTS = Statement(select(events.c.order_id, events.c.tag, events.c.request_id).where(events.c.order_id.is_not(None)))


async def _carts(db: Database, shop: Shop, count: int) -> list[tuple[Caller, Cart]]:
    shoppers = [given.shopper() for _ in range(count)]
    return [(who, await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})) for who in shoppers]


@pytest.mark.usefixtures("nothing_ages")
async def test_orders_that_come_at_once_share_transactions_and_keep_their_own_requests(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await given.shop(db, stock=100)
    ready = await _carts(db, shop, SHOPPERS)
    total = await given.total_of(db, ready[0][1])

    async def buy(nth: int, who: Caller, cart: Cart) -> Outcome:
        with bound_contextvars(request_id=f"request-{nth}"):
            return await check_out(db, provider, who, cart, ON_COLLECTION, total=total)

    first = await buy(0, *ready[0])  # it reads what stays resident
    before = db.statements
    rest, refused = await at_once(*(buy(nth, *each) for nth, each in enumerate(ready[1:], start=1)))
    assert not refused
    assert db.statements - before < len(rest) * 6  # what they take alone
    came = [first, *rest]
    assert [each.order.cart_id for each in came] == [cart.id for _, cart in ready]
    assert {each.order.state for each in came} == {OrderState.PLACED}
    assert await reserved(db, shop.cup, shop.gracia) == SHOPPERS
    told = {(row["order_id"], row["tag"]): row["request_id"] for row in await db.reading.fetch(REQUESTS)}
    assert told == {
        (each.order.id, tag): f"request-{nth}"
        for nth, each in enumerate(came)
        for tag in ("orders.placed.v1", "payments.authorized.v1")
    }
    assert await broken(db) == []


async def test_the_last_units_go_to_as_many_orders_as_there_are_and_no_other_is_lost_with_those_refused(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await given.shop(db, stock=5)
    ready = await _carts(db, shop, SHOPPERS)
    other = given.shopper()
    plate = await given.cart(db, shop, other, {(shop.plate, shop.collected()): 1})
    buyers = [*ready, (other, plate)]
    came, refused = await at_once(*(check_out(db, provider, *each, ON_COLLECTION) for each in buyers))
    assert (len(came), len(refused)) == (6, 7)
    assert {type(each) for each in refused} == {InsufficientStock}
    assert plate.id in {each.order.cart_id for each in came}
    assert (await reserved(db, shop.cup, shop.gracia), await reserved(db, shop.plate, shop.gracia)) == (5, 1)
    states = [(await cart_now(db, who, cart)).state for who, cart in buyers]
    assert (states.count(CartState.ORDERED), states.count(CartState.ACTIVE)) == (6, 7)
    assert await broken(db) == []


async def test_one_key_has_one_order_however_often_it_comes_at_once(server: Served, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db)
    token = await server.api.post("/v1/auth/anonymous", {})
    shopper = server.api.as_(token["access_token"])
    line = {"variant_id": str(shop.cup), "fulfilment": {"kind": "pickup", "location_id": str(shop.gracia)}}
    first, second = [await shopper.post("/v1/carts", {"lines": [line]}) for _ in range(2)]
    for cart in (first, second):
        await shopper.put(f"/v1/carts/{cart['id']}/contact", {"email": "shopper@example.com", "name": "Shopper"})
    wish = {"accepted_total": first["total"], "payment": {"kind": "on_collection"}}
    key = str(uuid4())
    path = f"/v1/carts/{first['id']}/checkout"
    answers = await asyncio.gather(*(shopper.call("POST", path, wish, key=key) for _ in range(6)))
    assert [each.status_code for each in answers] == [201] * 6, [each.text for each in answers]
    assert len({each.content for each in answers}) == 1
    assert sorted("idempotent-replayed" in each.headers for each in answers) == [False] + [True] * 5
    another = await shopper.call("POST", f"/v1/carts/{second['id']}/checkout", wish, key=key)
    assert (another.status_code, another.json()["code"]) == (422, "idempotency_key_reused")
    assert (await shopper.get(f"/v1/carts/{second['id']}"))["order_id"] is None
    assert len((await shopper.get("/v1/orders"))["items"]) == 1
    by_another_key = await shopper.call("POST", path, wish, key=str(uuid4()))
    assert by_another_key.json()["order_id"] == answers[0].json()["order_id"]
    assert "idempotent-replayed" not in by_another_key.headers
    await server.work()


async def test_a_claim_that_somebody_left_is_taken_over_when_its_lease_is_over(db: Database, clock: HeldClock) -> None:
    command = idempotency.command(principal="shopper:a", operation="checkOutCart", key="k", request=b"body")
    other = idempotency.command(principal="shopper:a", operation="checkOutCart", key="k", request=b"other")
    answer = Answer(status=201, etag=None, answer=b"{}")
    await db.transact(idempotency.claim, command)
    with pytest.raises(KeyTaken):
        await db.transact(idempotency.store, command, answer)
    clock.move(seconds=timedelta(seconds=idempotency.LEASE_SECONDS + 1).total_seconds())
    with pytest.raises(KeyTaken):
        await db.transact(idempotency.store, other, answer)
    await db.transact(idempotency.store, command, answer)
    assert await idempotency.first_answer(db.reading, command) == answer
    with pytest.raises(KeyTaken):
        await db.transact(idempotency.store, command, answer)
