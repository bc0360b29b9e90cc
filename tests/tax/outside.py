"""A machine of somebody else's, for tests: a real HTTP server that answers as it is told and remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

Answer = tuple[int, bytes]


class Outside:
    """A server at `url`. `answer` makes the answer of a request's path and body; `pause` is how long it thinks first."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.answer: Callable[[Any], Answer] = lambda body: (200, b"{}")
        self.pause = 0.0
        self.drip = False

    def says(self, body: object, status: int = 200) -> None:
        """Makes every answer this one."""
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        self.answer = lambda asked: (status, raw)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            asked = msgspec.json.decode(body) if body else None
            self.asked.append((first.split()[1], headers, asked))
            await asyncio.sleep(self.pause)
            status, raw = self.answer(asked)
            writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(raw)}\r\nconnection: close\r\n\r\n".encode())
            for byte in raw if self.drip else ():
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.05)
            if not self.drip:
                writer.write(raw)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # who asked has gone
        finally:
            writer.close()


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    """Gives a server that runs until the block ends."""
    found = Outside()
    server = await asyncio.start_server(found._serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()
