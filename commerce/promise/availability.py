"""What anybody may ask: where a basket can be collected and from when, whether it can be sent and by when."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from commerce import sourcing
from commerce.catalog import articles
from commerce.delivery import methods
from commerce.inventory import FEW_UNITS, unrouted
from commerce.kernel.errors import FieldError, NotFound
from commerce.kernel.ids import VariantId
from commerce.kernel.money import Money
from commerce.platform.database import Reading
from commerce.promise.ahead import Ahead, ready_ahead, sent_ahead, sold_ahead
from commerce.promise.basket import Basket, basket
from commerce.promise.facts import Line, Point, summed
from commerce.promise.load import Load, load
from commerce.promise.rules import NOTHING, Stock
from commerce.promise.schemas import (
    AvailabilityOut,
    Band,
    CollectionOut,
    LineStockOut,
    SendingOptionOut,
    SendingOut,
)
from commerce.promise.shelves import shelves
from commerce.promise.source import decided, ranked_by
from commerce.stores import Channel, Location, Locations, channel, locations


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
    """Answers from stock, calendars, open work and full days as they are now; at most six statements, whatever the number of locations; one
    more where an article is sold ahead, one where an article has lots, and one where the rule asks for the age of stock.

    What is not for sale is out everywhere, and what cannot be sent is out for sending. Refuses with NotFound an unknown article, channel or
    location.
    """
    shop = await channel(reading, asked.channel_id)
    places = await locations(reading)
    wanted = summed(asked.lines)
    known = await articles(reading, list(wanted))
    _require(wanted, known)
    sellable = {each for each in wanted if each in known and known[each].sellable}
    shippable = {each for each in sellable if known[each].shippable or known[each].stock == "none"}
    collected = basket(wanted, known, sellable)
    sent = collected if len(shippable) == len(sellable) else basket(wanted, known, shippable)
    stock = await shelves(reading, collected.needed, places, shop.id)
    ahead = await sold_ahead(reading, collected.needed, places, at)
    done = await load(reading, [place for place in places.all if place.id in stock], ["pickup", "ships"], at)
    return AvailabilityOut(
        at=at,
        collection=_collections(_points(places, asked), stock, ahead, collected, asked, done, at),
        sending=await _sending(reading, places, stock, ahead, sent, shop, asked, done, at),
    )


def _require(wanted: Collection[VariantId], known: Collection[VariantId]) -> None:
    unknown = [f"There is no article {each}." for each in wanted if each not in known]
    if unknown:
        raise NotFound(unknown[0], errors=[FieldError("?variant_id", each) for each in unknown])


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
    points: Sequence[Location], stock: Stock, ahead: Ahead, wanted: Basket, asked: Asked, done: Load, at: datetime
) -> list[CollectionOut]:
    """Looks no further than the limit, since calendars and distances cost more than stock."""
    found: list[CollectionOut] = []
    for point in points:
        if len(found) == asked.limit:
            break
        shelf = stock.get(point.id, NOTHING)
        if asked.only_available and wanted.missing(shelf):
            continue
        here = _collection(point, shelf, ahead, wanted, asked.near, done, at)
        if here.available or not asked.only_available:
            found.append(here)
    return found


def _collection(
    point: Location,
    shelf: Mapping[VariantId, int],
    ahead: Ahead,
    wanted: Basket,
    near: Point | None,
    done: Load,
    at: datetime,
) -> CollectionOut:
    def expected(missing: Mapping[VariantId, int]) -> datetime | None:
        return ready_ahead(ahead, point, missing, "pickup", at) if ahead and missing else None

    lines = [
        _line(each, quantity, wanted.had(each, shelf), expected(wanted.lacks(each, shelf)))
        for each, quantity in wanted.wanted.items()
    ]
    able = len(wanted.able) == len(wanted.wanted)
    promised = None if wanted.missing(shelf) else done.promise(point, at, "pickup")
    return CollectionOut(
        location_id=point.id,
        code=point.code,
        name=point.name,
        timezone=point.timezone,
        distance_km=_rounded(point.distance_km(*near)) if near else None,
        available=promised is not None,
        ready_by=None if promised is None else promised.ready_by,
        paused=point.is_paused(at),
        lines=lines,
        expected_from=expected(wanted.lacking(shelf)) if able else None,
    )


def _rounded(km: float | None) -> float | None:
    return None if km is None else round(km, 1)


def _line(
    variant_id: VariantId, quantity: int, available: int | None, expected_from: datetime | None = None
) -> LineStockOut:
    if available is None:
        return LineStockOut(variant_id=variant_id, quantity=quantity, stock="in")
    band: Band = "out" if available < quantity else "few" if available < quantity + FEW_UNITS else "in"
    return LineStockOut(variant_id=variant_id, quantity=quantity, stock=band, expected_from=expected_from)


def _sent_from(ahead: Ahead, places: Locations, missing: Mapping[VariantId, int], at: datetime) -> datetime | None:
    return sent_ahead(ahead, places, missing, at) if ahead and missing else None


async def _sending(
    reading: Reading,
    places: Locations,
    stock: Stock,
    ahead: Ahead,
    wanted: Basket,
    shop: Channel,
    asked: Asked,
    done: Load,
    at: datetime,
) -> SendingOut:
    needed, all_able = wanted.needed, len(wanted.able) == len(wanted.wanted)
    if not needed:
        nothing = [_line(each, quantity, wanted.had(each, NOTHING)) for each, quantity in wanted.wanted.items()]
        return SendingOut(available=all_able, parcels=0, ships_by=None, lines=nothing, options=[])
    rule, before = await sourcing.rule_now(reading, shop.id), await unrouted(reading, needed)
    ranked = await ranked_by(reading, needed, rule, shop.id, at)
    sent = decided(needed, places, stock, done, rule, at, before=before, ranked=ranked)
    every = {each: sum(shelf.get(each, 0) for shelf in sent.shelves) - before.get(each, 0) for each in needed}
    lines = [
        _line(each, quantity, wanted.had(each, every), _sent_from(ahead, places, wanted.lacks(each, every), at))
        for each, quantity in wanted.wanted.items()
    ]
    if sent.decision.missing or not all_able:
        later = _sent_from(ahead, places, wanted.lacking(every), at) if all_able else None
        return SendingOut(available=False, parcels=0, ships_by=None, lines=lines, options=[], expected_from=later)
    last = sent.last
    options = (await methods(reading)).shipping(shop.currency, asked.country or shop.country)
    leaves = last.ready_by.astimezone(ZoneInfo(places.by_id[last.location_id].timezone)).date()
    return SendingOut(
        available=True,
        parcels=sent.decision.parcels,
        ships_by=last.ready_by,
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
