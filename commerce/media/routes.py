"""What everybody sees: files by their address, a product's pictures and documents."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.kernel.wire import Language
from commerce.media.errors import MediaStoreAway
from commerce.media.on_wire import shown_media_out
from commerce.media.ports import FILE_NAME, IMMUTABLE, SHA256, MediaStore
from commerce.media.schemas import ShownMediaOut
from commerce.media.show import shown_media
from commerce.platform.http import PUBLIC, Call, answer, get
from commerce.platform.http.answers import matches
from commerce.storefront import MOVED, led_to, moved

TAG = "catalogue"
MIMES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "pdf": "application/pdf"}
# Whatever the bytes are, a browser takes them for nothing else, runs nothing in them, and keeps documents apart from the shop's pages.
SAFE = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
}


@dataclass
class FilesOperation(Operation):
    """Says in the OpenAPI document which kinds of files there are."""

    def __post_init__(self) -> None:
        """Sets the answer's contents."""
        file = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        for status, response in (self.responses or {}).items():
            if status == "200":
                response.content = dict.fromkeys(MIMES.values(), file)  # type: ignore[union-attr]


@get(
    "/v1/media/{sha256:str}/{name:str}",
    operation="getMediaFile",
    scope=PUBLIC,
    tag=TAG,
    refusals=[NotFound, MediaStoreAway],
    media_type="application/octet-stream",
    operation_class=FilesOperation,
)
async def get_file(
    request: Call,
    sha256: FromPath[Annotated[str, Meta(pattern=SHA256)]],
    name: FromPath[Annotated[str, Meta(pattern=FILE_NAME)]],
) -> Response[bytes]:
    """Get a file of a picture or document. It never changes: keep it for as long as you like."""
    etag = f'"{sha256[:32]}-{name}"'
    headers = {"cache-control": IMMUTABLE, "etag": etag, **SAFE}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(b"", status_code=304, headers=headers)
    store: MediaStore = request.services.media_store
    content = await store.get(f"{sha256}/{name}")
    if content is None:
        raise NotFound("There is no such file.")
    kind = name.rpartition(".")[2]
    if kind == "pdf":
        headers["content-disposition"] = f'attachment; filename="{sha256[:12]}.pdf"'
    return Response(content, media_type=MIMES[kind], headers=headers)


@get("/v1/products/{id_or_slug:str}/media", operation="listShownMedia", scope=PUBLIC, tag=TAG, responses=MOVED)
async def get_shown_media(
    request: Call,
    id_or_slug: FromPath[Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00]*\Z")]],
    channel: FromQuery[
        Annotated[UUID, Meta(description="That shows it; the default channel unless given")] | None
    ] = None,
    lang: FromQuery[
        Annotated[Language, Meta(description="Of the texts; else Accept-Language, else English")] | None
    ] = None,
) -> Response[ShownMediaOut]:
    """List the pictures of a product on show, each in a few sizes, and its documents such as manuals. A slug that it had before leads to the
    one that it has.
    """
    language, reading = lang or request.language, request.db.reading
    try:
        product_id, entries = await shown_media(reading, id_or_slug, channel)
    except NotFound:
        slug = await led_to(reading, id_or_slug, channel_id=channel, at=clock.now())
        if slug is None:
            raise
        return moved(request, f"/v1/products/{slug}/media")
    shown = answer(request, shown_media_out(product_id, entries, language), cache="public, max-age=1")
    if lang is None:
        shown.headers["vary"] = "Accept-Language"
    return shown


ROUTES: list[HTTPRouteHandler] = [get_file, get_shown_media]
