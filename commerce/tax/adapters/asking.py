"""Ask another machine one question in JSON: bounded in time and size, and never raising for what it or the network does."""

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache

import httpx

from commerce.tax.ports import Unavailable

BYTES_MOST = 1_000_000
OK = 200


class Answered:
    """What came back: the status and the body."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes longer than a question."""
    return httpx.create_ssl_context()


async def ask(url: str, body: bytes, *, headers: Mapping[str, str], seconds: float) -> Answered | Unavailable:
    """Posts a body and gives the answer, all within so many seconds, at most a megabyte."""
    trusted = _trust()
    every = {"content-type": "application/json", "accept": "application/json", **headers}
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(timeout=seconds, follow_redirects=False, verify=trusted) as http,
            http.stream("POST", url, content=body, headers=every) as answer,
        ):
            received = b""
            async for chunk in answer.aiter_bytes():
                received += chunk
                if len(received) > BYTES_MOST:
                    return Unavailable(reason="too_long")
            return Answered(answer.status_code, received)
    except (TimeoutError, httpx.TimeoutException):
        return Unavailable(reason="timeout")
    except (httpx.HTTPError, httpx.InvalidURL):
        return Unavailable(reason="unreachable")
