"""Puts what a file says of prices and of first stock, batch by batch, in the transaction that brings the products in."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from commerce import inventory, pricing, traceability
from commerce.importing.facts import Offer, Trouble
from commerce.importing.queries import ImportRow
from commerce.inventory import Cause
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Tx
from commerce.pricing import PriceEntry

NEEDS_CODES = "was left out: units of this article need their lot or serial numbers, so receive or count them"


async def set_prices(tx: Tx, row: ImportRow, offers: Mapping[VariantId, Offer], at: datetime) -> int:
    """Puts the prices on their lists, list by list in one order; those without a list on the file's. Gives how many variants' changed."""
    by_list: defaultdict[tuple[UUID | None, str], list[PriceEntry]] = defaultdict(list)
    for variant_id, offer in offers.items():
        if offer.amount is not None:
            entry = PriceEntry(variant_id=variant_id, amount=offer.amount, compare_at=offer.compare_at)
            by_list[row.price_list_id, row.currency].append(entry)
        for price in offer.prices:
            by_list[price.list_id, price.currency].append(
                PriceEntry(
                    variant_id=variant_id,
                    amount=price.amount,
                    compare_at=price.compare_at,
                    min_quantity=price.min_quantity,
                    starts_at=price.starts_at,
                )
            )
    changed = 0
    for (list_id, currency), entries in sorted(by_list.items(), key=lambda each: (str(each[0][0]), each[0][1])):
        done = await pricing.set_prices(tx, list_id, entries, actor=row.actor, at=at, currency=currency)
        changed += len(done.changed)
    return changed


async def set_stock(
    tx: Tx, row: ImportRow, offers: Mapping[VariantId, Offer], first_line: int
) -> tuple[list[tuple[VariantId, LocationId, int]], list[Trouble]]:
    """Books first units where an article never had any at the location: later figures are for counts, not for catalogue files.

    Gives what was booked, and the lines of those whose units need a lot or serial numbers, which a catalogue file does not have.
    """
    units: dict[tuple[VariantId, LocationId], int] = {}
    for variant, offer in offers.items():
        if row.location_id is not None and offer.quantity is not None:
            units[variant, LocationId(row.location_id)] = offer.quantity
        units |= {(variant, location): quantity for location, quantity in offer.units}
    units = {place: quantity for place, quantity in units.items() if quantity > 0}
    if not units:
        return [], []
    levels = await inventory.levels(tx, {variant for variant, _ in units}, {location for _, location in units})
    stocked = {(level.variant_id, level.location_id) for level in levels}
    new = {place: quantity for place, quantity in units.items() if place not in stocked}
    if not new:
        return [], []
    asks = await traceability.tracking(tx, {variant for variant, _ in new})
    tracked = {variant for variant, asked in asks.items() if asked != "none"}
    if entries := [(*place, quantity) for place, quantity in new.items() if place[0] not in tracked]:
        cause = Cause("import", row.id, row.actor, "first stock from a catalogue file")
        await inventory.set_initial(tx, entries, cause, f"import:{row.id}:{first_line}")
    left = {variant for variant, _ in new if variant in tracked}
    return entries, [Trouble(offers[variant].line, "quantity", NEEDS_CODES) for variant in left]
