"""Each audit check finds the fault that is planted for it, and nothing in a world that the verbs made."""

from datetime import timedelta

import asyncpg
import pytest

from commerce.kernel import clock
from commerce.platform.audit import Check, run_checks
from commerce.platform.database import Database
from commerce.stores import pause, resume
from commerce.stores.audit import CHECKS
from tests.given import stores as given

FAULTS = {
    "a_pause_is_what_was_last_switched": "UPDATE locations SET paused_until = NULL WHERE paused_at IS NOT NULL",
    "opening_hours_do_not_overlap": "UPDATE location_hours SET closes = 1440 WHERE weekday = 1",
    "the_default_channel_is_active": "UPDATE channels SET active = false",
}


async def world(db: Database) -> None:
    await given.location(db, hours=[*given.week("09:00", "14:00", [1, 2]), *given.week("14:00", "20:00", [1, 2])])
    await given.channel(db)
    paused, resumed = await given.location(db, "paused"), await given.location(db, "resumed")
    for place in (paused, resumed):
        await db.transact(pause, place, clock.now() + timedelta(hours=1), "flood", "staff:ana")
    await db.transact(resume, resumed, "staff:ana")


async def test_what_the_verbs_make_is_in_order(db: Database) -> None:
    await world(db)
    assert [found for found in await run_checks(db.reading, CHECKS) if found.rows] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_a_planted_fault_is_found(db: Database, dsn: str, check: Check) -> None:
    await world(db)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(FAULTS[check.name])
    finally:
        await connection.close()
    assert [found.name for found in await run_checks(db.reading, CHECKS) if found.rows] == [check.name]
