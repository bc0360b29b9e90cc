"""A worker that runs what payments ask for."""

import pytest

from commerce.kernel import clock as kernel_clock
from commerce.payments.adapters import StripeProvider
from commerce.payments.jobs import jobs
from commerce.payments.reactions import reactions
from commerce.platform.database import Database
from commerce.platform.work import Worker


@pytest.fixture
def worker(db: Database, provider: StripeProvider, clock: kernel_clock.HeldClock) -> Worker:
    """What runs jobs and reactions: `await worker.drain()` does all that is due."""
    return Worker(db, reactions=reactions(provider), kinds=jobs(provider))
