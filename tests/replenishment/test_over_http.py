"""Goods on their way over HTTP: from the supplier's carton to the store's shelf, by those whose turn it is."""

import asyncio
from typing import Any, TypeAlias
from uuid import uuid4

import pytest

from commerce.kernel.wire import Text3
from tests.given import catalog, identity, stores
from tests.given.inventory import stock
from tests.served import Api, Served

Json: TypeAlias = Any


class Chain:
    """A warehouse and two stores, each with a terminal; an administrator; one article."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.db = server.program.db

    async def set_up(self) -> "Chain":
        cheap = await identity.tokens(self.db, self.server.settings)
        boss = await identity.administrator(self.db, cheap)
        self.boss = self.server.api.as_(boss.access_token)
        self.depot, self.gracia, self.sants = (
            await stores.warehouse(self.db, "depot"),
            await stores.location(self.db, "gracia"),
            await stores.location(self.db, "sants"),
        )
        self.cup = await catalog.variant(self.db, Text3(en="Clay pot", es="Olla"), sku="CUP", barcode="4006381333931")
        self.at_depot, self.at_gracia, self.at_sants = [
            self.server.api.as_(await identity.token_of(self.db, cheap, await identity.terminal(self.db, place)))
            for place in (self.depot, self.gracia, self.sants)
        ]
        return self

    async def transfer(self, units: int) -> Json:
        """A transfer from the warehouse to Gràcia that is ready to ship."""
        way = {"origin_id": str(self.depot), "destination_id": str(self.gracia), "reason": "refill"}
        lines = [{"variant_id": str(self.cup), "quantity": units}]
        made = await self.at_gracia.post("/v1/transfers", {**way, "lines": lines})
        return await self.at_depot.post(f"/v1/transfers/{made['id']}/approve", {})

    async def level(self, place: object) -> tuple[int, int]:
        """On hand and reserved at a place."""
        page = await self.boss.get(f"/v1/stock?variant_id={self.cup}&location_id={place}")
        return (page["items"][0]["on_hand"], page["items"][0]["reserved"]) if page["items"] else (0, 0)


@pytest.fixture
async def chain(server: Served) -> Chain:
    return await Chain(server).set_up()


def scan(barcode: str, quantity: int = 1, **more: Any) -> Json:
    return {"scan_id": str(uuid4()), "barcode": barcode, "quantity": quantity, **more}


async def refused(api: Api, path: str, body: Json, status: int, code: str) -> Json:
    answer = await api.call("POST", path, body)
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    return answer.json()


async def test_a_carton_goes_from_the_supplier_to_the_shelf_of_a_store(chain: Chain) -> None:
    boss, depot, gracia = chain.boss, chain.at_depot, chain.at_gracia
    supplier = await boss.post("/v1/admin/suppliers", {"code": "potter", "name": "Potter", "currency": "EUR"})
    order = await boss.post(
        "/v1/purchase-orders",
        {
            "supplier_id": supplier["id"],
            "location_id": str(chain.depot),
            "lines": [{"variant_id": str(chain.cup), "quantity": 26}],
        },
    )
    order = await boss.post(f"/v1/purchase-orders/{order['id']}/order", {})
    assert (order["state"], order["number"][:3]) == ("ordered", "PO-")
    carton: Json = {"barcode": "00340123450000000018", "units": [{"variant_id": str(chain.cup), "quantity": 24}]}
    notice = await depot.post(f"/v1/purchase-orders/{order['id']}/shipping-notices", {"cartons": [carton]})
    opened = {"location_id": str(chain.depot), "shipping_notice_id": notice["id"]}
    receipt = await depot.post("/v1/goods-receipts", opened)
    path = f"/v1/goods-receipts/{receipt['id']}"
    await depot.post(f"{path}/scan", scan(carton["barcode"]))
    await depot.post(f"{path}/scan", scan("4006381333931", 2, condition="damaged"))
    problem = await refused(depot, f"{path}/scan", scan("CUP"), 409, "over_receipt")
    assert (problem["ordered"], problem["most"]) == (26, 26)
    assert await chain.level(chain.depot) == (0, 0)
    closed = await depot.post(f"{path}/close", {})
    assert (closed["state"], await chain.level(chain.depot)) == ("closed", (24, 0))
    assert (await boss.get(f"/v1/purchase-orders/{order['id']}"))["state"] == "received"
    sent = await chain.transfer(20)
    assert (sent["state"], await chain.level(chain.depot)) == ("ready_to_ship", (24, 20))
    path = f"/v1/transfers/{sent['id']}"
    await depot.post(f"{path}/ship", {"carrier": "Van", "eta": "2026-12-01T10:00:00Z"})
    assert (await chain.level(chain.depot), await chain.level(chain.gracia)) == ((4, 0), (0, 0))
    await gracia.post(f"{path}/receive", scan("CUP", 18))
    problem = await refused(gracia, f"{path}/receive", scan("CUP", 3), 409, "more_than_in_transit")
    assert problem["in_transit"] == 2
    ended = await gracia.post(f"{path}/close", {"reason": "two are missing", "claim": "C-1"})
    assert (ended["state"], ended["lines"][0]["lost"], await chain.level(chain.gracia)) == ("received", 2, (18, 0))
    why = await boss.get(f"/v1/stock/movements?document_id={sent['id']}&limit=100")
    assert {each["document_kind"] for each in why["items"]} == {"transfer"}


async def test_what_belongs_to_others_is_not_there_and_a_turn_belongs_to_one_end(chain: Chain) -> None:
    await stock(chain.db, {(chain.cup, chain.depot): 10})
    sent = await chain.transfer(5)
    path = f"/v1/transfers/{sent['id']}"
    assert (await chain.at_sants.call("GET", path)).status_code == 404
    assert (await chain.at_sants.get("/v1/transfers"))["items"] == []
    await refused(chain.at_sants, f"{path}/ship", {}, 404, "not_found")
    await refused(chain.at_gracia, f"{path}/ship", {}, 409, "other_sides_turn")
    way = {"origin_id": str(chain.depot), "destination_id": str(chain.gracia), "reason": "mine"}
    lines = [{"variant_id": str(chain.cup), "quantity": 1}]
    await refused(chain.at_sants, "/v1/transfers", {**way, "lines": lines}, 400, "invalid_input")
    await refused(chain.at_depot, "/v1/purchase-orders/" + str(uuid4()) + "/order", {}, 403, "forbidden")
    assert [each["id"] for each in (await chain.at_gracia.get("/v1/transfers"))["items"]] == [sent["id"]]


async def test_a_scan_that_is_repeated_under_another_key_gets_the_first_answer(chain: Chain) -> None:
    await stock(chain.db, {(chain.cup, chain.depot): 10})
    sent = await chain.transfer(5)
    path = f"/v1/transfers/{sent['id']}"
    await chain.at_depot.post(f"{path}/ship", {})
    once = scan("CUP", 3)
    answers = await asyncio.gather(*(chain.at_gracia.post(f"{path}/receive", once) for _ in range(6)))
    assert all(answer == answers[0] for answer in answers)
    assert await chain.level(chain.gracia) == (3, 0)
    await refused(chain.at_gracia, f"{path}/receive", {**once, "quantity": 2}, 409, "scan_differs")


async def test_many_who_scan_one_carton_at_once_receive_it_once(chain: Chain) -> None:
    await stock(chain.db, {(chain.cup, chain.depot): 100})
    for nth in range(4):
        sent = await chain.transfer(10)
        line = sent["lines"][0]["id"]
        box = {"barcode": f"BOX-{nth}", "units": [{"transfer_line_id": line, "quantity": 10}]}
        await chain.at_depot.post(f"/v1/transfers/{sent['id']}/ship", {"cartons": [box]})
        answers = await asyncio.gather(
            *(chain.at_gracia.call("POST", f"/v1/transfers/{sent['id']}/receive", scan(f"BOX-{nth}")) for _ in range(8))
        )
        codes = sorted(str(answer.json().get("code", answer.status_code)) for answer in answers)
        assert codes.count("200") == 1
        assert set(codes) <= {"200", "carton_received", "illegal_move"}
    assert await chain.level(chain.gracia) == (40, 0)


async def test_a_draft_changes_on_the_version_that_was_read(chain: Chain) -> None:
    way = {"origin_id": str(chain.depot), "destination_id": str(chain.gracia), "reason": "refill"}
    lines = [{"variant_id": str(chain.cup), "quantity": 4}]
    draft = await chain.at_gracia.post("/v1/transfers", {**way, "lines": lines})
    path = f"/v1/transfers/{draft['id']}"
    changed = await chain.at_gracia.patch(
        path, {"lines": [{**lines[0], "quantity": 9}]}, if_match=f'"{draft["version"]}"'
    )
    assert changed["lines"][0]["quantity"] == 9
    stale = await chain.at_depot.call("PATCH", path, {"reason": "other"}, if_match=f'"{draft["version"]}"')
    assert stale.status_code == 412
    assert (await chain.at_depot.get(path))["reason"] == "refill"


async def test_a_list_gives_each_once_on_small_pages(chain: Chain) -> None:
    made = []
    for _ in range(5):
        receipt = await chain.at_depot.post("/v1/goods-receipts", {"location_id": str(chain.depot)})
        made.append(receipt["id"])
    seen: list[str] = []
    path = "/v1/goods-receipts?limit=2"
    cursor = ""
    while True:
        page = await chain.at_depot.get(path + cursor)
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(made)
    assert (await chain.at_gracia.get("/v1/goods-receipts"))["items"] == []


async def test_documents_say_what_their_articles_are_called_in_the_language_that_was_asked_for(chain: Chain) -> None:
    await stock(chain.db, {(chain.cup, chain.depot): 10})
    sent = await chain.transfer(5)
    path = f"/v1/transfers/{sent['id']}"
    name = [("CUP", "Clay pot")]

    def said(document: Json, lines: str = "lines") -> list[tuple[str, str]]:
        return [(line["sku"], line["title"]) for line in document[lines]]

    assert (said(sent), said(await chain.at_depot.get(path))) == (name, name)
    assert [said(each) for each in (await chain.at_gracia.get("/v1/transfers"))["items"]] == [name]
    spanish = await chain.at_depot.call("GET", path, accept_language="es")
    english = await chain.at_depot.call("GET", path, accept_language="en")
    assert (said(spanish.json()), spanish.headers["etag"] == english.headers["etag"]) == ([("CUP", "Olla")], False)
    await chain.at_depot.post(f"{path}/ship", {})
    problem = await refused(chain.at_gracia, f"{path}/receive", scan("CUP", 6), 409, "more_than_in_transit")
    assert problem["detail"].startswith("5 units of CUP are in transit, not 6.")
    await catalog.variant(chain.db, sku="JUG")
    problem = await refused(chain.at_gracia, f"{path}/receive", scan("JUG"), 409, "not_in_transfer")
    assert problem["detail"].startswith(f"JUG is not on {sent['number']}.")
    assert said(await chain.at_gracia.post(f"{path}/receive", scan("CUP", 2)), "units") == name
    less = {"variant_id": str(chain.cup), "location_id": str(chain.depot), "delta": -5}
    await chain.transfer(2)
    problem = await refused(
        chain.boss, "/v1/stock/adjustments", {"reason": "broken", "lines": [less]}, 409, "below_reserved"
    )
    assert problem["detail"].startswith("5 -5 units of CUP at ")


async def test_a_purchase_order_and_its_receipt_say_what_their_articles_are_called(chain: Chain) -> None:
    boss, depot = chain.boss, chain.at_depot
    supplier = await boss.post("/v1/admin/suppliers", {"code": "potter", "name": "Potter", "currency": "EUR"})
    wish = {"supplier_id": supplier["id"], "location_id": str(chain.depot)}
    order = await boss.post("/v1/purchase-orders", {**wish, "lines": [{"variant_id": str(chain.cup), "quantity": 3}]})
    await boss.post(f"/v1/purchase-orders/{order['id']}/order", {})
    opened = {"location_id": str(chain.depot), "purchase_order_id": order["id"]}
    receipt = await depot.post("/v1/goods-receipts", opened)
    path = f"/v1/goods-receipts/{receipt['id']}"
    scanned = await depot.post(f"{path}/scan", scan("CUP", 3))
    problem = await refused(depot, f"{path}/scan", scan("CUP"), 409, "over_receipt")
    assert problem["detail"].startswith("3 units of CUP are on the order and 4 would have come")
    read = await depot.get(path)
    listed = (await depot.get("/v1/goods-receipts"))["items"]
    closed = await depot.post(f"{path}/close", {})
    for units in (scanned["units"], read["units"], listed[0]["units"], closed["units"]):
        assert [(each["sku"], each["title"], each["quantity"]) for each in units] == [("CUP", "Clay pot", 3)]
    ended = await boss.get(f"/v1/purchase-orders/{order['id']}")
    listed = (await boss.get("/v1/purchase-orders"))["items"]
    for lines in (order["lines"], ended["lines"], listed[0]["lines"]):
        assert [(each["sku"], each["title"]) for each in lines] == [("CUP", "Clay pot")]


async def test_a_transfer_that_was_called_back_says_which_one_brings_its_goods(chain: Chain) -> None:
    await stock(chain.db, {(chain.cup, chain.depot): 10})
    sent = await chain.transfer(5)
    path = f"/v1/transfers/{sent['id']}"
    await chain.at_depot.post(f"{path}/ship", {})
    ended = await chain.at_depot.post(f"{path}/cancel", {"reason": "recalled", "in_transit": "return"})
    [back] = (await chain.at_depot.get("/v1/transfers?state=in_transit"))["items"]
    assert (ended["returned_by"], ended["returns_id"]) == (back["id"], None)
    assert (back["returned_by"], back["returns_id"]) == (None, sent["id"])
    assert (await chain.at_gracia.get(path))["returned_by"] == back["id"]
