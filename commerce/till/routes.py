"""The till over HTTP: the bundle with which it gives the price without a network."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from msgspec import Meta

from commerce import stores
from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.platform.http import Call, answer_bytes, get
from commerce.price_engine import BundleDocument
from commerce.till.bundle_for import bundle_for
from commerce.till.spool import Spooled, takes_gzip
from commerce.till.version import LONGEST, read_version
from commerce.till.write_bundle import Till

TAG = "till"
CACHE = "private, no-cache"
OneLocation = FromQuery[
    Annotated[UUID, Meta(description="The till's store; none: the one that the token is for")] | None
]
OneChannel = FromQuery[Annotated[UUID, Meta(description="None: the token's channel, else the default one")] | None]
Since = FromQuery[
    Annotated[
        str,
        Meta(
            min_length=1,
            max_length=LONGEST,
            pattern=r"^[A-Za-z0-9_-]+\Z",
            description="The version of the bundle that the till has: the answer is what moved since, where that can be told",
        ),
    ]
    | None
]


@get("/v1/pos/bundle", operation="getBundle", scope="pos:bundle", tag=TAG)
async def get_bundle(
    request: Call, location_id: OneLocation = None, channel_id: OneChannel = None, since: Since = None
) -> Response[BundleDocument]:
    """Get all that a till needs to price a basket without a network: articles, price lists, promotions, taxes, keys.

    With `since`, only what moved since that version; a version that is too old, unknown or for another till gives a full bundle (its own
    `since` is null), which takes the place of the old one. `If-None-Match` with a version gives 304 where nothing moved.
    """
    till = await _till(request, location_id, channel_id)
    held = read_version(_version_in(request.headers.get("if-none-match")))
    written = await bundle_for(request.db, till, since=read_version(since), held=held, at=clock.now())
    if written is None:
        return answer_bytes(request, b"", cache=CACHE, etag=request.headers["if-none-match"])
    zipped = takes_gzip(request.headers.get("accept-encoding"))
    return Spooled(written.spool, _headers(f'"{written.version.text()}"'), zipped=zipped)


async def _till(request: Call, location_id: UUID | None, channel_id: UUID | None) -> Till:
    """Finds which till is meant: another's location is answered as if it were not there."""
    caller, reading = request.caller, request.db.reading
    if location_id is None:
        if caller.locations is None or len(caller.locations) != 1:
            raise invalid("?location_id", "Say which location the till stands at.")
        (location_id,) = caller.locations
    place = (await stores.locations(reading)).by_id.get(location_id)
    if place is None or not place.active or not caller.may_at(location_id):
        raise NotFound("There is no such location.")
    if None not in {caller.channel_id, channel_id} and channel_id != caller.channel_id:
        raise invalid("?channel_id", "Your token is for another channel; leave this out.")
    channel = await stores.channel(reading, channel_id or caller.channel_id)
    return Till(channel_id=channel.id, location_id=location_id)


def _version_in(header: str | None) -> str | None:
    return None if header is None else header.strip().removeprefix("W/").strip('"')


def _headers(etag: str) -> dict[str, str]:
    return {"cache-control": CACHE, "etag": etag, "vary": "Accept-Encoding, Authorization"}


ROUTES: list[HTTPRouteHandler] = [get_bundle]
