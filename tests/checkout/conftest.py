"""A database whose checkout reacts to its payments, and what runs the jobs."""

from collections.abc import AsyncIterator

import pytest

from commerce.checkout import jobs as checkout_jobs
from commerce.checkout.reactions import REACTIONS
from commerce.kernel import clock as kernel_clock
from commerce.payments.adapters import StripeProvider
from commerce.payments.jobs import jobs as payment_jobs
from commerce.payments.reactions import reactions as payment_reactions
from commerce.platform import events
from commerce.platform.database import Database
from commerce.platform.work import Worker, within_reactions


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A database of the test's own, with checkout's reactions inside its transactions."""
    database = Database(dsn, before_commit=events.store, within=within_reactions(REACTIONS))
    yield database
    await database.close()


@pytest.fixture
def worker(db: Database, provider: StripeProvider, clock: kernel_clock.HeldClock) -> Worker:
    """What runs jobs and reactions: `await worker.drain()` does all that is due."""
    return Worker(
        db,
        reactions=[*REACTIONS, *payment_reactions(provider)],
        kinds=[*checkout_jobs.JOBS, *payment_jobs(provider)],
    )
