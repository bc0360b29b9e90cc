"""How an answer leaves: encoded once, with its ETag, as 304 where the client has it already."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from commerce.platform.http.call import Call

JSON = "application/json"
CONTENT_TYPE = (b"content-type", JSON.encode())
WITHOUT_BODY = {204, 304}
_encode = msgspec.json.Encoder().encode


class _Sent(ASGIResponse):
    """The two messages of an answer."""

    __slots__ = ("_body", "_start")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        listed = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        if status not in WITHOUT_BODY:
            listed += [CONTENT_TYPE, (b"content-length", str(len(body)).encode())]
        self._start: Any = {"type": "http.response.start", "status": status, "headers": listed}
        self._body: Any = {"type": "http.response.body", "body": body, "more_body": False}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends them."""
        await send(self._start)
        await send(self._body)


class Encoded(Response[bytes]):
    """JSON that is encoded already. It leaves as it is: Litestar's own response would render it, copy its headers twice and look for cookies,
    which costs as much as finding the route.
    """

    __slots__ = ("status",)

    def __init__(self, body: bytes, *, status: int, headers: dict[str, str]) -> None:
        self.content, self.headers = body, headers
        self.status = self.status_code = status

    def to_asgi_response(self, *_: object, **__: object) -> ASGIResponse:
        """Gives what is sent."""
        return _Sent(self.status, self.headers, self.content)


def encoded(value: object) -> bytes:
    """Gives the JSON of an answer; nothing for None."""
    return b"" if value is None else _encode(value)


def answer(
    request: Call, value: object, *, status: int = 200, cache: str = "private, no-store", etag: str | None = None
) -> Response[Any]:
    """Answers with a struct. What has a `version` gets it as ETag, what else is read one made from its bytes; a GET whose If-None-Match names
    it becomes 304.
    """
    body = encoded(value)
    if etag is None and (version := getattr(value, "version", None)) is not None:
        etag = f'"{version}"'
    elif etag is None and request.method == "GET":
        etag = content_etag(body)
    return answer_bytes(request, body, status=status, cache=cache, etag=etag)


def answer_bytes(
    request: Call, body: bytes, *, status: int = 200, cache: str = "private, no-store", etag: str | None = None
) -> Response[Any]:
    """Answers with JSON that is encoded already."""
    headers = {"cache-control": cache}
    if etag is not None:
        headers["etag"] = etag
        if request.method == "GET" and matches(request.header(b"if-none-match"), etag):
            return Encoded(b"", status=304, headers=headers)
    return Encoded(body, status=status, headers=headers)


def content_etag(body: bytes) -> str:
    """Gives an ETag made from the bytes of an answer, for public documents that have no version."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """Says whether If-None-Match names the ETag (weak comparison, RFC 9110, section 13.1.2)."""
    if if_none_match is None:
        return False
    bare = etag.removeprefix("W/")
    return if_none_match.strip() == "*" or any(
        each.strip().removeprefix("W/") == bare for each in if_none_match.split(",")
    )
