"""Baskets: a quote of three lines, and one more unit in a cart of three lines; each with an idempotency key, as a client should send it."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import uuid4

import msgspec

from tests.bench.house import House, shopper_token
from tests.bench.load import Connection, RefusedError, Unit, request
from tests.bench.row import Row, Sides

Json: TypeAlias = Any
LINES = 3
BODIES = 100
# What differs between two answers to the same request: ids, instants, versions, signatures.
OWN = {"id", "customer_id", "created_at", "updated_at", "expires_at", "signed", "version"}
FLOOR = "a bare Litestar handler with the price engine over facts in memory and one hand-written durable statement"


@asynccontextmanager
async def quote(house: House) -> AsyncIterator[Sides]:
    """Prices, signs and keeps baskets of three lines from two stores."""
    token = await shopper_token(house.server.url)
    bodies = [_basket(house, random.Random(nth)) for nth in range(BODIES)]

    async def ours(connection: Connection, client: int, count: int) -> None:
        await connection.expect(201, _post("/v1/quotes", bodies[(client * 31 + count) % BODIES], token))

    async def floor(connection: Connection, client: int, count: int) -> None:
        await connection.expect(201, _post("/litestar/quotes", bodies[(client * 31 + count) % BODIES]))

    await _same(house, _post("/v1/quotes", bodies[0], token), _post("/litestar/quotes", bodies[0]))
    yield _sides(house, ours, floor)


@asynccontextmanager
async def cart_add(house: House) -> AsyncIterator[Sides]:
    """Each client has a cart with three lines and adds one unit to one of them at a time."""
    token = await shopper_token(house.server.url)
    carts = [await _carts(house, token, nth) for nth in range(house.how.clients)]
    await house.execute("bench_floor", *(_copied(copied) for _, copied, _ in carts))

    async def ours(connection: Connection, client: int, count: int) -> None:
        cart, _, bodies = carts[client]
        await connection.expect(201, _post(f"/v1/carts/{cart}/lines", bodies[count % LINES], token))

    async def floor(connection: Connection, client: int, count: int) -> None:
        cart, _, bodies = carts[client]
        await connection.expect(201, _post(f"/litestar/carts/{cart}/lines", bodies[count % LINES]))

    cart, _, bodies = carts[0]
    await _same(
        house, _post(f"/v1/carts/{cart}/lines", bodies[0], token), _post(f"/litestar/carts/{cart}/lines", bodies[0])
    )
    yield _sides(house, ours, floor)


def _sides(house: House, ours: Unit, floor: Unit) -> Sides:
    return Sides(
        ours=lambda: house.served(ours),
        floor=lambda: house.served(floor, by=house.floor),
        says=FLOOR,
        clients=house.how.clients,
        seconds=house.how.seconds,
        data={**house.world.sizes, "lines": LINES},
    )


def _post(path: str, body: bytes, token: str | None = None) -> bytes:
    if token is None:
        return request("POST", path, body)
    return request("POST", path, body, authorization=f"Bearer {token}", idempotency_key=str(uuid4()))


def _basket(house: House, dice: random.Random) -> bytes:
    stores = dice.sample(house.world.stores, 2)
    chosen = dice.sample(house.world.variant_ids, LINES)
    lines = [
        {"variant_id": str(variant), "quantity": 1 + nth, "group": f"pickup:{stores[nth % 2]}"}
        for nth, variant in enumerate(chosen)
    ]
    return msgspec.json.encode({"lines": lines})


async def _carts(house: House, token: str, nth: int) -> tuple[str, Json, list[bytes]]:
    """Begins a cart; gives its id, its answer, and a request for each of its lines."""
    dice = random.Random(nth)
    store = house.world.stores[nth % len(house.world.stores)]
    lines = [
        {
            "variant_id": str(variant),
            "quantity": 1,
            "fulfilment": {"kind": "pickup", "location_id": str(store)},
        }
        for variant in dice.sample(house.world.variant_ids, LINES)
    ]
    connection = await Connection.open(house.server.url)
    made = msgspec.json.decode(
        await connection.expect(201, _post("/v1/carts", msgspec.json.encode({"lines": lines}), token))
    )
    connection.close()
    return made["id"], made, [msgspec.json.encode({"lines": [line]}) for line in lines]


def _copied(cart: Json) -> str:
    """Gives the SQL that makes the same cart for the floor."""
    header = f"""
      INSERT INTO carts (id, owner, channel_id, country, language, state, created_at, updated_at)
      VALUES ('{cart["id"]}', 'shopper:bench', '{cart["channel_id"]}', 'ES', 'en', 'active', now(), now());"""
    lines = ", ".join(
        f"('{line['id']}', '{cart['id']}', '{line['variant_id']}', {line['quantity']}, 'pickup:{line['fulfilment']['location_id']}')"
        for line in cart["lines"]
    )
    return f'{header} INSERT INTO cart_lines (id, cart_id, variant_id, quantity, "group") VALUES {lines}'


async def _same(house: House, ours: bytes, floor: bytes) -> None:
    """Refuses to compare what is not the same but for ids and instants."""
    one, other = await Connection.open(house.server.url), await Connection.open(house.floor.url)
    wanted, given = (
        _bare(msgspec.json.decode(answer)) for answer in (await one.expect(201, ours), await other.expect(201, floor))
    )
    one.close()
    other.close()
    if wanted != given:
        raise RefusedError(f"the floor gives something else: {given} instead of {wanted}")


def _bare(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _bare(each) for name, each in value.items() if name not in OWN}
    return [_bare(each) for each in value] if isinstance(value, list) else value


ROWS = [Row(name="quote", ready=quote, goal=0.5), Row(name="cart.add", ready=cart_add, goal=0.5)]
