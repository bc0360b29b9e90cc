"""A shop whose slices react inside their transactions as the program's do, and what runs the jobs."""

from collections.abc import AsyncIterator

import pytest

from commerce.checkout.jobs import JOBS
from commerce.checkout.reactions import REACTIONS as CHECKOUT
from commerce.fulfilment.reactions import REACTIONS as FULFILMENT
from commerce.kernel import clock as kernel_clock
from commerce.payments.adapters import StripeProvider
from commerce.payments.jobs import jobs as payment_jobs
from commerce.payments.reactions import reactions as payment_reactions
from commerce.platform import events
from commerce.platform.database import Database
from commerce.platform.work import Worker, within_reactions
from commerce.recourse.jobs import JOBS as RECOURSE_JOBS
from commerce.recourse.reactions import REACTIONS as RECOURSE

ALL = [*FULFILMENT, *CHECKOUT, *RECOURSE]


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A database of the test's own, with the reactions that belong to its transactions."""
    database = Database(dsn, before_commit=events.store, within=within_reactions(ALL))
    yield database
    await database.close()


@pytest.fixture
def worker(db: Database, provider: StripeProvider, clock: kernel_clock.HeldClock) -> Worker:
    """What runs jobs and reactions: `await worker.drain()` does all that is due."""
    after = [each for each in ALL if each.inside is None]
    return Worker(
        db,
        reactions=[*after, *payment_reactions(provider)],
        kinds=[*JOBS, *RECOURSE_JOBS, *payment_jobs(provider)],
    )
