"""A shop with orders that were really placed: over HTTP, from cart to checkout."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from commerce.identity import Tokens
from commerce.identity.schemas import StaffLoginIn
from commerce.identity.sign_in import sign_in_staff
from commerce.kernel.clock import HeldClock
from commerce.platform.database import Database
from tests.given import checkout, identity
from tests.given.checkout import Shop
from tests.served import Api, Json, Served


@dataclass
class Past:
    """A shop and what was ordered. `cup` costs 19.99, `plate` 12.50."""

    server: Served
    shop: Shop
    db: Database
    tokens: Tokens
    orders: list[Json] = field(default_factory=list)

    async def order(self, lines: Mapping[UUID, int], *codes: str, shopper: Api | None = None) -> Json:
        """An order that is collected at Gràcia and paid there."""
        who = shopper or await self.shopper()
        pickup = {"kind": "pickup", "location_id": str(self.shop.gracia)}
        wanted = [
            {"variant_id": str(variant), "quantity": units, "fulfilment": pickup} for variant, units in lines.items()
        ]
        cart = await who.post("/v1/carts", {"lines": wanted})
        path = f"/v1/carts/{cart['id']}"
        await who.put(f"{path}/contact", {"email": "buyer@example.com", "name": "Buyer"})
        if codes:
            await who.post(f"{path}/coupons", {"codes": list(codes)})
        total = (await who.get(path))["total"]
        done = await who.post(f"{path}/checkout", {"accepted_total": total, "payment": {"kind": "on_collection"}})
        order = await who.get(f"/v1/orders/{done['order_id']}")
        self.orders.append(order)
        return order

    async def shopper(self) -> Api:
        """Somebody who buys."""
        return self.server.api.as_((await identity.anonymous(self.db, self.tokens)).access_token)

    async def account(self) -> Api:
        """Somebody who buys with an account, `buyer@example.com`; opened now."""
        await self.server.api.post("/v1/auth/register", {"email": "buyer@example.com", "password": identity.PASSWORD})
        await self.server.work()
        code = identity.code_in((await self.server.mails())[-1])
        opened = await self.server.api.post("/v1/auth/verify", {"token": code})
        return self.server.api.as_(opened["access_token"])

    async def signed_in(self, who: Api) -> Api:
        """That account, signed in to by somebody."""
        opened = await who.post("/v1/auth/login", {"email": "buyer@example.com", "password": identity.PASSWORD})
        return who.as_(opened["access_token"])

    async def simulated(self, promotion: UUID, **asked: Any) -> Json:
        """A simulation of March 2026, from beginning to end."""
        body = {"from": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z", **asked}
        admin = await self.admin()
        begun = await admin.post(f"/v1/admin/promotions/{promotion}/simulations", body)
        await self.server.work()
        return await admin.get(f"/v1/admin/promotions/{promotion}/simulations/{begun['id']}")

    async def admin(self) -> Api:
        """The administrator, signed in now: the clock moves further than a token lives."""
        login = StaffLoginIn(email="administrator@shop.example", password=identity.PASSWORD)
        signed_in = await sign_in_staff(self.db, self.tokens, login, client=identity.HERE)
        return self.server.api.as_(signed_in.access_token)


@pytest.fixture
async def past(server: Served, clock: HeldClock) -> AsyncIterator[Past]:
    """A shop that has sold nothing yet, on the tenth of March; the worker does what is left at the end."""
    db: Database = server.program.db
    tokens = server.tokens
    shop = await checkout.shop(db, stock=500)
    await identity.administrator(db, tokens)
    yield Past(server=server, shop=shop, db=db, tokens=tokens)
    await server.work()
