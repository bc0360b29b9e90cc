"""What can be had instead of rejected units, as it could be promised at this moment. Nothing is kept for anybody until it is chosen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from commerce import orders, promise
from commerce.catalog import articles
from commerce.fulfilment import ShortReason
from commerce.inventory import Demand
from commerce.kernel.ids import ChannelId, LocationId, VariantId
from commerce.kernel.money import Money
from commerce.orders import Order
from commerce.platform.database import Reading
from commerce.recourse.facts import Rejection
from commerce.recourse.queries import asked, patience_of
from commerce.recourse.reroute import Route, find_route
from commerce.recourse.zones import fits, outside
from commerce.stores import Location, locations

STORES_MOST = 20
FARTHEST_KM = 100_000.0
CAN_COME = frozenset({ShortReason.NOT_IN_STOCK, ShortReason.MISMATCH, ShortReason.DAMAGE, ShortReason.NOT_ARRIVED})
"""Reasons after which the same store can still hand the units over when a transfer has brought them."""


class StoreOption(msgspec.Struct, frozen=True, kw_only=True):
    """A store that has all of the units, and from when they would wait there."""

    location: Location
    ready_by: datetime


class WaitOption(msgspec.Struct, frozen=True, kw_only=True):
    """The units would come to the store that rejected them, from the origin, and wait there from about then on."""

    origin_id: LocationId
    ready_by: datetime | None


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What can be had instead. `refund` is what would not be charged. A delivery costs nothing, and may need an address first."""

    stores: Sequence[StoreOption]
    delivery: Route | None
    needs_address: bool
    wait: WaitOption | None
    refund: Money


async def options(reading: Reading, order: Order, case: Rejection, at: datetime) -> Options:
    """Gives what can be had instead of the waiting units of a rejection; every way gives all of them."""
    return Options(
        stores=await store_options(reading, order, case, at),
        delivery=await delivery_option(reading, order, case, at),
        needs_address=order.shipping_address is None,
        wait=await wait_option(reading, order, case, at),
        refund=order.money(orders.charged_less(order, case.units)),
    )


async def store_options(reading: Reading, order: Order, case: Rejection, at: datetime) -> list[StoreOption]:
    """Gives stores that have all of the units and were not asked for any of them before, the nearest to the one that rejected first."""
    places = await locations(reading)
    never = {place for place, _ in await outside(reading, order, case) | await _asked_for(reading, case)}
    had = await promise.pickup_options(reading, case.wanted, at, channel_id=ChannelId(order.channel_id))
    found = [
        StoreOption(location=places.get(each.location_id), ready_by=each.ready_by)
        for each in had
        if each.available and each.ready_by is not None and each.location_id not in never
    ]
    home = places.by_id.get(case.location_id)
    return sorted(found, key=lambda each: (_far(home, each.location), each.location.code))[:STORES_MOST]


async def delivery_option(reading: Reading, order: Order, case: Rejection, at: datetime) -> Route | None:
    """Gives from where all of the units can be sent; none when an article cannot be sent, or the order is to be paid at the counter.

    What was to be collected is sent only within its zone of tax, where the order has an address already.
    """
    if order.payment_kind != "card":
        return None
    known = await articles(reading, [variant_id for variant_id, _ in case.wanted])
    if not all(variant_id in known and known[variant_id].shippable for variant_id, _ in case.wanted):
        return None
    collected, address = order.group(case.group_id).kind == "pickup", order.shipping_address
    if collected and address is not None and not fits(await locations(reading), order, case, address):
        return None
    found = await find_route(reading, order, case, at)
    return found if _sum(found.demands) == sum(units for _, units in case.units) else None


async def wait_option(reading: Reading, order: Order, case: Rejection, at: datetime) -> WaitOption | None:
    """Gives the place that could send all of the units to the store that rejected them, warehouses first; none where the store itself
    cannot do the work, or for parcels.
    """
    places = await locations(reading)
    store = places.by_id.get(case.location_id)
    if case.kind != "pickup" or store is None or store not in places.pickup_points():
        return None
    if any(ShortReason(line.reason) not in CAN_COME for line in case.lines):
        return None
    wanted: dict[VariantId, int] = {}
    for variant_id, units in case.wanted:
        wanted[variant_id] = wanted.get(variant_id, 0) + units
    stock = await promise.shelves(reading, list(wanted), places)
    having = [
        place
        for place in places.all
        if place.active
        and place.id != store.id
        and place.kind in {"warehouse", "store"}
        and all(stock.get(place.id, {}).get(variant_id, 0) >= units for variant_id, units in wanted.items())
    ]
    if not having:
        return None
    origin = min(having, key=lambda place: (place.kind != "warehouse", _far(store, place), place.code))
    return WaitOption(origin_id=origin.id, ready_by=await ready_after_transfer(reading, store, at))


async def ready_after_transfer(reading: Reading, store: Location, at: datetime) -> datetime | None:
    """Gives when units that are sent to a store now would wait there: after the days that a transfer is reckoned to take."""
    patience = await patience_of(reading, store.id)
    return store.ready_at(at + timedelta(minutes=patience.transfer_minutes))


async def _asked_for(reading: Reading, case: Rejection) -> frozenset[tuple[LocationId, VariantId]]:
    wanted = {variant_id for variant_id, _ in case.wanted}
    return frozenset(each for each in await asked(reading, case.order_id) if each[1] in wanted)


def _sum(demands: Sequence[Demand]) -> int:
    return sum(demand.quantity for demand in demands)


def _far(one: Location | None, other: Location) -> float:
    if one is None or one.latitude is None or one.longitude is None:
        return FARTHEST_KM
    far = other.distance_km(one.latitude, one.longitude)
    return FARTHEST_KM if far is None else far
