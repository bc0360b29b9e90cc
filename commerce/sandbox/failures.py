"""Failures on order: what a test asks to go wrong with the next calls, so that recovery can be proven."""

from enum import StrEnum
from typing import Any

import msgspec
from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send


class Failure(StrEnum):
    """The ways in which a call goes wrong.

    `answer_lost`: the work is done, then the connection drops. `answer_error`: the work is done, the answer is a 500
    from in between; the same key gives the true answer later. `answer_late`: the work is done, the answer comes after
    `seconds`. `work_late`: nothing happens for `seconds`, then all goes well; meanwhile the same key answers 409.
    `request_lost`: the connection drops and nothing was done. `server_error`: 500 and nothing was done, and the key
    remembers that, as Stripe does. `unavailable` and `rate_limited`: 503 and 429, nothing done, nothing remembered.
    """

    ANSWER_LOST = "answer_lost"
    ANSWER_ERROR = "answer_error"
    ANSWER_LATE = "answer_late"
    WORK_LATE = "work_late"
    REQUEST_LOST = "request_lost"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"
    RATE_LIMITED = "rate_limited"


MOST_SECONDS = 600.0
MOST_TIMES = 10_000


class Plan(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which failure, of which operation (any when None), how often, after how many that go well."""

    failure: Failure
    operation: str | None = None
    times: int = 1
    skip: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.times <= MOST_TIMES or not 0 <= self.skip <= MOST_TIMES:
            raise ValueError(f"times is 1 to {MOST_TIMES}, skip 0 to {MOST_TIMES}")
        if not 0 <= self.seconds <= MOST_SECONDS:
            raise ValueError(f"seconds is 0 to {MOST_SECONDS}")


class Plans:
    """The plans that are left, first ordered first used."""

    def __init__(self) -> None:
        self.left: list[Plan] = []

    def take(self, operation: str) -> Plan | None:
        """The plan that strikes this call, counted down."""
        for plan in self.left:
            if plan.operation not in {None, operation}:
                continue
            if plan.skip > 0:
                plan.skip -= 1
                return None
            plan.times -= 1
            if plan.times == 0:
                self.left.remove(plan)
            return plan
        return None


PROMISED_BYTES = 64


class NoAnswer(ASGIResponse):
    """A body is promised and cut off after its first byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The server has to close the connection; the client never sees an answer."""
        length = str(PROMISED_BYTES).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Dropped(Response[bytes]):
    """The connection drops."""

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIResponse:
        """Instead of an answer."""
        return NoAnswer()
