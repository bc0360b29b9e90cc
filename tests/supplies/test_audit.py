"""Each check of supplies, and checkout's of who waits, finds its planted fault."""

from datetime import timedelta

import pytest

from commerce.checkout.audit import CHECKS as OF_CHECKOUT
from commerce.kernel.clock import HeldClock
from commerce.payments import PaymentProvider
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.work import Worker
from commerce.supplies.audit import CHECKS
from tests.given import checkout, supplies as given
from tests.given.recourse import planted

WAITS = "who_waits_is_owed_what_they_wait_for"
ALL = [*CHECKS, *(check for check in OF_CHECKOUT if check.name == WAITS)]
FAULTS = {
    "no_more_waits_than_comes_and_is_allowed": "UPDATE purchase_order_lines SET cancelled = 1",
    "no_more_is_promised_beyond_supply_than_was_ever_allowed": "UPDATE supply_terms SET beyond = 4",
    "a_shelf_keeps_what_is_waited_for": "UPDATE stock_levels SET claimed = claimed + 1 WHERE claimed > 0",
    "each_claimed_unit_ends_once_and_how_is_written_down": "UPDATE supply_claims SET open = open - 1, released = released + 1 "
    "WHERE open = 2",
    "nothing_is_served_before_its_release": "UPDATE supply_claims SET not_before = '2030-01-01' WHERE served > 0",
    "a_shelf_is_closed_until_its_release": "UPDATE stock_levels SET closed_until = now() WHERE claimed > 0",
    "terms_are_those_of_their_last_change": "UPDATE supply_terms SET allowed = 2 WHERE allowed = 3",
    WAITS: "UPDATE units_elsewhere SET units = 1 WHERE units = 2",
}


def test_every_check_has_a_planted_fault() -> None:
    assert {check.name for check in ALL} == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock, name: str
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order", allowed=3, lead_days=9)
    coming = await given.purchase(db, shop.cup, shop.gracia, 4)
    for _ in range(3):
        await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 2})
    await given.received(db, coming, 2)
    release = clock.at + timedelta(days=3)
    await given.terms(db, shop.plate, shop.gracia, "pre_order", allowed=2, release_at=release)
    await given.ordered(db, provider, shop, {(shop.plate, shop.collected()): 2})
    assert [found.name for found in await run_checks(db.reading, ALL) if found.rows] == []
    await planted(db, FAULTS[name])
    assert name in [found.name for found in await run_checks(db.reading, ALL) if found.rows]
