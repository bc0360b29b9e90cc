"""A small HTTP/1.1 load client: keep-alive connections, whole answers, latencies. It runs beside the server, never inside it."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import NamedTuple
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30


class Answer(NamedTuple):
    """A status and a body."""

    status: int
    body: bytes


class Connection:
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, url: str) -> "Connection":
        """Connects."""
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def send(self, raw: bytes) -> Answer:
        """Sends a whole request and gives the whole answer."""
        self._writer.write(raw)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        if at >= 0:
            length = int(lowered[at + 15 : lowered.index(b"\r\n", at)])
            return Answer(status, await self._reader.readexactly(length) if length else b"")
        if b"transfer-encoding: chunked" in lowered:
            return Answer(status, await self._chunks())
        return Answer(status, b"")

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self._reader.readline(), 16):
            body += await self._reader.readexactly(size)
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return body

    def close(self) -> None:
        """Closes."""
        self._writer.close()


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Gives the bytes of a request; header names are written with underscores."""
    lines = [f"{method} {path} HTTP/1.1", "host: bench", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    elif method != "GET":
        lines.append("content-length: 0")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class Measured(NamedTuple):
    """What a load run gave: units of work done, seconds, and the latency of each unit."""

    done: int
    seconds: float
    latencies: list[float]

    @property
    def rps(self) -> float:
        """Units of work per second."""
        return self.done / self.seconds if self.seconds else 0.0

    def percentile_ms(self, part: float) -> float:
        """A percentile of the latencies in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000 if ordered else 0.0


Unit = Callable[[Connection, int, int], Awaitable[None]]
"""One unit of work: (connection, number of the client, number of the unit)."""


async def run(url: str, unit: Unit, *, clients: int, seconds: float, warmup_seconds: float = 0.5) -> Measured:
    """Runs units of work from so many clients for a time; the warm-up is not counted."""
    connections = await asyncio.gather(*(Connection.open(url) for _ in range(clients)))
    try:
        await _phase(connections, unit, warmup_seconds, start=0)
        return await _phase(connections, unit, seconds, start=1_000_000)
    finally:
        for connection in connections:
            connection.close()


async def _phase(connections: list[Connection], unit: Unit, seconds: float, *, start: int) -> Measured:
    latencies: list[float] = []
    began = perf_counter()
    until = began + seconds

    async def client(number: int, connection: Connection) -> None:
        count = start
        while (at := perf_counter()) < until:
            await unit(connection, number, count)
            latencies.append(perf_counter() - at)
            count += 1

    async with asyncio.timeout(seconds + TIMEOUT_SECONDS):
        await asyncio.gather(*(client(number, connection) for number, connection in enumerate(connections)))
    return Measured(len(latencies), perf_counter() - began, latencies)


def median(values: list[float]) -> float:
    """The median; 0 of nothing."""
    return statistics.median(values) if values else 0.0
