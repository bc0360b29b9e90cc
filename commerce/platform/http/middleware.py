"""What surrounds every request: its id, its trace, its time in metrics and log, the headers that each answer carries. Plain ASGI."""

import re
from logging import INFO
from random import getrandbits
from time import perf_counter, time_ns
from typing import Any

import structlog
from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from commerce.platform.telemetry import describe, observe_request, span

_REQUEST_ID = re.compile(r"^[A-Za-z0-9_.-]{8,64}$")
_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")
log = structlog.get_logger("http")


class Surround:
    """Wraps the application. A client's own X-Request-Id is kept when it is 8 to 64 plain characters; HEAD is GET without its content."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        state: dict[str, Any] = scope.setdefault("state", {})
        method = scope["method"]
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if given and _REQUEST_ID.match(given) else _new_request_id()
        state["request_id"] = request_id
        context: dict[str, str] = {"request_id": request_id}
        traceparent: str | None = None
        if (parent := headers.get(b"traceparent")) and (found := _TRACEPARENT.match(parent.decode("latin-1"))):
            context["trace_id"] = found.group(1)
            traceparent = found.group(0)
        if method == "HEAD":
            scope["method"] = HttpMethod.GET
            receive, send = _without_content(receive, send)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**context)
        started = perf_counter()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = [(b"x-request-id", request_id.encode())]
                if limit := state.get("rate_limit"):
                    added.append((b"ratelimit", limit.encode()))
                message["headers"] = [*message["headers"], *added]
            await send(message)

        with span("request", {"http.request.method": method}, traceparent=traceparent) as traced:
            try:
                await self.app(scope, receive, sending)
            finally:
                seconds = perf_counter() - started
                operation = _operation(scope)
                observe_request(operation, status, seconds)
                describe(traced, operation, {"http.response.status_code": status, "request_id": request_id})
                if log.is_enabled_for(INFO):
                    milliseconds = round(seconds * 1000, 1)
                    log.info(
                        "request",
                        operation=operation,
                        method=method,
                        status=status,
                        ms=milliseconds,
                        **_ids(scope),
                    )


def _without_content(receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Ends an answer after its head (RFC 9110, section 9.3.2): what follows is dropped, and a stream hears that nobody listens any more."""
    begun = False

    async def hearing() -> Any:
        return {"type": "http.disconnect"} if begun else await receive()

    async def sending(message: Message) -> None:
        nonlocal begun
        if message["type"] == "http.response.start":
            begun = True
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return hearing, sending


def _new_request_id() -> str:
    """Gives a name for a request, later ones higher. It is told to whoever asks and opens nothing, so it needs no call of the operating system."""
    return f"{time_ns() // 1_000_000:012x}{getrandbits(80):020x}"


def _ids(scope: Scope) -> dict[str, str]:
    """Gives the ids in the path, such as `order_id`, for the log: they name things, never people."""
    return {name: str(value) for name, value in scope.get("path_params", {}).items() if name.endswith("_id")}


def _operation(scope: Scope) -> str:
    handler = scope.get("route_handler")
    return str(getattr(handler, "operation_id", None) or "unknown")
