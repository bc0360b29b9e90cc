"""What tests look at: the ledger, the facts, the alerts of a payment."""

import msgspec
from sqlalchemy import Uuid, select

from commerce.payments import Payment
from commerce.payments.audit import CHECKS
from commerce.payments.tables import money_entries, payment_alerts, provider_events
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.events import events
from commerce.platform.statement import Statement, given

ENTRIES = Statement(
    select(money_entries.c.kind, money_entries.c.amount)
    .where(money_entries.c.payment_id == given("payment_id", Uuid))
    .order_by(money_entries.c.seq)
)
FACTS = Statement(
    select(events.c.tag, events.c.payload)
    .where(events.c.aggregate_id == given("payment_id", Uuid))
    .order_by(events.c.aggregate_version)
)
ALERTS = Statement(
    select(payment_alerts.c.kind)
    .where(payment_alerts.c.payment_id == given("payment_id", Uuid))
    .order_by(payment_alerts.c.raised_at, payment_alerts.c.id)
)


async def entries(db: Database, payment: Payment) -> list[tuple[str, int]]:
    """The money ledger of a payment: kinds and amounts, in order."""
    return [(row["kind"], row["amount"]) for row in await db.reading.fetch(ENTRIES, payment_id=payment.id)]


async def facts(db: Database, payment: Payment) -> list[str]:
    """What others heard of a payment, in order."""
    return [row["tag"] for row in await db.reading.fetch(FACTS, payment_id=payment.id)]


async def payloads(db: Database, payment: Payment) -> list[dict[str, object]]:
    """The same with everything that the facts say."""
    return [msgspec.json.decode(row["payload"]) for row in await db.reading.fetch(FACTS, payment_id=payment.id)]


async def alerts(db: Database, payment: Payment) -> list[str]:
    """What waits for a person about a payment."""
    return [row["kind"] for row in await db.reading.fetch(ALERTS, payment_id=payment.id)]


NEEDS_AN_ORDER = "captured_money_has_an_order_or_goes_back"


async def sound(db: Database) -> None:
    """Every invariant of payments holds on the database as it is; but for the one of orders, which these worlds have none of."""
    checks = [check for check in CHECKS if check.name != NEEDS_AN_ORDER]
    found = [finding for finding in await run_checks(db.reading, checks) if finding.rows]
    assert found == []


HEARD = Statement(
    select(provider_events.c.type)
    .where(provider_events.c.payment_id.is_not_distinct_from(given("payment_id", Uuid)))
    .order_by(provider_events.c.received_at)
)


async def heard(db: Database, payment: Payment | None) -> list[str]:
    """The events of the provider that were noted about a payment, or about nothing of ours."""
    payment_id = None if payment is None else payment.id
    return [row["type"] for row in await db.reading.fetch(HEARD, payment_id=payment_id)]
