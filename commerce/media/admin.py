"""Back office: send pictures and documents in; say what products show."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce import catalog
from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound, invalid
from commerce.media import queries
from commerce.media.arrange import add_product_media, listed, set_product_media
from commerce.media.errors import MediaInUse, MediaLeaving, MediaRefused, MediaTooLarge
from commerce.media.on_wire import medium_out, product_media_out
from commerce.media.schemas import MediumOut, ProductMediaOut, ShownIn, ShownListIn
from commerce.media.take_in import Sent, looked_at, take_in
from commerce.media.withdraw import withdraw_medium
from commerce.platform.database import Reading, Tx
from commerce.platform.http import (
    Call,
    Cursor,
    Limit,
    Page,
    after_cursor,
    answer,
    delete,
    get,
    paged,
    perform,
    post,
    put,
)

SCOPE = "catalog:write"
TAG = "media"
LARGEST = 50_000_000  # whatever the settings say: the body is held while it is taken in
OF_PRODUCT = "/v1/admin/products/{product_id:uuid}/media"
FileName = FromQuery[
    Annotated[
        str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f/\\]*\Z", description="Shown to people; not believed")
    ]
]


@dataclass
class FileOperation(Operation):
    """Says in the OpenAPI document that the body is a file."""

    def __post_init__(self) -> None:
        """Sets the body."""
        file = OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, description="The file itself")
        )
        self.request_body = RequestBody(content={"application/octet-stream": file}, required=True)


@post(
    "/v1/admin/media",
    operation="sendMedium",
    scope=SCOPE,
    tag=TAG,
    status=202,
    refusals=[MediaRefused, MediaTooLarge, MediaLeaving, InvalidInput],
    operation_class=FileOperation,
    request_max_body_size=LARGEST,
)
async def post_medium(request: Call, file_name: FileName = "") -> Response[MediumOut]:
    """Send a picture (JPEG, PNG, WebP, GIF) or a document (PDF) in; the body is the file itself.

    What it is is told by its content. It is `ready` a moment later, when it has been drawn anew without metadata in a few sizes; a product can
    name it at once. The same bytes again are the same medium.
    """
    content = await request.body()
    most = request.services.settings.max_media_bytes
    if len(content) > most:
        raise MediaTooLarge(f"The file has {len(content):,} bytes; at most {most:,} are taken.")
    if not content:
        raise InvalidInput("Send the file as the request's body.")
    return await perform(request, _taken_in, await looked_at(content), file_name)


@get("/v1/admin/media", operation="listMedia", scope=SCOPE, tag=TAG)
async def list_media(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[MediumOut]]:
    """List pictures and documents, newest first."""
    after = after_cursor(cursor, UUID)
    rows = await queries.media_page(request.db.reading, after=after[0] if after else None, most=limit + 1)
    page = paged(rows, limit, key=lambda row: [row.id])
    return answer(request, Page(items=[medium_out(row) for row in page.items], next_cursor=page.next_cursor))


@get("/v1/admin/media/{media_id:uuid}", operation="getMedium", scope=SCOPE, tag=TAG)
async def get_medium(request: Call, media_id: FromPath[UUID]) -> Response[MediumOut]:
    """Get a picture or document: whether it is ready, and where its files are."""
    return answer(request, medium_out(await queries.medium(request.db.reading, media_id)))


@delete(
    "/v1/admin/media/{media_id:uuid}",
    operation="deleteMedium",
    scope=SCOPE,
    tag=TAG,
    versioned=False,
    refusals=[MediaInUse],
)
async def delete_medium(request: Call, media_id: FromPath[UUID]) -> Response[None]:
    """Delete what no product shows: its files go with the next sweep, or stay as long as an order shows them."""
    return await perform(request, withdraw_medium, media_id)


@get(OF_PRODUCT, operation="listProductMedia", scope=SCOPE, tag=TAG)
async def get_product_media(request: Call, product_id: FromPath[UUID]) -> Response[ProductMediaOut]:
    """List all that a product shows, in order; its ETag is the product's version."""
    return answer(request, await _shown(request.db.reading, product_id))


@put(OF_PRODUCT, operation="setProductMedia", scope=SCOPE, tag=TAG)
async def put_product_media(
    request: Call, product_id: FromPath[UUID], data: JSONBody[ShownListIn]
) -> Response[ProductMediaOut]:
    """Say all that a product shows, in order: pictures, documents, pictures of variants, with their texts."""
    for nth, each in enumerate(data.items):
        _one_of(each, f"/items/{nth}")
    return await perform(request, _set, product_id, request.expected_version(), data)


@post(OF_PRODUCT, operation="addProductMedium", scope=SCOPE, tag=TAG, status=200)
async def post_product_medium(
    request: Call, product_id: FromPath[UUID], data: JSONBody[ShownIn]
) -> Response[ProductMediaOut]:
    """Put one more picture or document at the end of what a product shows; the same one again changes nothing."""
    _one_of(data, "")
    return await perform(request, _add, product_id, data)


def _one_of(shown: ShownIn, pointer: str) -> None:
    if (shown.media_id is None) == (shown.url is None):
        raise invalid(f"{pointer}/media_id", "Give this or `url`, not both.")


async def _taken_in(tx: Tx, sent: Sent, file_name: str) -> MediumOut:
    return medium_out(await take_in(tx, sent, file_name=file_name, at=clock.now()))


async def _set(tx: Tx, product_id: UUID, expected_version: int, data: ShownListIn) -> ProductMediaOut:
    version = await set_product_media(tx, product_id, expected_version, data.items, at=clock.now())
    return product_media_out(product_id, await queries.entries(tx, [product_id]), version)


async def _add(tx: Tx, product_id: UUID, data: ShownIn) -> ProductMediaOut:
    version = await add_product_media(tx, product_id, data, at=clock.now())
    return product_media_out(product_id, await queries.entries(tx, [product_id]), version)


async def _shown(reading: Reading, product_id: UUID) -> ProductMediaOut:
    shown = (await catalog.shown_images(reading, [product_id])).get(product_id)
    if shown is None:
        raise NotFound("There is no such product.")
    return product_media_out(product_id, await listed(reading, shown), shown.version)


ROUTES: list[HTTPRouteHandler] = [
    post_medium,
    list_media,
    get_medium,
    delete_medium,
    get_product_media,
    put_product_media,
    post_product_medium,
]
