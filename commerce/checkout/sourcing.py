"""Decide where each unit of a cart, and of the gifts that come with it, is from: what is collected from its store, what is sent from wherever promise finds it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from commerce.carts import PICKUP, SHIP, Cart
from commerce.checkout.ahead import pieces_ahead
from commerce.checkout.facts import Goods, Piece, Plan
from commerce.checkout.kits import Sold
from commerce.inventory import Demand, InsufficientStock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import ChannelId, LocationId, VariantId
from commerce.platform.database import Reading
from commerce.promise import SlotNotOffered, Window, promised, slot, source
from commerce.stores import Locations, Service, locations, settings

Key = tuple[str, LocationId]


def goods_of(sold: Sold) -> list[Goods]:
    """Gives the units that an order needs: its lines, then the gifts that come with them. Fees need none."""
    return [
        Goods(line.key, VariantId(line.variant_id), line.group, line.quantity, sold.stocked(line))
        for line in sold.lines
        if line.of is None
    ]


async def plan_for(
    reading: Reading,
    goods: Sequence[Goods],
    *,
    at: datetime,
    slots: Mapping[LocationId, datetime] | None = None,
    channel_id: ChannelId | None = None,
    value: int | None = None,
    store_id: UUID | None = None,
    look_ahead: bool = False,
) -> Plan:
    """Gives the places for goods that all have their way of fulfilment, and when each place has its part ready. Two statements when something
    is sent; more only for places with open work to reckon with, limits of orders a day, or a slot in `slots`.

    `value` is what the basket is worth, for the rule of sourcing. With `look_ahead` what is not there waits for supply. Refuses with InsufficientStock, naming what all places together have too
    few of, with CannotPromise, and with SlotNotOffered and SlotFull.
    """
    fetched = [each for each in goods if each.stocked]
    if look_ahead:
        pieces = await pieces_ahead(reading, fetched, at=at, channel_id=channel_id, value=value)
    else:
        pieces = await _from_shelves(reading, fetched, at, channel_id, value)
    pieces += await _without_stock(reading, [each for each in goods if not each.stocked], pieces, store_id)
    keys = list(dict.fromkeys((piece.group, piece.location_id) for piece in pieces))
    waits = _waits(pieces, keys)
    ready, windows = await _promised(reading, [key for key in keys if key not in waits], slots or {}, at)
    _check_slots(waits, slots or {})
    variants = {each.key: each.variant_id for each in fetched}
    minutes = (await settings(reading)).payment_minutes
    return Plan(
        pieces=pieces,
        demands=[
            Demand(variants[piece.key], piece.location_id, piece.quantity)
            for piece in pieces
            if piece.key in variants and piece.waits is None
        ],
        ready={**ready, **waits},
        windows=windows,
        at=at,
        until=at + timedelta(minutes=minutes),
    )


def others_may_send(short: InsufficientStock, cart: Cart) -> bool:
    """Says whether all that is short was to be sent from places that had it a moment ago: somebody was quicker there, and others may have it."""
    collected = {line.group for line in cart.lines}
    return all(each.location_id and f"{PICKUP}{each.location_id}" not in collected for each in short.short)


async def _from_shelves(
    reading: Reading, goods: Sequence[Goods], at: datetime, channel_id: ChannelId | None, value: int | None
) -> list[Piece]:
    sent = [(each.variant_id, each.quantity) for each in goods if each.group.startswith(SHIP)]
    demands = await source(reading, sent, at, channel_id=channel_id, value=value) if sent else []
    collected = [
        Piece(each.key, each.group, LocationId(UUID(each.group.removeprefix(PICKUP))), 0, each.quantity)
        for each in goods
        if each.group.startswith(PICKUP)
    ]
    return [*collected, *hand_out([each for each in goods if each.group.startswith(SHIP)], demands)]


def _waits(pieces: Sequence[Piece], keys: Sequence[Key]) -> dict[Key, datetime]:
    """Gives when those places have their part ready where nothing of it is there now."""
    of_key = {key: [piece.waits for piece in pieces if (piece.group, piece.location_id) == key] for key in keys}
    return {
        key: max(each for each in waits if each is not None)
        for key, waits in of_key.items()
        if all(each is not None for each in waits)
    }


def _check_slots(waits: Mapping[Key, datetime], slots: Mapping[LocationId, datetime]) -> None:
    """Refuses a slot of a pickup of which nothing is there yet: a slot is chosen for what can be collected in it."""
    for key in waits:
        if _has_slot(key, slots):
            raise SlotNotOffered(
                "The order would not be ready for this slot.", location_id=key[1], starts_at=slots[key[1]]
            )


async def _without_stock(
    reading: Reading, goods: Sequence[Goods], pieces: Sequence[Piece], store_id: UUID | None
) -> list[Piece]:
    """Gives where what has no stock is done: with the goods of its way of fulfilment, else in the name of the store or of the first place."""
    if not goods:
        return []
    first = {piece.group: piece.location_id for piece in reversed(pieces)}
    home = LocationId(store_id) if store_id is not None else None
    if home is None:
        home = (
            pieces[0].location_id if pieces else next(each.id for each in (await locations(reading)).all if each.active)
        )
    return [Piece(each.key, each.group, first.get(each.group, home), 0, each.quantity) for each in goods]


async def _promised(
    reading: Reading, keys: Sequence[Key], slots: Mapping[LocationId, datetime], at: datetime
) -> tuple[dict[Key, datetime], list[Window]]:
    """Gives when each place has its part ready, and where the order takes a place: in the slots, and in the days that take so many orders."""
    ready = {key: at for key in keys if not key[0]}  # nothing is handed over or sent: it is done when the order stands
    services: dict[Key, Service] = {key: "pickup" if key[0].startswith(PICKUP) else "ships" for key in keys if key[0]}
    chosen = {key: await slot(reading, key[1], slots[key[1]], at) for key in services if _has_slot(key, slots)}
    made = await promised(reading, [(key[1], services[key]) for key in services if key not in chosen], at)
    for key, service in services.items():
        ready[key] = chosen[key].starts_at if key in chosen else made[key[1], service].ready_by
    places = await locations(reading)
    windows = [window for each in chosen.values() for window in each.windows]
    windows += [each.window for each in made.values()]
    return ready, [each for each in dict.fromkeys(windows) if each.starts_at or _limited(places, each)]


def _has_slot(key: Key, slots: Mapping[LocationId, datetime]) -> bool:
    return key[0].startswith(PICKUP) and key[1] in slots


def _limited(places: Locations, window: Window) -> bool:
    return places.get(window.location_id).terms_of(window.service).daily_capacity is not None


def hand_out(goods: Sequence[Goods], demands: Iterable[Demand]) -> list[Piece]:
    """Gives the goods the units that were found for their articles, place by place; a line is cut where one place does not have enough."""
    found: defaultdict[VariantId, list[tuple[LocationId, int]]] = defaultdict(list)
    for demand in demands:
        found[demand.variant_id].append((demand.location_id, demand.quantity))
    pieces: list[Piece] = []
    for line in goods:
        given, places = 0, found[line.variant_id]
        while given < line.quantity:
            if not places:
                raise Bug(f"fewer units of {line.variant_id} were found than are wanted, and that was not refused")
            location_id, units = places.pop(0)
            taken = min(units, line.quantity - given)
            pieces.append(Piece(line.key, line.group, location_id, given, taken))
            given += taken
            if units > taken:
                places.insert(0, (location_id, units - taken))
    return pieces
