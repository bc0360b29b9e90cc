"""Each check between carts, orders and payments finds the fault that is planted for it."""

from typing import Any

import pytest
from sqlalchemy import text

from commerce.carts.audit import CHECKS as CART_CHECKS
from commerce.checkout.audit import CHECKS
from commerce.kernel.clock import HeldClock
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from tests.checkout.till import ON_COLLECTION, check_out
from tests.given import checkout as given, stores

EVERY = [*CHECKS, *CART_CHECKS]
FAULTS: dict[str, list[str]] = {
    "places_are_kept_by_orders_that_stand_for_good_and_by_none_that_ended": [
        "UPDATE promise_bookings SET expires_at = now()"
    ],
    "cart_and_order_name_each_other": ["UPDATE carts SET state = 'active', order_id = NULL"],
    "money_belongs_to_an_order": ["UPDATE payments SET order_id = id"],
    "no_money_is_taken_for_an_order_that_never_stood": [
        "UPDATE payment_parts SET captured = authorized",
        "UPDATE orders SET state = 'cancelled', cancel_reason = 'planted', closed_at = now()",
    ],
    "what_is_paid_is_what_was_ordered": ["UPDATE payments SET amount = amount + 1"],
    "a_standing_order_has_its_payment": ["UPDATE payments SET state = 'declined'"],
    "who_waits_is_owed_what_they_wait_for": [
        (
            "INSERT INTO supply_claims (id, order_id, order_line_id, group_id, wait_id, variant_id, location_id, service, units,"
            " open, promised_at, expected_at, claimed_at)"
            " SELECT gen_random_uuid(), order_id, id, group_id, id, variant_id, id, 'pickup', 1, 1, now(), now(), now()"
            " FROM order_lines"
        )
    ],
    "carts_are_not_too_long": [
        (
            'INSERT INTO cart_lines (id, cart_id, variant_id, quantity, "group")'
            " SELECT gen_random_uuid(), id, gen_random_uuid(), 1, '' FROM carts, generate_series(1, 101)"
        )
    ],
}
ALSO = {
    "money_belongs_to_an_order": {"a_standing_order_has_its_payment"},
    "no_money_is_taken_for_an_order_that_never_stood": {
        "places_are_kept_by_orders_that_stand_for_good_and_by_none_that_ended"
    },
}


class _Undone(Exception):  # noqa: N818 -- takes the planted fault away again
    pass


async def _found(db: Database, *faults: str) -> set[str]:
    """Gives the checks that find something once the faults are planted; then takes them away."""
    found: set[str] = set()

    async def step(tx: Tx) -> None:
        for fault in faults:
            await tx.execute(Statement[Any](text(fault)))
        found.update([check.name for check in EVERY if await tx.fetch(check.statement)])
        raise _Undone

    with pytest.raises(_Undone):
        await db.transact(step)
    return found


async def test_each_planted_fault_is_found(db: Database, provider: StripeProvider, clock: HeldClock) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
    await stores.service(db, shop.gracia, daily_capacity=5)
    await check_out(db, provider, who, cart, ON_COLLECTION)
    for name, faults in FAULTS.items():
        assert await _found(db) == set()
        assert await _found(db, *faults) == {name} | ALSO.get(name, set())


def test_each_check_has_a_planted_fault() -> None:
    assert {check.name for check in EVERY} == set(FAULTS)
