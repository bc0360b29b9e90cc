"""Each check of pick lists, packages and the counter finds its planted fault."""

from uuid import UUID

import pytest
from sqlalchemy import text

from commerce import fulfilment, stores
from commerce.fulfilment import Pick, Proof
from commerce.fulfilment.adapters.svg_labels import BUILT_IN
from commerce.fulfilment.audit import CHECKS
from commerce.fulfilment.counter import here
from commerce.fulfilment.labels import label
from commerce.fulfilment.package_facts import Measures
from commerce.fulfilment.packages import make_package
from commerce.fulfilment.pick_scan import scan
from commerce.fulfilment.pick_schemas import PickScanIn
from commerce.fulfilment.refuse import refuse
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from tests.fulfilment.test_pick_lists import Floor
from tests.given import fulfilment as given, stores as given_stores
from tests.given.orders import Want

FAULTS = {
    "a_closed_pick_list_holds_no_work": "UPDATE pick_lists SET state = 'closed', closed_at = now()",
    "a_pick_list_is_of_its_place": "UPDATE pick_lists SET location_id = (SELECT id FROM locations WHERE code = 'sants')",
    "each_scanned_unit_went_to_one_order": "INSERT INTO pick_scans (pick_list_id, scan_id, asked, answer, variant_id, units, by, at) "
    "SELECT pick_list_id, gen_random_uuid(), asked, answer, variant_id, units + 1, by, at FROM pick_scans LIMIT 1",
    "packages_hold_what_is_in_the_house": "UPDATE packages SET units = jsonb_set(units, '{0,1}', '9') WHERE state = 'packed'",
    "a_shipment_is_what_its_packages_hold": "UPDATE packages SET units = jsonb_set(units, '{0,1}', '9') WHERE state = 'sent'",
    "a_good_label_is_on_a_package_that_is_there": "UPDATE packages SET state = 'voided', closed_at = now() WHERE state = 'packed'",
    "scanned_serials_are_of_units_in_the_house": "INSERT INTO picked_serials (fulfilment_line_id, variant_id, serial) "
    "SELECT l.id, l.variant_id, n::text FROM (SELECT * FROM fulfilment_lines WHERE picked > 0 LIMIT 1) l, generate_series(1, 9) n",
    "nobody_waits_for_work_that_has_ended": "UPDATE fulfilment_orders SET state = 'expired', closed_at = now() WHERE state = 'ready_for_pickup'",
    "refused_units_were_cancelled": "UPDATE order_lines SET cancelled = 0",
    "a_collected_order_was_proven": "UPDATE hand_over_proofs SET document = 'passport'",
}


async def counter(db: Database) -> None:
    """A store where something is picked by a list, packed, sent, refused, collected, and waited for."""
    floor = await Floor.filled(db)
    await given_stores.location(db, "sants")
    cup = floor.articles[0]
    who = Caller(kind="shopper", id=new_id())
    listed = await floor.work(db, 2)
    made = await floor.listed(db, listed)
    await db.transact(scan, floor.clerk, made.id, PickScanIn(scan_id=new_id(), code="CUP-1"))
    parcel = await given.picking(
        db, floor.clerk, Want(quantity=2, kind="ship", location_id=floor.store, variant_id=cup)
    )
    await db.transact(fulfilment.pick, floor.clerk, parcel.id, [Pick(parcel.lines[0].id, 2)])
    await db.transact(make_package, floor.clerk, parcel.id, None, Measures())
    await db.transact(fulfilment.pack, floor.clerk, parcel.id)
    await db.transact(fulfilment.ship, floor.clerk, parcel.id, "Post", None, None)
    want = Want(quantity=3, location_id=floor.store, variant_id=cup)
    work = await given.ready(db, floor.clerk, want, shopper_id=who.id)
    line = work.lines[0].id
    await db.transact(refuse, floor.clerk, work.id, {line: 1}, "other")
    code = await fulfilment.pickup_code(db.reading, work.id)
    assert code is not None
    await fulfilment.hand_over(db, new_id(), floor.clerk, work.id, Proof(code=code.code), {line: 1})
    package = await db.transact(make_package, floor.clerk, work.id, None, Measures())
    place = await stores.location(db.reading, floor.store)
    await label(db, UUID(int=9), floor.clerk, BUILT_IN, place, package.id)
    await db.transact(here, who, work.order_id, "B2", None)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(db: Database, clock: HeldClock, name: str) -> None:
    await counter(db)
    assert [found.name for found in await run_checks(db.reading, CHECKS) if found.rows] == []

    async def plant(tx: Tx) -> None:
        await tx.execute(Statement(text(FAULTS[name].replace("::", "\\:\\:"))))

    await db.transact(plant)
    assert name in [found.name for found in await run_checks(db.reading, CHECKS) if found.rows]
