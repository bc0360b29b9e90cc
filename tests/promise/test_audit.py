"""Each audit check finds the fault that is planted for it, and nothing in a world that the verbs made."""

from datetime import date

import asyncpg
import pytest

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.audit import Check, run_checks
from commerce.platform.database import Database
from commerce.promise import Window, book, slots, unbook
from commerce.promise.audit import CHECKS
from tests.given import stores

TODAY = date(2026, 3, 10)
FAULTS = {
    "a_window_has_taken_what_is_booked": "UPDATE promise_windows SET taken = taken - 1 WHERE starts_at IS NULL",
    "an_order_has_one_slot_at_a_location": "UPDATE promise_bookings SET owner_id = (SELECT min(owner_id::text)::uuid FROM promise_bookings)",
}


async def world(db: Database, clock: HeldClock) -> None:
    place = await stores.location(db)
    await stores.service(db, place, slot_minutes=60, slot_capacity=2, daily_capacity=9)
    found = await slots(db.reading, place, at=clock(), first=TODAY, last=TODAY)
    for each in found[:2]:
        await db.transact(book, new_id(), [each.windows[1]], at=clock())
    gone = new_id()
    for owner in (gone, new_id()):
        await db.transact(book, owner, [Window(place, "pickup", TODAY)], at=clock())
    await db.transact(unbook, gone, at=clock())


async def test_what_the_verbs_make_is_in_order(db: Database, clock: HeldClock) -> None:
    await world(db, clock)
    assert [found for found in await run_checks(db.reading, CHECKS) if found.rows] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_a_planted_fault_is_found(db: Database, dsn: str, clock: HeldClock, check: Check) -> None:
    await world(db, clock)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(FAULTS[check.name])
    finally:
        await connection.close()
    assert [found.name for found in await run_checks(db.reading, CHECKS) if found.rows] == [check.name]
