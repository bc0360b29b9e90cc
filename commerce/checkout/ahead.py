"""What of a cart is there now and what has to wait for supply: the places of both, and from when the latter is ready."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from commerce.carts import PICKUP
from commerce.checkout.errors import WaitNeeded
from commerce.checkout.facts import Goods, Piece, Plan, Wish
from commerce.inventory import InsufficientStock, Place, Shortage
from commerce.kernel.ids import ChannelId, LocationId, VariantId, new_id
from commerce.orders import OrderDraft
from commerce.platform.database import Database, Reading
from commerce.promise import Ahead, promised_ahead, ready_ahead, shelves, sold_ahead, sourced
from commerce.stores import Location, Locations, locations
from commerce.supplies import Ahead as Claimed, free_over


class NoMoreAhead(InsufficientStock):
    """Fewer units can be promised than were asked for, not even later ones."""


class _Left(NamedTuple):
    """Units of goods that are not there, from which one of the line on, and where they are collected; no place: they are sent."""

    goods: Goods
    start: int
    units: int
    location_id: LocationId | None


async def may_wait(db: Database, short: InsufficientStock, at: datetime) -> bool:
    """Says whether anything that is short is sold ahead, wherever it was wanted, or was kept for an order whose time to pay is over."""
    wanted = {each.variant_id for each in short.short}
    if await free_over(db, wanted, at=at):
        return True
    ahead = await sold_ahead(db.reading, wanted, await locations(db.reading), at)
    return any(each.location_id is None or (each.variant_id, each.location_id) in ahead for each in short.short)


async def pieces_ahead(
    reading: Reading, goods: Sequence[Goods], *, at: datetime, channel_id: ChannelId | None, value: int | None
) -> list[Piece]:
    """Gives where goods that have stock come from: what is there now, and the rest as pieces that wait until an instant.

    What is sent waits at one place for each line: where it is ready first. Refuses with NoMoreAhead, naming what is short even then.
    """
    places = await locations(reading)
    collected = [each for each in goods if each.group.startswith(PICKUP)]
    sent = [each for each in goods if not each.group.startswith(PICKUP)]
    here, left = await _collected(reading, collected, places, channel_id)
    from_shelves, to_send = await _sent(reading, sent, at, channel_id, value)
    left += to_send
    ahead = await sold_ahead(reading, {each.goods.variant_id for each in left}, places, at)
    pieces = [*here, *from_shelves]
    short: list[Shortage] = []
    for each in left:
        found = _where(each, ahead, places, at)
        if found is None:
            short.append(Shortage(each.goods.variant_id, each.location_id, each.goods.quantity, each.start))
            continue
        place, ready = found
        ahead = promised_ahead(ahead, Place(each.goods.variant_id, place.id), each.units)
        pieces.append(Piece(each.goods.key, each.goods.group, place.id, each.start, each.units, ready))
    if short:
        raise NoMoreAhead(InsufficientStock.of(short).detail, lines=short)
    return pieces


def _where(left: _Left, ahead: Ahead, places: Locations, at: datetime) -> tuple[Location, datetime] | None:
    wanted = {left.goods.variant_id: left.units}
    if left.location_id is not None:
        here = places.get(left.location_id)
        ready = ready_ahead(ahead, here, wanted, "pickup", at)
        return None if ready is None else (here, ready)
    able = [
        (ready, nth, each)
        for nth, each in enumerate(places.shipping_points())
        if (ready := ready_ahead(ahead, each, wanted, "ships", at)) is not None
    ]
    if not able:
        return None
    ready, _, first = min(able, key=lambda each: each[:2])
    return first, ready


async def _collected(
    reading: Reading, goods: Sequence[Goods], places: Locations, channel_id: ChannelId | None
) -> tuple[list[Piece], list[_Left]]:
    if not goods:
        return [], []
    stock = await shelves(reading, {each.variant_id for each in goods}, places, channel_id)
    had = {Place(variant_id, place): units for place, shelf in stock.items() for variant_id, units in shelf.items()}
    pieces, left = list[Piece](), list[_Left]()
    for each in goods:
        place = LocationId(UUID(each.group.removeprefix(PICKUP)))
        shelf = Place(each.variant_id, place)
        taken = min(each.quantity, had.get(shelf, 0))
        if taken:
            had[shelf] -= taken
            pieces.append(Piece(each.key, each.group, place, 0, taken))
        if taken < each.quantity:
            left.append(_Left(each, taken, each.quantity - taken, place))
    return pieces, left


async def _sent(
    reading: Reading, goods: Sequence[Goods], at: datetime, channel_id: ChannelId | None, value: int | None
) -> tuple[list[Piece], list[_Left]]:
    if not goods:
        return [], []
    wanted: dict[VariantId, int] = {}
    for each in goods:
        wanted[each.variant_id] = wanted.get(each.variant_id, 0) + each.quantity
    found = await sourced(reading, list(wanted.items()), at, channel_id=channel_id, value=value)
    demands = list(found.demands)
    if found.missing:
        for short in found.missing:
            wanted[short.variant_id] = max(0, short.available)
        there = [(variant_id, units) for variant_id, units in wanted.items() if units]
        again = await sourced(reading, there, at, channel_id=channel_id, value=value) if there else None
        demands = [] if again is None or again.missing else list(again.demands)
    pieces, left = list[Piece](), list[_Left]()
    for each in goods:
        given = 0
        for nth, demand in enumerate(demands):
            units = min(demand.quantity, each.quantity - given) if demand.variant_id == each.variant_id else 0
            if units:
                pieces.append(Piece(each.key, each.group, demand.location_id, given, units))
                demands[nth] = demand._replace(quantity=demand.quantity - units)
                given += units
        if given < each.quantity:
            left.append(_Left(each, given, each.quantity - given, None))
    return pieces, left


def check_wait(plan: Plan, goods: Sequence[Goods], wish: Wish) -> None:
    """Refuses with WaitNeeded a plan of which something waits longer than the buyer agreed to, naming what is expected when."""
    waits = [(piece, piece.waits) for piece in plan.pieces if piece.waits is not None]
    if not waits or (wish.wait_until is not None and max(ready for _, ready in waits) <= wish.wait_until):
        return
    articles = {each.key: each.variant_id for each in goods}
    last = max(ready for _, ready in waits)
    raise WaitNeeded(
        f"Some of it is not there yet; all of it is expected by {last.isoformat()}. Send that instant as `wait_until` to have it then.",
        expected_at=last,
        waiting=[
            {"variant_id": articles[piece.key], "quantity": piece.quantity, "expected_at": ready}
            for piece, ready in waits
        ],
    )


def claims_of_draft(draft: OrderDraft) -> list[Claimed]:
    """Gives what the lines of an order to be wait for; what one place has ready at one instant comes together."""
    lines = {line.id: line for line in draft.lines}
    groups = {group.id: group for group in draft.groups}
    together: Mapping[tuple[UUID, datetime | None], UUID] = {
        (lines[each.order_line_id].group_id, each.expected_at): new_id() for each in draft.elsewhere
    }
    claims: list[Claimed] = []
    for each in draft.elsewhere:
        line = lines[each.order_line_id]
        group = groups[line.group_id]
        if each.expected_at is not None:
            claims.append(
                Claimed(
                    order_line_id=line.id,
                    group_id=group.id,
                    wait_id=together[group.id, each.expected_at],
                    variant_id=VariantId(line.variant_id),
                    location_id=LocationId(group.location_id),
                    units=each.units,
                    ready_at=each.expected_at,
                    service="pickup" if group.kind == "pickup" else "ships",
                )
            )
    return claims
