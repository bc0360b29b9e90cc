"""An add reads the cart together with what prices it: foreseen or not, the price is that of the cart as it is."""

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from commerce.identity import Tokens
from tests.given import checkout as given, identity, pricing, stores

if TYPE_CHECKING:
    from tests.given.checkout import Shop
    from tests.served import Api, Served


async def _shopper(server: "Served") -> "Api":
    tokens = server.program.services.tokens
    assert isinstance(tokens, Tokens)
    return server.api.as_((await identity.anonymous(server.program.db, tokens)).access_token)


def _line(variant: UUID, quantity: int, place: UUID | None = None) -> dict[str, Any]:
    way = {} if place is None else {"fulfilment": {"kind": "pickup", "location_id": str(place)}}
    return {"variant_id": str(variant), "quantity": quantity, **way}


async def _added(server: "Served", caller: "Api", cart: str, *lines: dict[str, Any]) -> tuple[Any, int]:
    """The answer of an add, and how many statements it took."""
    before = server.program.db.statements
    done = await caller.call("POST", f"/v1/carts/{cart}/lines", {"lines": list(lines)}, key=str(uuid4()))
    assert done.status_code == 201, done.text
    return done.json(), server.program.db.statements - before


def _totals(cart: Any) -> list[int]:  # noqa: ANN401 -- JSON
    return [line["total"]["amount"] for line in cart["lines"]]


@pytest.mark.usefixtures("nothing_ages")
async def test_an_add_is_one_read_and_one_write(server: "Served") -> None:
    shop = await given.shop(server.program.db)
    caller = await _shopper(server)
    cart = (await caller.post("/v1/carts", {"lines": [_line(shop.cup, 1)]}))["id"]
    took = [(await _added(server, caller, cart, _line(shop.plate, 1)))[1] for _ in range(5)]
    assert min(took) == 2  # now and then it is looked whether what is resident has changed


async def test_a_variant_in_two_lines_is_priced_by_both_of_them(server: "Served") -> None:
    shop = await given.shop(server.program.db)
    await pricing.prices(server.program.db, {shop.cup: 1500}, min_quantity=3)
    caller = await _shopper(server)
    cart = (await caller.post("/v1/carts", {"lines": [_line(shop.cup, 1, shop.gracia), _line(shop.plate, 1)]}))["id"]
    answer, _ = await _added(server, caller, cart, _line(shop.cup, 1, shop.sants))
    assert _totals(answer) == [1999, 1250, 1999]
    answer, _ = await _added(server, caller, cart, _line(shop.cup, 1, shop.gracia))
    assert _totals(answer) == [3000, 1250, 1500]
    assert answer == await caller.get(f"/v1/carts/{cart}")


@pytest.mark.parametrize("where", ["store", "channel"])
async def test_a_cart_of_another_store_or_channel_is_priced_there_not_where_it_was_foreseen(
    server: "Served", where: str
) -> None:
    db = server.program.db
    shop = await given.shop(db)
    beginning = await _elsewhere(server, shop, where)
    caller = await _shopper(server)
    cart = (await caller.post("/v1/carts", {"lines": [_line(shop.plate, 1)], **beginning}))["id"]
    answer, _ = await _added(server, caller, cart, _line(shop.cup, 2))
    assert _totals(answer) == [1250, 1800]
    assert answer == await caller.get(f"/v1/carts/{cart}")


async def _elsewhere(server: "Served", shop: "Shop", where: str) -> dict[str, str]:
    db = server.program.db
    if where == "store":
        own = await pricing.price_list(db, store_id=shop.sants, priority=10)
        beginning = {"store_id": str(shop.sants)}
    else:
        channel = await stores.channel(db, "other")
        own = await pricing.price_list(db, channel_id=channel, priority=10)
        beginning = {"channel_id": str(channel)}
    await pricing.prices(db, {shop.cup: 900}, list_id=own)
    return beginning


async def test_another_s_cart_a_discarded_one_and_one_that_never_was_are_all_not_there(server: "Served") -> None:
    shop = await given.shop(server.program.db)
    caller, other = await _shopper(server), await _shopper(server)
    cart = (await caller.post("/v1/carts", {"lines": []}))["id"]
    body = {"lines": [_line(shop.cup, 1)]}
    said = [await other.call("POST", f"/v1/carts/{cart}/lines", body)]
    assert (await caller.call("DELETE", f"/v1/carts/{cart}")).status_code == 204
    said += [await caller.call("POST", f"/v1/carts/{each}/lines", body) for each in (cart, uuid4())]
    assert [(each.status_code, each.json()["code"]) for each in said] == [(404, "not_found")] * 3
