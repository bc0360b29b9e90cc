"""A small HTTP/1.1 load client: keep-alive connections, whole answers, latencies. It runs beside the server, never inside it.

It checks what it gets: a unit of work whose answer is not the one expected ends the run, so that a refusal never counts as a fast success.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30
SHOWN_BYTES = 400

Read = TypeVar("Read")


class RefusedError(AssertionError):
    """A unit of work did not end as it should: its figures would be those of something else."""


class Answer(NamedTuple):
    """A status and a body."""

    status: int
    body: bytes


class Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._head = -1
        self._length = 0
        self._waiting: asyncio.Future[Answer] | None = None

    @classmethod
    async def open(cls, url: str) -> "Connection":
        """Connects."""
        parts = urlsplit(url)
        _, made = await asyncio.get_running_loop().create_connection(cls, parts.hostname or "", parts.port or 80)
        return made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Is told that it stands."""
        self._transport = transport  # type: ignore[assignment]

    async def send(self, raw: bytes) -> Answer:
        """Sends a whole request and gives the whole answer."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        return await self._waiting

    async def expect(self, status: int, raw: bytes) -> bytes:
        """Sends a request and gives the body of its answer; any other status than the expected one is a RefusedError."""
        answer = await self.send(raw)
        if answer.status != status:
            first = raw.partition(b"\r\n")[0].decode()
            raise RefusedError(f"{first}: {answer.status} instead of {status}: {answer.body[:SHOWN_BYTES].decode()}")
        return answer.body

    def data_received(self, data: bytes) -> None:
        """Collects an answer."""
        self._buffer += data
        if self._head < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._head = end + 4
            self._length = _length(bytes(self._buffer[:end]).lower())
        whole = self._head + self._length
        if len(self._buffer) >= whole and self._waiting is not None and not self._waiting.done():
            answer = Answer(int(self._buffer[9:12]), bytes(self._buffer[self._head : whole]))
            self._buffer.clear()
            self._head = -1
            self._waiting.set_result(answer)

    def connection_lost(self, failure: Exception | None) -> None:
        """Is told that the server hung up."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(failure or ConnectionResetError("the server hung up"))

    def close(self) -> None:
        """Closes."""
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    """Gives the length of the body that follows a head; both servers send one with each answer that has a body."""
    at = head.find(b"\r\ncontent-length:")
    if at < 0:
        if b"\r\ntransfer-encoding:" in head:
            raise RefusedError("an answer without a length")
        return 0
    return int(head[at + 17 :].partition(b"\r\n")[0])


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Gives the bytes of a request; header names are written with underscores."""
    lines = [f"{method} {path} HTTP/1.1", "host: bench"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    elif method != "GET":
        lines.append("content-length: 0")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class Measured(NamedTuple):
    """What a run gave: units of work done, seconds, and the latency of each unit."""

    done: int
    seconds: float
    latencies: list[float]

    @property
    def rps(self) -> float:
        """Units of work per second."""
        return self.done / self.seconds if self.seconds else 0.0

    def percentile_ms(self, part: float) -> float:
        """A percentile of the latencies in milliseconds; 0 of nothing."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000 if ordered else 0.0


Unit = Callable[[Connection, int, int], Awaitable[None]]
"""One unit of work: (connection, number of the client, number of the unit). The first client's units are 0, 1, 2 … through all rounds."""

Work = Callable[[int, int], Awaitable[None]]
"""One unit of work without a connection: (number of the client, number of the unit)."""


async def run(
    url: str, unit: Unit, meter: Callable[[], Awaitable[Read]], *, clients: int, seconds: float, warmup_seconds: float
) -> tuple[Measured, Read, Read]:
    """Runs units of work over so many connections for a time; the warm-up is not counted. The meter is read before and after what is."""
    connections = await asyncio.gather(*(Connection.open(url) for _ in range(clients)))
    try:

        async def work(client: int, count: int) -> None:
            await unit(connections[client], client, count)

        return await run_work(work, meter, clients=clients, seconds=seconds, warmup_seconds=warmup_seconds)
    finally:
        for connection in connections:
            connection.close()


async def run_work(
    work: Work, meter: Callable[[], Awaitable[Read]], *, clients: int, seconds: float, warmup_seconds: float
) -> tuple[Measured, Read, Read]:
    """Runs units of work from so many callers for a time, as `run` does."""
    warm = await _phase(work, clients, warmup_seconds, start=0)
    before = await meter()
    measured = await _phase(work, clients, seconds, start=warm.done)
    after = await meter()
    if not measured.done:
        raise RefusedError("no unit of work ended in time")
    return measured, before, after


async def _phase(work: Work, clients: int, seconds: float, *, start: int) -> Measured:
    latencies: list[float] = []
    began = perf_counter()
    until = began + seconds

    async def client(number: int) -> None:
        count = start
        while (at := perf_counter()) < until:
            await work(number, count)
            latencies.append(perf_counter() - at)
            count += 1

    async with asyncio.timeout(seconds + TIMEOUT_SECONDS):
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                group.create_task(client(number))
    return Measured(len(latencies), perf_counter() - began, latencies)
