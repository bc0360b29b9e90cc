"""Answers public pages from memory: plain ASGI in front of the router, so that a hot page costs microseconds.

An answer is kept for less than a second, so that no page is older than that, whatever changed: the catalogue, a price, a stock band. Kept
are only answers to callers without a token that say themselves that anybody may keep them. Correctness never depends on it: a basket is
priced and its stock is held by statement.
"""

from collections import OrderedDict
from collections.abc import Iterable
from time import monotonic

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from commerce.platform.http.answers import matches

SECONDS = 0.9
MOST_ENTRIES = 4_096
MOST_BYTES = 64 * 1_024 * 1_024
PATHS = ("/v1/products", "/v1/categories", "/v1/collections", "/v1/search", "/v1/variants/lookup")
# What belongs to one request, not to the page.
PERSONAL = frozenset({b"x-request-id", b"ratelimit", b"date", b"set-cookie", b"traceparent"})

Headers = list[tuple[bytes, bytes]]
Key = tuple[str, bytes, bytes, bytes]


class _Kept:
    """An answer with its end; `not_modified` are the headers of the 304 that stands for it."""

    __slots__ = ("body", "etag", "headers", "not_modified", "until")

    def __init__(self, headers: Headers, body: bytes, until: float) -> None:
        self.headers, self.body, self.until = headers, body, until
        self.etag = next((value.decode("latin-1") for name, value in headers if name == b"etag"), None)
        self.not_modified = [each for each in headers if each[0] not in {b"content-length", b"content-type"}]


class PublicCache:
    """`PublicCache(app)` answers what it has and passes on the rest. `seconds=0` passes on everything."""

    def __init__(self, app: ASGIApp, *, seconds: float = SECONDS, paths: Iterable[str] = PATHS) -> None:
        self._app = app
        self._seconds = seconds
        self._paths = tuple(paths)
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers from memory, or lets the application answer and keeps that."""
        if (
            scope["type"] != ScopeType.HTTP
            or not self._seconds
            or scope["method"] != "GET"
            or not scope["path"].startswith(self._paths)
        ):
            await self._app(scope, receive, send)
            return
        language = origin = none_match = b""
        for name, value in scope["headers"]:
            if name == b"authorization":
                await self._app(scope, receive, send)
                return
            if name == b"accept-language":
                language = value
            elif name == b"origin":
                origin = value
            elif name == b"if-none-match":
                none_match = value
        key = (scope["path"], scope["query_string"], language, origin)
        kept = self._kept.get(key)
        if kept is None or kept.until <= monotonic():
            await self._app(scope, receive, _Recording(self, key, send))
            return
        if none_match and kept.etag is not None and matches(none_match.decode("latin-1"), kept.etag):
            await send({"type": "http.response.start", "status": 304, "headers": list(kept.not_modified)})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        await send({"type": "http.response.start", "status": 200, "headers": list(kept.headers)})
        await send({"type": "http.response.body", "body": kept.body, "more_body": False})

    def keep(self, key: Key, headers: Headers, body: bytes, asked_at: float) -> None:
        """Keeps an answer until a while after it was asked for; the oldest ones go when there are too many."""
        before = self._kept.pop(key, None)
        if before is not None:
            self._bytes -= len(before.body)
        self._kept[key] = _Kept(headers, body, asked_at + self._seconds)
        self._bytes += len(body)
        while len(self._kept) > MOST_ENTRIES or self._bytes > MOST_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.body)


class _Recording:
    """Passes an answer on and, when it is one that anybody may keep, gives it to the cache. Its age counts from when it was asked for."""

    def __init__(self, cache: PublicCache, key: Key, send: Send) -> None:
        self._cache, self._key, self._send = cache, key, send
        self._asked_at = monotonic()
        self._headers: Headers | None = None

    async def __call__(self, message: Message) -> None:
        """Passes one message on."""
        if message["type"] == "http.response.start":
            headers = [(bytes(name).lower(), bytes(value)) for name, value in message["headers"]]
            public = any(name == b"cache-control" and value.startswith(b"public") for name, value in headers)
            if public and message["status"] == 200:  # noqa: PLR2004 -- the one status that is a page
                self._headers = [each for each in headers if each[0] not in PERSONAL]
        elif message["type"] == "http.response.body" and self._headers is not None and not message.get("more_body"):
            self._cache.keep(self._key, self._headers, bytes(message["body"]), self._asked_at)
        await self._send(message)
