"""What of a cart cannot be had where it is wanted, as it is now, and what else could be had. Nothing is kept by asking."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from commerce.carts.facts import Cart, CartLine, Flaw
from commerce.inventory import InsufficientStock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import ChannelId, LocationId
from commerce.platform.database import Reading
from commerce.promise import (
    Alternative,
    Parts,
    SlotFull,
    SlotNotOffered,
    alternatives,
    opened,
    opened_with,
    ready_ahead,
    sent_ahead,
    shelves,
    short_of_shelf,
    slot,
    sold_ahead,
    source,
    summed,
)
from commerce.stores import locations

# For so many places, or ways of sending, it is said what else could be had.
PLACES_MOST = 5


async def short_lines(reading: Reading, cart: Cart, *, at: datetime) -> list[Flaw]:
    """Gives the lines for which there is too little stock where they are to come from, with what could be had instead, and the pickup slots that
    are gone.
    """
    collected = [line for line in cart.lines if line.kind == "pickup"]
    sent = [line for line in cart.lines if line.kind == "ship"]
    channel_id = ChannelId(cart.channel_id)
    parts = (await opened(reading, [(line.variant_id, line.quantity) for line in (*collected, *sent)])).parts
    short = {
        **await _short_where_collected(reading, collected, parts, channel_id),
        **await _short_for_sending(reading, sent, parts, at, channel_id),
    }
    told = [*await _told(reading, cart, short, at)]
    return [*await _coming(reading, told, short, parts, at), *await _slots_gone(reading, cart, at)]


async def _short_where_collected(
    reading: Reading, lines: Sequence[CartLine], parts: Parts, channel_id: ChannelId
) -> dict[CartLine, int]:
    if not lines:
        return {}
    wanted = [(line.variant_id, line.quantity) for line in lines]
    on_shelves = {variant_id for variant_id, _ in opened_with(wanted, parts).lines}
    stock = await shelves(reading, on_shelves, await locations(reading), channel_id)
    short: dict[CartLine, int] = {}
    for place in dict.fromkeys(place_of(line) for line in lines):
        here = [line for line in lines if place_of(line) == place]
        taken = [(line.variant_id, line.quantity) for line in here]
        short |= {here[nth]: left for nth, left in short_of_shelf(taken, parts, stock.get(place, {}))}
    return short


async def _short_for_sending(
    reading: Reading, lines: Sequence[CartLine], parts: Parts, at: datetime, channel_id: ChannelId
) -> dict[CartLine, int]:
    wanted = [(line.variant_id, line.quantity) for line in lines]
    taken = opened_with(wanted, parts).lines
    if not taken:
        return {}
    try:
        await source(reading, taken, at, channel_id=channel_id)
    except InsufficientStock as refused:
        needed = summed(taken)
        left = dict(needed)
        left |= {each.variant_id: each.available for each in refused.short}
        return {lines[nth]: units for nth, units in short_of_shelf(wanted, parts, left)}
    return {}


async def _told(reading: Reading, cart: Cart, short: Mapping[CartLine, int], at: datetime) -> list[Flaw]:
    instead: dict[str, tuple[Alternative, ...]] = {}
    for group in list(dict.fromkeys(line.group for line in short))[:PLACES_MOST]:
        lines = [line for line in short if line.group == group]
        found = await alternatives(
            reading,
            [(line.variant_id, line.quantity) for line in lines],
            at,
            not_at=place_of(lines[0]) if lines[0].kind == "pickup" else None,
            channel_id=ChannelId(cart.channel_id),
            sending=lines[0].kind == "pickup",
        )
        instead[group] = tuple(found)
    return [
        Flaw(
            code="insufficient_stock",
            detail=f"{left} can be had there now; {line.quantity} are wanted.",
            line_id=line.id,
            variant_id=line.variant_id,
            available=max(0, left),
            alternatives=instead.get(line.group, ()),
        )
        for line, left in short.items()
    ]


async def _coming(
    reading: Reading, told: Sequence[Flaw], short: Mapping[CartLine, int], parts: Parts, at: datetime
) -> list[Flaw]:
    """Says of lines that are short from when all of them would be ready, where they come and may be ordered now."""
    missing = {
        line.id: summed(opened_with([(line.variant_id, line.quantity - max(0, left))], parts).lines)
        for line, left in short.items()
    }
    places = await locations(reading)
    ahead = await sold_ahead(reading, {variant_id for each in missing.values() for variant_id in each}, places, at)
    lines = {line.id: line for line in short}
    found: list[Flaw] = []
    for flaw in told:
        line = lines[flaw.line_id] if flaw.line_id else None
        expected = None
        if ahead and line is not None and line.kind == "pickup":
            expected = ready_ahead(ahead, places.get(place_of(line)), missing[line.id], "pickup", at)
        elif ahead and line is not None:
            expected = sent_ahead(ahead, places, missing[line.id], at)
        if expected is not None:
            detail = f"{flaw.detail} All of them are expected from {expected.isoformat()}."
            flaw = msgspec.structs.replace(flaw, code="comes_later", detail=detail, expected_from=expected)  # noqa: PLW2901
        found.append(flaw)
    return found


async def _slots_gone(reading: Reading, cart: Cart, at: datetime) -> list[Flaw]:
    """Gives the slots that are chosen where something is collected, and that an order of now cannot have any more."""
    flaws: list[Flaw] = []
    for place in {place_of(line): None for line in cart.lines if line.kind == "pickup"}:
        if place in cart.slots:
            try:
                await slot(reading, place, cart.slots[place], at)
            except SlotNotOffered:
                gone = Flaw(
                    code="slot_not_offered", detail="The order would not be ready for this slot.", location_id=place
                )
                flaws.append(gone)
            except SlotFull:
                flaws.append(Flaw(code="slot_full", detail="The slot takes no more orders.", location_id=place))
    return flaws


def place_of(line: CartLine) -> LocationId:
    """Gives the place where a line is collected."""
    target = line.target
    if target is None or line.kind != "pickup":
        raise Bug(f"the line {line.id} is not collected")
    return LocationId(target)
