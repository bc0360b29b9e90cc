"""Reminders at their shares of the stay: each once, and none of what was collected meanwhile."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Uuid, update

from commerce.kernel import clock
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, given
from commerce.uncollected.events import PickupReminded
from commerce.uncollected.facts import Wait, WaitState
from commerce.uncollected.queries import DUE_REMINDERS, lock
from commerce.uncollected.tables import pickup_reminders

BATCH = 200
_reminder = pickup_reminders.c
SEND = Statement(
    update(pickup_reminders)
    .where(
        _reminder.wait_id == given("wait_id", Uuid),
        _reminder.round == given("round", Integer),
        _reminder.due_at <= given("at", _reminder.due_at.type),
        _reminder.sent_at.is_(None),
    )
    .values(sent_at=given("at", _reminder.due_at.type))
    .returning(_reminder.percent)
)


async def remind_due(db: Database, _: None = None) -> None:
    """Reminds of every pickup that a reminder is due for, one transaction for each."""
    at = clock.now()
    for row in await db.reading.fetch(DUE_REMINDERS, at=at, most=BATCH):
        await db.transact(remind, row["wait_id"], at)


async def remind(tx: Tx, wait_id: UUID, at: datetime) -> Wait:
    """Reports the reminder that is due at an instant; several that are due together, after a time without a worker, are one.

    Nothing happens when the pickup does not wait any more, is taken back to picking, or is over.
    """
    wait = await lock(tx, wait_id)
    if wait.state is not WaitState.WAITING or wait.deadline is None or wait.deadline <= at:
        return wait
    sent = [row["percent"] for row in await tx.fetch(SEND, wait_id=wait.id, round=wait.round, at=at)]
    if sent:
        tx.emit(PickupReminded(wait_id=wait.id, order_id=wait.order_id, wait=wait, percent=max(sent)))
    return wait
