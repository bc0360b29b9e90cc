"""More buyers than uses, at once, on the web and at a till: as many orders carry the code as it has uses, the others hear the price without it (PRO-01)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from commerce.identity import Tokens
from commerce.promotions.queries import usage
from tests.given import checkout as given, identity, promotions
from tests.given.checkout import Shop
from tests.served import Api, Json, Served

WITH, WITHOUT = 1799, 1999


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


async def _ready(caller: Api, shop: Shop, nth: int) -> str:
    pickup = {"kind": "pickup", "location_id": str(shop.gracia)}
    cart = await caller.post("/v1/carts", {"lines": [{"variant_id": str(shop.cup), "fulfilment": pickup}]})
    contact = {"email": f"buyer{nth}@example.com", "name": "Buyer"}
    await caller.put(f"/v1/carts/{cart['id']}/contact", contact)
    shown = await caller.post(f"/v1/carts/{cart['id']}/coupons", {"codes": ["RUSH"]})
    assert shown["total"]["amount"] == WITH
    return str(cart["id"])


def _wish(total: int) -> Json:
    return {"accepted_total": {"amount": total, "currency": "EUR"}, "payment": {"kind": "on_collection"}}


@pytest.mark.parametrize(("buyers", "uses"), [(30, 20), pytest.param(150, 100, marks=pytest.mark.nightly)])
async def test_exactly_as_many_orders_carry_a_code_as_it_has_uses(server: Served, buyers: int, uses: int) -> None:
    db, tokens = server.program.db, server.tokens
    assert isinstance(tokens, Tokens)
    shop = await given.shop(db, stock=1_000)
    promotion = await promotions.published(db, opened_by="RUSH", limits={"uses_most": uses})
    terminal = await identity.terminal(db, shop.gracia)
    till = server.api.as_(await identity.token_of(db, tokens, terminal))
    callers = [
        till if nth % 3 == 0 else server.api.as_((await identity.anonymous(db, tokens)).access_token)
        for nth in range(buyers)
    ]
    carts = [await _ready(caller, shop, nth) for nth, caller in enumerate(callers)]
    answers = await asyncio.gather(
        *(
            caller.call("POST", f"/v1/carts/{cart}/checkout", _wish(WITH))
            for caller, cart in zip(callers, carts, strict=True)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {201: uses, 409: buyers - uses}
    for caller, cart, answer in zip(callers, carts, answers, strict=True):
        if answer.status_code == 201:
            assert answer.json()["total"]["amount"] == WITH
            continue
        problem = answer.json()
        assert (problem["code"], problem["total"]["amount"]) == ("price_changed", WITHOUT)
        assert {change["why"] for change in problem["changes"]} == {"used_up"}
        done = await caller.post(f"/v1/carts/{cart}/checkout", _wish(WITHOUT))
        assert done["total"]["amount"] == WITHOUT
    assert (await usage(db.reading, promotion)).uses == uses
    await server.work()
    assert await server.audit() == []
