"""One article that everybody wants, over HTTP, until it is gone: as many are sold as there were, and nobody hears anything but that (INV-01)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from commerce.identity import Tokens
from commerce.inventory import levels
from tests.given import checkout as given, identity, inventory
from tests.given.checkout import Shop
from tests.served import Api, Json, Served

PRICE = {"amount": 1999, "currency": "EUR"}


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


async def _buy(buyer: Api, shop: Shop, nth: int) -> tuple[int, Json]:
    """From an empty cart to an answer to its checkout."""
    pickup = {"kind": "pickup", "location_id": str(shop.gracia)}
    cart = await buyer.post("/v1/carts", {"lines": [{"variant_id": str(shop.cup), "fulfilment": pickup}]})
    await buyer.put(f"/v1/carts/{cart['id']}/contact", {"email": f"buyer{nth}@example.com", "name": "Buyer"})
    wish = {"accepted_total": PRICE, "payment": {"kind": "on_collection"}}
    answer = await buyer.call("POST", f"/v1/carts/{cart['id']}/checkout", wish)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(("units", "buyers"), [(60, 16), pytest.param(1_000, 64, marks=pytest.mark.nightly)])
async def test_exactly_as_many_are_sold_as_there_were_and_the_others_are_told_so(
    server: Served, units: int, buyers: int
) -> None:
    db, tokens = server.program.db, server.tokens
    assert isinstance(tokens, Tokens)
    shop = await given.shop(db, stock=0)
    await inventory.stock(db, {(shop.cup, shop.gracia): units, (shop.cup, shop.sants): 3})
    callers = [server.api.as_((await identity.anonymous(db, tokens)).access_token) for _ in range(buyers)]
    refused: list[Json] = []

    async def buy_until_it_is_gone(nth: int) -> int:
        bought = 0
        while True:
            status, said = await _buy(callers[nth], shop, nth)
            if status != 201:
                refused.append((status, said))
                return bought
            assert said["state"] == "placed"
            bought += 1

    bought = await asyncio.gather(*(buy_until_it_is_gone(nth) for nth in range(buyers)))
    assert sum(bought) == units
    assert Counter((status, said["code"]) for status, said in refused) == {(409, "insufficient_stock"): buyers}
    for _, said in refused:
        [short] = said["lines"]
        assert (short["variant_id"], short["location_id"]) == (str(shop.cup), str(shop.gracia))
        assert (short["requested"], short["available"]) == (1, 0)
        elsewhere = [each["location_id"] for each in said["alternatives"] if each["kind"] == "pickup"]
        assert elsewhere == [str(shop.sants)], "every other answer says where it can still be had"
    there = {level.location_id: (level.on_hand, level.reserved) for level in await levels(db.reading, [shop.cup])}
    assert there == {shop.gracia: (units, units), shop.sants: (3, 0)}
    await server.work()
    assert await server.audit() == []
