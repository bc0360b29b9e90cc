"""Availability as anybody may ask for it."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Meta

from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound, invalid
from commerce.kernel.ids import LocationId, VariantId
from commerce.kernel.wire import PAGE_DEFAULT, PAGE_MOST, Country, Quantity
from commerce.platform.http import PUBLIC, Call, answer, get
from commerce.promise.availability import Asked, availability
from commerce.promise.facts import Line, Point
from commerce.promise.schemas import AvailabilityOut, SlotOut, SlotsOut
from commerce.promise.slots import slots
from commerce.stores import locations

CACHED = "public, max-age=5"
LINES_MOST = 50
LATITUDE_MOST = 90.0
LONGITUDE_MOST = 180.0

Articles = FromQuery[
    Annotated[list[UUID], Meta(min_length=1, max_length=LINES_MOST, description="The articles; repeat for each line")]
]
Quantities = FromQuery[
    Annotated[
        list[Quantity],
        Meta(max_length=LINES_MOST, description="The units of each, in the order of the articles; none: one of each"),
    ]
    | None
]
Near = FromQuery[
    Annotated[
        str,
        Meta(
            max_length=60,
            pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,15})?,-?[0-9]{1,3}(\.[0-9]{1,15})?\Z",
            description="A point as `latitude,longitude`; locations are then ordered by distance",
            examples=["41.3874,2.1686"],
        ),
    ]
    | None
]
OneLocation = FromQuery[Annotated[UUID, Meta(description="Only this location for collection")] | None]
OneChannel = FromQuery[Annotated[UUID, Meta(description="The channel; none: the default one")] | None]
Most = FromQuery[Annotated[int, Meta(ge=1, le=PAGE_MOST, description="The most locations for collection, 1 to 100")]]
OnlyAvailable = FromQuery[Annotated[bool, Meta(description="Only locations where the whole basket can be collected")]]
First = Annotated[date | None, QueryParameter(name="from", description="The first store day; none: today")]
Until = Annotated[date | None, QueryParameter(name="until", description="The last store day; none: six days later")]
To = FromQuery[Annotated[Country, Meta(description="Where it is sent; none: the channel's country")] | None]


@get("/v1/availability", operation="getAvailability", scope=PUBLIC, tag="promise", refusals=[InvalidInput, NotFound])
async def get_availability(
    request: Call,
    variant_id: Articles,
    quantity: Quantities = None,
    near: Near = None,
    location: OneLocation = None,
    channel: OneChannel = None,
    country: To = None,
    only_available: OnlyAvailable = False,
    limit: Most = PAGE_DEFAULT,
) -> Response[AvailabilityOut]:
    """Say where a basket can be collected and from when, and whether it can be sent and by when, if it is ordered now."""
    asked = Asked(
        lines=_lines(variant_id, quantity),
        near=_point(near),
        location_id=location,
        only_available=only_available,
        limit=limit,
        channel_id=channel,
        country=country,
    )
    return answer(request, await availability(request.db.reading, asked, clock.now()), cache=CACHED)


@get(
    "/v1/locations/{location_id:uuid}/slots",
    operation="listPickupSlots",
    scope=PUBLIC,
    tag="promise",
    refusals=[InvalidInput, NotFound],
)
async def list_slots(
    request: Call, location_id: FromPath[UUID], first: First = None, until: Until = None
) -> Response[SlotsOut]:
    """List the pickup slots of a location, in its store days, that an order placed now can be ready for; at most fourteen days."""
    at, place = clock.now(), (await locations(request.db.reading)).get(location_id)
    found = await slots(request.db.reading, LocationId(location_id), at=at, first=first, last=until)
    zone = ZoneInfo(place.timezone)
    shown = [
        SlotOut(
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            local=each.starts_at.astimezone(zone).isoformat(),
            left=each.left,
            available=each.left > 0,
        )
        for each in found
    ]
    said = SlotsOut(location_id=location_id, timezone=place.timezone, at=at, slots=shown)
    return answer(request, said, cache=CACHED)


def _lines(variant_ids: list[UUID], quantities: list[int] | None) -> list[Line]:
    if quantities and len(quantities) != len(variant_ids):
        raise invalid("?quantity", f"give one for each article: {len(variant_ids)}, not {len(quantities)}")
    return [
        (VariantId(variant_id), quantity)
        for variant_id, quantity in zip(variant_ids, quantities or [1] * len(variant_ids), strict=True)
    ]


def _point(near: str | None) -> Point | None:
    if near is None:
        return None
    latitude, longitude = (float(part) for part in near.split(","))
    if abs(latitude) > LATITUDE_MOST or abs(longitude) > LONGITUDE_MOST:
        raise invalid("?near", "is no point on earth: latitude is -90 to 90, longitude -180 to 180")
    return latitude, longitude


ROUTES: list[Any] = [get_availability, list_slots]
