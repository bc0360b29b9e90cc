"""What a rejection takes off a shelf takes its lots and serial numbers with it; a number that nobody knows stays until somebody counts."""

from datetime import date

import pytest

from commerce import fulfilment, inventory
from commerce.fulfilment import Fulfilment, Pick, ShortReason
from commerce.fulfilment.errors import WrongUnits
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.traceability import SerialElsewhere, SerialUnknown, Tracking
from commerce.traceability.audit import CHECKS
from tests.fulfilment.test_work import proven, told
from tests.given import fulfilment as given
from tests.given.fulfilment import staff
from tests.given.orders import Want
from tests.traceability.world import article, bring, lot, lots, numbered, serials, store

A, B = date(2026, 3, 11), date(2026, 4, 1)


async def work_of(db: Database, variant: VariantId, here: LocationId, units: int) -> tuple[Fulfilment, Caller]:
    clerk = staff(here)
    return await given.picking(db, clerk, Want(quantity=units, location_id=here, variant_id=variant)), clerk


async def shelf_of(db: Database, asks: Tracking) -> tuple[VariantId, LocationId]:
    """Five units on a store's shelf, of two lots or with the numbers 1 to 5."""
    variant, here = await article(db, asks), await store(db)
    if asks == "lot":
        await bring(db, here, lot(variant, 2, "A", A), lot(variant, 3, "B", B))
    else:
        await bring(db, here, numbered(variant, *"12345"))
    return variant, here


async def short(
    db: Database, work: Fulfilment, clerk: Caller, units: int, reason: ShortReason, *numbers: str
) -> Fulfilment:
    line = work.lines[0]
    picks = [Pick(line.id, line.quantity - units, units, reason, numbers)]
    return await db.transact(fulfilment.pick, clerk, work.id, picks)


async def on_shelf(db: Database, variant: VariantId, here: LocationId) -> tuple[int, int]:
    (level,) = await inventory.levels(db.reading, [variant], [here])
    return level.on_hand, level.reserved


async def where(db: Database) -> dict[str, str]:
    return {serial: stands[0] for serial, stands in (await serials(db)).items()}


async def in_order(db: Database) -> None:
    await proven(db)
    assert [found for found in await run_checks(db.reading, CHECKS) if found.rows] == []


async def test_damaged_and_missing_units_of_lots_go_by_their_dates(db: Database, clock: HeldClock) -> None:
    milk, here = await shelf_of(db, "lot")
    work, clerk = await work_of(db, milk, here, 2)
    await short(db, work, clerk, 1, ShortReason.DAMAGE)
    assert await lots(db) == [("damaged", "A", 1), ("shelf", "A", 1), ("shelf", "B", 3)]
    other, _ = await work_of(db, milk, here, 1)
    await short(db, other, clerk, 1, ShortReason.NOT_IN_STOCK)
    assert await on_shelf(db, milk, here) == (1, 1), "what is picked already stays, the rest is gone"
    assert [each for each in await lots(db) if each[2]] == [("damaged", "A", 1), ("shelf", "B", 1)]
    await in_order(db)


async def test_a_damaged_unit_goes_aside_by_its_number(db: Database, clock: HeldClock) -> None:
    phone, here = await shelf_of(db, "serial")
    work, clerk = await work_of(db, phone, here, 2)
    with pytest.raises(WrongUnits):
        await short(db, work, clerk, 1, ShortReason.DAMAGE, "4", "5")
    with pytest.raises(SerialUnknown):
        await short(db, work, clerk, 1, ShortReason.DAMAGE, "9")
    assert await on_shelf(db, phone, here) == (5, 2), "what was refused moved nothing"
    await short(db, work, clerk, 1, ShortReason.DAMAGE, "4")
    assert await where(db) == {"1": "shelf", "2": "shelf", "3": "shelf", "4": "damaged", "5": "shelf"}
    assert await on_shelf(db, phone, here) == (4, 1)
    other, _ = await work_of(db, phone, here, 1)
    with pytest.raises(SerialElsewhere):
        await short(db, other, clerk, 1, ShortReason.MISMATCH, "4")
    await in_order(db)


async def test_a_missing_unit_that_nobody_can_name_stays_until_somebody_counts(db: Database, clock: HeldClock) -> None:
    phone, here = await shelf_of(db, "serial")
    work, clerk = await work_of(db, phone, here, 2)
    await short(db, work, clerk, 1, ShortReason.MISMATCH)
    assert await on_shelf(db, phone, here) == (5, 1), "one is missing, and nobody knows which"
    assert set((await where(db)).values()) == {"shelf"}
    assert len(await told(db, "fulfilment.recount_wanted.v1")) == 1
    await in_order(db)


async def test_an_empty_shelf_has_lost_all_its_numbers(db: Database, clock: HeldClock) -> None:
    phone, here = await shelf_of(db, "serial")
    work, clerk = await work_of(db, phone, here, 2)
    await db.transact(fulfilment.reject, clerk, work.id, ShortReason.NOT_IN_STOCK)
    assert await on_shelf(db, phone, here) == (0, 0)
    assert set((await where(db)).values()) == {"shrinkage"}
    await in_order(db)
