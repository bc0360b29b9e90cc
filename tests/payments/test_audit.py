"""Every check of payments finds the fault that is planted for it, and nothing on a sound database."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.payments import Payment
from commerce.payments.adapters import StripeProvider
from commerce.payments.audit import CHECKS
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.given import orders as given_orders, payments as given

Planted = Callable[..., Awaitable[None]]
# What a fault breaks that a constraint or a trigger would refuse: taken away first, as a careless hand would.
GUARDS = """
ALTER TABLE payment_parts DROP CONSTRAINT ck_payment_parts_refunded_within_captured;
ALTER TABLE payment_parts DROP CONSTRAINT ck_payment_parts_captured_within_authorized;
DROP INDEX uq_payments_one_live_per_order;
DROP TRIGGER money_entries_append_only ON money_entries;
"""


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that can do what no verb does."""
    opened: asyncpg.Connection = await asyncpg.connect(dsn)
    yield opened
    await opened.close()


@pytest.fixture
async def paid(db: Database, provider: StripeProvider, clock: HeldClock) -> Payment:
    """A payment of an order, captured and partly refunded, and another that is only held."""
    order = await given_orders.placed(db)
    payment = await given.captured(db, provider, 3000, order_id=order.id)
    await given.refund(db, payment, 1000)
    await given.authorized(db, provider, 500)
    return payment


FAULTS = {
    "payment_balances_are_the_fold_of_the_ledger": "UPDATE payment_parts SET voided = 1, captured = captured - 1 WHERE payment_id = $1",
    "refunds_within_captures_within_authorized": "UPDATE payment_parts SET refunded = captured + 1 WHERE payment_id = $1",
    "captures_and_refunds_sum_to_their_part": "UPDATE payment_captures SET amount = 1 WHERE payment_id = $1",
    "payment_is_the_sum_of_its_parts": "UPDATE payments SET amount = amount + 1 WHERE id = $1",
    "each_refund_is_booked_for_exactly_its_amount": "UPDATE refunds SET state = 'succeeded' WHERE payment_id = $1",
    "each_capture_and_refund_is_booked_once": """
        INSERT INTO money_entries (id, payment_id, part_id, order_id, kind, tender, amount, currency, capture_id, effect_key, at)
        SELECT gen_random_uuid(), payment_id, part_id, order_id, kind, tender, amount, currency, capture_id, 'again', at
        FROM money_entries WHERE payment_id = $1 AND kind = 'captured'""",
    "one_live_payment_for_an_order": "UPDATE payments SET order_id = (SELECT order_id FROM payments WHERE id = $1)",
    "part_states_fit_their_money": "UPDATE payment_parts SET state = 'authorized' WHERE payment_id = $1",
    "authorized_payments_have_no_lost_part": "UPDATE payment_parts SET state = 'declined' WHERE payment_id = $1",
    "captured_money_has_an_order_or_goes_back": """
        WITH lost AS (UPDATE orders SET state = 'cancelled', closed_at = now(), cancel_reason = 'x') SELECT 1 WHERE $1 IS NOT NULL""",
    "nothing_asked_of_the_provider_stays_open": """
        UPDATE refunds SET created_at = created_at - interval '30 hours' WHERE payment_id = $1""",
    "nothing_is_held_for_a_lost_payment": """
        WITH lost AS (UPDATE payments SET state = 'voided' WHERE id <> $1) SELECT 1""",
}


async def broken(db: Database) -> set[str]:
    """The checks that find something."""
    return {finding.name for finding in await run_checks(db.reading, CHECKS) if finding.rows}


@pytest.mark.parametrize("name", [check.name for check in CHECKS])
async def test_a_planted_fault_is_found(
    db: Database, connection: asyncpg.Connection, paid: Payment, clock: HeldClock, name: str
) -> None:
    if name == "captured_money_has_an_order_or_goes_back":
        clock.move(hours=2)
        await given.paid_on_collection(db, 100)
    assert await broken(db) == set()
    await connection.execute(GUARDS)
    await connection.execute(FAULTS[name].replace("$1", f"'{paid.id}'::uuid"))

    assert name in await broken(db)


async def test_captured_money_of_an_order_that_nobody_knows_is_found_once_there_was_time_to_make_it(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    await given.captured(db, provider, 3000, order_id=new_id())
    at_once = await broken(db)
    clock.move(hours=2)
    await given.paid_on_collection(db, 100)

    assert at_once == set()
    assert await broken(db) == {"captured_money_has_an_order_or_goes_back"}


async def test_the_ledger_and_what_was_heard_can_only_be_added_to(
    db: Database, connection: asyncpg.Connection, paid: Payment
) -> None:
    for act in ("UPDATE money_entries SET amount = 1", "DELETE FROM money_entries", "DELETE FROM provider_events"):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute(act)


async def test_the_database_itself_refuses_to_give_back_more_than_was_taken(
    db: Database, connection: asyncpg.Connection, paid: Payment
) -> None:
    for act in (
        "UPDATE payment_parts SET refunded = captured + 1",
        "UPDATE payment_parts SET captured = authorized + 1",
        "UPDATE payments SET payment_method = '4242424242424242'",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(act)
