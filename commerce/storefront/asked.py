"""What the public pages share: for whom they are made, by their address, and how their answers may be kept."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.wire import Language
from commerce.platform.http import Call, answer_bytes, content_etag
from commerce.storefront.shop import Shop, shop

PUBLIC_CACHE = "public, max-age=1"
PRIVATE = "private, no-store"

Channel = FromQuery[
    Annotated[UUID, Meta(description="Whose prices are shown; the default channel unless given")] | None
]
Place = FromQuery[
    Annotated[UUID, Meta(description="Whose stock is shown; all places where one can collect unless given")] | None
]
Shelf = FromQuery[
    Annotated[UUID, Meta(description="Whose shelf prices are shown; a terminal's own store, else the channel's prices")]
    | None
]
Lang = FromQuery[Annotated[Language, Meta(description="Of the texts; else Accept-Language, else English")] | None]

# What a route says in the OpenAPI document when a slug of former days leads to the one of today.
MOVED = {308: ResponseSpec(data_container=None)}


async def shop_asked(
    request: Call, channel: UUID | None, location: UUID | None, store: UUID | None, lang: str | None
) -> Shop:
    """Gathers for whom a page is made, from what stands in its address and who asks."""
    return await shop(
        request.db.reading,
        channel_id=channel or request.caller.channel_id,
        location_id=location,
        store_id=store or own_store(request),
        language=lang or request.language,
        caller=request.caller,
        at=clock.now(),
    )


def own_store(request: Call) -> UUID | None:
    """Gives the store that a terminal stands in: it shows what is on the shelves there."""
    caller = request.caller
    return next(iter(caller.locations)) if caller.kind == "terminal" and caller.locations else None


def public(request: Call, body: bytes, page_of: Shop, channel: UUID | None, lang: str | None) -> Response[Any]:
    """Answers so that anybody may keep it, unless it tells figures or prices that the caller's token opened."""
    opened = (
        page_of.shelves.figures
        or (channel is None and request.caller.channel_id is not None)
        or (page_of.audience.store_id is not None and request.caller.kind == "terminal")
    )
    return answered(request, body, PRIVATE if opened else PUBLIC_CACHE, lang)


def moved(request: Call, path: str) -> Response[Any]:
    """Leads for good to another address of this API, with what was asked of the first one."""
    asked = request.scope["query_string"].decode("latin-1")
    response = answer_bytes(request, b"", status=308, cache=PUBLIC_CACHE)
    response.headers["location"] = f"{path}?{asked}" if asked else path
    return response


def answered(request: Call, body: bytes, cache: str, lang: str | None) -> Response[Any]:
    """Answers with JSON as it is; it depends on the language that the client prefers, unless the address names one."""
    response = answer_bytes(request, body, cache=cache, etag=content_etag(body))
    if lang is None:
        response.headers["vary"] = "Accept-Language"
    return response
