"""Each check of recourse finds its planted fault."""

import pytest

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.recourse import Choice, Wish, choose
from commerce.recourse.audit import CHECKS
from tests.given import checkout, recourse as given
from tests.given.recourse import OFFICE

FAULTS = {
    "rejection_moves_are_legal": "INSERT INTO rejection_transitions (rejection_id, state_before, state_after, by, at) "
    "SELECT id, 'chosen', 'routing', 'test', now() FROM rejections WHERE state = 'chosen'",
    "rejection_state_is_its_last_move": "UPDATE rejections SET closed_at = now(), state = 'closed' "
    "WHERE state = 'routing'",
    "waiting_units_are_waited_for": "UPDATE units_elsewhere SET units = 1 WHERE units = 2",
    "what_was_chosen_was_done": "UPDATE rejections SET amount = NULL WHERE choice = 'refund'",
}

APART = {
    "units_chosen_apart_are_chosen_once": "UPDATE rejection_lines SET apart = 0 WHERE apart = 1",
    "a_part_is_chosen_with_its_units": "UPDATE rejections SET state = 'routing', choice = NULL, amount = NULL, closed_at = NULL "
    "WHERE part_of IS NOT NULL",
}


INSTEAD = {
    "accepted_substitutes_are_on_their_order_once": "UPDATE substitutes SET units = 1 WHERE state = 'accepted'",
    "substituted_units_were_agreed_to": "UPDATE rejection_lines SET substituted = 1 WHERE substituted = 2",
    "nothing_is_proposed_for_what_is_decided": "UPDATE substitutes SET units = 9 WHERE state = 'proposed'",
}


def test_every_check_has_a_planted_fault() -> None:
    assert {check.name for check in CHECKS} == set(FAULTS) | set(INSTEAD) | set(APART)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(db: Database, clock: HeldClock, name: str) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    await choose(db, new_id(), OFFICE, order.id, case.id, Wish(choice=Choice.REFUND))
    await given.rejected(db, given.parcel(shop, 2))
    assert [found.name for found in await run_checks(db.reading, CHECKS) if found.rows] == []

    await given.planted(db, FAULTS[name])
    assert name in [found.name for found in await run_checks(db.reading, CHECKS) if found.rows]


@pytest.mark.parametrize("name", INSTEAD)
async def test_a_planted_fault_of_what_was_proposed_is_found(db: Database, clock: HeldClock, name: str) -> None:
    shop = await checkout.shop(db)
    _, work = await given.short(db, shop)
    await given.answered(db, await given.proposed(db, work))
    _, waiting = await given.short(db, shop, units=2, missing=1)
    await given.proposed(db, waiting, units=1)
    assert [found.name for found in await run_checks(db.reading, CHECKS) if found.rows] == []
    await given.planted(db, INSTEAD[name])
    assert name in [found.name for found in await run_checks(db.reading, CHECKS) if found.rows]


@pytest.mark.parametrize("name", APART)
async def test_a_planted_fault_of_what_was_chosen_apart_is_found(db: Database, clock: HeldClock, name: str) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    wish = Wish(choice=Choice.REFUND, units=[(order.lines[0].id, 1)])
    await choose(db, new_id(), OFFICE, order.id, case.id, wish)
    assert [found.name for found in await run_checks(db.reading, CHECKS) if found.rows] == []
    await given.planted(db, APART[name])
    assert name in [found.name for found in await run_checks(db.reading, CHECKS) if found.rows]
