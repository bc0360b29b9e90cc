"""From an empty cart to a placed order: three requests, all of them counted. Paid in the store on collection, and by card.

The floor of the first writes the same rows by one PL/pgSQL function. The function is made from what one real order wrote, so it cannot fall
behind the tables; a run of both compares how many rows each has written to which table.
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import msgspec

from commerce.kernel.money import Money
from tests.bench import pgbench, same_rows
from tests.bench.house import FLOOR, SHOP, House, Sample, shopper_token
from tests.bench.load import Connection, RefusedError, Unit, request
from tests.bench.row import Row, Sides

LINES = 2
FLOOR_SAYS = "the same rows written by one PL/pgSQL function called by pgbench"
CONTACT = msgspec.json.encode({"email": "shopper@example.com", "name": "A Shopper"})
ON_COLLECTION = {"kind": "on_collection"}
BY_CARD = {"kind": "card", "payment_method": "pm_card_visa", "return_url": "https://shop.example.com/back"}


class _Cart(msgspec.Struct):
    id: str
    total: Money


class _Ordered(msgspec.Struct):
    state: str


@asynccontextmanager
async def checkout(house: House) -> AsyncIterator[Sides]:
    """Two lines, collected in one store and paid there."""
    unit = await _buying(house, ON_COLLECTION)
    connection = await Connection.open(house.server.url)

    async def once() -> None:
        await unit(connection, 0, 0)

    await once()  # what is read for the first time only is not of this order
    order = await same_rows.written(house.dsn(SHOP), once)
    connection.close()
    await same_rows.make_function(house.dsn(FLOOR), order, house.world)
    await same_rows.prove(house.dsn(FLOOR), order)

    async def floor() -> Sample:
        script = same_rows.script(house.world)
        return await pgbench.run(house, FLOOR, script, clients=house.how.clients, seconds=house.how.seconds)

    yield Sides(
        ours=lambda: house.served(unit),
        floor=floor,
        says=FLOOR_SAYS,
        clients=house.how.clients,
        seconds=house.how.seconds,
        data={**house.world.sizes, "lines": LINES, "requests": 3, "rows_written": order.counts},
    )


@asynccontextmanager
async def checkout_card(house: House) -> AsyncIterator[Sides]:
    """The same by card: the payment provider's stand-in authorises it, and its own CPU is shown apart."""
    unit = await _buying(house, BY_CARD)
    yield Sides(
        ours=lambda: house.served(unit, with_sandbox=True),
        clients=house.how.clients,
        seconds=house.how.seconds,
        data={**house.world.sizes, "lines": LINES, "requests": 3},
    )


async def _buying(house: House, payment: dict[str, str]) -> Unit:
    tokens = [await shopper_token(house.server.url) for _ in range(house.how.clients)]
    dice = random.Random(5)

    async def unit(connection: Connection, client: int, _count: int) -> None:
        def asked(method: str, path: str, body: bytes) -> bytes:
            key = {"idempotency_key": str(uuid4())} if method == "POST" else {}
            return request(method, path, body, authorization=f"Bearer {tokens[client]}", **key)

        body = _lines(house, dice)
        cart = msgspec.json.decode(await connection.expect(201, asked("POST", "/v1/carts", body)), type=_Cart)
        await connection.expect(200, asked("PUT", f"/v1/carts/{cart.id}/contact", CONTACT))
        wish = msgspec.json.encode({"accepted_total": cart.total, "payment": payment})
        answer = await connection.expect(201, asked("POST", f"/v1/carts/{cart.id}/checkout", wish))
        if msgspec.json.decode(answer, type=_Ordered).state != "placed":
            raise RefusedError(f"the order is not placed: {answer[:400].decode()}")

    return unit


def _lines(house: House, dice: random.Random) -> bytes:
    choice: dict[str, Any] = {"kind": "pickup", "location_id": str(dice.choice(house.world.stores))}
    variants = dice.sample(house.world.variant_ids, LINES)
    return msgspec.json.encode(
        {"lines": [{"variant_id": str(each), "quantity": 1, "fulfilment": choice} for each in variants]}
    )


ROWS = [
    Row(name="checkout", ready=checkout, goal=0.25),
    Row(name="checkout.card", ready=checkout_card),
]
