"""Back office: send a file in, follow it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from msgspec import Meta

from commerce import stores
from commerce.importing import queries
from commerce.importing.errors import FileTooLarge, ImportOver, TooManyColumns
from commerce.importing.export_products import csv_header, export_csv, export_jsonl
from commerce.importing.facts import Format
from commerce.importing.progress import stream_job
from commerce.importing.recognise import recognised
from commerce.importing.schemas import DifferenceOut, ImportOut, JobOut, RowErrorOut
from commerce.importing.start_import import ImportOf, start_import
from commerce.importing.stop_import import stop_import
from commerce.kernel import clock
from commerce.kernel.currencies import Currency
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Language
from commerce.platform.http import Call, Cursor, Limit, Page, after_cursor, answer, get, paged, perform, post

TAG = "imports"
JSON_LINES = "application/x-ndjson"
Place = Annotated[int, Meta(ge=0, le=2**31 - 1)]
# What files are called on their way: by the contract, by browsers, by curl.
TAKEN = frozenset(
    {
        "text/csv",
        JSON_LINES,
        "text/plain",
        "text/tab-separated-values",
        "application/csv",
        "application/vnd.ms-excel",
        "application/jsonl",
        "application/json",
        "application/octet-stream",
    }
)
LARGEST = 500_000_000  # whatever the settings say: the body is held while it is taken in


@dataclass
class CsvOperation(Operation):
    """Says in the OpenAPI document that the body is a CSV file, or JSON lines."""

    def __post_init__(self) -> None:
        """Sets the body."""
        text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, description="The file itself, UTF-8"))
        self.request_body = RequestBody(content={"text/csv": text, JSON_LINES: text}, required=True)


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
        Annotated[
            Format,
            Meta(
                description="shopify: its product CSV, classic or current columns; csv, jsonl: the plain formats that exports have; "
                "online-retail: a retailer's invoice lines. Told by the file's beginning unless given"
            ),
        ]
        | None
    ] = None,
    lang: FromQuery[Annotated[Language, Meta(description="Of the file's texts")]] = "en",
    currency: FromQuery[
        Annotated[Currency, Meta(description="Of the file's prices; the default channel's unless given")] | None
    ] = None,
    price_list_id: FromQuery[UUID | None] = None,
    location_id: FromQuery[
        Annotated[UUID, Meta(description="Where the quantities are first stock; ignored unless given")] | None
    ] = None,
    dry_run: FromQuery[
        Annotated[bool, Meta(description="Change nothing; tell what the file would make and change")]
    ] = False,
) -> Response[JobOut]:
    """Send a product file in: the answer is a job, GET /v1/jobs/{id} tells its progress, /v1/jobs/{id}/stream as it moves. The body is the file."""
    content = await _file(request)
    how = await _how(request, format or recognised(BytesIO(content)), lang, currency, price_list_id, location_id)
    how = msgspec.structs.replace(how, dry_run=dry_run)
    return await perform(request, start_import, content, how, actor=request.caller.principal, at=clock.now())


@get("/v1/admin/imports/{import_id:uuid}", operation="getImport", scope="imports:run", tag=TAG)
async def get_import(request: Call, import_id: FromPath[UUID]) -> Response[JobOut]:
    """Get an import: how far it is, what became of the rows."""
    return answer(request, await queries.job(request.db.reading, import_id))


@get("/v1/admin/imports", operation="listImports", scope="imports:run", tag=TAG)
async def list_imports(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[ImportOut]]:
    """List imports, the newest first."""
    place = after_cursor(cursor, UUID)
    rows = await queries.newest(request.db.reading, before=place[0] if place else None, most=limit + 1)
    page = paged(rows, limit, key=lambda row: [row.id])
    told = [queries.listed(row) for row in page.items]
    return answer(request, Page(items=told, next_cursor=page.next_cursor))


@post(
    "/v1/admin/imports/{import_id:uuid}/stop",
    operation="stopImport",
    scope="imports:run",
    tag=TAG,
    status=200,
    refusals=[NotFound, ImportOver],
)
async def post_stop(request: Call, import_id: FromPath[UUID]) -> Response[JobOut]:
    """Call an import off that waits or runs: no more of it goes in, and what went in stays."""
    return await perform(request, stop_import, import_id, at=clock.now())


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


@get("/v1/admin/imports/{import_id:uuid}/differences", operation="listImportDifferences", scope="imports:run", tag=TAG)
async def list_differences(
    request: Call, import_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[DifferenceOut]]:
    """List what a dry run would make and change, product by product, field by field: the first thousand. Its counts are of the whole file."""
    await queries.import_row(request.db.reading, import_id)
    place = after_cursor(cursor, Place)
    after = 0 if place is None else int(place[0])
    rows = await queries.differences(request.db.reading, import_id, after=after, most=limit + 1)
    page = paged(rows, limit, key=lambda row: [row.nth])
    told = [DifferenceOut(line=row.line, handle=row.handle, made=row.made, changes=row.changes) for row in page.items]
    return answer(request, Page(items=told, next_cursor=page.next_cursor))


@get(
    "/v1/admin/exports/products.csv",
    operation="exportProductsCsv",
    scope="imports:run",
    tag=TAG,
    refusals=[TooManyColumns],
    media_type="text/csv",
)
async def export_products_csv(request: Call) -> Stream:
    """Export the catalogue with its prices and stock as the plain CSV, which an import brings in again as it was; streamed, however long."""
    reading, at = request.db.reading, clock.now()
    return _download(export_csv(reading, await csv_header(reading), at=at), f"products-{at:%Y-%m-%d}.csv", "text/csv")


@get(
    "/v1/admin/exports/products.jsonl",
    operation="exportProductsJsonl",
    scope="imports:run",
    tag=TAG,
    media_type=JSON_LINES,
)
async def export_products_jsonl(request: Call) -> Stream:
    """Export the catalogue with its prices and stock as JSON lines, a product to a line; streamed, however long."""
    at = clock.now()
    return _download(export_jsonl(request.db.reading, at=at), f"products-{at:%Y-%m-%d}.jsonl", JSON_LINES)


@get("/v1/jobs/{job_id:uuid}", operation="getJob", scope="jobs:read", tag="jobs")
async def get_job(request: Call, job_id: FromPath[UUID]) -> Response[JobOut]:
    """Get work that takes long: its progress, its counts, the rows that did not go in."""
    return answer(request, await queries.job(request.db.reading, job_id))


def _download(pieces: AsyncIterator[bytes], name: str, media_type: str) -> Stream:
    headers = {"cache-control": "private, no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Stream(pieces, media_type=media_type, headers=headers)


def most_bytes(request: Call) -> int:
    """Gives the largest file that is taken."""
    return request.services.settings.max_import_bytes


async def _file(request: Call) -> bytes:
    _check_kind(request)
    most = most_bytes(request)
    told = request.headers.get("content-length", "")
    _check_size(int(told) if told.isdecimal() else 0, most)  # before it is taken in
    content = await request.body()
    _check_size(len(content), most)
    if not content:
        raise InvalidInput("Send the file as the request's body.")
    return content


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise FileTooLarge(f"The file has {size:,} bytes; at most {most:,} are taken.")


def _check_kind(request: Call) -> None:
    """Refuses with 415 a body that is said to be no text, or to be packed; one of which nothing is said is taken."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    packed = request.headers.get("content-encoding", "").strip().lower()
    if kind and kind not in TAKEN:
        raise HTTPException(
            status_code=415, detail=f"Send the file itself as text/csv or {JSON_LINES}, not as {kind[:80]}."
        )
    if packed not in {"", "identity"}:
        raise HTTPException(
            status_code=415, detail=f"Send the file itself as text/csv or {JSON_LINES}, not packed ({packed[:40]})."
        )


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


ROUTES: list[HTTPRouteHandler] = [
    post_import,
    list_imports,
    get_import,
    post_stop,
    stream_job,
    list_errors,
    list_differences,
    export_products_csv,
    export_products_jsonl,
    get_job,
]
