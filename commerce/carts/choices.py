"""From what a client sends to lines and ways of fulfilment; what names no place and no method is refused by its pointer."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from commerce.carts.change_lines import Beginning, Wanted
from commerce.carts.facts import PICKUP, SHIP
from commerce.carts.schemas import AddLineIn, ChosenIn, FulfilmentChoice, NewCartIn, SlotChoice
from commerce.kernel.errors import invalid
from commerce.kernel.ids import CartLineId, LocationId
from commerce.platform.database import Reading
from commerce.platform.http import Caller
from commerce.promise import slot
from commerce.quotes import Surroundings


def beginning(data: NewCartIn, around: Surroundings, caller: Caller, language: str) -> Beginning:
    """Gives what a cart begins with. Refuses with InvalidInput a store or a customer that the caller may not name, NotFound the channel."""
    channel = around.channels.get(caller.channel_id or data.channel_id)
    if data.customer_id is not None and not caller.is_staff_side and data.customer_id != caller.id:
        raise invalid("/customer_id", "You are your own customer; leave this out.")
    return Beginning(
        channel_id=channel.id,
        country=data.country or channel.country,
        language=language,
        store_id=_store(data.store_id, around, caller),
        customer_id=data.customer_id,
    )


def _store(named: UUID | None, around: Surroundings, caller: Caller) -> UUID | None:
    """The store where it is bought: the one named, as in a quote, else a terminal's own."""
    if named is not None:
        if named not in around.book.places:
            raise invalid("/store_id", "There is no such store.")
        if not caller.may_at(named):
            raise invalid("/store_id", "Your token is for another store; leave this out.")
        return named
    return own_store(around, caller)


def own_store(around: Surroundings, caller: Caller) -> UUID | None:
    """Gives the store that a terminal stands in; nobody else has one."""
    if caller.kind == "terminal" and caller.locations is not None and len(caller.locations) == 1:
        (own,) = caller.locations
        return own if own in around.book.places else None
    return None


def wanted(lines: Sequence[AddLineIn], around: Surroundings) -> list[Wanted]:
    """Gives lines to add. Refuses with InvalidInput a place where nobody collects, or a method that is not offered."""
    return [
        Wanted(line.variant_id, line.quantity, _group(line.fulfilment, around, f"/lines/{n}/fulfilment"))
        for n, line in enumerate(lines)
    ]


def chosen(lines: Sequence[ChosenIn], around: Surroundings) -> dict[CartLineId, str]:
    """Gives the way of fulfilment for each line named; a line named twice is refused, and what `wanted` refuses."""
    groups: dict[CartLineId, str] = {}
    for n, line in enumerate(lines):
        if line.line_id in groups:
            raise invalid(f"/lines/{n}/line_id", "stands here twice")
        groups[line.line_id] = _group(line.fulfilment, around, f"/lines/{n}/fulfilment")
    return groups


async def chosen_slots(reading: Reading, slots: Sequence[SlotChoice], *, at: datetime) -> dict[LocationId, datetime]:
    """Gives when the slot of each location begins. Refuses with InvalidInput a location named twice, and what `promise.slot` refuses."""
    picked: dict[LocationId, datetime] = {}
    for n, choice in enumerate(slots):
        if choice.location_id in picked:
            raise invalid(f"/slots/{n}/location_id", "stands here twice")
        picked[choice.location_id] = (await slot(reading, choice.location_id, choice.starts_at, at)).starts_at
    return picked


def _group(choice: FulfilmentChoice | None, around: Surroundings, pointer: str) -> str:
    if choice is None:
        return ""
    if choice.kind == "pickup":
        if choice.method_id is not None:
            raise invalid(f"{pointer}/method_id", "is for lines that are sent")
        location = None if choice.location_id is None else around.locations.by_id.get(choice.location_id)
        if location is None or not location.active or not location.pickup:
            raise invalid(f"{pointer}/location_id", "names no place to collect at; delivery-options lists them")
        return f"{PICKUP}{location.id}"
    if choice.location_id is not None:
        raise invalid(f"{pointer}/location_id", "is for lines that are collected")
    method = None if choice.method_id is None else around.methods.by_id.get(choice.method_id)
    if method is None or not method.active or method.kind != "ship":
        raise invalid(f"{pointer}/method_id", "names no delivery method; delivery-options lists them")
    return f"{SHIP}{method.id}"
