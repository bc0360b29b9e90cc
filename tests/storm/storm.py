"""The storm: clients that act at random for a while, what they were answered, and what must never be among it."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import uuid4

import httpx

from tests.given.checkout import Shop
from tests.served import Api, Json, Served

FINE = {404, 409, 412, 422}
"""What an act that comes too late may be answered: it is gone, somebody was quicker, the rules say no. Anything else is a fault."""


@dataclass
class Storm:
    """One run: the shop, the callers, and a tally of what was answered."""

    server: Served
    shop: Shop
    staff: Api
    other: Api
    stores: Sequence[str]
    places: Sequence[str]
    articles: Sequence[str]
    skus: dict[str, str]
    supplier: str
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Other articles that were proposed: the order, and the proposal."""
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    async def send(self, who: Api, name: str, method: str, path: str, body: Json = None, **headers: str) -> Json:
        """Sends a request, some of them twice at once under one key; gives the body of a success, else None."""
        key = str(uuid4())
        twice = method == "POST" and not path.startswith("/v1/auth") and key[0] == "0"
        try:
            answers = await asyncio.gather(
                *(who.call(method, path, body, key=key, **headers) for _ in range(2 if twice else 1))
            )
        except httpx.TransportError as lost:
            self.faults.append(f"{name}: {type(lost).__name__}")
            return None
        found = None
        for answer in answers:
            self._note(name, answer)
            if answer.is_success:
                body_now = answer.json() if answer.content else {}
                if found is not None and body_now != found:
                    self.faults.append(f"{name}: one key, two answers: {found} and {body_now}")
                found = body_now
        return found

    def _note(self, name: str, answer: httpx.Response) -> None:
        code = "ok" if answer.is_success else str(answer.json().get("code", answer.status_code))
        self.tally[name, code] += 1
        if not answer.is_success and answer.status_code not in FINE:
            self.faults.append(f"{name}: {answer.status_code} {answer.text[:300]}")
        if "deadlock" in answer.text.casefold():
            self.faults.append(f"{name}: a deadlock was told to a client")

    def succeeded(self, name: str) -> int:
        """How often an act went through."""
        return self.tally[name, "ok"]

    def told(self) -> str:
        """The tally, for people."""
        return "\n".join(f"{count:6d}  {name}: {code}" for (name, code), count in sorted(self.tally.items()))


Act = Callable[[Storm, Random], Awaitable[None]]


LONGEST = 4
"""How many times as long a storm may last on a machine that has little time for it, until what must happen has happened."""


async def rage(
    storm: Storm, acts: Sequence[tuple[int, Act]], *, clients: int, seconds: float, seed: int, must: Collection[str]
) -> None:
    """Lets so many clients act at random for so long, each act as often as its weight says, with the worker beside them; longer where an
    act that must go through has not yet.
    """
    until, latest = time.monotonic() + seconds, time.monotonic() + LONGEST * seconds

    def goes_on() -> bool:
        now = time.monotonic()
        return now < until or (now < latest and not all(storm.succeeded(name) for name in must))

    weights, kinds = [weight for weight, _ in acts], [act for _, act in acts]

    async def client(nth: int) -> None:
        random = Random(f"{seed}:{nth}")
        while goes_on():
            (act,) = random.choices(kinds, weights)
            await act(storm, random)

    worker = storm.server.program.worker
    working = asyncio.create_task(worker.run())
    try:
        await asyncio.gather(*(client(nth) for nth in range(clients)))
    finally:
        worker.stop()
        await working
    await storm.server.work()
