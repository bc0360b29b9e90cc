"""A database whose checkout reacts to its payments, and the payment sandbox on a real socket."""

from collections.abc import AsyncIterator

import pytest

from commerce.checkout.reactions import REACTIONS
from commerce.payments import PaymentProvider
from commerce.payments.adapters import stripe_provider
from commerce.platform import events
from commerce.platform.database import Database
from commerce.platform.settings import Settings, load
from commerce.platform.work import within_reactions
from commerce.sandbox.config import TEST_API_KEY, TEST_WEBHOOK_SECRET, SandboxConfig
from commerce.sandbox.server import Server


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A database of the test's own, with checkout's reactions inside its transactions."""
    database = Database(dsn, before_commit=events.store, within=within_reactions(REACTIONS))
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Server]:
    """The payment sandbox; it sends no webhooks here."""
    server = Server(SandboxConfig(settle_seconds=0.0), host="127.0.0.1", port=0)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def provider(sandbox: Server) -> AsyncIterator[PaymentProvider]:
    """The real adapter, talking to the sandbox."""
    settings: Settings = load(
        {
            "STRIPE_SECRET_KEY": TEST_API_KEY,
            "STRIPE_WEBHOOK_SECRET": TEST_WEBHOOK_SECRET,
            "STRIPE_API_BASE": sandbox.url,
        },
        env_file=None,
    )
    made = stripe_provider(settings)
    yield made
    await made.close()
