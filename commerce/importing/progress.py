"""An import's progress, live: how far it is as it gets on, until it is over."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from commerce.importing import queries
from commerce.importing.events import ImportFinished
from commerce.importing.queries import ImportRow
from commerce.importing.schemas import JobOut
from commerce.kernel.errors import NotFound
from commerce.platform.connections import Unavailable
from commerce.platform.http import Call, Told, get, last_seen, live

LONGEST_SECONDS = 3_600
LOOK_SECONDS = 0.5
PROGRESS = "progress"
Seconds = FromQuery[
    Annotated[int, Meta(ge=1, le=LONGEST_SECONDS, description="For how long to listen; then the client comes back")]
]
EVENTS = ResponseSpec(
    data_container=JobOut,
    media_type="text/event-stream",
    description="Server-sent events; the schema is that of the `data` of one",
    generate_examples=False,
)


@get(
    "/v1/jobs/{job_id:uuid}/stream",
    operation="streamJob",
    scope="jobs:read",
    tag="jobs",
    media_type="text/event-stream",
    responses={200: EVENTS},
    refusals=[NotFound, Unavailable],
)
async def stream_job(request: Call, job_id: FromPath[UUID], seconds: Seconds = LONGEST_SECONDS) -> Response[Any]:
    """Follow a job as server-sent events: `progress` at once and whenever it gets on, at the end `done` or `stopped`, and no more.

    Each message is the job as GET has it. A client that comes back with Last-Event-ID hears what it has not heard, the end in any case.
    Ends with `signed_out` when the token is good no longer.
    """
    await queries.import_row(request.db.reading, job_id)
    return live(request, _told(request, job_id), seconds=seconds)


async def _told(request: Call, import_id: UUID) -> AsyncIterator[Told]:
    """Looks at the import now and again; whoever listens is one of those that a process listens for, of whom there are so many at the most."""
    reading, following = request.db.reading, request.services.following
    heard = last_seen(request)
    place, state = (-1 if heard is None else heard), None
    async for _ in following.listen([ImportFinished.name()], await following.now(), every_seconds=LOOK_SECONDS):
        row = await queries.import_row(reading, import_id)
        over = row.finished_at is not None
        if over or _place(row) > place or state not in {None, row.state}:
            yield Told(_place(row), row.state.value if over else PROGRESS, await queries.job(reading, import_id))
            place, state = _place(row), row.state
        else:
            yield Told()
        if over:
            return


def _place(row: ImportRow) -> int:
    """Gives a number that rises whenever an import gets on: by its lines, and with its end."""
    return row.next_line * 2 + (row.finished_at is not None)
