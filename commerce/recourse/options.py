"""What can be had instead of rejected units, as it could be promised at this moment. Nothing is kept for anybody until it is chosen."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from commerce import orders, promise
from commerce.catalog import Article, articles
from commerce.fulfilment import ShortReason
from commerce.inventory import Demand
from commerce.kernel.ids import ChannelId, LocationId, OrderLineId, VariantId
from commerce.kernel.money import Money
from commerce.orders import Order
from commerce.platform.database import Reading
from commerce.recourse.facts import Rejection
from commerce.recourse.part import narrowed
from commerce.recourse.queries import asked, patience_of
from commerce.recourse.reroute import Route, find_route
from commerce.recourse.rules import handed_out, routed_units
from commerce.recourse.zones import fits, outside
from commerce.stores import Location, locations

STORES_MOST = 20
FARTHEST_KM = 100_000.0
CAN_COME = frozenset({ShortReason.NOT_IN_STOCK, ShortReason.MISMATCH, ShortReason.DAMAGE, ShortReason.NOT_ARRIVED})
"""Reasons after which the same store can still hand the units over when a transfer has brought them."""


Units = Sequence[tuple[OrderLineId, int]]


class StoreOption(msgspec.Struct, frozen=True, kw_only=True):
    """A store that has these units, and from when they would wait there."""

    location: Location
    ready_by: datetime
    units: Units


class DeliveryOption(msgspec.Struct, frozen=True, kw_only=True):
    """From where these units would be sent."""

    route: Route
    units: Units


class WaitOption(msgspec.Struct, frozen=True, kw_only=True):
    """These units would come to the store that rejected them, from the origin, and wait there from about then on."""

    origin_id: LocationId
    ready_by: datetime | None
    units: Units


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What can be had instead. `refund` is what would not be charged. A delivery costs nothing, and may need an address first.

    Of what is in parts, each gives some of the units: the rest waits for another choice.
    """

    stores: Sequence[StoreOption]
    delivery: DeliveryOption | None
    needs_address: bool
    wait: WaitOption | None
    refund: Money
    part_stores: Sequence[StoreOption]
    part_delivery: DeliveryOption | None
    part_wait: WaitOption | None


async def options(reading: Reading, order: Order, case: Rejection, at: datetime) -> Options:
    """Gives what can be had instead of the waiting units of a rejection: what gives all of them, and what gives some."""
    stores = await _stores(reading, order, case, at)
    delivery = await _delivery(reading, order, case, at)
    wait = await _wait(reading, case, at)
    return Options(
        stores=[each for each in stores if _all(case, each.units)],
        delivery=delivery if delivery and _all(case, delivery.units) else None,
        needs_address=order.shipping_address is None,
        wait=wait if wait and _all(case, wait.units) else None,
        refund=order.money(orders.charged_less(order, case.units)),
        part_stores=[each for each in stores if not _all(case, each.units)],
        part_delivery=delivery if delivery and not _all(case, delivery.units) else None,
        part_wait=wait if wait and not _all(case, wait.units) else None,
    )


async def store_options(reading: Reading, order: Order, case: Rejection, at: datetime) -> list[StoreOption]:
    """Gives stores that have all of the units and were not asked for any of them before, the nearest to the one that rejected first."""
    return [each for each in await _stores(reading, order, case, at) if _all(case, each.units)]


async def delivery_option(reading: Reading, order: Order, case: Rejection, at: datetime) -> Route | None:
    """Gives from where all of the units can be sent; none when an article cannot be sent, or the order is to be paid at the counter.

    What was to be collected is sent only within its zone of tax, where the order has an address already.
    """
    found = await _delivery(reading, order, case, at)
    return found.route if found and _all(case, found.units) else None


async def wait_option(reading: Reading, case: Rejection, at: datetime) -> WaitOption | None:
    """Gives the place that could send all of the units to the store that rejected them, warehouses first; none where the store itself
    cannot do the work, or for parcels.
    """
    found = await _wait(reading, case, at)
    return found if found and _all(case, found.units) else None


async def _stores(reading: Reading, order: Order, case: Rejection, at: datetime) -> list[StoreOption]:
    """Gives stores that have all of the units, or some, of articles that they were not asked for before; the first with all, then by how many,
    then the nearest.
    """
    places = await locations(reading)
    never = await outside(reading, order, case) | await asked(reading, case.order_id)
    found: list[StoreOption] = []
    for each in await promise.pickup_options(reading, case.wanted, at, channel_id=ChannelId(order.channel_id)):
        if each.ready_by is None:
            continue
        there = {short.variant_id: short.available for short in each.short}
        units = _given(
            case,
            each.location_id,
            {
                of: there.get(of, quantity)
                for of, quantity in summed(case).items()
                if (each.location_id, of) not in never
            },
        )
        if units:
            found.append(StoreOption(location=places.get(each.location_id), ready_by=each.ready_by, units=units))
    home = places.by_id.get(case.location_id)
    found.sort(key=lambda each: (-_sum(each.units), _far(home, each.location), each.location.code))
    whole = sum(_all(case, each.units) for each in found)
    return [*found[:whole][:STORES_MOST], *found[whole:][:STORES_MOST]]


async def _delivery(reading: Reading, order: Order, case: Rejection, at: datetime) -> DeliveryOption | None:
    """Gives from where the units can be sent, or those of them that can be."""
    if order.payment_kind != "card":
        return None
    known = await articles(reading, [variant_id for variant_id, _ in case.wanted])
    able = {line.order_line_id: line.open for line in case.lines if _shippable(known.get(line.variant_id))}
    collected, address = order.group(case.group_id).kind == "pickup", order.shipping_address
    if collected and address is not None and not fits(await locations(reading), order, case, address):
        return None
    if not any(able.values()):
        return None
    sendable = narrowed(case, able)
    found = await find_route(reading, order, sendable, at)
    units = _gathered(sendable, found.demands)
    return DeliveryOption(route=found, units=units) if units else None


def _shippable(article: Article | None) -> bool:
    return article is not None and article.shippable


async def _wait(reading: Reading, case: Rejection, at: datetime) -> WaitOption | None:
    """Gives the place that could send most of the units to the store that rejected them, warehouses first, then the nearest."""
    places = await locations(reading)
    store = places.by_id.get(case.location_id)
    if case.kind != "pickup" or store is None or store not in places.pickup_points():
        return None
    able = {line.order_line_id: line.open for line in case.lines if ShortReason(line.reason) in CAN_COME}
    if not any(able.values()):
        return None
    coming = narrowed(case, able)
    stock = await promise.shelves(reading, list(summed(coming)), places)
    having = [
        (place, units)
        for place in places.all
        if place.active and place.id != store.id and place.kind in {"warehouse", "store"}
        if (units := _given(coming, place.id, stock.get(place.id, {})))
    ]
    if not having:
        return None
    origin, units = min(
        having, key=lambda had: (-_sum(had[1]), had[0].kind != "warehouse", _far(store, had[0]), had[0].code)
    )
    return WaitOption(origin_id=origin.id, ready_by=await ready_after_transfer(reading, store, at), units=units)


async def ready_after_transfer(reading: Reading, store: Location, at: datetime) -> datetime | None:
    """Gives when units that are sent to a store now would wait there: after the days that a transfer is reckoned to take."""
    patience = await patience_of(reading, store.id)
    return store.ready_at(at + timedelta(minutes=patience.transfer_minutes))


def summed(case: Rejection) -> dict[VariantId, int]:
    """Gives the units that wait, by article."""
    wanted: dict[VariantId, int] = {}
    for variant_id, units in case.wanted:
        wanted[variant_id] = wanted.get(variant_id, 0) + units
    return wanted


def _given(case: Rejection, place: LocationId, stock: Mapping[VariantId, int]) -> Units:
    """Gives which of the waiting units a place can give from what it has."""
    demands = [Demand(of, place, had) for of, had in stock.items() if had > 0]
    return handed_out(case, demands).get(place, ())


def _gathered(case: Rejection, demands: Sequence[Demand]) -> Units:
    """Gives the waiting units that all of the demands together give."""
    return [(line_id, units) for line_id, units in routed_units(handed_out(case, demands).values()).items() if units]


def _all(case: Rejection, units: Units) -> bool:
    return _sum(units) == _sum(case.units)


def _sum(units: Units) -> int:
    return sum(quantity for _, quantity in units)


def _far(one: Location | None, other: Location) -> float:
    if one is None or one.latitude is None or one.longitude is None:
        return FARTHEST_KM
    far = other.distance_km(one.latitude, one.longitude)
    return FARTHEST_KM if far is None else far
