"""Reads: which lots to take, and what stands on shelves although it may be sold no longer."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Text, Uuid, select

from commerce.inventory import Spot
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given
from commerce.traceability.facts import MOST_SERIALS, LotUnits
from commerce.traceability.rules import first_expired, sellable
from commerce.traceability.tables import lot_levels, lots, serial_numbers
from commerce.traceability.tracked import asked_now

_level = lot_levels.c
_with_lot = lot_levels.join(lots, (lots.c.variant_id == _level.variant_id) & (lots.c.lot == _level.lot))
THERE = Statement(
    select(_level.variant_id, _level.lot, lots.c.expires_on, _level.quantity)
    .select_from(_with_lot)
    .where(
        _level.location_id == given("location_id", Uuid),
        _level.spot == given("spot", Text),
        any_of(_level.variant_id, "variant_ids"),
        _level.quantity > 0,
    )
    .order_by(_level.variant_id, _level.lot),
    into=LotUnits,
)
NUMBERS = Statement(
    select(serial_numbers.c.variant_id, serial_numbers.c.serial)
    .where(
        serial_numbers.c.location_id == given("location_id", Uuid),
        serial_numbers.c.spot == Spot.SHELF.value,
        any_of(serial_numbers.c.variant_id, "variant_ids"),
    )
    .order_by(serial_numbers.c.variant_id, serial_numbers.c.serial)
    .limit(MOST_SERIALS)
)


async def numbers_on(
    reads: Reads, location_id: LocationId, variant_ids: Collection[VariantId]
) -> Mapping[VariantId, Sequence[str]]:
    """Gives the serial numbers of articles that stand on a shelf, at most `MOST_SERIALS` together."""
    found: dict[VariantId, list[str]] = {}
    if variant_ids:
        rows = await reads.fetch(NUMBERS, location_id=location_id, variant_ids=sorted(set(variant_ids)))
        for row in rows:
            found.setdefault(row["variant_id"], []).append(row["serial"])
    return found


async def pick_lots(reads: Reads, location_id: LocationId, wanted: Sequence[tuple[VariantId, int]]) -> list[LotUnits]:
    """Gives the lots to pick units from on a shelf, those that expire first first; none for articles without lots.

    Nothing is kept for the picker: others may take from the same lots. Less than wanted where there is less that may be sold today.
    """
    asked = await asked_now(reads, location_id, [variant_id for variant_id, _ in wanted])
    if not asked.lots:
        return []
    there: dict[VariantId, list[LotUnits]] = {}
    for lot in await reads.fetch(THERE, location_id=location_id, spot=Spot.SHELF, variant_ids=list(asked.lots)):
        if sellable(lot.expires_on, asked.today):
            there.setdefault(lot.variant_id, []).append(lot)
    units: dict[VariantId, int] = {}
    for variant_id, quantity in wanted:
        units[variant_id] = units.get(variant_id, 0) + quantity
    return [lot for variant_id, quantity in units.items() for lot in first_expired(there.get(variant_id, []), quantity)]
