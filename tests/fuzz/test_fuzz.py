"""Every operation, with what the document allows and what it does not, as every kind of caller: no 5xx, no answer outside the document.

The audit of the books at the end is the stage's own. `FUZZ_SEED` repeats a nightly run.
"""

import os
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from tests.fuzz.conftest import Stage
from tests.fuzz.contract import Operation
from tests.fuzz.examples import Example, examples
from tests.fuzz.generate import Generator
from tests.fuzz.mutate import other_bodies
from tests.fuzz.share import WHOLE, part_of
from tests.fuzz.world import CALLERS

PARTS = 6
# These end sessions: they are sent by those whom nobody else needs.
ONLY_AS = {"signOut": ("forgetful",), "changePassword": ("leaving",), "resetPassword": ("nobody",)}


class Run:
    """Sends requests and keeps what was wrong with their answers, and which operations gave a 2xx."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.faults: list[str] = []
        self.reached: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    async def send(self, operation: Operation, example: Example, who: str, *, content: bytes | None = None) -> None:
        """Sends one request as somebody, and judges the answer."""
        try:
            answer = await self.stage.sender.send(operation, example, who=who, content=content)
        except httpx.InvalidURL:  # longer than a URL may be: no client can send it
            return
        self.statuses[answer.status_code] += 1
        self.reached[operation.id] += answer.is_success
        if answer.status_code in {404, 405} and not is_sound(operation, example):
            return  # the path is no path of the API at all
        for fault in self.stage.contract.faults(operation, answer):
            sent = example.encoded() if content is None else content
            self.faults.append(f"{fault}\n    as {who}, sent {sent[:800]!r} {example.form or ''}")

    def told(self) -> str:
        """What is to be read at the end."""
        missed = sorted(name for name, count in self.reached.items() if not count)
        return f"{sum(self.statuses.values())} requests {dict(self.statuses)}; no 2xx of {missed}"


def is_sound(operation: Operation, example: Example) -> bool:
    """Whether the path is one of the operation's: each id in it is one."""
    for parameter in operation.spec.get("parameters", ()):
        if parameter["in"] == "path" and parameter["schema"].get("format") == "uuid":
            try:
                UUID(example.path[parameter["name"]])
            except ValueError:
                return False
    return all(value not in {"", ".", ".."} and "/" not in value for value in example.path.values())


async def fuzz(stage: Stage, operations: list[Operation], *, valid: int, wrong: int, seed: int, share: int) -> Run:
    """Sends generated requests, then valid examples with one thing changed each, to some operations: one in `share` of them, as two callers;
    all of them, as every caller, when that is 1.
    """
    run, generator, found = Run(stage), Generator(stage.contract, stage.world, seed), examples(stage.world)
    for nth, operation in enumerate(operations):
        callers = ONLY_AS.get(operation.id, CALLERS)
        for position, example in enumerate(generator.requests(operation, valid, wrong)):
            turn = (nth + position) % len(callers)
            for who in callers if share == WHOLE else {found[operation.id].who, callers[turn]}:
                await run.send(operation, example, who)
    for nth, operation in enumerate(operations):
        example = found[operation.id]
        await run.send(operation, example, example.who)
        for other in part_of(other_bodies(stage.contract, operation, example), nth, share):
            await run.send(operation, example, example.who, content=other.encoded())
    await stage.server.work()
    return run


@pytest.mark.parametrize("part", range(PARTS))
async def test_generated_requests_are_answered_within_the_document(stage: Stage, part: int) -> None:
    operations = list(stage.contract.operations.values())[part::PARTS]
    run = await fuzz(stage, operations, valid=1, wrong=1, seed=20260310, share=4)
    print(run.told())
    assert not run.faults, f"{len(run.faults)} faults\n" + "\n".join(run.faults[:20])


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(PARTS))
async def test_many_generated_requests_as_every_caller(stage: Stage, part: int) -> None:
    seed = int(os.environ.get("FUZZ_SEED") or datetime.now(UTC).strftime("%Y%m%d"))
    operations = list(stage.contract.operations.values())[part::PARTS]
    run = await fuzz(stage, operations, valid=60, wrong=40, seed=seed, share=WHOLE)
    print(f"FUZZ_SEED={seed}: {run.told()}")
    assert not run.faults, f"FUZZ_SEED={seed}: {len(run.faults)} faults\n" + "\n".join(run.faults[:50])
