"""How an answer leaves: encoded once, with its ETag, as 304 where the client has it already."""

import hashlib
from typing import Any

import msgspec
from litestar import Response

from commerce.platform.http.call import Call

JSON = "application/json"
_encode = msgspec.json.Encoder().encode


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
        if request.method == "GET" and matches(request.headers.get("if-none-match"), etag):
            return Response(b"", status_code=304, headers=headers, media_type=JSON)
    return Response(body, status_code=status, headers=headers, media_type=JSON)


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
