"""Follow the feed of facts as it grows: one reader in a process for all who listen for the same facts.

A listener misses nothing and hears nothing twice: it reads by itself from where it wants to begin, until it has caught up with what is read
for all, and goes on from there. One that falls behind reads by itself again. Positions in the feed are given after the commit, one after the
other, so that whoever has seen a position has seen all before it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence

import msgspec
from sqlalchemy import BigInteger, Integer, func, select

from commerce.platform.connections import Unavailable
from commerce.platform.database import Reading
from commerce.platform.events import StoredEvent, event_feed, events, stored_events
from commerce.platform.statement import Statement, any_of, given

POLL_SECONDS = 0.25
AWAY_SECONDS = 1.0
BEGIN_SECONDS = 10
PAGE = 200
WAITING_MOST = 50
LISTENERS_MOST = 1_000

LAST = Statement(select(func.coalesce(func.max(event_feed.c.position), 0)))
BETWEEN = Statement(
    stored_events()
    .where(
        event_feed.c.position > given("after", BigInteger),
        event_feed.c.position <= given("upto", BigInteger),
        any_of(events.c.tag, "tags"),
    )
    .order_by(event_feed.c.position)
    .limit(given("most", Integer)),
    into=StoredEvent,
)


class Heard(msgspec.Struct, frozen=True):
    """The facts that were listened for, up to a position; none when only the position moved, or time passed."""

    upto: int
    facts: Sequence[StoredEvent] = ()


class _Channel:
    """Those who listen for the same facts, and the task that reads for them."""

    def __init__(self, reading: Reading, tags: Collection[str]) -> None:
        self.reading, self.tags = reading, sorted(tags)
        self.listeners: set[asyncio.Queue[Heard | None]] = set()
        self.task: asyncio.Task[None] | None = None
        # What comes after `upto` is told to all who listen by then; set before `reading_on` is.
        self.upto = 0
        self.reading_on = asyncio.Event()

    async def page(self, after: int) -> Heard:
        """Reads the next facts after a position; as it was given when there is nothing new."""
        last: int = await self.reading.fetch_value(LAST)
        if last <= after:
            return Heard(after)
        facts = await self.reading.fetch(BETWEEN, after=after, upto=last, tags=self.tags, most=PAGE)
        return Heard(facts[-1].position if len(facts) == PAGE else last, facts)

    async def read(self) -> None:
        """Tells all listeners what is new, for as long as there are any."""
        try:
            while self.listeners:
                try:
                    await self._read_on()
                except Unavailable:
                    await asyncio.sleep(AWAY_SECONDS)
        finally:
            self.reading_on.clear()

    async def _read_on(self) -> None:
        if not self.reading_on.is_set():
            self.upto = await self.reading.fetch_value(LAST)
            self.reading_on.set()
        heard = await self.page(self.upto)
        if heard.upto > self.upto:
            self.upto = heard.upto
            for queue in self.listeners:
                _tell(queue, heard)
        if len(heard.facts) < PAGE:
            await asyncio.sleep(POLL_SECONDS)


def _tell(queue: "asyncio.Queue[Heard | None]", heard: Heard) -> None:
    """Puts news into a listener's queue; a full one is emptied, and its owner told to read by itself."""
    if not queue.full():
        queue.put_nowait(heard)
        return
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)


class Following:
    """What a process follows of one database's feed. Listening ends with `stop`, and once `stopping` says that the process is to end."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._channels: dict[frozenset[str], _Channel] = {}
        self._stopped = False
        self.stopping: Callable[[], bool] = lambda: False

    async def now(self) -> int:
        """Gives the last position in the feed."""
        last: int = await self._reading.fetch_value(LAST)
        return last

    async def listen(self, tags: Collection[str], after: int, *, every_seconds: float = 1.0) -> AsyncIterator[Heard]:
        """Gives what follows a position, as it comes, and a sign of life when nothing does for so long. Ends when the process stops.

        Refuses with Unavailable when too many listen already, and when the database is away while it catches up.
        """
        channel = self._channels.setdefault(frozenset(tags), _Channel(self._reading, tags))
        if sum(len(each.listeners) for each in self._channels.values()) >= LISTENERS_MOST:
            raise Unavailable("Too many streams are open; ask again later.", retry_after_seconds=30)
        queue: asyncio.Queue[Heard | None] = asyncio.Queue(WAITING_MOST)
        channel.listeners.add(queue)
        if channel.task is None or channel.task.done():
            channel.task = asyncio.create_task(channel.read())
        try:
            async for heard in self._heard(channel, queue, after, every_seconds):
                yield heard
        finally:
            channel.listeners.discard(queue)

    async def _heard(
        self, channel: _Channel, queue: "asyncio.Queue[Heard | None]", after: int, every_seconds: float
    ) -> AsyncIterator[Heard]:
        await _begun(channel)
        upto, told_from = min(after, await self.now()), channel.upto
        while not (self._stopped or self.stopping()):
            if upto < told_from:
                page = await channel.page(upto)
            else:
                page = await _next(queue, every_seconds) or Heard(upto)
                if page is BEHIND:
                    told_from = channel.upto
                    continue
                page = Heard(max(upto, page.upto), [fact for fact in page.facts if fact.position > upto])
            upto = page.upto
            yield page

    async def stop(self) -> None:
        """Ends all listening."""
        self._stopped = True
        for channel in self._channels.values():
            if channel.task is not None:
                channel.task.cancel()


BEHIND = Heard(-1)


async def _begun(channel: _Channel) -> None:
    """Waits until news is being told; refuses with Unavailable when the database is away."""
    try:
        async with asyncio.timeout(BEGIN_SECONDS):
            await channel.reading_on.wait()
    except TimeoutError:
        raise Unavailable("The database cannot be reached.", retry_after_seconds=2) from None


async def _next(queue: "asyncio.Queue[Heard | None]", seconds: float) -> Heard | None:
    """Gives the next news; None when nothing came in time, BEHIND when there were too many."""
    try:
        async with asyncio.timeout(seconds):
            return await queue.get() or BEHIND
    except TimeoutError:
        return None
