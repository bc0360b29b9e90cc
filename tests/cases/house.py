"""A shop over HTTP with everybody who acts in the cases: shoppers, two stores, the warehouse, the office, and the bank behind them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from commerce.identity import Tokens
from commerce.kernel.ids import LocationId
from commerce.platform.database import Database
from tests.given import checkout, identity
from tests.given.checkout import Shop
from tests.payments.bank import Bank, signed
from tests.served import Api, Json, Served

WEBHOOK = "/v1/payments/webhooks/stripe"
HOME = {"name": "Shopper", "line1": "Carrer Gran 1", "city": "Barcelona", "postal_code": "08012", "country": "ES"}
VISA = {"kind": "card", "payment_method": "pm_card_visa"}
DECLINED = {"kind": "card", "payment_method": "pm_card_visa_chargeDeclined"}
ON_COLLECTION = {"kind": "on_collection"}


class House:
    """Who acts, and what they do."""

    server: Served
    shop: Shop
    bank: Bank
    office: Api
    store: Api
    other_store: Api
    warehouse: Api

    @property
    def db(self) -> Database:
        """The database behind the server, for building worlds only."""
        return self.server.program.db

    @property
    def tokens(self) -> Tokens:
        """What gives tokens."""
        return self.server.tokens

    async def shopper(self) -> Api:
        """Somebody whom nobody knows."""
        return self.server.api.as_((await identity.anonymous(self.db, self.tokens)).access_token)

    async def terminal(self, at: UUID) -> Api:
        """A terminal of a place."""
        made = await identity.terminal(self.db, at)
        return self.server.api.as_(await identity.token_of(self.db, self.tokens, made))

    async def staff(self, *bindings: tuple[str, UUID | None]) -> Api:
        """Somebody of the staff, with roles by code, each at a place or everywhere."""
        signed_in = await identity.staff(self.db, self.tokens, f"{uuid4().hex}@shop.example", *bindings)
        return self.server.api.as_(signed_in.access_token)

    def line(self, variant: object, quantity: int = 1, *, at: LocationId | None = None, sent: bool = False) -> Json:
        """A line of a cart: collected at Gràcia or where it is said, or sent by parcel."""
        way: Json = {"kind": "pickup", "location_id": str(at or self.shop.gracia)}
        if sent:
            way = {"kind": "ship", "method_id": str(self.shop.parcel)}
        return {"variant_id": str(variant), "quantity": quantity, "fulfilment": way}

    async def cart(self, who: Api, *lines: Json, email: str = "shopper@example.com") -> Json:
        """A cart that lacks nothing."""
        cart = await who.post("/v1/carts", {"lines": list(lines)})
        await who.put(f"/v1/carts/{cart['id']}/contact", {"email": email, "name": "Shopper"})
        return await who.put(f"/v1/carts/{cart['id']}/addresses", {"shipping": HOME})

    async def check_out(self, who: Api, cart: Json, payment: Json | None = None) -> tuple[int, Json]:
        """Checks out at the total that was shown; gives status and answer."""
        wish = {"accepted_total": cart["total"], "payment": payment or VISA}
        answer = await who.call("POST", f"/v1/carts/{cart['id']}/checkout", wish)
        return answer.status_code, answer.json()

    async def order(self, who: Api, *lines: Json, payment: Json | None = None) -> Json:
        """An order, from an empty cart on."""
        status, said = await self.check_out(who, await self.cart(who, *lines), payment)
        assert status == 201, said
        await self.server.work()
        return await who.get(f"/v1/orders/{said['order_id']}")

    async def works(self, order: Json) -> list[Json]:
        """The work of an order, by where it is done."""
        found = await self.office.get(f"/v1/orders/{order['id']}/fulfilments")
        return [each["fulfilment"] for each in found["items"]]

    async def ready(self, work: Json) -> str:
        """Accepted, picked and put ready; gives the path of the work."""
        path = f"/v1/fulfilment-orders/{work['id']}"
        await self.office.post(f"{path}/accept")
        await self.office.post(f"{path}/pick", {})
        await self.office.post(f"{path}/ready" if work["kind"] == "pickup" else f"{path}/pack", {})
        return path

    async def given_out(self, order: Json) -> None:
        """Everything of an order leaves: collected or shipped."""
        for work in await self.works(order):
            path = await self.ready(work)
            if work["kind"] == "pickup":
                await self.office.post(f"{path}/hand-over", {"identity_checked": True})
            else:
                await self.office.post(f"{path}/ship", {"carrier": "Correos"})
        await self.server.work()

    async def brought_back(self, order: Json, *units: tuple[Json, int], at: UUID | None = None) -> Json:
        """Units of lines come back to a store, are looked at, restocked and paid back; gives the return."""
        body = {
            "order_id": order["id"],
            "lines": [{"order_line_id": line["id"], "quantity": quantity} for line, quantity in units],
            "reason": "changed_mind",
            "location_id": str(at or self.shop.gracia),
        }
        here = await self.office.post("/v1/returns", body)
        looked = [{"line_id": line["id"], "restock": line["quantity"]} for line in here["lines"]]
        await self.office.post(f"/v1/returns/{here['id']}/inspect", {"lines": looked})
        await self.office.post(f"/v1/returns/{here['id']}/refund")
        await self.server.work()
        return await self.office.get(f"/v1/returns/{here['id']}")

    async def level(self, variant: object, at: UUID | None = None) -> tuple[int, int]:
        """On hand and reserved of an article, at a place or over all of them."""
        place = "" if at is None else f"&location_id={at}"
        found = (await self.office.get(f"/v1/stock?variant_id={variant}&limit=100{place}"))["items"]
        return sum(each["on_hand"] for each in found), sum(each["reserved"] for each in found)

    async def movements(self, variant: object) -> list[Json]:
        """All movements of an article."""
        found = await self.office.get(f"/v1/stock/movements?variant_id={variant}&limit=100")
        return list(found["items"])

    async def facts(self, type_: str | None = None) -> list[Json]:
        """The whole feed of facts, or those of a type."""
        found: list[Json] = []
        cursor, only = "", f"&type={type_}" if type_ else ""
        while True:
            page = await self.office.get(f"/v1/events?limit=100{only}{cursor}")
            found += page["items"]
            if len(page["items"]) < 100:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    async def intents(self, order: Json) -> list[str]:
        """The provider's intents for an order, the oldest first."""
        [*payments] = (await self.office.get(f"/v1/orders/{order['id']}/payments"))["items"]
        listed = await self.bank.dashboard.payment_intents.list_async({"limit": 100})
        ids = {each["id"] for each in payments}
        found = [
            each.id async for each in listed.auto_paging_iter() if each.metadata.to_dict().get("payment_id") in ids
        ]
        return found[::-1]

    async def hear(self, event: Json, *, times: int = 1, at: int | None = None) -> set[int]:
        """Delivers an event of the provider so many times at once; gives the statuses."""
        body, headers = signed(event, at=at)
        post = self.server.api.http.post
        return {
            each.status_code
            for each in await asyncio.gather(*(post(WEBHOOK, content=body, headers=headers) for _ in range(times)))
        }


@asynccontextmanager
async def opened(server: Served, *, stock: int = 10, currency: str = "EUR") -> AsyncIterator[House]:
    """Opens a shop; at the end the worker has nothing left to do."""
    house = House()
    house.server, house.shop = server, await checkout.shop(server.program.db, stock=stock, currency=currency)
    house.bank = Bank(server.sandbox.url)
    house.office = server.api.as_((await identity.administrator(house.db, house.tokens)).access_token)
    house.store = await house.terminal(house.shop.gracia)
    try:
        yield house
        await server.work()
    finally:
        await house.bank.close()


async def until(shown: Callable[[], Awaitable[object]], wanted: object, *, seconds: float = 1.0) -> None:
    """Asks until it is as wanted; the last answer is shown when it never is."""
    end = asyncio.get_running_loop().time() + seconds
    while (found := await shown()) != wanted:
        assert asyncio.get_running_loop().time() < end, f"{found} instead of {wanted}"
        await asyncio.sleep(0.02)
