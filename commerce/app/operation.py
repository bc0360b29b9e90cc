"""What operators and integrators ask of the program itself: is it alive, is it ready, its metrics, its facts, its document."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from litestar import Response
from litestar.params import FromQuery
from msgspec import Meta
from sqlalchemy import Integer, literal, select

from commerce.app.migrate import is_migrated
from commerce.kernel import clock
from commerce.kernel.wire import Page, WireOut
from commerce.platform import events, jobs, telemetry
from commerce.platform.connections import Unavailable
from commerce.platform.database import Reading
from commerce.platform.http import PUBLIC, Call, Cursor, Limit, after_cursor, answer, encode_cursor, get
from commerce.platform.statement import Statement

LONGEST_LAG_SECONDS = 60
READY_TIMEOUT_SECONDS = 3
PING = Statement(select(literal(1, Integer)))


class HealthOut(WireOut):
    """The process answers."""

    status: str


class ReadyOut(WireOut):
    """What the program needs in order to serve: each part with `ok` or what is wrong."""

    status: str
    database: str
    migrations: str
    worker: str
    dead_jobs: int


@get("/health", operation="getHealth", scope=PUBLIC, tag="operation", unlimited=True)
async def get_health(request: Call) -> Response[HealthOut]:
    """Say that the process is alive. It asks nothing of the database."""
    return answer(request, HealthOut(status="ok"), cache="no-store")


@get("/ready", operation="getReady", scope=PUBLIC, tag="operation", unlimited=True, refusals=[Unavailable])
async def get_ready(request: Call) -> Response[ReadyOut]:
    """Say whether requests can be served: database, migrations, and how far the worker is behind."""
    try:
        async with asyncio.timeout(READY_TIMEOUT_SECONDS):
            ready = await _readiness(request)
    except TimeoutError:
        raise Unavailable("The database does not answer.", retry_after_seconds=2) from None
    return answer(request, ready, cache="no-store")


@get("/metrics", operation="getMetrics", scope=PUBLIC, tag="operation", unlimited=True, media_type="text/plain")
async def get_metrics(request: Call) -> Response[bytes]:
    """Give the process's metrics in the text format of Prometheus."""
    telemetry.set_outbox_lag(await _lag_seconds(request.db.reading))
    return Response(telemetry.render(), headers={"content-type": telemetry.CONTENT_TYPE, "cache-control": "no-store"})


@get("/v1/events", operation="listEvents", scope="events:read", tag="events")
async def list_events(
    request: Call,
    limit: Limit = 24,
    cursor: Cursor = None,
    type: FromQuery[Annotated[str | None, Meta(max_length=100, description="Only facts of this type")]] = None,  # noqa: A002
) -> Response[Page[events.StoredEvent]]:
    """List the facts in the order of their publication, from the beginning or after a cursor.

    The feed can be replayed at any time. `next_cursor` is given as long as there is anything: keep it and ask again later for what is new.
    """
    place = after_cursor(cursor, int)
    start = place[0] if place else 0
    found = await events.feed(request.db.reading, after=start, most=limit, tag=type)
    last = found[-1].position if found else start
    return answer(request, Page(items=found, next_cursor=encode_cursor([last]) if last else None))


async def _readiness(request: Call) -> ReadyOut:
    reading = request.db.reading
    await reading.fetch_value(PING)
    migrated = await is_migrated(reading)
    lag = await _lag_seconds(reading)
    dead = await reading.fetch_value(jobs.COUNT_DEAD)
    worker = "ok" if lag <= LONGEST_LAG_SECONDS else f"behind by {lag:.0f} s"
    ready = ReadyOut(
        status="ok" if migrated and worker == "ok" else "not ready",
        database="ok",
        migrations="ok" if migrated else "behind: run `commerce migrate`",
        worker=worker,
        dead_jobs=dead,
    )
    if not migrated:
        raise Unavailable("The database lacks migrations; run `commerce migrate`.", retry_after_seconds=10)
    return ready


async def _lag_seconds(reading: Reading) -> float:
    oldest: datetime | None = await reading.fetch_value(events.LAG)
    return 0.0 if oldest is None else max((clock.now() - oldest).total_seconds(), 0.0)


ROUTES: list[Any] = [get_health, get_ready, get_metrics, list_events]
