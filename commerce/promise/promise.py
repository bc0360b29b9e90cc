"""Promises made from stock and calendars as they are now; whoever commits judges the stock again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from commerce.inventory import Demand, InsufficientStock, available
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reading
from commerce.promise.errors import CannotPromise
from commerce.promise.facts import Line, PickupOption, summed
from commerce.promise.rules import Stock, missing, short_at, spread
from commerce.stores import Location, Locations, locations


async def pickup_options(reading: Reading, lines: Sequence[Line], at: datetime) -> list[PickupOption]:
    """Gives each location where one can collect, with what it is short of and from when the basket waits there if it is ordered at `at`."""
    wanted = summed(lines)
    stock = await available(reading, wanted)
    points = (await locations(reading)).pickup_points()
    return [_option(point, stock, wanted, at) for point in points]


def _option(point: Location, stock: Stock, wanted: Mapping[VariantId, int], at: datetime) -> PickupOption:
    short = short_at(stock, point.id, wanted)
    ready_by = point.ready_at(at)
    return PickupOption(
        location_id=point.id, ready_by=ready_by, available=not short and ready_by is not None, short=short
    )


async def source(reading: Reading, lines: Sequence[Line], at: datetime) -> list[Demand]:
    """Decide from where a basket is sent: warehouses first, then stores that ship, all of it from one place when one has it.

    Places that do not open in the time ahead are left out. Refuses with InsufficientStock, naming each article that all of them together
    have too few of (with no location, and with what they could send).
    """
    wanted = summed(lines)
    stock = await available(reading, wanted)
    demands = spread(stock, list(sources(await locations(reading), stock, at)), wanted)
    if short := missing(wanted, demands):
        raise InsufficientStock.of(short)
    return demands


def sources(places: Locations, stock: Stock, at: datetime) -> dict[LocationId, datetime]:
    """Gives the places that have something and send it, in order of preference, with the instant by which each has sent an order of `at`."""
    ready = {point.id: point.ready_at(at) for point in places.shipping_points() if point.id in stock}
    return {location_id: instant for location_id, instant in ready.items() if instant is not None}


async def ready_by(reading: Reading, location_id: LocationId, at: datetime) -> datetime:
    """Gives the instant, in UTC, from which an order of `at` waits at a location; refuses with NotFound and CannotPromise."""
    ready = (await locations(reading)).get(location_id).ready_at(at)
    if ready is None:
        raise CannotPromise("Choose another location.")
    return ready


async def ship_by(reading: Reading, location_ids: Collection[LocationId], at: datetime) -> datetime:
    """Gives the instant, in UTC, by which all of the parcels of an order of `at` have left; refuses with NotFound and CannotPromise."""
    return max([await ready_by(reading, location_id, at) for location_id in location_ids])
