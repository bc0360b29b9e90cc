"""One shop's serial numbers and lots over HTTP, from the supplier to the customer and back: every invariant holds after each step."""

from typing import Any, TypeAlias
from uuid import uuid4

from commerce.kernel.clock import HeldClock
from tests.given import checkout as given, identity
from tests.given.checkout import Shop
from tests.served import Api, Served

Json: TypeAlias = Any
CONTACT = {"email": "shopper@example.com", "name": "Shopper"}


class Journey:
    """Cups have serial numbers, plates have lots; a warehouse, the store at Gràcia, somebody who may do everything, and a shopper."""

    shop: Shop
    boss: Api
    depot: Api
    store: Api
    shopper: Api

    def __init__(self, server: Served) -> None:
        self.server, self.db = server, server.program.db

    async def set_up(self) -> "Journey":
        cheap = await identity.tokens(self.db, self.server.settings)
        self.boss = self.server.api.as_((await identity.administrator(self.db, cheap)).access_token)
        self.shop = await given.shop(self.db, stock=0)
        self.depot, self.store = [
            self.server.api.as_(await identity.token_of(self.db, cheap, await identity.terminal(self.db, place)))
            for place in (self.shop.warehouse, self.shop.gracia)
        ]
        self.shopper = self.server.api.as_((await self.server.api.post("/v1/auth/anonymous", {}))["access_token"])
        for article, asks in ((self.shop.cup, "serial"), (self.shop.plate, "lot")):
            told = {"tracking": asks, "dated": asks == "lot", "reason": "the maker asks for it"}
            await self.boss.put(f"/v1/stock/tracking/{article}", told, if_match='"0"')
        return self

    async def sound(self) -> None:
        """Nothing is left to be done, and `commerce audit` finds nothing."""
        await self.server.work()
        assert await self.server.audit() == []

    async def numbers(self) -> dict[str, tuple[str, str]]:
        """Where each number is."""
        page = await self.boss.get(f"/v1/stock/serials?variant_id={self.shop.cup}&limit=100")
        return {each["serial"]: (each["spot"], each["location_id"]) for each in page["items"]}

    async def lots(self) -> dict[tuple[str, str, str], int]:
        """The units of each lot, by location and spot."""
        page = await self.boss.get(f"/v1/stock/lots?variant_id={self.shop.plate}&limit=100")
        return {(each["location_id"], each["spot"], each["lot"]): each["quantity"] for each in page["items"]}

    async def received(self) -> None:
        """Four cups and five plates come to the warehouse, one plate damaged."""
        receipt = await self.depot.post("/v1/goods-receipts", {"location_id": str(self.shop.warehouse)})
        path = f"/v1/goods-receipts/{receipt['id']}"
        plates = {"barcode": "PLATE", "lot": "A", "expires_on": "2026-06-30"}
        for scan in (
            {"barcode": "CUP", "quantity": 4, "serials": ["1", "2", "3", "4"]},
            {**plates, "quantity": 4},
            {**plates, "quantity": 1, "condition": "damaged"},
        ):
            await self.depot.post(f"{path}/scan", {"scan_id": str(uuid4()), **scan})
        await self.depot.post(f"{path}/close", {})

    async def transferred(self) -> None:
        """Three cups and three plates go to the store."""
        cup, plate = str(self.shop.cup), str(self.shop.plate)
        lines = [{"variant_id": cup, "quantity": 3}, {"variant_id": plate, "quantity": 3}]
        way = {"origin_id": str(self.shop.warehouse), "destination_id": str(self.shop.gracia), "reason": "refill"}
        made = await self.store.post("/v1/transfers", {**way, "lines": lines})
        path = f"/v1/transfers/{made['id']}"
        made = await self.depot.post(f"{path}/approve", {})
        line = {each["variant_id"]: each["id"] for each in made["lines"]}
        sent = [
            {"transfer_line_id": line[cup], "quantity": 3, "serials": ["1", "2", "3"]},
            {"transfer_line_id": line[plate], "quantity": 3},
        ]
        await self.depot.post(f"{path}/ship", {"lines": sent})
        await self.sound()
        cups = {"barcode": "CUP", "quantity": 3, "serials": ["1", "2", "3"]}
        for scan in (cups, {"barcode": "PLATE", "quantity": 3}):
            await self.store.post(f"{path}/receive", {"scan_id": str(uuid4()), **scan})

    async def bought(self) -> str:
        """The shopper orders two cups and two plates for the store; gives the order's id."""
        ways = {"kind": "pickup", "location_id": str(self.shop.gracia)}
        articles = (self.shop.cup, self.shop.plate)
        lines = [{"variant_id": str(each), "quantity": 2, "fulfilment": ways} for each in articles]
        cart = await self.shopper.post("/v1/carts", {"lines": lines})
        await self.shopper.put(f"/v1/carts/{cart['id']}/contact", CONTACT)
        wish = {"accepted_total": cart["total"], "payment": {"kind": "on_collection"}}
        done = await self.shopper.post(f"/v1/carts/{cart['id']}/checkout", wish)
        return str(done["order"]["id"] if "order" in done else done["order_id"])

    async def handed_over(self) -> Json:
        """The store picks by a list with scanned numbers, and hands over; gives the work."""
        (work,) = (await self.store.get("/v1/fulfilment-orders"))["items"]
        path = f"/v1/fulfilment-orders/{work['id']}"
        await self.store.post(f"{path}/accept")
        wish = {"location_id": str(self.shop.gracia), "kind": "order", "fulfilment_order_ids": [work["id"]]}
        picked = await self.store.post("/v1/pick-lists", wish)
        for scan in ({"code": "CUP", "serials": ["1", "2"]}, {"code": "PLATE"}):
            body = {"scan_id": str(uuid4()), "quantity": 2, **scan}
            await self.store.post(f"/v1/pick-lists/{picked['id']}/scans", body)
        await self.store.post(f"{path}/ready", {})
        return await self.store.post(f"{path}/hand-over", {"identity_checked": True})

    async def returned(self, order_id: str) -> None:
        """One cup comes back to the shelf, one plate goes aside."""
        order = await self.shopper.get(f"/v1/orders/{order_id}")
        lines = [{"order_line_id": each["id"], "quantity": 1} for each in order["lines"]]
        wish = {"order_id": order_id, "lines": lines, "reason": "changed_mind", "location_id": str(self.shop.gracia)}
        back = await self.store.post("/v1/returns", wish)
        cup, plate = [
            next(each["id"] for each in back["lines"] if each["variant_id"] == str(article))
            for article in (self.shop.cup, self.shop.plate)
        ]
        path = f"/v1/returns/{back['id']}"
        found: list[Json] = [{"line_id": cup, "restock": 1}, {"line_id": plate, "quarantine": 1}]
        unnamed = await self.store.call("POST", f"{path}/inspect", {"lines": found})
        assert (unnamed.status_code, unnamed.json()["code"]) == (409, "serial_needed")
        found[0]["labels"] = [{"to": "restock", "serials": ["3"]}]
        another = await self.store.call("POST", f"{path}/inspect", {"lines": found})
        assert (another.status_code, another.json()["code"]) == (409, "not_sold_with_line")
        found[0]["labels"] = [{"to": "restock", "serials": ["2"]}]
        await self.store.post(f"{path}/inspect", {"lines": found})
        await self.store.post(f"{path}/refund")

    async def counted(self) -> None:
        """Somebody counts the store: number 3 is gone, and one of the plates."""
        articles = [{"variant_id": str(each)} for each in (self.shop.cup, self.shop.plate)]
        count = await self.boss.post("/v1/counts", {"location_id": str(self.shop.gracia), "articles": articles})
        path = f"/v1/counts/{count['id']}"
        seen: list[Json] = [
            {"id": str(uuid4()), "code": "CUP", "serial": "2"},
            {"id": str(uuid4()), "code": "PLATE", "units": 0, "how": "total"},
        ]
        await self.boss.post(f"{path}/scans", {"scans": seen})
        ended = await self.boss.post(f"{path}/submit", {})
        while ended["state"] == "counting":
            again = [{**each, "id": str(uuid4())} for each in seen]
            await self.boss.post(f"{path}/scans", {"scans": again})
            ended = await self.boss.post(f"{path}/submit", {})
        assert ended["state"] == "booked", ended


async def test_goods_with_numbers_and_lots_go_all_the_way_and_back(server: Served, clock: HeldClock) -> None:
    way = await Journey(server).set_up()
    depot, store = str(way.shop.warehouse), str(way.shop.gracia)

    await way.received()
    await way.sound()
    assert set((await way.numbers()).values()) == {("shelf", depot)}
    assert await way.lots() == {(depot, "damaged", "A"): 1, (depot, "shelf", "A"): 4}

    await way.transferred()
    await way.sound()
    assert (await way.numbers())["3"] == ("shelf", store)
    assert (await way.lots())[store, "shelf", "A"] == 3

    order_id = await way.bought()
    await way.sound()
    work = await way.handed_over()
    assert work["state"] == "handed_over"
    await way.sound()
    cup = next(each for each in work["lines"] if each["variant_id"] == str(way.shop.cup))
    sold = await way.boss.get(f"/v1/stock/serials?variant_id={way.shop.cup}&spot=customer")
    assert {each["serial"]: each["order_line_id"] for each in sold["items"]} == {
        "1": cup["order_line_id"],
        "2": cup["order_line_id"],
    }

    await way.returned(order_id)
    await way.sound()
    numbers = await way.numbers()
    assert (numbers["1"][0], numbers["2"]) == ("customer", ("shelf", store))
    assert (await way.lots())[store, "quarantine", "A"] == 1

    await way.counted()
    await way.sound()
    assert (await way.numbers())["3"] == ("shrinkage", store)
    left = await way.boss.get(f"/v1/stock?variant_id={way.shop.cup}&location_id={store}")
    assert left["items"][0]["on_hand"] == 1
