"""Everything at once: each operation sent several times in any order by many clients; no 5xx, one effect for a key, the books in order."""

import asyncio
import random

import httpx

from tests.fuzz.conftest import Stage
from tests.fuzz.contract import Operation
from tests.fuzz.examples import Example, examples

CLIENTS = 16
TIMES = 3


async def test_every_operation_at_once_breaks_nothing(stage: Stage) -> None:
    found, faults = examples(stage.world), []
    waiting = [
        (operation, found[operation.id], f"{operation.id} {nth % 2}")
        for operation in stage.contract.operations.values()
        for nth in range(TIMES)
    ]
    random.Random(7).shuffle(waiting)
    effects: dict[str, set[bytes]] = {}

    async def send(operation: Operation, example: Example, key: str) -> httpx.Response:
        return await stage.sender.send(operation, example, key=key)

    async def client() -> None:
        while waiting:
            operation, example, key = waiting.pop()
            answer = await send(operation, example, key)
            faults.extend(stage.contract.faults(operation, answer))
            if answer.is_success and operation.method == "POST" and "client_secret" not in answer.text:
                effects.setdefault(key, set()).add(answer.content)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    assert not faults, "\n".join(faults)
    keyed = {each.id for each in stage.contract.operations.values() if "Idempotency-Key" in each.headers}
    assert {key: len(seen) for key, seen in effects.items() if key.partition(" ")[0] in keyed and len(seen) > 1} == {}
    assert len(effects) > 60
