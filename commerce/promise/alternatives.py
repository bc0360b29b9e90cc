"""What else could be had when a basket cannot be promised as it was wanted: where it can be collected and from when, whether it can be sent."""

from collections.abc import Sequence
from datetime import datetime

from commerce import sourcing
from commerce.catalog import articles
from commerce.inventory import unrouted
from commerce.kernel.ids import ChannelId, LocationId
from commerce.platform.database import Reading
from commerce.promise.facts import Alternative, Line, summed
from commerce.promise.load import load
from commerce.promise.parts import opened
from commerce.promise.rules import short_at
from commerce.promise.shelves import shelves
from commerce.promise.source import decided, ranked_by
from commerce.stores import Location, Locations, locations

ALTERNATIVES_MOST = 5
FARTHEST_KM = 100_000.0


async def alternatives(
    reading: Reading,
    lines: Sequence[Line],
    at: datetime,
    *,
    not_at: LocationId | None = None,
    channel_id: ChannelId | None = None,
    sending: bool = True,
) -> list[Alternative]:
    """Gives up to five places that have all of the units and can be collected from, those nearest to `not_at` first, and then delivery, if all of
    it can be sent and `sending` asks for it. A promise of this moment: nothing is kept for anybody. At most seven statements, and one more each
    where an article has lots and where the rule asks for the age of stock.
    """
    wanted = summed((await opened(reading, lines)).lines)
    if not wanted:
        return []
    places = await locations(reading)
    stock = await shelves(reading, wanted, places, channel_id)
    done = await load(reading, [place for place in places.all if place.id in stock], ["pickup", "ships"], at)
    found: list[Alternative] = []
    for place in _by_distance(places, not_at):
        if len(found) == ALTERNATIVES_MOST:
            break
        if place.id == not_at or short_at(stock, place.id, wanted):
            continue
        if (made := done.promise(place, at, "pickup")) is not None:
            found.append(
                Alternative(
                    kind="pickup", location_id=place.id, code=place.code, name=place.name, ready_by=made.ready_by
                )
            )
    if not sending:
        return found
    known = await articles(reading, list(wanted))
    if not all(each in known and known[each].shippable for each in wanted):
        return found
    rule, before = await sourcing.rule_now(reading, channel_id), await unrouted(reading, wanted)
    ranked = await ranked_by(reading, wanted, rule, channel_id, at)
    sent = decided(wanted, places, stock, done, rule, at, before=before, ranked=ranked)
    if not sent.decision.missing:
        found.append(Alternative(kind="ship", location_id=None, code=None, name=None, ready_by=sent.last.ready_by))
    return found


def _by_distance(places: Locations, origin: LocationId | None) -> Sequence[Location]:
    """Gives the places where one can collect, by distance from another; by code where that is unknown."""
    points = places.pickup_points()
    start = None if origin is None else places.by_id.get(origin)
    if start is None or start.latitude is None or start.longitude is None:
        return points
    here = start.latitude, start.longitude
    far = {each.id: each.distance_km(*here) for each in points}
    return sorted(points, key=lambda each: (FARTHEST_KM if far[each.id] is None else far[each.id], each.code))
