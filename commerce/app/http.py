"""The HTTP application: every slice's routes under one set of manners, and the worker beside them where that is wanted."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.types import ASGIApp

from commerce.app import documents, operation, slices, stopping
from commerce.app.compose import Program, compose
from commerce.platform.http import (
    EXCEPTION_HANDLERS,
    Call,
    RateLimit,
    Surround,
    authorise,
    by_the_short_way,
    know_paths,
)
from commerce.platform.settings import Settings
from commerce.platform.telemetry import stop_tracing

EXPOSED_HEADERS = ["ETag", "Retry-After", "Idempotent-Replayed", "RateLimit", "X-Request-Id"]
CLIENT_HEADERS = [
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "X-Request-Id",
]
STOP_SECONDS = 30


@asynccontextmanager
async def running(settings: Settings, dsn: str, *, with_worker: bool) -> AsyncIterator[Program]:
    """Composes a program and closes it at the end; with its worker beside the requests where that is wanted."""
    program = await compose(settings, dsn)
    program.services.following.stopping = stopping.told
    working = asyncio.create_task(program.worker.run()) if with_worker else None
    try:
        yield program
    finally:
        program.worker.stop()
        if working is not None:
            await asyncio.wait([working], timeout=STOP_SECONDS)
        await program.close()
        stop_tracing()


def create_http(settings: Settings, program: AbstractAsyncContextManager[Program] | None = None) -> Litestar:
    """Makes the ASGI application. The program is entered when the server starts; without one the application can only describe itself,
    until somebody puts `services` into its state.
    """

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        if program is None:
            yield
            return
        async with program as composed:
            app.state["services"] = composed.services
            gc.collect()
            gc.freeze()  # what start-up made stays; a full collection need not look at it again
            yield

    limit = RateLimit(settings.rate_limit_per_minute) if settings.rate_limit_per_minute else None
    litestar = Litestar(
        route_handlers=[*slices.routes(), *operation.ROUTES, *documents.ROUTES],
        request_class=Call,
        before_request=authorise,
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=documents.CONFIG,
        cors_config=_cors(settings.cors_origins),
        request_max_body_size=settings.max_body_bytes,
        state=State({"rate_limit": limit}),
        lifespan=[lifespan],
        logging_config=None,
    )
    know_paths(litestar)
    return by_the_short_way(litestar)


def surrounded(app: ASGIApp) -> ASGIApp:
    """Gives the application with what surrounds every request, also those that match no route."""
    return Surround(app)


def _cors(origins: tuple[str, ...]) -> CORSConfig | None:
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins), allow_headers=CLIENT_HEADERS, expose_headers=EXPOSED_HEADERS, max_age=3_600
    )
