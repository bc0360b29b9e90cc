"""Timed work of uncollected: reminders, and the end of what nobody collects. Each pickup ends in a job of its own, so one holds up no other."""

from uuid import UUID

import msgspec

from commerce.kernel import clock
from commerce.platform.database import Database, Tx
from commerce.platform.jobs import NewJob, enqueue_all
from commerce.platform.settings import Settings
from commerce.platform.work import Job
from commerce.uncollected.customer_keys import secret_of
from commerce.uncollected.expire import expire_one
from commerce.uncollected.extend import reckon_missing
from commerce.uncollected.queries import OVERDUE
from commerce.uncollected.remind import remind_due

EXPIRE = "uncollected.expire"
EVERY_SECONDS = 60
RECKON_SECONDS = 600
BATCH = 200
AGAIN_SECONDS = 3_600
"""A pickup that is over is handed to one job in this time, however often the sweeper passes."""


class Expire(msgspec.Struct, frozen=True):
    """A pickup that is over."""

    wait_id: UUID


def jobs(settings: Settings) -> list[Job]:
    """Gives the jobs; who did not come is counted under keys that the settings' secret makes."""

    async def expire(db: Database, wanted: Expire) -> None:
        await expire_one(db, secret_of(settings), wanted.wait_id, clock.now())

    return [
        Job(EXPIRE, Expire, flow=expire),
        Job("uncollected.find_overdue", step=find_overdue, every_seconds=EVERY_SECONDS),
        Job("uncollected.remind", flow=remind_due, every_seconds=EVERY_SECONDS),
        Job("uncollected.reckon_missing", flow=reckon_missing, every_seconds=RECKON_SECONDS),
    ]


async def find_overdue(tx: Tx, _: None = None) -> None:
    """Hands every pickup that is over to a job of its own."""
    now = clock.now()
    period = int(now.timestamp()) // AGAIN_SECONDS
    await enqueue_all(
        tx,
        [
            NewJob(
                kind=EXPIRE,
                payload=Expire(each.id),
                dedupe=f"{EXPIRE}:{each.id}:{each.version}:{period}",
                stream=each.id,
            )
            for each in await tx.fetch(OVERDUE, at=now, most=BATCH)
        ],
    )
