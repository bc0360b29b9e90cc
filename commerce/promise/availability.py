"""What anybody may ask: where a basket can be collected and from when, whether it can be sent and by when."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from commerce.catalog import articles
from commerce.delivery import methods
from commerce.inventory import FEW_UNITS, Demand, available
from commerce.kernel.ids import VariantId
from commerce.kernel.money import Money
from commerce.platform.database import Reading
from commerce.promise.facts import Line, summed
from commerce.promise.promise import sources
from commerce.promise.rules import NOTHING, Stock, missing, short_at, spread
from commerce.promise.schemas import (
    AvailabilityOut,
    Band,
    CollectionOut,
    LineStockOut,
    SendingOptionOut,
    SendingOut,
)
from commerce.stores import Channel, Location, Locations, channel, locations

Point = tuple[float, float]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A basket and for whom. Locations come by distance from `near`, or by code; the first `limit` of them, or of those that have all."""

    lines: Sequence[Line]
    near: Point | None
    location_id: UUID | None
    only_available: bool
    limit: int
    channel_id: UUID | None
    country: str | None


async def availability(reading: Reading, asked: Asked, at: datetime) -> AvailabilityOut:
    """Answers from stock and calendars as they are now; two statements, for articles and for stock, whatever the number of locations.

    What is not for sale is out everywhere, and what cannot be sent is out for sending. Refuses with NotFound an unknown channel or location.
    """
    shop = await channel(reading, asked.channel_id)
    places = await locations(reading)
    wanted = summed(asked.lines)
    known = await articles(reading, list(wanted))
    sellable = {each for each in wanted if each in known and known[each].sellable}
    stock = await available(reading, sellable)
    shippable = {each for each in sellable if known[each].shippable}
    return AvailabilityOut(
        at=at,
        collection=_collections(_points(places, asked), stock, wanted, asked, at),
        sending=await _sending(reading, places, _only(stock, shippable), wanted, shop, asked.country, at),
    )


def _points(places: Locations, asked: Asked) -> Sequence[Location]:
    if asked.location_id is not None:
        only = places.get(asked.location_id)
        return [only] if only in places.pickup_points() else []
    if asked.near is None:
        return places.pickup_points()
    latitude, longitude = asked.near
    far = {each.id: each.distance_km(latitude, longitude) for each in places.pickup_points()}
    return sorted(places.pickup_points(), key=lambda each: (far[each.id] is None, far[each.id] or 0.0, each.code))


def _collections(
    points: Sequence[Location], stock: Stock, wanted: Mapping[VariantId, int], asked: Asked, at: datetime
) -> list[CollectionOut]:
    """Looks no further than the limit, since calendars and distances cost more than stock."""
    found: list[CollectionOut] = []
    for point in points:
        if len(found) == asked.limit:
            break
        if asked.only_available and short_at(stock, point.id, wanted):
            continue
        here = _collection(point, stock, wanted, asked.near, at)
        if here.available or not asked.only_available:
            found.append(here)
    return found


def _only(stock: Stock, variants: set[VariantId]) -> Stock:
    return {place: {each: units for each, units in shelf.items() if each in variants} for place, shelf in stock.items()}


def _collection(
    point: Location, stock: Stock, wanted: Mapping[VariantId, int], near: Point | None, at: datetime
) -> CollectionOut:
    shelf = stock.get(point.id, NOTHING)
    lines = [_line(variant_id, quantity, shelf.get(variant_id, 0)) for variant_id, quantity in wanted.items()]
    had = [line for line in lines if line.stock != "out"]
    ready_by = point.ready_at(at) if had else None
    return CollectionOut(
        location_id=point.id,
        code=point.code,
        name=point.name,
        timezone=point.timezone,
        distance_km=_rounded(point.distance_km(*near)) if near else None,
        available=ready_by is not None and len(had) == len(lines),
        ready_by=ready_by,
        lines=lines,
    )


def _rounded(km: float | None) -> float | None:
    return None if km is None else round(km, 1)


def _line(variant_id: VariantId, quantity: int, available: int) -> LineStockOut:
    band: Band = "out" if available < quantity else "few" if available < quantity + FEW_UNITS else "in"
    return LineStockOut(variant_id=variant_id, quantity=quantity, stock=band)


async def _sending(
    reading: Reading,
    places: Locations,
    stock: Stock,
    wanted: Mapping[VariantId, int],
    shop: Channel,
    country: str | None,
    at: datetime,
) -> SendingOut:
    points = sources(places, stock, at)
    demands = spread(stock, list(points), wanted)
    whole = not missing(wanted, demands)
    lines = [
        _line(each, quantity, sum(stock[point].get(each, 0) for point in points)) for each, quantity in wanted.items()
    ]
    if not whole:
        return SendingOut(available=False, parcels=0, ships_by=None, lines=lines, options=[])
    last = max({demand.location_id for demand in demands}, key=lambda each: points[each])
    options = (await methods(reading)).shipping(shop.currency, country or shop.country)
    leaves = points[last].astimezone(ZoneInfo(places.by_id[last].timezone)).date()
    return SendingOut(
        available=True,
        parcels=_parcels(demands),
        ships_by=points[last],
        lines=lines,
        options=[
            SendingOptionOut(
                method_id=method.id,
                code=method.code,
                name=method.name,
                amount=Money(method.amount, method.currency),
                arrives_from=leaves + timedelta(days=method.min_days),
                arrives_until=leaves + timedelta(days=method.max_days),
            )
            for method in options
        ],
    )


def _parcels(demands: Sequence[Demand]) -> int:
    return len({demand.location_id for demand in demands})
