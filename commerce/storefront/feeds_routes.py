"""Feeds and structured data: what other programs read of the shop. No token is needed."""

from dataclasses import dataclass
from email.utils import format_datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import LocationId
from commerce.kernel.wire import Language
from commerce.platform.http import PUBLIC, Call, content_etag, get
from commerce.platform.http.answers import matches
from commerce.storefront.asked import MOVED, moved
from commerce.storefront.errors import FeedBusy, NoProductUrl
from commerce.storefront.feeds import Feed, Written, begun, feed, local_feed, product_feed
from commerce.storefront.json_ld import LD_JSON, json_ld, led_to

TAG = "feeds"
XML = "application/xml"
Channel = FromQuery[Annotated[UUID, Meta(description="Whose prices; the default channel unless given")] | None]
Store = FromQuery[Annotated[UUID, Meta(description="One store; all where one can collect unless given")] | None]
Lang = FromQuery[Annotated[Language, Meta(description="Of the texts; the channel's first unless given")] | None]
After = FromQuery[
    Annotated[UUID, Meta(description="The variant behind which it goes on, as the header `Link` has it")] | None
]
IdOrSlug = FromPath[Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00]*\Z")]]


@dataclass
class XmlOperation(Operation):
    """Says in the OpenAPI document that the answer is an XML file."""

    def __post_init__(self) -> None:
        """Sets the answer's content."""
        _says(self, XML)


@dataclass
class LdOperation(Operation):
    """Says in the OpenAPI document that the answer is JSON-LD."""

    def __post_init__(self) -> None:
        """Sets the answer's content."""
        _says(self, LD_JSON)


def _says(operation: Operation, media_type: str) -> None:
    response: Any = (operation.responses or {}).get("200")
    if response is not None:
        kind = OpenAPIType.STRING if media_type == XML else OpenAPIType.OBJECT
        response.content = {media_type: OpenAPIMediaType(schema=Schema(type=kind))}


@get(
    "/v1/feeds/google/products.xml",
    operation="getGoogleProducts",
    scope=PUBLIC,
    tag=TAG,
    refusals=[NotFound, NoProductUrl, FeedBusy],
    media_type=XML,
    operation_class=XmlOperation,
)
async def get_products(request: Call, channel: Channel = None, lang: Lang = None) -> Response[Any]:
    """Get the product feed for Google Merchant Center (RSS 2.0): every variant on show that has a price and a picture.

    Prices, reductions and availability are those of the product pages. The feed is streamed; it may be kept as `Cache-Control` says.
    """
    of = await feed(request.db.reading, channel, lang, clock.now())
    if _known(request, of):
        return _not_changed(of)
    return _streamed(of, await begun(product_feed(request.db.reading, of)))


@get(
    "/v1/feeds/google/local-inventory.xml",
    operation="getGoogleLocalInventory",
    scope=PUBLIC,
    tag=TAG,
    refusals=[NotFound, FeedBusy],
    media_type=XML,
    operation_class=XmlOperation,
)
async def get_local_inventory(
    request: Call, channel: Channel = None, store: Store = None, lang: Lang = None
) -> Response[Any]:
    """Get the local inventory feed for Google Merchant Center: what each store has, at which price, and how soon one can collect it."""
    of = await feed(request.db.reading, channel, lang, clock.now())
    if _known(request, of):
        return _not_changed(of)
    only = None if store is None else LocationId(store)
    return _streamed(of, await begun(local_feed(request.db.reading, of, only)))


@get(
    "/v1/products/{id_or_slug:str}/json-ld",
    operation="getProductJsonLd",
    scope=PUBLIC,
    tag=TAG,
    refusals=[NotFound],
    responses=MOVED,
    media_type=LD_JSON,
    operation_class=LdOperation,
)
async def get_json_ld(
    request: Call, id_or_slug: IdOrSlug, channel: Channel = None, lang: Lang = None, after: After = None
) -> Response[Any]:
    """Get a product as schema.org describes it, to be put as it is into a page's `<script type="application/ld+json">`.

    Of a product with more than a hundred variants it names the first hundred; the header `Link` with `rel="next"` leads to the same group
    with the next ones, to be put into a script element of its own. A slug that the product had before leads to the one that it has.
    """
    reading, at = request.db.reading, clock.now()
    try:
        found = await json_ld(reading, id_or_slug, channel_id=channel, language=lang, at=at, after=after)
    except NotFound:
        slug = await led_to(reading, id_or_slug, channel_id=channel, at=at)
        if slug is None:
            raise
        return moved(request, f"/v1/products/{slug}/json-ld")
    headers = {"cache-control": "public, max-age=1", "etag": content_etag(found.body)}
    if found.last is not None:
        further = {"channel": channel, "lang": lang, "after": found.last}
        query = urlencode({name: str(value) for name, value in further.items() if value is not None})
        headers["link"] = f'</v1/products/{quote(id_or_slug, safe="")}/json-ld?{query}>; rel="next"'
    if matches(request.headers.get("if-none-match"), headers["etag"]):
        return Response(b"", status_code=304, headers=headers)
    return Response(found.body, media_type=LD_JSON, headers=headers)


def _known(request: Call, of: Feed) -> bool:
    return matches(request.headers.get("if-none-match"), of.etag)


def _headers(of: Feed) -> dict[str, str]:
    return {
        "cache-control": f"public, max-age={of.seconds_left}",
        "etag": of.etag,
        "last-modified": format_datetime(of.at, usegmt=True),
        "x-content-type-options": "nosniff",
    }


def _not_changed(of: Feed) -> Response[Any]:
    return Response(b"", status_code=304, headers=_headers(of))


def _streamed(of: Feed, parts: Written) -> Response[Any]:
    return Stream(parts, media_type=XML, headers=_headers(of))


ROUTES: list[HTTPRouteHandler] = [get_products, get_local_inventory, get_json_ld]
