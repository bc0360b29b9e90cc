"""Group commit in the application: whoever waits while a batch runs goes along with the next one.

No timer and no fixed size: alone, a request is a batch of one and starts at once; under load a hot row is locked once for many requests
instead of once for each.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from commerce.kernel.errors import Bug, Refusal
from commerce.platform.connections import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")
Home = TypeVar("Home")

BATCH_MOST = 128
PATIENCE_SECONDS = 0.05
AT_ONCE_MOST = 4


class _Waiting(NamedTuple, Generic[Item, Result]):
    item: Item
    answer: "asyncio.Future[Result]"


class Grouped(Generic[Home, Item, Result]):
    """A verb whose requests are joined: `hold = Grouped(hold_all)`, `await hold(db, item)`.

    `run` takes a database, or what reads one, and the items of one batch in the order in which they came, and gives for each, in that
    order, its result or its refusal. One batch at a time runs for each database and event loop; only one that waits long for somebody else's lock is overtaken by
    the next, so that it does not stop those who want other rows. `run` must bear the same item twice: a batch that fails as a whole is run
    again one item at a time, so that a faulty item fails alone; an unavailable database is told to all at once.
    """

    def __init__(
        self,
        run: Callable[[Home, Sequence[Item]], Awaitable[Sequence[Result | Refusal]]],
        *,
        most: int = BATCH_MOST,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._run = run
        self._most = most
        self._patience_seconds = patience_seconds
        self._lines: WeakKeyDictionary[Home, _Line[Home, Item, Result]] = WeakKeyDictionary()

    async def __call__(self, db: Home, item: Item) -> Result:
        """Gives the item's result or raises its refusal. A caller that is cancelled while it waits takes its item along; once the batch
        runs, the item's effect stands whether or not somebody still listens.
        """
        loop = asyncio.get_running_loop()
        line = self._lines.get(db)
        if line is None or line.loop is not loop:
            line = self._lines[db] = _Line(loop, self._run, self._most, self._patience_seconds)
        return await line.join(db, item)


class _Line(Generic[Home, Item, Result]):
    """Who waits at one database in one event loop. It knows the database only while somebody waits, so as not to keep it alive."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        run: Callable[[Home, Sequence[Item]], Awaitable[Sequence[Result | Refusal]]],
        most: int,
        patience_seconds: float,
    ) -> None:
        self.loop = loop
        self._run = run
        self._most = most
        self._patience_seconds = patience_seconds
        self._waiting: deque[_Waiting[Item, Result]] = deque()
        self._alone: deque[_Waiting[Item, Result]] = deque()
        self._running: dict[asyncio.Task[Sequence[Result | Refusal]], asyncio.TimerHandle] = {}
        self._slow: set[asyncio.Task[Sequence[Result | Refusal]]] = set()

    def join(self, db: Home, item: Item) -> "asyncio.Future[Result]":
        answer: asyncio.Future[Result] = self.loop.create_future()
        self._waiting.append(_Waiting(item, answer))
        self._go(db)
        return answer

    def _go(self, db: Home) -> None:
        """Starts the next batch if somebody waits and none is under way but slow ones, of which there are not too many."""
        if len(self._running) > len(self._slow) or len(self._running) >= AT_ONCE_MOST:
            return
        batch = self._next()
        if not batch:
            return
        # An empty context: a batch belongs to no single request, so it carries no one's request id or span.
        task = self.loop.create_task(_awaited(self._run(db, [each.item for each in batch])), context=Context())
        self._running[task] = self.loop.call_later(self._patience_seconds, self._overtake, db, task)
        task.add_done_callback(lambda done: self._finished(db, done, batch))

    def _overtake(self, db: Home, task: "asyncio.Task[Sequence[Result | Refusal]]") -> None:
        self._slow.add(task)
        self._go(db)

    def _next(self) -> "list[_Waiting[Item, Result]]":
        while self._alone:
            one = self._alone.popleft()
            if not one.answer.done():
                return [one]
        batch: list[_Waiting[Item, Result]] = []
        while self._waiting and len(batch) < self._most:
            one = self._waiting.popleft()
            if not one.answer.done():  # a cancelled caller's is
                batch.append(one)
        return batch

    def _finished(
        self, db: Home, done: "asyncio.Task[Sequence[Result | Refusal]]", batch: "list[_Waiting[Item, Result]]"
    ) -> None:
        if done.cancelled():
            for one in batch:
                one.answer.cancel()
        elif (failure := done.exception()) is None:
            _deliver(done.result(), batch)
        elif len(batch) > 1 and not isinstance(failure, Unavailable):
            self._alone.extend(batch)
        else:
            for one in batch:
                _tell(one.answer, failure)
        # After whoever was answered has run: those who come again at once then join the next batch and not the one after.
        self.loop.call_soon(self._ended, db, done)

    def _ended(self, db: Home, done: "asyncio.Task[Sequence[Result | Refusal]]") -> None:
        self._running.pop(done).cancel()
        self._slow.discard(done)
        self._go(db)


async def _awaited(running: Awaitable[Sequence[Result | Refusal]]) -> Sequence[Result | Refusal]:
    return await running


def _deliver(results: Sequence[Result | Refusal], batch: "list[_Waiting[Item, Result]]") -> None:
    if len(results) != len(batch):
        for one in batch:
            _tell(one.answer, Bug(f"{len(results)} answers for a batch of {len(batch)}"))
        return
    for one, result in zip(batch, results, strict=True):
        if isinstance(result, Refusal):
            _tell(one.answer, result)
        elif not one.answer.done():
            one.answer.set_result(result)


def _tell(answer: "asyncio.Future[Result]", failure: BaseException) -> None:
    if not answer.done():
        answer.set_exception(failure)
