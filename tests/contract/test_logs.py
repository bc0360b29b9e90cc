"""What the server logs while every operation is called: which operation, how it ended, how long it took; nobody's data and no secrets."""

from typing import Any

import structlog

from tests.fuzz.conftest import Stage
from tests.fuzz.examples import examples
from tests.fuzz.mutate import wrong_bodies
from tests.given.identity import PASSWORD


async def test_no_personal_data_and_no_secret_is_logged(stage: Stage) -> None:
    found = examples(stage.world)
    with structlog.testing.capture_logs() as logs:
        for operation in stage.contract.operations.values():
            for wrong in list(wrong_bodies(stage.contract, operation, found[operation.id]))[:3]:
                await stage.sender.send(operation, found[operation.id], content=wrong.encoded())
            await stage.sender.send(operation, found[operation.id])
        await stage.server.work()
    written = "\n".join(str(entry) for entry in logs)
    requests = [entry for entry in logs if entry["event"] == "request"]
    assert len(requests) > len(found)
    names = {name for entry in requests for name in entry if not name.endswith("_id")}
    assert names <= {"event", "operation", "method", "status", "ms", "log_level"}
    assert [secret for secret in secrets(stage) if secret in written] == []


def secrets(stage: Stage) -> list[str]:
    """What must never be written: people's data, passwords, tokens, codes."""
    world = stage.world
    codes: list[Any] = [world.seen[name]["token"] for name in ("code.verify", "code.reset", "code.order")]
    tokens = [token for token in world.tokens.values() if token]
    refresh = [world.seen[name]["refresh_token"] for name in ("session.anonymous", "session.shopper")]
    people = ["@example.com", "@shop.example", "Carrer Gran", "+34 600", "Somebody", "Barcelona"]
    return [
        *people,
        PASSWORD,
        "another password",
        "pm_card",
        world.seen["client.spare"]["client_secret"],
        *codes,
        *tokens,
        *refresh,
    ]
