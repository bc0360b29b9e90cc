"""The server is killed in the middle of acts on goods: transfers, receipts, counts, choices. Asked again, each happens once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from commerce.platform.embedded import EmbeddedServer
from tests.killed.house import House, house
from tests.killed.test_each_transition import moved, settled
from tests.served import Json

Prepared = tuple[str, str, str, Json]
"""The table and id of the row that the act waits for, its path, its body."""
REASON = {"reason": "asked for"}


@pytest.fixture
async def killed(postgres: EmbeddedServer, template: str, tmp_path: Path) -> AsyncIterator[House]:
    """A shop whose server and worker run as processes of their own."""
    async with house(postgres.dsn, template, tmp_path) as made:
        await made.start("run", "worker")
        yield made


async def _transfer(shop: House, *verbs: str) -> str:
    places = {"origin_id": str(shop.shop.warehouse), "destination_id": str(shop.shop.gracia)}
    lines = [{"variant_id": str(shop.shop.cup), "quantity": 5}]
    made = await shop.send(shop.staff_token, "POST", "/v1/transfers", {**places, "lines": lines, **REASON})
    for verb in verbs:
        await shop.send(shop.staff_token, "POST", f"/v1/transfers/{made['id']}/{verb}", {} if verb == "ship" else None)
    return str(made["id"])


async def approve_transfer(shop: House) -> Prepared:
    """Units are reserved at the origin."""
    transfer = await _transfer(shop)
    return "transfers", transfer, f"/v1/transfers/{transfer}/approve", None


async def ship_transfer(shop: House) -> Prepared:
    """Units leave the shelf into transit."""
    transfer = await _transfer(shop, "approve")
    return "transfers", transfer, f"/v1/transfers/{transfer}/ship", {}


async def call_back(shop: House) -> Prepared:
    """Units in transit are written off."""
    transfer = await _transfer(shop, "approve", "ship")
    return "transfers", transfer, f"/v1/transfers/{transfer}/cancel", {"in_transit": "write_off", **REASON}


async def close_receipt(shop: House) -> Prepared:
    """Goods of a supplier come onto the shelf."""
    opened = await shop.send(shop.staff_token, "POST", "/v1/goods-receipts", {"location_id": str(shop.shop.gracia)})
    path = f"/v1/goods-receipts/{opened['id']}"
    scan = {"scan_id": str(uuid4()), "barcode": "CUP", "quantity": 7}
    await shop.send(shop.staff_token, "POST", f"{path}/scan", scan)
    return "goods_receipts", opened["id"], f"{path}/close", {}


async def book_count(shop: House) -> Prepared:
    """A count is booked."""
    articles = [{"variant_id": str(shop.shop.cup)}]
    body = {"location_id": str(shop.shop.gracia), "articles": articles}
    count = await shop.send(shop.staff_token, "POST", "/v1/counts", body)
    path = f"/v1/counts/{count['id']}"
    scan = {"id": str(uuid4()), "variant_id": str(shop.shop.cup), "units": 49, "how": "total"}
    await shop.send(shop.staff_token, "POST", f"{path}/scans", {"scans": [scan]})
    return "stock_counts", count["id"], f"{path}/submit", {"uncounted": "refuse"}


async def choose_refund(shop: House) -> Prepared:
    """A customer takes the money instead of units that a store does not have."""
    work = await moved(shop, "accept", "reject")
    order = (await shop.send(shop.staff_token, "GET", work))["order_id"]
    path = f"/v1/orders/{order}/rejections"
    (rejection,) = (await shop.send(shop.shopper_token, "GET", path))["items"]
    return "rejections", rejection["id"], f"{path}/{rejection['id']}/choose", {"choice": "refund"}


async def _missing(shop: House) -> tuple[str, Json, Json]:
    """Work that was rejected, what a plate instead of a cup looks like, and the rejection."""
    work = await moved(shop, "accept", "reject")
    seen = await shop.send(shop.staff_token, "GET", work)
    wish = {"line_id": seen["lines"][0]["id"], "code": "PLATE", "quantity": 1}
    (case,) = (await shop.send(shop.shopper_token, "GET", f"/v1/orders/{seen['order_id']}/rejections"))["items"]
    return f"{work}/substitutes", wish, case


async def propose_instead(shop: House) -> Prepared:
    """A store has a plate instead of a cup."""
    path, wish, case = await _missing(shop)
    return "rejections", case["id"], path, wish


async def accept_instead(shop: House) -> Prepared:
    """A customer takes the plate: the line is cut, the plate reserved, and work of the store."""
    path, wish, case = await _missing(shop)
    found = await shop.send(shop.staff_token, "POST", path, wish)
    answer = f"/v1/orders/{case['order_id']}/substitutes/{found['id']}/answer"
    return "substitutes", found["id"], answer, {"accept": True}


ACTS: list[Callable[[House], Awaitable[Prepared]]] = [
    approve_transfer,
    ship_transfer,
    call_back,
    close_receipt,
    book_count,
    choose_refund,
    propose_instead,
    accept_instead,
]
BY_SHOPPERS = {choose_refund, accept_instead}


async def movements(shop: House) -> int:
    """How many movements the ledger has."""
    return int(await shop.count("SELECT count(*) FROM stock_movements"))


@pytest.mark.nightly
@pytest.mark.parametrize("held", ["row", "commit"])
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
async def test_an_act_on_goods_that_was_killed_happens_once(
    killed: House, act: Callable[[House], Awaitable[Prepared]], held: str
) -> None:
    table, row, path, body = await act(killed)
    token = killed.shopper_token if act in BY_SHOPPERS else killed.staff_token
    await settled(killed)
    before, key = await movements(killed), str(uuid4())
    async with killed.held_row(table, row) if held == "row" else killed.held_commits():
        waiting = asyncio.create_task(killed.lost(token, path, body, key))
        await killed.blocked()
        await killed.kill("run")
        await waiting
    await killed.start("run")
    if held == "row":
        assert await movements(killed) == before
    first = await killed.again(token, path, body, key)
    after = await movements(killed)
    assert await killed.again(token, path, body, key) == first
    await settled(killed)
    assert await movements(killed) == after
    assert await killed.broken() == []
