"""Two server processes on one database: what is changed is seen by both within a second, and by each basket whole or not at all."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

import httpx
import pytest

from commerce import pricing
from commerce.kernel import clock
from commerce.platform.database import Database
from commerce.platform.embedded import free_port
from commerce.pricing.schemas import PriceListPatch
from tests.given import pricing as given, promotions
from tests.plain import PLAIN
from tests.quotes.shop import Shop, open_shop
from tests.quotes.world import body
from tests.served import ENCRYPTION_KEY, Api

READY_SECONDS: Final = 120
AT_MOST_SECONDS: Final = 1.0
LOOKED_SECONDS: Final = 1.05
BUYERS: Final = 2
"""So many ask each process, one quote after the other."""

log = logging.getLogger(__name__)
Figures = tuple[tuple[int, int], ...]
"""Unit price and discount of each line."""


class Seen(NamedTuple):
    """One quote: by which process, when it was asked for and when it was there, and what it said."""

    process: int
    asked: float
    answered: float
    figures: Figures


@asynccontextmanager
async def process(dsn: str, folder: Path) -> AsyncIterator[Api]:
    """A server process of its own, as the product starts them, with a shopper who asks it."""
    port = free_port()
    command = ("-m", "granian", "--interface", "asgi", "--factory", "--loop", "uvloop", "--workers", "1")
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        *("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "commerce.app.asgi:create"),
        env={
            **os.environ,
            "DATABASE_URL": dsn,
            "COMMERCE_DATA_DIR": str(folder),
            "COMMERCE_WORKER_IN_PROCESS": "false",
            "COMMERCE_RATE_LIMIT_PER_MINUTE": "0",
            "COMMERCE_LOG_LEVEL": "warning",
            "COMMERCE_KEY_ENCRYPTION_KEY": ENCRYPTION_KEY,
        },
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10, verify=PLAIN) as http:
            await _ready(http, running)
            token = (await http.post("/v1/auth/anonymous", json={})).json()["access_token"]
            yield Api(http, token)
    finally:
        running.terminate()
        await running.wait()


async def _ready(http: httpx.AsyncClient, running: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while True:
            try:
                if (await http.get("/health")).is_success:
                    return
            except httpx.TransportError:
                assert running.returncode is None
            await asyncio.sleep(0.02)


@asynccontextmanager
async def two_processes(dsn: str, folder: Path) -> AsyncIterator[list[Api]]:
    """Two of them, started at once."""
    async with AsyncExitStack() as started:
        begun = [process(dsn, folder) for _ in range(2)]
        yield list(await asyncio.gather(*(started.enter_async_context(each) for each in begun)))


async def quoted(api: Api, shop: Shop) -> Figures:
    """What a quote of a pot and a book says."""
    quote = await api.post("/v1/quotes", body((shop.pot, 1, None), (shop.book, 1, None)))
    return tuple((line["unit"]["amount"], line["discount"]["amount"]) for line in quote["basket"]["lines"])


async def watched(apis: list[Api], shop: Shop, change: Callable[[], Awaitable[object]]) -> tuple[float, list[Seen]]:
    """Makes a change while both processes are asked all the time; gives the instant of its commit, and all quotes until well after it: each
    who asks goes on until they have asked then, however long an answer takes.
    """
    seen: list[Seen] = []
    until = float("inf")

    async def ask(number: int) -> None:
        asked = 0.0
        while asked < until:
            asked = monotonic()
            figures = await quoted(apis[number], shop)
            seen.append(Seen(number, asked, monotonic(), figures))

    async with asyncio.TaskGroup() as group:
        for number in range(len(apis)):
            for _ in range(BUYERS):
                group.create_task(ask(number))
        await asyncio.sleep(0.2)
        await change()
        committed = monotonic()
        until = committed + LOOKED_SECONDS
    return committed, seen


def check(before: Figures, after: Figures, committed: float, seen: list[Seen]) -> list[tuple[float, float]]:
    """Refuses a quote that is neither the one nor the other, an old one asked for too late, and a process that was not looked at.

    Gives for each process after how many seconds the first new quote was there, and the last old one was asked for.
    """
    assert {each.figures for each in seen} == {before, after}
    measured: list[tuple[float, float]] = []
    for number in range(2):
        mine = [each for each in seen if each.process == number]
        first_new = min(each.answered for each in mine if each.figures == after) - committed
        last_old = max(each.asked for each in mine if each.figures == before) - committed
        assert last_old < AT_MOST_SECONDS
        assert any(each.asked - committed > AT_MOST_SECONDS for each in mine)
        measured.append((round(first_new, 3), round(last_old, 3)))
    return measured


async def test_prices_a_list_and_a_promotion_are_seen_by_both_processes_within_a_second_and_never_by_half_a_basket(
    dsn: str, db: Database, tmp_path: Path
) -> None:
    shop = await open_shop(db)
    sale = await given.price_list(db, priority=10, active=False)
    await given.prices(db, {shop.pot: 999, shop.book: 495}, list_id=sale)
    tenth = await promotions.draft(db)

    async def other_prices() -> None:
        await given.prices(db, {shop.pot: 1899, shop.book: 890})

    async def another_list() -> None:
        version = (await pricing.price_list(db.reading, sale)).version
        await db.transact(pricing.change_list, sale, version, PriceListPatch(active=True), at=clock.now())

    async def a_promotion() -> None:
        await promotions.publish(db, tenth)

    steps: list[tuple[Callable[[], Awaitable[None]], Figures]] = [
        (other_prices, ((1899, 0), (890, 0))),
        (another_list, ((999, 0), (495, 0))),
        (a_promotion, ((999, 100), (495, 49))),
    ]
    before: Figures = ((1999, 0), (990, 0))
    async with two_processes(dsn, tmp_path) as apis:
        assert [await quoted(each, shop) for each in apis] == [before, before]
        for change, after in steps:
            committed, seen = await watched(apis, shop, change)
            log.info("%s: %s", change.__name__, check(before, after, committed, seen))
            before = after


def test_the_check_refuses_half_a_basket_and_an_old_price_that_lasts() -> None:
    old: Figures = ((10, 0), (20, 0))
    new: Figures = ((11, 0), (22, 0))
    good = [Seen(number, at, at + 0.1, new if at > 0.3 else old) for number in (0, 1) for at in (-0.1, 0.2, 0.4, 1.1)]
    assert check(old, new, 0.0, good) == [(0.5, 0.2), (0.5, 0.2)]
    for wrong in (Seen(1, 0.5, 0.6, ((11, 0), (20, 0))), Seen(0, 1.2, 1.3, old)):
        with pytest.raises(AssertionError):
            check(old, new, 0.0, [*good, wrong])
