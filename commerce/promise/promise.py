"""Promises made from stock and calendars as they are now; whoever commits judges the stock again, and takes the store day with the order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from commerce.inventory import Shortage
from commerce.kernel.ids import ChannelId, LocationId, VariantId
from commerce.platform.database import Reading
from commerce.promise.ahead import Ahead, ready_ahead, sold_ahead
from commerce.promise.errors import CannotPromise
from commerce.promise.facts import Line, PickupOption, Promised, summed
from commerce.promise.load import Load, load
from commerce.promise.parts import Parts, opened, short_of_shelf
from commerce.promise.rules import NOTHING
from commerce.promise.shelves import shelves
from commerce.stores import Location, Locations, Service, locations


async def pickup_options(
    reading: Reading, lines: Sequence[Line], at: datetime, *, channel_id: ChannelId | None = None
) -> list[PickupOption]:
    """Gives each location where one can collect, with what it is short of and from when the basket waits there if it is ordered at `at`.

    A kit is judged by its components, together with whatever else of them is in the basket.
    """
    asked = list(summed(lines).items())
    basket = await opened(reading, asked)
    places = await locations(reading)
    stock = await shelves(reading, summed(basket.lines), places, channel_id)
    points = places.pickup_points()
    done = await load(reading, points, ["pickup"], at)
    options = [_option(point, stock.get(point.id, NOTHING), asked, basket.parts, done, at) for point in points]
    if all(option.available for option in options):
        return options
    needed = summed(basket.lines)
    ahead = await sold_ahead(reading, needed, places, at)
    return [_later(option, places, stock.get(option.location_id, NOTHING), needed, ahead, at) for option in options]


def _later(
    option: PickupOption,
    places: Locations,
    shelf: Mapping[VariantId, int],
    needed: Mapping[VariantId, int],
    ahead: Ahead,
    at: datetime,
) -> PickupOption:
    missing = {each: units - shelf.get(each, 0) for each, units in needed.items() if units > shelf.get(each, 0)}
    if option.available or not ahead or not missing:
        return option
    expected = ready_ahead(ahead, places.get(option.location_id), missing, "pickup", at)
    return msgspec.structs.replace(option, expected_from=expected)


def _option(
    point: Location, shelf: Mapping[VariantId, int], asked: Sequence[Line], parts: Parts, done: Load, at: datetime
) -> PickupOption:
    short = [Shortage(asked[nth][0], point.id, asked[nth][1], had) for nth, had in short_of_shelf(asked, parts, shelf)]
    promised = done.promise(point, at, "pickup")
    return PickupOption(
        location_id=point.id,
        ready_by=None if promised is None else promised.ready_by,
        available=not short and promised is not None,
        short=short,
    )


async def promised(
    reading: Reading, wanted: Iterable[tuple[LocationId, Service]], at: datetime
) -> Mapping[tuple[LocationId, Service], Promised]:
    """Gives when an order of `at` is ready at each of these places, and in which store day it counts; at most two statements.

    Reckons with hours, holidays, cut-offs, pauses, open work and full days, as they are now. Refuses with NotFound, and with CannotPromise
    naming a place that has no such instant ahead.
    """
    places = await locations(reading)
    asked = [(places.get(location_id), service) for location_id, service in dict.fromkeys(wanted)]
    done = await load(reading, [place for place, _ in asked], sorted({service for _, service in asked}), at)
    found: dict[tuple[LocationId, Service], Promised] = {}
    for place, service in asked:
        made = done.promise(place, at, service)
        if made is None:
            off = place.is_paused(at) and place.paused_until is None
            why = "takes no online orders for the time being" if off else "has no opening hours ahead"
            raise CannotPromise(f"{place.name} {why}; choose another place.")
        found[place.id, service] = made
    return found


async def ready_times(reading: Reading, at: datetime) -> Mapping[LocationId, datetime]:
    """Gives from when an order of `at` waits at each location where one can collect, in UTC; a place with no such instant ahead is left out.

    At most two statements, and none where no place reckons with its open work or has a limit of orders a day.
    """
    points = (await locations(reading)).pickup_points()
    done = await load(reading, points, ["pickup"], at)
    made = {point.id: done.promise(point, at, "pickup") for point in points}
    return {location_id: each.ready_by for location_id, each in made.items() if each is not None}


async def ready_by(reading: Reading, location_id: LocationId, at: datetime, service: Service = "pickup") -> datetime:
    """Gives the instant, in UTC, from which an order of `at` waits at a location; refuses with NotFound and CannotPromise."""
    return (await promised(reading, [(location_id, service)], at))[location_id, service].ready_by


async def ship_by(reading: Reading, location_ids: Collection[LocationId], at: datetime) -> datetime:
    """Gives the instant, in UTC, by which all of the parcels of an order of `at` have left; refuses with NotFound and CannotPromise."""
    made = await promised(reading, [(each, "ships") for each in location_ids], at)
    return max(each.ready_by for each in made.values())
