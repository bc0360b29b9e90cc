"""Streams of server-sent events (WHATWG HTML, section 9.2): read with fetch and a bearer token, taken up again by Last-Event-ID."""

from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import msgspec
from litestar import Response
from litestar.response import Stream

from commerce.platform.connections import Unavailable
from commerce.platform.http.call import Call
from commerce.platform.http.caller import Unauthenticated

MEDIA_TYPE = "text/event-stream"
RETRY_MS = 2_000
STILL_HERE_SECONDS = 15.0
LONGEST_SECONDS = 3_600
POSITION_DIGITS = 18
HEADERS = {"cache-control": "private, no-store", "x-accel-buffering": "no"}


class Told(msgspec.Struct, frozen=True):
    """One message of a stream: its place in the feed, its name, its content; or, without a name, only a sign of life."""

    position: int | None = None
    name: str | None = None
    content: object = None


def last_seen(request: Call) -> int | None:
    """Gives the place after which a client that comes back goes on, from Last-Event-ID; None for one that is new, or sends no place of ours."""
    sent = request.headers.get("last-event-id", "")
    return int(sent) if sent.isdecimal() and len(sent) <= POSITION_DIGITS else None


def live(request: Call, messages: AsyncIterator[Told], *, seconds: int = LONGEST_SECONDS) -> Response[Any]:
    """Answers with a stream of messages, for so many seconds at the most; then the client comes back.

    The caller is looked at again at each message or sign of life: a session that was revoked hears no more.
    """
    return Stream(_written(request, messages, seconds), media_type=MEDIA_TYPE, headers=HEADERS)


async def _written(request: Call, messages: AsyncIterator[Told], seconds: int) -> AsyncIterator[bytes]:
    began = said = monotonic()
    yield f"retry: {RETRY_MS}\n\n".encode()
    try:
        async for told in messages:
            await request.services.tokens.authenticate(request.headers.get("authorization"))
            now = monotonic()
            if told.name is not None:
                yield _message(told)
                said = now
            elif now - said >= STILL_HERE_SECONDS:
                yield b": still here\n\n"
                said = now
            if now - began >= seconds:
                return
    except Unauthenticated:
        yield b"event: signed_out\ndata: {}\n\n"
    except Unavailable:
        return  # the answer has begun, so there is no other way to say it than to end: the client comes back and is told


def _message(told: Told) -> bytes:
    place = "" if told.position is None else f"id: {told.position}\n"
    return f"{place}event: {told.name}\ndata: ".encode() + msgspec.json.encode(told.content) + b"\n\n"
