"""A shop whose slices react inside their transactions, and what runs the jobs."""

from collections.abc import AsyncIterator

import pytest

from commerce.checkout.reactions import REACTIONS as CHECKOUT
from commerce.fulfilment.reactions import REACTIONS as FULFILMENT
from commerce.kernel import clock as kernel_clock
from commerce.payments import PaymentAuthorized
from commerce.payments.adapters import StripeProvider
from commerce.payments.jobs import jobs as payment_jobs
from commerce.payments.reactions import reactions as payment_reactions
from commerce.platform import events
from commerce.platform.database import Database
from commerce.platform.settings import Settings
from commerce.platform.work import Worker, within_reactions
from commerce.uncollected.jobs import jobs
from commerce.uncollected.reactions import REACTIONS
from tests.served import ENCRYPTION_KEY

# Orders here are placed by the tests themselves, as soon as their money is held.
ALL = [*FULFILMENT, *REACTIONS, *(each for each in CHECKOUT if each.event is not PaymentAuthorized)]


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
    settings = Settings(key_encryption_key=ENCRYPTION_KEY)
    kinds = [*jobs(settings), *payment_jobs(provider)]
    return Worker(db, reactions=[*after, *payment_reactions(provider)], kinds=kinds)
