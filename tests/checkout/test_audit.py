"""Each check between carts, orders and payments finds the fault that is planted for it."""

from typing import Any

import pytest
from sqlalchemy import text

from commerce.carts.audit import CHECKS as CART_CHECKS
from commerce.checkout.audit import CHECKS
from commerce.kernel.clock import HeldClock
from commerce.payments.adapters import StripeProvider
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from tests.checkout.till import ON_COLLECTION, check_out
from tests.given import checkout as given

EVERY = [*CHECKS, *CART_CHECKS]
FAULTS: dict[str, list[str]] = {
    "cart_and_order_name_each_other": ["UPDATE carts SET state = 'active', order_id = NULL"],
    "money_belongs_to_an_order": ["UPDATE payments SET order_id = id"],
    "no_money_is_taken_for_an_order_that_never_stood": [
        "UPDATE payment_parts SET captured = authorized",
        "UPDATE orders SET state = 'cancelled', cancel_reason = 'planted', closed_at = now()",
    ],
    "what_is_paid_is_what_was_ordered": ["UPDATE payments SET amount = amount + 1"],
    "a_standing_order_has_its_payment": ["UPDATE payments SET state = 'declined'"],
    "carts_are_not_too_long": [
        (
            'INSERT INTO cart_lines (id, cart_id, variant_id, quantity, "group")'
            " SELECT gen_random_uuid(), id, gen_random_uuid(), 1, '' FROM carts, generate_series(1, 101)"
        )
    ],
}
ALSO = {"money_belongs_to_an_order": {"a_standing_order_has_its_payment"}}


async def _broken(db: Database) -> set[str]:
    return {finding.name for finding in await run_checks(db.reading, EVERY) if finding.rows}


@pytest.mark.parametrize("name", sorted(FAULTS))
async def test_a_planted_fault_is_found(db: Database, provider: StripeProvider, clock: HeldClock, name: str) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
    await check_out(db, provider, who, cart, ON_COLLECTION)
    assert await _broken(db) == set()

    async def plant(tx: Tx) -> None:
        for fault in FAULTS[name]:
            statement: Statement[Any] = Statement(text(fault))
            await tx.execute(statement)

    await db.transact(plant)
    assert await _broken(db) == {name} | ALSO.get(name, set())


def test_each_check_has_a_planted_fault() -> None:
    assert {check.name for check in EVERY} == set(FAULTS)
