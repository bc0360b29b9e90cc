"""Everything that runs while measuring: the database, the server, the floors' server, the sandbox; and how one side of a row is measured.

The floors have a database of their own, a copy of the shop as it was built, so that what they write never meets what the product wrote.
"""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from commerce.platform import audit_log, embedded, events
from commerce.platform.database import Database, Tx
from commerce.platform.schema import create_all
from commerce.sandbox.config import TEST_API_KEY, TEST_WEBHOOK_SECRET
from tests.bench import load, machine, world

SERVER = "commerce.app.asgi:create"
FLOORS = "tests.bench.floors:create"
EMPTY, SHOP, FLOOR = "bench_empty", "bench_shop", "bench_floor"
CONNECTIONS = 8
ENCRYPTION_KEY = "00112233445566778899aabbccddeeff" * 2


@dataclass(frozen=True, kw_only=True)
class How:
    """How long and how much is measured."""

    products: int = 1_000
    rounds: int = 3
    seconds: float = 3.0
    warmup_seconds: float = 0.7
    clients: int = 16
    scale: tuple[int, ...] = (1_000, 20_000, 200_000)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One side of a row in one round. Times are for one unit of work; `cpu_us` is by process group."""

    rps: float
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    cpu_us: Mapping[str, float] = field(default_factory=dict)
    sql: float | None = None


@dataclass
class House:
    """What runs, and what is known of the shop in it.

    What several rows need and one of them made is `kept` by its name until the end, and what must be ended then is `lasting`.
    """

    how: How
    postgres: embedded.EmbeddedServer
    db: Database
    world: world.World
    server: machine.Running
    floor: machine.Running
    sandbox: machine.Running
    environment: Mapping[str, str]
    version: str
    lasting: ExitStack
    kept: dict[str, object] = field(default_factory=dict)

    def dsn(self, database: str) -> str:
        """The address of one of the databases."""
        return self.postgres.dsn_for(database)

    async def served(self, unit: load.Unit, *, by: machine.Running | None = None, with_sandbox: bool = False) -> Sample:
        """Measures units of work against the server, or against another application."""
        asked = by or self.server
        ours = asked is not self.floor
        pids = {"server": asked.pid, "database": self.postgres.pid}
        if with_sandbox:
            pids["sandbox"] = self.sandbox.pid
        meter = machine.Meter(pids, machine.counted(asked.url) if ours else None)
        measured, before, after = await load.run(
            asked.url,
            unit,
            meter,
            clients=self.how.clients,
            seconds=self.how.seconds,
            warmup_seconds=self.how.warmup_seconds,
        )
        return sample(measured, before, after, count_statements=ours)

    async def called(self, work: load.Work, *, clients: int, db: Database, seconds: float) -> Sample:
        """Measures units of work that are called in this very process, whose own CPU then counts as the server's."""

        async def sent() -> float:
            return db.statements

        meter = machine.Meter({"database": self.postgres.pid}, sent, own="server")
        measured, before, after = await load.run_work(
            work, meter, clients=clients, seconds=seconds, warmup_seconds=self.how.warmup_seconds
        )
        return sample(measured, before, after, count_statements=True)

    async def execute(self, database: str, *statements: str) -> None:
        """Runs SQL in one of the databases."""
        connection = await asyncpg.connect(self.dsn(database))
        try:
            for sql in statements:
                await connection.execute(sql)
        finally:
            await connection.close()

    async def rest(self) -> None:
        """Leaves no work of an earlier row for the next one: statistics, dead rows, dirty pages."""
        for database in (SHOP, FLOOR):
            await self.execute(database, "VACUUM ANALYZE")
        await self.execute(SHOP, "CHECKPOINT")


def sample(
    measured: load.Measured, before: machine.Used, after: machine.Used, *, count_statements: bool = False
) -> Sample:
    """Gives a sample of what a run measured and used."""
    return Sample(
        rps=measured.rps,
        p50_ms=measured.percentile_ms(0.50),
        p99_ms=measured.percentile_ms(0.99),
        cpu_us={name: (after.cpu[name] - used) * 1e6 / measured.done for name, used in before.cpu.items()},
        sql=(after.statements - before.statements) / measured.done if count_statements else None,
    )


@asynccontextmanager
async def house(how: How) -> AsyncIterator[House]:
    """Starts everything anew, builds the shop, and stops and removes it all at the end. To be used from the main thread."""
    root = Path(__file__).parents[2] / ".commerce"
    root.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=root) as folder, ExitStack() as started:
        data = Path(folder)
        data.chmod(0o755)
        postgres = embedded.start(data / "postgres")
        started.callback(embedded.remove, data / "postgres")
        started.callback(postgres.stop)
        async with _shop(postgres, how) as (built, db):
            port = embedded.free_port()
            sandbox = started.enter_context(machine.sandbox(f"http://127.0.0.1:{port}/v1/payments/webhooks/stripe"))
            environment = environment_for(postgres.dsn_for(SHOP), data, sandbox.url, port)
            server = started.enter_context(machine.application(SERVER, environment, port=port))
            floor = started.enter_context(
                machine.application(FLOORS, {**environment, "DATABASE_URL": postgres.dsn_for(FLOOR)})
            )
            yield House(
                how=how,
                postgres=postgres,
                db=db,
                world=built,
                server=server,
                floor=floor,
                sandbox=sandbox,
                environment=environment,
                version=await _version(postgres.dsn),
                lasting=started.enter_context(ExitStack()),
            )


def environment_for(dsn: str, data: Path, sandbox_url: str, port: int) -> dict[str, str]:
    """Gives the settings of the server under measurement: no limit, no log of each request, no cache, no worker."""
    return {
        "DATABASE_URL": dsn,
        "COMMERCE_DATA_DIR": str(data),
        "COMMERCE_POOL_SIZE": str(CONNECTIONS),
        "COMMERCE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "COMMERCE_WORKER_IN_PROCESS": "false",
        "COMMERCE_PUBLIC_CACHE": "false",
        "COMMERCE_RATE_LIMIT_PER_MINUTE": "0",
        "COMMERCE_LOG_LEVEL": "warning",
        "COMMERCE_KEY_ENCRYPTION_KEY": ENCRYPTION_KEY,
        "STRIPE_SECRET_KEY": TEST_API_KEY,
        "STRIPE_WEBHOOK_SECRET": TEST_WEBHOOK_SECRET,
        "STRIPE_API_BASE": sandbox_url,
        "GRANIAN_LOG_LEVEL": "warning",
    }


@asynccontextmanager
async def _shop(postgres: embedded.EmbeddedServer, how: How) -> AsyncIterator[tuple[world.World, Database]]:
    await create_database(postgres, EMPTY)
    await create_all(postgres.dsn_for(EMPTY))
    await create_database(postgres, SHOP, template=EMPTY)
    building = Database(postgres.dsn_for(SHOP), before_commit=store)
    built = await world.build(building, how.products)
    await building.close()
    await create_database(postgres, FLOOR, template=SHOP)
    db = Database(postgres.dsn_for(SHOP), most_connections=CONNECTIONS, before_commit=store)
    try:
        yield built, db
    finally:
        await db.close()


async def store(tx: Tx) -> None:
    await events.store(tx)
    await audit_log.store(tx)


async def create_database(postgres: embedded.EmbeddedServer, name: str, *, template: str = "template1") -> None:
    """Makes a database anew, as a copy of another one that nobody is connected to."""
    admin = await asyncpg.connect(postgres.dsn)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY = FILE_COPY")
    finally:
        await admin.close()


async def _version(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        return str(await connection.fetchval("SHOW server_version"))
    finally:
        await connection.close()


async def shopper_token(url: str) -> str:
    """Gives the access token of a new anonymous shopper; it holds for fifteen minutes, longer than any row takes."""
    async with httpx.AsyncClient(base_url=url) as http:
        response = await http.post("/v1/auth/anonymous", json={})
        response.raise_for_status()
        return str(response.json()["access_token"])
