"""An add reads the cart together with what prices it: foreseen or not, the price is that of the cart as it is."""

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from commerce import carts
from commerce.identity import Tokens
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import CartId
from commerce.quotes import surroundings
from tests.given import checkout as given, identity, pricing, stores

if TYPE_CHECKING:
    from commerce.kernel.clock import HeldClock
    from commerce.platform.database import Database
    from tests.given.checkout import Shop
    from tests.served import Api, Served


async def _shopper(server: "Served") -> "Api":
    tokens = server.tokens
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


async def test_carts_that_are_read_at_the_same_moment_are_each_their_owner_s(
    db: "Database", clock: "HeldClock"
) -> None:
    shop = await given.shop(db)
    owners = [given.shopper() for _ in range(6)]
    own = [await given.cart(db, shop, who, {(shop.cup, shop.collected()): nth}) for nth, who in enumerate(owners, 1)]
    around = await surroundings(db.reading)
    asked = [
        (who, cart.id, [shop.plate] if nth % 2 else []) for nth, (who, cart) in enumerate(zip(owners, own, strict=True))
    ]
    asked += [(owners[0], own[1].id, []), (owners[2], CartId(uuid4()), [])]
    reads = (carts.read_ahead(db.reading, around, who, cart, new, at=clock.at) for who, cart, new in asked)
    found = await asyncio.gather(*reads, return_exceptions=True)
    read = [each for each in found[:6] if not isinstance(each, BaseException)]
    assert [cart for cart, _ in read] == own
    added = [{shop.cup, shop.plate} if nth % 2 else {shop.cup} for nth in range(6)]
    assert [set(foreseen.facts.variants) for _, foreseen in read] == added
    assert [type(each) for each in found[6:]] == [NotFound, NotFound]
