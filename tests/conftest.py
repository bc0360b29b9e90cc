"""One PostgreSQL for the run, one template database, an empty database for each test; a clock that stands still."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from commerce.identity import revoked
from commerce.kernel import clock as kernel_clock
from commerce.platform import embedded, events, resident
from commerce.platform.database import Database
from commerce.platform.schema import create_all
from tests.databases import Databases, on
from tests.prepared import POSTGRES_15, leave
from tests.warm import warm_connections

if TYPE_CHECKING:
    from commerce.payments.adapters import StripeProvider
    from commerce.sandbox import Server
    from tests.payments.bank import Bank
    from tests.served import Api, House, Served

__all__ = ["AT", "on"]
TEMPLATE = "template_commerce"
# What empties a database leaves little to clean up, and statistics that come at some moment make plans that nobody asked for.
FOR_A_RUN = {"autovacuum": "off"}
AT = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leaves the SQL of the run where `python -m tests.prepared` looks for it."""
    if folder := os.environ.get("COMMERCE_TEST_STATEMENTS"):
        leave(Path(folder), getattr(session.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.EmbeddedServer]:
    """A server that does not sync to disk, thrown away at the end; PostgreSQL 15 when COMMERCE_TEST_PG=15."""
    binaries = POSTGRES_15 if os.environ.get("COMMERCE_TEST_PG") == "15" else None
    server = embedded.start(tmp_path_factory.mktemp("postgres"), durable=False, settings=FOR_A_RUN, binaries=binaries)
    yield server
    server.stop()
    embedded.remove(server.data_dir)


@pytest.fixture(scope="session")
async def template(postgres: embedded.EmbeddedServer) -> str:
    """The name of the database that each test copies."""
    admin = await asyncpg.connect(postgres.dsn)
    try:
        await admin.execute(f"CREATE DATABASE {TEMPLATE}")
    finally:
        await admin.close()
    await create_all(on(postgres.dsn, TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
async def databases(postgres: embedded.EmbeddedServer, template: str) -> AsyncIterator[Databases]:
    """Empty databases, used again where a test left nothing but rows."""
    with warm_connections() as warm:
        found = Databases(postgres.dsn, template, warm)
        await found.learn()
        yield found
        await found.close()


@pytest.fixture
async def dsn(databases: Databases) -> AsyncIterator[str]:
    """The address of an empty database with all tables, for this test alone."""
    async with databases.borrowed() as address:
        yield address


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A database of the test's own, without reactions: facts are stored and wait in the outbox."""
    database = Database(dsn, before_commit=events.store)
    yield database
    await database.close()


@pytest.fixture
def clock() -> Iterator[kernel_clock.HeldClock]:
    """The process's clock, held at a Tuesday morning; `clock.move(minutes=20)` moves it."""
    with kernel_clock.held(AT) as held:
        yield held


@pytest.fixture
def nothing_ages(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that count statements: what a process holds is read again when it changed here, not because half a second went by."""
    monkeypatch.setattr(resident, "FRESH_SECONDS", 60)
    monkeypatch.setattr(revoked, "FRESH_SECONDS", 60)


@pytest.fixture(scope="session")
async def whole_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator["House"]:
    """The HTTP server with the application, and the payment sandbox; one of each for the run."""
    from tests.served import house

    async with house(tmp_path_factory.mktemp("house")) as started:
        yield started


@pytest.fixture
async def server(whole_house: "House", dsn: str, tmp_path: Path) -> AsyncIterator["Served"]:
    """The application over real HTTP with a database of the test's own: `server.api`, `await server.work()`, `await server.audit()`."""
    from tests.served import served

    async with served(whole_house, dsn, tmp_path) as program:
        yield program
        assert await program.audit() == []


@pytest.fixture
def api(server: "Served") -> "Api":
    """A client of the server that sends no token; `api.as_(token)` speaks for a caller."""
    return server.api


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator["Server"]:
    """The payment sandbox on a real socket, which settles refunds only when told to and sends events nowhere: tests fetch and deliver them."""
    from commerce.sandbox import SandboxConfig, Server

    started = Server(SandboxConfig(settle_seconds=86_400.0))
    await started.start()
    yield started
    await started.stop()


@pytest.fixture(scope="session")
async def provider(sandbox: "Server") -> AsyncIterator["StripeProvider"]:
    """The real adapter, speaking to the sandbox, which never repeats by itself."""
    from commerce.payments.adapters import StripeProvider
    from commerce.sandbox import TEST_API_KEY, TEST_WEBHOOK_SECRET

    made = StripeProvider(
        key=TEST_API_KEY, webhook_secret=TEST_WEBHOOK_SECRET, api_base=sandbox.url, timeout_seconds=5.0, retries=0
    )
    yield made
    await made.close()


@pytest.fixture(scope="session")
async def whole_bank(sandbox: "Server") -> AsyncIterator["Bank"]:
    """One bank for the run."""
    from tests.payments.bank import Bank

    opened = Bank(sandbox.url)
    yield opened
    await opened.close()


@pytest.fixture
async def bank(whole_bank: "Bank") -> AsyncIterator["Bank"]:
    """The other side: what the sandbox did, its failures on order, its challenge page, its events. What was ordered ends with the test."""
    yield whole_bank
    await whole_bank.post("/failures", method="DELETE")
