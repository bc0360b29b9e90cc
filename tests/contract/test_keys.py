"""Idempotency keys on every POST: one effect, the first answer again, and no other request under the same key."""

from typing import Any

import httpx
import msgspec

from tests.fuzz.conftest import Stage
from tests.fuzz.contract import Operation
from tests.fuzz.examples import examples

SHOWN_ONCE = "client_secret"
UNKEYED = "/v1/auth/", "/v1/payments/webhooks/"
KEY = "a-key-of-the-test"


def posts(stage: Stage) -> list[Operation]:
    """Every POST that takes a key."""
    return [
        each
        for each in stage.contract.operations.values()
        if each.method == "POST" and not each.path.startswith(UNKEYED)
    ]


def told(answer: httpx.Response) -> tuple[int, Any, str | None]:
    """What an answer says, but for a secret, which no second answer shows."""
    body = answer.json() if answer.content else {}
    return answer.status_code, {**body, SHOWN_ONCE: None}, answer.headers.get("etag")


async def test_every_post_takes_a_key_and_has_one_effect_under_it(stage: Stage) -> None:
    found, faults = examples(stage.world), []
    for operation in posts(stage):
        example = found[operation.id]
        first = await stage.sender.send(operation, example, key=KEY)
        again = await stage.sender.send(operation, example, key=KEY)
        if not first.is_success or told(again) != told(first):
            faults.append(
                f"{operation.id}: {first.status_code} {first.text[:200]}, then {again.status_code} {again.text[:200]}"
            )
        faults += stage.contract.faults(operation, again)
        if "idempotent-replayed" in first.headers or again.headers.get("idempotent-replayed") != "true":
            faults.append(f"{operation.id}: the second answer says {again.headers.get('idempotent-replayed')}")
    assert not faults, "\n".join(faults)


async def test_no_post_takes_another_request_under_a_key_that_was_used(stage: Stage) -> None:
    found, faults = examples(stage.world), []
    for operation in posts(stage):
        example = found[operation.id]
        await stage.sender.send(operation, example, key=KEY)
        other = await stage.sender.send(operation, example, key=KEY, content=example.encoded() + b" ")
        problem = (other.status_code, other.json().get("code"))
        if problem != (422, "idempotency_key_reused"):
            faults.append(f"{operation.id}: {problem}")
    assert not faults, "\n".join(faults)


async def test_where_money_or_stock_moves_a_key_is_demanded(stage: Stage) -> None:
    found, faults, demanding = examples(stage.world), [], set()
    for operation in posts(stage):
        header = next(each for each in operation.spec["parameters"] if each["name"] == "Idempotency-Key")
        if not header["required"]:
            continue
        demanding.add(operation.id)
        headers = {"authorization": f"Bearer {stage.world.tokens[found[operation.id].who]}"}
        refused = await stage.sender.raw(operation, found[operation.id], headers)
        if (refused.status_code, refused.json().get("code")) != (400, "idempotency_key_missing"):
            faults.append(f"{operation.id}: {refused.status_code} {refused.text[:200]}")
    assert not faults, "\n".join(faults)
    assert {
        "checkOutCart",
        "payOrder",
        "createRefund",
        "adjustStock",
        "handOverFulfilmentOrder",
        "refundReturn",
    } <= demanding


async def test_two_bodies_that_differ_in_a_space_are_two_requests() -> None:
    assert msgspec.json.decode(b'{"a": 1} ') == msgspec.json.decode(b'{"a":1}')
