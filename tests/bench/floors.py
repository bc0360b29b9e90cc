"""The floors that answer over HTTP: the least that gives the same bytes, on the same server.

`/bare/...` are bare ASGI answers with one query, written by hand for this very shop (one price list, one rate of tax, no expired hold), on
held connections. `/litestar/...` are bare Litestar handlers: kept bytes, and what prices a basket with facts that it holds in memory, writes
one durable statement and encodes the answer. There is no caller to know, no key, no trace of a request, no choice of price or language.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import asyncpg
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from commerce.platform.connections import SESSION
from tests.bench import floor_baskets, floor_pages
from tests.bench.floor_connections import Held

CONNECTIONS = 8
JSON = (b"content-type", b"application/json")


class Floors:
    """The application: bare paths first, then Litestar's."""

    def __init__(self, held: Held, kept: dict[str, bytes], litestar: Litestar) -> None:
        self._held = held
        self._kept = kept
        self._litestar = litestar

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        path = scope["path"] if scope["type"] == ScopeType.HTTP else ""
        if scope["type"] != ScopeType.HTTP or not path.startswith("/bare/"):
            await self._litestar(scope, receive, send)
            return
        if scope["method"] == "PUT":
            self._kept[path.removeprefix("/bare/keep/")] = await _body(receive)
            await _send(send, 204, b"")
            return
        given = parse_qs(scope["query_string"].decode())
        await _send(send, 200, await floor_pages.answer(self._held, path, given))


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += message["body"]
        if not message["more_body"]:
            return body


async def _send(send: Send, status: int, body: bytes) -> None:
    headers = [JSON, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def create() -> ASGIApp:
    """Makes the application of the one process; DATABASE_URL names the floors' own copy of the shop."""
    held = Held()
    kept: dict[str, bytes] = {}
    facts = floor_baskets.Facts()

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        dsn = os.environ["DATABASE_URL"]
        for _nth in range(CONNECTIONS):
            held.put(await asyncpg.connect(dsn, server_settings=SESSION))
        await facts.load(dsn)
        yield
        await held.close()

    handlers = [*floor_pages.handlers(kept), *floor_baskets.handlers(held, facts)]
    return Floors(held, kept, Litestar(handlers, lifespan=[lifespan], openapi_config=None, logging_config=None))
