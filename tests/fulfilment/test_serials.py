"""Serial numbers and lots go with the goods: scanned at the pick or told at the counter, refused where they are needed and missing."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from commerce import fulfilment, inventory
from commerce.fulfilment import Fulfilment, FulfilmentState as S, Proof
from commerce.fulfilment.pick_errors import SerialPicked
from commerce.fulfilment.pick_facts import PickListKind
from commerce.fulfilment.pick_lists import ListWish, make_list
from commerce.fulfilment.pick_scan import scan
from commerce.fulfilment.pick_schemas import PickScanIn
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from commerce.traceability import Came, LotExpired, SerialElsewhere, SerialNeeded, Tracking
from tests.given import fulfilment as given
from tests.given.fulfilment import staff
from tests.given.orders import Want
from tests.traceability import world

PROOF = Proof(identity_checked=True)


async def proven(db: Database) -> None:
    """Every invariant holds."""
    from commerce.fulfilment.audit import CHECKS
    from commerce.inventory.audit import CHECKS as OF_STOCK
    from commerce.orders.audit import CHECKS as OF_ORDERS
    from commerce.traceability.audit import CHECKS as OF_TRACES

    checks = [*CHECKS, *OF_STOCK, *OF_ORDERS, *OF_TRACES]
    assert [found for found in await run_checks(db.reading, checks) if found.rows] == []


async def rows(db: Database, sql: str) -> list[tuple[Any, ...]]:
    found: list[Any] = await db.reading.fetch(Statement(text(sql)))
    return [tuple(row) for row in found]


async def article(db: Database, tracking: Tracking, *came: Came) -> tuple[VariantId, LocationId, Caller]:
    """An article of a store that asks for something, with its units on the shelf; and somebody who works there."""
    variant, store = await world.article(db, tracking, dated=tracking == "lot"), await world.store(db)
    await world.bring(db, store, *(each._replace(variant_id=variant) for each in came))
    return variant, store, staff(store)


def units(quantity: int, **how: Any) -> Came:
    return Came(VariantId(new_id()), quantity, **how)


async def picked(db: Database, work: Fulfilment, clerk: Caller, *serials: str) -> None:
    """Has units picked by a list whose scans have these numbers."""
    wish = ListWish(location_id=work.location_id, kind=PickListKind.ORDER, works=[work.id])
    made = await db.transact(make_list, clerk, wish)
    (sku,) = (await rows(db, f"SELECT sku FROM variants WHERE id = '{work.lines[0].variant_id}'"))[0]
    asked = PickScanIn(scan_id=new_id(), code=sku, quantity=work.lines[0].to_pick, serials=serials)
    await db.transact(scan, clerk, made.id, asked)
    await db.transact(fulfilment.ready, clerk, work.id, None)


async def test_a_serial_number_is_asked_for_at_the_counter_and_nothing_leaves_without(
    db: Database, clock: HeldClock
) -> None:
    variant, store, clerk = await article(db, "serial", units(3, serials=("S1", "S2", "S3")))
    work = await given.ready(db, clerk, Want(quantity=2, location_id=store, variant_id=variant))
    line = work.lines[0]
    too_few: list[dict[UUID, tuple[str, ...]]] = [{}, {line.id: ("S1",)}]
    for serials in too_few:
        with pytest.raises(SerialNeeded):
            await fulfilment.hand_over(db, new_id(), clerk, work.id, PROOF, None, serials)
    (level,) = await inventory.levels(db.reading, [variant], [store])
    assert (level.on_hand, level.reserved) == (3, 2)
    done = await fulfilment.hand_over(db, new_id(), clerk, work.id, PROOF, None, {line.id: ("S3", "S1")})
    assert done.state is S.HANDED_OVER
    told = await rows(db, "SELECT serial, spot, order_line_id FROM serial_numbers ORDER BY serial")
    assert told[0] == ("S1", "customer", line.order_line_id)
    assert [(serial, spot) for serial, spot, _ in told] == [("S1", "customer"), ("S2", "shelf"), ("S3", "customer")]
    await proven(db)


async def test_numbers_that_were_scanned_at_the_pick_are_not_asked_for_again_and_nobody_picks_them_twice(
    db: Database, clock: HeldClock
) -> None:
    variant, store, clerk = await article(db, "serial", units(4, serials=("S1", "S2", "S3", "S4")))
    want = Want(quantity=2, location_id=store, variant_id=variant)
    (first,), (second,) = await given.offered(db, want), await given.offered(db, want)
    await picked(db, first, clerk, "S1", "S2")
    with pytest.raises(SerialPicked):
        await picked(db, second, clerk, "S2", "S3")
    half = await fulfilment.hand_over(
        db, new_id(), clerk, first.id, PROOF, {first.lines[0].id: 1}, {first.lines[0].id: ("S2",)}
    )
    assert half.lines[0].handed == 1
    assert await rows(db, "SELECT serial FROM picked_serials") == [("S1",)]
    done = await fulfilment.hand_over(db, new_id(), clerk, first.id, PROOF, None)
    assert (done.state, await rows(db, "SELECT serial FROM picked_serials")) == (S.HANDED_OVER, [])
    sold = "SELECT serial FROM serial_numbers WHERE spot = 'customer' ORDER BY serial"
    assert await rows(db, sold) == [("S1",), ("S2",)]
    await proven(db)


async def test_a_number_that_is_elsewhere_by_the_books_is_told_when_the_goods_leave_and_another_can_be_given(
    db: Database, clock: HeldClock
) -> None:
    variant, store, clerk = await article(db, "serial", units(2, serials=("S1", "S2")))
    await world.bring(db, await world.store(db, "sants"), Came(variant, 1, serials=("S9",)))
    (work,) = await given.offered(db, Want(quantity=1, location_id=store, variant_id=variant))
    await picked(db, work, clerk, "S9")
    with pytest.raises(SerialElsewhere):
        await fulfilment.hand_over(db, new_id(), clerk, work.id, PROOF, None)
    await fulfilment.hand_over(db, new_id(), clerk, work.id, PROOF, None, {work.lines[0].id: ("S2",)})
    assert await rows(db, "SELECT serial FROM picked_serials") == []
    await proven(db)


async def test_work_that_is_picked_anew_forgets_what_was_scanned(db: Database, clock: HeldClock) -> None:
    variant, store, clerk = await article(db, "serial", units(2, serials=("S1", "S2")))
    (work,) = await given.offered(db, Want(quantity=2, location_id=store, variant_id=variant))
    await picked(db, work, clerk, "S1", "S2")
    await db.transact(fulfilment.unpack, clerk, work.id)
    assert await rows(db, "SELECT serial FROM picked_serials") == []


async def test_lots_leave_first_expired_first_and_never_beyond_their_day(db: Database, clock: HeldClock) -> None:
    lots = [
        units(2, lot="OLD", expires_on=date(2026, 3, 9)),
        units(2, lot="SOON", expires_on=date(2026, 3, 20)),
        units(2, lot="LATE", expires_on=date(2026, 6, 1)),
    ]
    variant, store, clerk = await article(db, "lot", *lots)
    work = await given.ready(db, clerk, Want(quantity=3, location_id=store, variant_id=variant))
    await fulfilment.hand_over(db, new_id(), clerk, work.id, PROOF, None)
    there = "SELECT lot, quantity FROM lot_levels WHERE spot = 'shelf' ORDER BY lot"
    assert await rows(db, there) == [("LATE", 1), ("OLD", 2), ("SOON", 0)]
    more = await given.ready(db, clerk, Want(quantity=2, location_id=store, variant_id=variant))
    with pytest.raises(LotExpired):
        await fulfilment.hand_over(db, new_id(), clerk, more.id, PROOF, None)
    (level,) = await inventory.levels(db.reading, [variant], [store])
    assert (level.on_hand, level.reserved) == (3, 2)
    await proven(db)
