"""Timed work of payments: pursuing what was written down, and finding what a crash or a lost answer left behind."""

from commerce.kernel import clock
from commerce.payments.book import due
from commerce.payments.jobs_named import PURSUE, RECOVER, Pursue
from commerce.payments.ports import PaymentProvider
from commerce.payments.pursue import pursue
from commerce.platform.database import Database, Tx
from commerce.platform.jobs import NewJob, enqueue_all
from commerce.platform.work import Job

EVERY_SECONDS = 30
BATCH = 200
AGAIN_SECONDS = 300
"""A payment that is due is handed to one job in this time, however often the sweeper passes."""


def jobs(provider: PaymentProvider) -> list[Job]:
    """Gives the jobs, which call the provider."""

    async def pursue_one(db: Database, wanted: Pursue) -> None:
        for stray in wanted.strays:
            await provider.void(stray, key=f"void-{stray}")
        await pursue(db, provider, wanted.payment_id)

    return [
        Job(PURSUE, Pursue, flow=pursue_one),
        Job(RECOVER, step=recover, every_seconds=EVERY_SECONDS),
    ]


async def recover(tx: Tx, _: None) -> None:
    """Hands every payment of which something is due to a job of its own, so that one that fails holds up no other."""
    now = clock.now()
    period = int(now.timestamp()) // AGAIN_SECONDS
    found = await due(tx, at=now, most=BATCH)
    await enqueue_all(
        tx,
        [
            NewJob(
                kind=PURSUE,
                payload=Pursue(payment_id=payment_id),
                dedupe=f"{RECOVER}:{payment_id}:{period}",
                stream=payment_id,
            )
            for payment_id in found
        ],
    )
