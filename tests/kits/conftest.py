"""A shop with kits, over HTTP: an administrator, a shopper, a terminal in the store."""

from collections.abc import AsyncIterator

import pytest

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import LocationId
from tests.given import checkout, identity
from tests.given.checkout import Shop
from tests.served import Api, Json, Served

CONTACT = {"email": "shopper@example.com", "name": "Shopper", "language": "ca"}
HOME = {"name": "Shopper", "line1": "Carrer Gran 1", "city": "Barcelona", "postal_code": "08012", "country": "ES"}


class House:
    """Who acts in a test."""

    server: Served
    shop: Shop
    admin: Api
    shopper: Api
    store: Api

    def collected(self, at: LocationId | None = None) -> Json:
        """Collection at Gràcia, unless told."""
        return {"kind": "pickup", "location_id": str(at or self.shop.gracia)}

    @property
    def sent(self) -> Json:
        """Sending by parcel."""
        return {"kind": "ship", "method_id": str(self.shop.parcel)}

    async def cart(self, *lines: Json, who: Api | None = None) -> Json:
        """A cart that says how the buyer is reached."""
        buyer = who or self.shopper
        cart = await buyer.post("/v1/carts", {"lines": list(lines)})
        await buyer.put(f"/v1/carts/{cart['id']}/contact", CONTACT)
        return await buyer.put(f"/v1/carts/{cart['id']}/addresses", {"shipping": HOME})

    async def ordered(self, cart: Json, *, on_collection: bool = False) -> Json:
        """The order of a cart."""
        payment = {"kind": "on_collection"} if on_collection else {"kind": "card", "payment_method": "pm_card_visa"}
        wish = {"accepted_total": cart["total"], "payment": payment}
        done = await self.shopper.post(f"/v1/carts/{cart['id']}/checkout", wish)
        await self.server.work()
        return await self.shopper.get(f"/v1/orders/{done['order_id']}")

    async def stranger(self) -> Api:
        """Another shopper."""
        return self.server.api.as_((await self.server.api.post("/v1/auth/anonymous", {}))["access_token"])


@pytest.fixture
async def house(server: Served, clock: HeldClock) -> AsyncIterator[House]:
    """The shop, with ten of each article in each place; at the end the worker has nothing left to do, and the invariants hold."""
    made, db = House(), server.program.db
    tokens = server.tokens
    made.server, made.shop = server, await checkout.shop(db)
    made.admin = server.api.as_((await identity.administrator(db, tokens)).access_token)
    made.shopper = await made.stranger()
    at_store = await identity.terminal(db, made.shop.gracia)
    made.store = server.api.as_(await identity.token_of(db, tokens, at_store))
    yield made
    await server.work()
