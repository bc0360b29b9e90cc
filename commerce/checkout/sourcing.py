"""Decide where each unit of a cart comes from: what is collected from its store, what is sent from wherever promise finds it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from commerce.carts import Cart, CartLine
from commerce.checkout.facts import Piece, Plan
from commerce.inventory import Demand
from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reading
from commerce.promise import source
from commerce.stores import settings


async def plan_for(reading: Reading, cart: Cart, *, at: datetime) -> Plan:
    """Gives the places for a cart whose lines all have their way of fulfilment. One statement when something is sent, none otherwise.

    Refuses with InsufficientStock, naming what all places together have too few of.
    """
    sent = [line for line in cart.lines if line.kind == "ship"]
    demands = await source(reading, [(line.variant_id, line.quantity) for line in sent], at) if sent else []
    collected = [
        Piece(str(line.id), line.group, LocationId(line.target), 0, line.quantity)
        for line in cart.lines
        if line.kind == "pickup" and line.target is not None
    ]
    pieces = [*collected, *hand_out(sent, demands)]
    variants = {str(line.id): line.variant_id for line in cart.lines}
    minutes = (await settings(reading)).payment_minutes
    return Plan(
        pieces=pieces,
        demands=[Demand(variants[piece.key], piece.location_id, piece.quantity) for piece in pieces],
        at=at,
        until=at + timedelta(minutes=minutes),
    )


def hand_out(lines: Sequence[CartLine], demands: Iterable[Demand]) -> list[Piece]:
    """Gives the lines the units that were found for their articles, place by place; a line is cut where one place does not have enough."""
    found: defaultdict[VariantId, list[tuple[LocationId, int]]] = defaultdict(list)
    for demand in demands:
        found[demand.variant_id].append((demand.location_id, demand.quantity))
    pieces: list[Piece] = []
    for line in lines:
        given, places = 0, found[line.variant_id]
        while given < line.quantity:
            if not places:
                raise Bug(f"fewer units of {line.variant_id} were found than are wanted, and that was not refused")
            location_id, units = places.pop(0)
            taken = min(units, line.quantity - given)
            pieces.append(Piece(str(line.id), line.group, location_id, given, taken))
            given += taken
            if units > taken:
                places.insert(0, (location_id, units - taken))
    return pieces
