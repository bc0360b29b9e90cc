"""The world is built once for each process of a run, in a database that each test copies."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import asyncpg
import pytest

from commerce.app.migrate import head
from commerce.kernel import clock as kernel_clock
from commerce.kernel.ids import new_id
from commerce.platform import embedded
from tests.conftest import AT, on
from tests.fuzz import pictures
from tests.fuzz.contract import Contract, Sender
from tests.fuzz.kept import KEPT
from tests.fuzz.world import World, build
from tests.served import House, Served, served

BUILT = "template_world"


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The document that the code makes, as a judge."""
    return _contract()


@dataclass
class Stage:
    """A world of the test's own, the server before it, and the database behind it."""

    world: World
    server: Served
    dsn: str
    contract: Contract

    @property
    def sender(self) -> Sender:
        """Who sends requests as any of the callers."""
        return Sender(self.server.api.http, self.world, self.contract)


@pytest.fixture(scope="session")
async def built(
    postgres: embedded.EmbeddedServer, template: str, whole_house: House, tmp_path_factory: pytest.TempPathFactory
) -> World:
    """The world, in a database that nobody uses but to copy it; one for whatever folders of tests ask for it."""
    if postgres.dsn in KEPT:
        return KEPT[postgres.dsn]
    admin = await asyncpg.connect(postgres.dsn)
    try:
        await admin.execute(f"CREATE DATABASE {BUILT} TEMPLATE {template} STRATEGY = FILE_COPY")
    finally:
        await admin.close()
    await _stamp(on(postgres.dsn, BUILT))
    with kernel_clock.held(AT):
        async with served(whole_house, on(postgres.dsn, BUILT), tmp_path_factory.mktemp("world")) as server:
            world = await build(server)
            assert await server.audit() == []
    KEPT[postgres.dsn] = world
    return world


@pytest.fixture
async def stage(
    built: World, contract: Contract, postgres: embedded.EmbeddedServer, whole_house: House, tmp_path: Path
) -> AsyncIterator[Stage]:
    """A copy of the world behind the real server; whatever the test did, the books must be in order at its end."""
    name = f"w_{new_id().hex}"
    admin = await asyncpg.connect(postgres.dsn)
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {BUILT} STRATEGY = FILE_COPY")
        with kernel_clock.held(AT):
            async with served(whole_house, on(postgres.dsn, name), tmp_path) as server:
                await pictures.keep(server, built)
                yield Stage(built, server, on(postgres.dsn, name), contract)
                await server.work()
                assert await server.audit() == []
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@cache
def _contract() -> Contract:
    return Contract()


async def _stamp(dsn: str) -> None:
    """Notes in a database with all tables that it is migrated, as it would be in use; readiness asks for it."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        await connection.execute("INSERT INTO alembic_version VALUES ($1)", head())
    finally:
        await connection.close()
