"""Back office: send a file in, follow it."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from commerce import stores
from commerce.importing import queries
from commerce.importing.errors import FileTooLarge
from commerce.importing.schemas import JobOut, RowErrorOut
from commerce.importing.start_import import Format, ImportOf, start_import
from commerce.kernel import clock
from commerce.kernel.currencies import Currency
from commerce.kernel.errors import InvalidInput
from commerce.kernel.wire import Language
from commerce.platform.http import Call, Cursor, Limit, Page, after_cursor, answer, get, paged, perform, post

TAG = "imports"
Place = Annotated[int, Meta(ge=0, le=2**31 - 1)]
LARGEST = 500_000_000  # whatever the settings say: the body is held while it is taken in


@dataclass
class CsvOperation(Operation):
    """Says in the OpenAPI document that the body is a CSV file."""

    def __post_init__(self) -> None:
        """Sets the body."""
        text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, description="The file itself, UTF-8"))
        self.request_body = RequestBody(content={"text/csv": text}, required=True)


@post(
    "/v1/admin/imports",
    operation="startImport",
    scope="imports:run",
    tag=TAG,
    status=202,
    refusals=[FileTooLarge],
    operation_class=CsvOperation,
    request_max_body_size=LARGEST,
)
async def post_import(
    request: Call,
    format: FromQuery[  # noqa: A002 -- its name in the URL
        Annotated[Format, Meta(description="Shopify's product CSV, classic or current columns")]
    ] = "shopify",
    lang: FromQuery[Annotated[Language, Meta(description="Of the file's texts")]] = "en",
    currency: FromQuery[
        Annotated[Currency, Meta(description="Of the file's prices; the default channel's unless given")] | None
    ] = None,
    price_list_id: FromQuery[UUID | None] = None,
    location_id: FromQuery[
        Annotated[UUID, Meta(description="Where the quantities are first stock; ignored unless given")] | None
    ] = None,
) -> Response[JobOut]:
    """Send a product file in: the answer is a job, GET /v1/jobs/{id} tells its progress. The body is the CSV itself."""
    content = await _file(request)
    how = await _how(request, format, lang, currency, price_list_id, location_id)
    return await perform(request, start_import, content, how, actor=request.caller.principal, at=clock.now())


@get("/v1/admin/imports/{import_id:uuid}", operation="getImport", scope="imports:run", tag=TAG)
async def get_import(request: Call, import_id: FromPath[UUID]) -> Response[JobOut]:
    """Get an import: how far it is, what became of the rows."""
    return answer(request, await queries.job(request.db.reading, import_id))


@get("/v1/admin/imports/{import_id:uuid}/errors", operation="listImportErrors", scope="imports:run", tag=TAG)
async def list_errors(
    request: Call, import_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[RowErrorOut]]:
    """List all that was wrong in the file, by line."""
    await queries.import_row(request.db.reading, import_id)
    place = after_cursor(cursor, Place, Place)
    after = None if place is None else (int(place[0]), int(place[1]))
    rows = await queries.row_errors(request.db.reading, import_id, after=after, most=limit + 1)
    page = paged(rows, limit, key=lambda row: [row.line, row.nth])
    return answer(request, Page(items=[queries.on_wire(row) for row in page.items], next_cursor=page.next_cursor))


@get("/v1/jobs/{job_id:uuid}", operation="getJob", scope="jobs:read", tag="jobs")
async def get_job(request: Call, job_id: FromPath[UUID]) -> Response[JobOut]:
    """Get work that takes long: its progress, its counts, the rows that did not go in."""
    return answer(request, await queries.job(request.db.reading, job_id))


def most_bytes(request: Call) -> int:
    """Gives the largest file that is taken."""
    return request.services.settings.max_import_bytes


async def _file(request: Call) -> bytes:
    most = most_bytes(request)
    content = await request.body()
    if len(content) > most:
        raise FileTooLarge(f"The file has {len(content):,} bytes; at most {most:,} are taken.")
    if not content:
        raise InvalidInput("Send the CSV file as the request's body.")
    return content


async def _how(
    request: Call,
    format_: Format,
    lang: str,
    currency: str | None,
    price_list_id: UUID | None,
    location_id: UUID | None,
) -> ImportOf:
    reading = request.db.reading
    if location_id is not None:
        (await stores.locations(reading)).get(location_id)
    return ImportOf(
        format=format_,
        language=lang,
        currency=currency or (await stores.channel(reading, None)).currency,
        price_list_id=price_list_id,
        location_id=location_id,
    )


ROUTES: list[HTTPRouteHandler] = [post_import, get_import, list_errors, get_job]
