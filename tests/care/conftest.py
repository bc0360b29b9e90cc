"""A shop whose customers are told what happens: the worker runs every reaction that takes part, mail goes to a folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commerce.aftersale.reactions import REACTIONS as AFTERSALE
from commerce.care.reactions import reactions
from commerce.fulfilment.reactions import REACTIONS as FULFILMENT
from commerce.kernel import clock as kernel_clock
from commerce.payments.adapters import StripeProvider
from commerce.payments.jobs import jobs as payment_jobs
from commerce.payments.reactions import reactions as payment_reactions
from commerce.platform import events
from commerce.platform.database import Database
from commerce.platform.mail import Mailer
from commerce.platform.work import Worker, within_reactions
from commerce.uncollected.reactions import REACTIONS as UNCOLLECTED


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A database of the test's own, with the reactions of fulfilment and of pickups that wait inside its transactions."""
    database = Database(dsn, before_commit=events.store, within=within_reactions([*FULFILMENT, *UNCOLLECTED]))
    yield database
    await database.close()


@pytest.fixture
def mailer(tmp_path: Path) -> Mailer:
    """Mail into a folder."""
    return Mailer(sender="shop@example.com", folder=tmp_path / "mail")


@pytest.fixture
def worker(db: Database, provider: StripeProvider, mailer: Mailer, clock: kernel_clock.HeldClock) -> Worker:
    """What runs jobs and reactions: `await worker.drain()` does all that is due."""
    return Worker(
        db,
        reactions=[*AFTERSALE, *FULFILMENT, *payment_reactions(provider), *reactions(mailer)],
        kinds=payment_jobs(provider),
    )
