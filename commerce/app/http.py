"""The HTTP application: every slice's routes under one set of manners."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.types import ASGIApp

from commerce.app import documents, operation, slices
from commerce.app.compose import Program
from commerce.platform.http import EXCEPTION_HANDLERS, Call, RateLimit, Surround, authorise

EXPOSED_HEADERS = ["ETag", "Retry-After", "Idempotent-Replayed", "RateLimit", "X-Request-Id"]


def create_http(program: Program, *, on_stop: Callable[[], Awaitable[None]] | None = None) -> Litestar:
    """Makes the ASGI application of a composed program."""
    settings = program.services.settings

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        yield
        if on_stop is not None:
            await on_stop()

    return Litestar(
        route_handlers=[*slices.routes(), *operation.ROUTES, *documents.ROUTES],
        request_class=Call,
        before_request=authorise,
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=documents.CONFIG,
        cors_config=_cors(settings.cors_origins),
        middleware=[],
        request_max_body_size=settings.max_body_bytes,
        state=State({"services": program.services, "rate_limit": RateLimit(settings.rate_limit_per_minute)}),
        lifespan=[lifespan],
        logging_config=None,
    )


def surrounded(app: ASGIApp) -> ASGIApp:
    """Gives the application with what surrounds every request, also those that match no route."""
    return Surround(app)


def _cors(origins: tuple[str, ...] | list[str] | None) -> CORSConfig | None:
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "Accept-Language",
            "X-Request-Id",
        ],
        expose_headers=EXPOSED_HEADERS,
        max_age=3_600,
    )
