"""Decide where each unit of a cart, and of the gifts that come with it, is from: what is collected from its store, what is sent from wherever promise finds it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from commerce.carts import PICKUP, SHIP, PricedCart
from commerce.checkout.facts import Goods, Piece, Plan
from commerce.inventory import Demand
from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reading
from commerce.promise import source
from commerce.stores import settings


def goods_of(shown: PricedCart) -> list[Goods]:
    """Gives the units that an order of a cart needs: its lines, then the gifts that come with them. Fees need none."""
    wanted = [Goods(str(line.id), line.variant_id, line.group, line.quantity) for line in shown.cart.lines]
    gifts = [line for line in shown.quoted.priced.lines if line.kind == "gift"]
    return wanted + [Goods(line.key, VariantId(line.variant_id), line.group, line.quantity) for line in gifts]


async def plan_for(reading: Reading, goods: Sequence[Goods], *, at: datetime) -> Plan:
    """Gives the places for goods that all have their way of fulfilment. One statement when something is sent, none otherwise.

    Refuses with InsufficientStock, naming what all places together have too few of.
    """
    sent = [each for each in goods if each.group.startswith(SHIP)]
    demands = await source(reading, [(each.variant_id, each.quantity) for each in sent], at) if sent else []
    collected = [
        Piece(each.key, each.group, LocationId(UUID(each.group.removeprefix(PICKUP))), 0, each.quantity)
        for each in goods
        if each.group.startswith(PICKUP)
    ]
    pieces = [*collected, *hand_out(sent, demands)]
    variants = {each.key: each.variant_id for each in goods}
    minutes = (await settings(reading)).payment_minutes
    return Plan(
        pieces=pieces,
        demands=[Demand(variants[piece.key], piece.location_id, piece.quantity) for piece in pieces],
        at=at,
        until=at + timedelta(minutes=minutes),
    )


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
