"""The server or the worker is killed in the middle of each transition: asked again, it happens once, and everything fits together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from commerce.platform.embedded import EmbeddedServer
from tests.killed.house import House, house
from tests.served import Json

CONTACT = {"email": "shopper@example.com", "name": "Shopper", "language": "en"}
Act = tuple[str, Json]
"""The path and the body of a POST."""


@pytest.fixture
async def killed(postgres: EmbeddedServer, template: str, tmp_path: Path) -> AsyncIterator[House]:
    """A shop whose server and worker run as processes of their own."""
    async with house(postgres.dsn, template, tmp_path) as made:
        await made.start("run", "worker")
        yield made


async def ordered(shop: House, units: int = 2) -> Json:
    """An order of cups, to be collected and paid at Gràcia."""
    way = {"kind": "pickup", "location_id": str(shop.shop.gracia)}
    lines = [{"variant_id": str(shop.shop.cup), "quantity": units, "fulfilment": way}]
    cart = await shop.send(shop.shopper_token, "POST", "/v1/carts", {"lines": lines})
    cart = await shop.send(shop.shopper_token, "PUT", f"/v1/carts/{cart['id']}/contact", CONTACT)
    wish = {"accepted_total": cart["total"], "payment": {"kind": "on_collection"}}
    done = await shop.send(shop.shopper_token, "POST", f"/v1/carts/{cart['id']}/checkout", wish)
    return await shop.send(shop.shopper_token, "GET", f"/v1/orders/{done['order_id']}")


async def offered(shop: House) -> Json:
    """The work of a new order."""
    order = await ordered(shop)
    async with asyncio.timeout(30):
        while True:
            found = await shop.send(shop.staff_token, "GET", "/v1/fulfilment-orders?limit=100")
            mine = [each for each in found["items"] if each["order_id"] == order["id"]]
            if mine:
                return mine[0]
            await asyncio.sleep(0.05)


async def moved(shop: House, *verbs: str) -> str:
    """The path of work that has come so far."""
    work = await offered(shop)
    path = f"/v1/fulfilment-orders/{work['id']}"
    for verb in verbs:
        await shop.send(shop.staff_token, "POST", f"{path}/{verb}", BODIES.get(verb))
    return path


BODIES: dict[str, Json] = {
    "pick": {},
    "ready": {"staging": "A1"},
    "hand-over": {"identity_checked": True},
    "reject": {"reason": "mismatch"},
}
BEFORE: dict[str, tuple[tuple[str, ...], str]] = {
    "accept": ((), "accepted"),
    "pick": (("accept",), "picking"),
    "ready": (("accept", "pick"), "ready_for_pickup"),
    "hand-over": (("accept", "pick", "ready"), "handed_over"),
    "unpack": (("accept", "pick", "ready"), "picking"),
    "reject": (("accept",), "rejected"),
}
"""What comes before each act on a piece of work, and the state after it."""
Killing = Callable[[House, str, Act], Awaitable[None]]


async def killed_before_the_commit(shop: House, path: str, act: Act) -> None:
    """The server dies while the act waits for a row in the middle of its transaction: nothing of it has happened."""
    key = str(uuid4())
    before = await shop.send(shop.staff_token, "GET", path)
    async with shop.held_row("fulfilment_orders", path.rsplit("/", 1)[1]):
        waiting = asyncio.create_task(shop.lost(shop.staff_token, *act, key))
        await shop.blocked()
        await shop.kill("run")
        await waiting
    await shop.start("run")
    assert await shop.send(shop.staff_token, "GET", path) == before
    first = await shop.again(shop.staff_token, *act, key)
    assert await shop.again(shop.staff_token, *act, key) == first


async def killed_before_the_answer(shop: House, path: str, act: Act) -> None:
    """The server dies while the database commits: it has happened, nobody was told, and asking again tells."""
    key = str(uuid4())
    async with shop.held_commits():
        waiting = asyncio.create_task(shop.lost(shop.staff_token, *act, key))
        await shop.blocked()
        await shop.kill("run")
        await waiting
    await shop.start("run")
    after = await shop.send(shop.staff_token, "GET", path)
    first = await shop.again(shop.staff_token, *act, key)
    assert await shop.send(shop.staff_token, "GET", path) == after
    assert await shop.again(shop.staff_token, *act, key) == first


async def check(shop: House, verb: str, killing: Killing) -> None:
    """Kills an act in one way, and looks at what came of it."""
    before, state = BEFORE[verb]
    path = await moved(shop, *before)
    await killing(shop, path, (f"{path}/{verb}", BODIES.get(verb)))
    work = await shop.send(shop.staff_token, "GET", path)
    assert work["state"] == state
    await settled(shop)
    assert await shop.broken() == []
    if verb == "ready":
        assert len(shop.mails(f"ready-{work['id']}")) == 1


async def settled(shop: House) -> None:
    """Waits until the worker has done all that is due."""
    async with asyncio.timeout(30):
        while await shop.unfinished():  # noqa: ASYNC110 -- another process is watched
            await asyncio.sleep(0.05)


async def test_work_that_was_killed_while_it_was_put_ready_is_ready_once(killed: House) -> None:
    await check(killed, "ready", killed_before_the_answer)


@pytest.mark.nightly
@pytest.mark.parametrize("killing", [killed_before_the_commit, killed_before_the_answer])
@pytest.mark.parametrize("verb", BEFORE)
async def test_each_act_on_work_that_was_killed_happens_once(killed: House, verb: str, killing: Killing) -> None:
    await check(killed, verb, killing)


@pytest.mark.nightly
async def test_a_worker_killed_while_it_makes_the_work_makes_it_once_and_tells_once(killed: House) -> None:
    await killed.kill("worker")
    order = await ordered(killed)
    async with killed.held_commits():
        await killed.start("worker")
        await killed.blocked()
        await killed.kill("worker")
    await killed.start("worker")
    await settled(killed)
    found = await killed.send(killed.staff_token, "GET", "/v1/fulfilment-orders?limit=100")
    assert [each["order_id"] for each in found["items"]] == [order["id"]]
    assert len(killed.mails(f"order-confirmed-{order['id']}")) == 1
    assert await killed.broken() == []
