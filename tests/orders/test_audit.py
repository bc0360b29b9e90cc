"""Each check of orders finds the fault that is planted for it, and nothing on a sound database."""

from typing import Any

import pytest
from sqlalchemy import text

from commerce import orders
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import new_id
from commerce.orders.audit import CHECKS
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from tests.given import orders as given
from tests.given.orders import Want


async def _broken(db: Database) -> set[str]:
    return {finding.name for finding in await run_checks(db.reading, CHECKS) if finding.rows}


async def _plant(db: Database, *faults: str) -> None:
    async def step(tx: Tx) -> None:
        for fault in faults:
            await tx.execute(Statement[Any](text(fault)))

    await db.transact(step)


async def test_orders_in_every_state_are_sound(db: Database, clock: HeldClock) -> None:
    await given.opened(db)
    gone = await given.placed(db, Want(quantity=2))
    await db.transact(orders.cancel, gone.id, "customer", "test")
    done = await given.fulfilled(db, Want(quantity=3, unit=333, delivery=100))
    await db.transact(orders.return_units, done.id, [(done.lines[0].id, 3)])
    assert await _broken(db) == set()


async def test_a_placed_order_without_reservations_is_found(db: Database, clock: HeldClock) -> None:
    await given.placed(db)
    assert await _broken(db) == {"placed_orders_have_reserved_what_they_are_owed"}


async def test_a_reservation_for_nothing_owed_is_found(db: Database, clock: HeldClock) -> None:
    order = await given.fulfilled(db)
    await _plant(
        db,
        f"INSERT INTO reservations (hold_id, variant_id, location_id, order_id, quantity, open, created_at)"
        f" VALUES ('{new_id()}', '{order.lines[0].variant_id}', '{order.groups[0].location_id}', '{order.id}', 1, 1, now())",
    )
    assert await _broken(db) == {"placed_orders_have_reserved_what_they_are_owed"}


FAULTS: dict[str, list[str]] = {
    "order_header_is_the_sum_of_its_parts": [
        "UPDATE orders SET subtotal = subtotal + 1, net_total = net_total + 1, total = total + 1"
    ],
    "order_group_is_the_sum_of_its_lines": [
        "UPDATE order_groups SET lines_total = lines_total + 1, rounding = rounding - 1",
        "UPDATE orders SET rounding = rounding - 1, tax_total = tax_total + 1, subtotal = subtotal + 1",
    ],
    "parts_of_a_kit_name_the_same_one": [
        "UPDATE order_lines SET kit = jsonb_build_object('nth', 1, 'units', 1, 'sku', sku)"
    ],
    "order_line_is_units_times_price": ["UPDATE order_lines SET unit = unit + 1"],
    "line_discounts_sum_to_what_was_taken_off": [
        """UPDATE order_lines SET discounts = '[{"source": "promotion:x", "amount": 1}]'"""
    ],
    "delivery_discounts_sum_to_what_was_taken_off": [
        """UPDATE order_groups SET delivery_discounts = '[{"source": "promotion:x", "amount": 1}]'"""
    ],
    "promotions_saved_what_the_order_was_given": [
        """UPDATE orders SET promotions = '[{"promotion_id": "0197c000-0000-7000-8000-000000000000", "version": 1, "saved": 1}]'"""
    ],
    "fees_are_where_their_articles_are": [
        "UPDATE order_lines SET fulfilled = 1, cancelled = 1 WHERE of_line_id IS NOT NULL"
    ],
    "returned_units_give_back_their_share": ["UPDATE order_lines SET returned_total = 1"],
    "order_state_fits_its_units": ["UPDATE order_lines SET fulfilled = 0, cancelled = quantity"],
    "order_moves_are_legal": [
        (
            "INSERT INTO order_transitions (order_id, state_before, state_after, by, at)"
            " SELECT id, 'completed', 'placed', 'test', now() FROM orders"
        ),
        (
            "INSERT INTO order_transitions (order_id, state_before, state_after, by, at)"
            " SELECT id, 'placed', 'completed', 'test', now() FROM orders"
        ),
    ],
    "order_is_where_its_moves_led": [
        "UPDATE orders SET state = 'cancelled', cancel_reason = 'planted'",
        "UPDATE order_lines SET fulfilled = 0, cancelled = quantity",
    ],
    "orders_have_their_lines": ["DELETE FROM order_lines"],
    "units_elsewhere_are_open": [
        (
            "INSERT INTO units_elsewhere (order_id, order_line_id, units)"
            " SELECT order_id, id, quantity FROM order_lines WHERE of_line_id IS NULL"
        ),
    ],
}
ALSO = {
    "order_group_is_the_sum_of_its_lines": {"order_header_is_the_sum_of_its_parts"},
    "orders_have_their_lines": {"order_header_is_the_sum_of_its_parts", "order_group_is_the_sum_of_its_lines"},
}


class _Undone(Exception):  # noqa: N818 -- takes the planted fault away again
    pass


async def _found(db: Database, *faults: str) -> set[str]:
    """Gives the checks that find something once the faults are planted; then takes them away."""
    found: set[str] = set()

    async def step(tx: Tx) -> None:
        for fault in faults:
            await tx.execute(Statement[Any](text(fault)))
        found.update([check.name for check in CHECKS if await tx.fetch(check.statement)])
        raise _Undone

    with pytest.raises(_Undone):
        await db.transact(step)
    return found


async def test_each_planted_fault_is_found(db: Database, clock: HeldClock) -> None:
    order = await given.fulfilled(db, Want(quantity=2, unit=999, fees=(given.fee(),)))
    for name, faults in FAULTS.items():
        assert await _found(db) == set()
        assert await _found(db, *faults) == {name} | ALSO.get(name, set())
    await given.fulfilled(db)
    await _plant(
        db, "ALTER TABLE orders DROP CONSTRAINT uq_orders_cart_id", f"UPDATE orders SET cart_id = '{order.cart_id}'"
    )
    assert await _broken(db) == {"one_order_for_a_cart"}


def test_each_check_has_a_planted_fault() -> None:
    planted = {
        *FAULTS,
        "one_order_for_a_cart",
        "placed_orders_have_reserved_what_they_are_owed",
        "substitutes_have_the_money_of_what_they_replace",  # planted in test_substitutes.py
    }
    assert {check.name for check in CHECKS} == planted


async def test_the_record_of_moves_is_append_only(db: Database, clock: HeldClock) -> None:
    await given.opened(db)
    for change in (
        "UPDATE order_transitions SET reason = 'x'",
        "DELETE FROM order_transitions",
        "TRUNCATE order_transitions",
    ):
        with pytest.raises(Bug, match="was broken"):
            await _plant(db, change)
