"""One sandbox for the run, spoken to by the real adapter; a worker that runs what payments ask for."""

from collections.abc import AsyncIterator

import pytest

from commerce.kernel import clock as kernel_clock
from commerce.payments.adapters import StripeProvider
from commerce.payments.jobs import jobs
from commerce.payments.reactions import reactions
from commerce.platform.database import Database
from commerce.platform.work import Worker
from commerce.sandbox import TEST_API_KEY, TEST_WEBHOOK_SECRET, SandboxConfig, Server
from tests.payments.bank import Bank


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The official client passes bodies to httpx in a way that httpx warns of; that is theirs to settle."""
    quiet = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
    for item in items:
        if "tests/payments/" in item.nodeid:
            item.add_marker(quiet)


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Server]:
    """The sandbox, which settles refunds only when told to and sends events nowhere: tests fetch and deliver them."""
    server = Server(SandboxConfig(settle_seconds=86_400.0))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
async def provider(sandbox: Server) -> AsyncIterator[StripeProvider]:
    """The real adapter, which never repeats by itself."""
    made = StripeProvider(
        key=TEST_API_KEY, webhook_secret=TEST_WEBHOOK_SECRET, api_base=sandbox.url, timeout_seconds=5.0, retries=0
    )
    yield made
    await made.close()


@pytest.fixture(scope="session")
async def whole_bank(sandbox: Server) -> AsyncIterator[Bank]:
    """One bank for the run."""
    opened = Bank(sandbox.url)
    yield opened
    await opened.close()


@pytest.fixture
async def bank(whole_bank: Bank) -> AsyncIterator[Bank]:
    """The other side: what the sandbox did, its failures on order, its challenge page, its events. What was ordered ends with the test."""
    yield whole_bank
    await whole_bank.post("/failures", method="DELETE")


@pytest.fixture
def worker(db: Database, provider: StripeProvider, clock: kernel_clock.HeldClock) -> Worker:
    """What runs jobs and reactions: `await worker.drain()` does all that is due."""
    return Worker(db, reactions=reactions(provider), kinds=jobs(provider))
