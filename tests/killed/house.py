"""A server and a worker in processes of their own on a database that outlives them, and ways to stop them in the middle of an act."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx

from commerce.app import slices
from commerce.app.migrate import head
from commerce.platform import events
from commerce.platform.audit import Finding, run_checks
from commerce.platform.database import Database
from commerce.platform.embedded import free_port
from commerce.platform.settings import Settings, load
from tests.databases import on
from tests.given import checkout as given, identity
from tests.given.checkout import Shop
from tests.plain import PLAIN
from tests.served import ENCRYPTION_KEY, Api, Json

READY_SECONDS = 60
BLOCKED_SECONDS = 20
LEASE_SECONDS = 120
HELD = 7_201_777
"""The advisory lock on which a commit waits, where a test holds it."""

# Whoever commits a transaction that stored a fact waits for the lock first, so that a process can be killed between its commit and its answer.
HOLD_COMMITS = f"""
CREATE FUNCTION test_wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock_shared({HELD}); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER test_hold_commit AFTER INSERT ON events
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION test_wait_for_the_test();
"""
WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database() AND application_name = 'commerce'"""

UNFINISHED = """SELECT (SELECT count(*) FROM outbox)
    + (SELECT count(*) FROM jobs WHERE kind LIKE 'reaction:%' AND state NOT IN ('done', 'dead'))"""


@dataclass
class House:
    """The processes, and what the test itself uses to look at the database and to hold it."""

    dsn: str
    folder: Path
    settings: Settings
    db: Database
    shop: Shop
    staff_token: str
    shopper_token: str
    port: int = field(default_factory=free_port)
    running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    async def start(self, *what: str) -> None:
        """Starts processes: "run" (the server) or "worker"; waits until the server answers."""
        environment = {
            **os.environ,
            "DATABASE_URL": self.dsn,
            "COMMERCE_DATA_DIR": str(self.folder),
            "COMMERCE_HTTP_PORT": str(self.port),
            "COMMERCE_RATE_LIMIT_PER_MINUTE": "0",
            "COMMERCE_LOG_LEVEL": "error",
            "COMMERCE_WORKER": "false",
            "COMMERCE_KEY_ENCRYPTION_KEY": ENCRYPTION_KEY,
        }
        for each in what:
            self.running[each] = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "commerce.cli", each, env=environment, start_new_session=True
            )
        if "run" in what:
            await self._answers()

    async def _answers(self) -> None:
        async with asyncio.timeout(READY_SECONDS), self.http() as http:
            while True:
                try:
                    if (await http.get("/health", timeout=2)).is_success:
                        return
                except httpx.TransportError:
                    assert self.running["run"].returncode is None
                    await asyncio.sleep(0.05)

    async def kill(self, what: str) -> None:
        """Kills a process and whatever it started, with no chance to say good-bye."""
        process = self.running.pop(what)
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def stop(self) -> None:
        """Ends what still runs."""
        for what in list(self.running):
            await self.kill(what)

    @asynccontextmanager
    async def held_row(self, table: str, row_id: object) -> AsyncIterator[None]:
        """Keeps a row locked, so that an act stops in the middle of its transaction."""
        holder = await asyncpg.connect(self.dsn)
        try:
            async with holder.transaction():
                await holder.execute(f"SELECT 1 FROM {table} WHERE id = $1 FOR UPDATE", row_id)
                yield
        finally:
            await holder.close()

    @asynccontextmanager
    async def held_commits(self) -> AsyncIterator[None]:
        """Keeps whoever commits a fact waiting: what it did is done as soon as this ends, whether or not anybody is there to hear it."""
        holder = await asyncpg.connect(self.dsn)
        try:
            await holder.execute("SELECT pg_advisory_lock($1)", HELD)
            yield
        finally:
            await holder.close()

    async def blocked(self) -> None:
        """Waits until a process stands still in the database."""
        async with asyncio.timeout(BLOCKED_SECONDS):
            while not await self.count(WAITING):  # noqa: ASYNC110 -- another process is watched
                await asyncio.sleep(0.02)

    async def unfinished(self) -> int:
        """Gives how many facts are not published and how many jobs of theirs are not done."""
        return await self.count(UNFINISHED)

    async def count(self, query: str) -> int:
        """Gives the one figure that a query asks for."""
        watch = await asyncpg.connect(self.dsn)
        try:
            found: int = await watch.fetchval(query)
            return found
        finally:
            await watch.close()

    def http(self) -> httpx.AsyncClient:
        """Gives a client of the server."""
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=30, verify=PLAIN)

    async def send(self, token: str, method: str, path: str, body: Json = None, *, key: str | None = None) -> Json:
        """Sends a request that must succeed."""
        async with self.http() as http:
            answer = await Api(http, token).call(method, path, body, key=key or str(uuid4()))
            assert answer.is_success, f"{path} {answer.status_code}: {answer.text[:1000]}"
            return answer.json() if answer.content else None

    async def again(self, token: str, path: str, body: Json, key: str) -> Json:
        """Repeats a request as a client should: as long as the first one seems to run, it asks again."""
        async with asyncio.timeout(LEASE_SECONDS), self.http() as http:
            while True:
                answer = await Api(http, token).call("POST", path, body, key=key)
                if answer.status_code != httpx.codes.CONFLICT or answer.json()["code"] != "idempotency_still_running":
                    assert answer.is_success, f"{path} {answer.status_code}: {answer.text[:1000]}"
                    return answer.json()
                await asyncio.sleep(0.2)

    async def lost(self, token: str, path: str, body: Json, key: str) -> None:
        """Sends a request whose answer never comes."""
        async with self.http() as http:
            try:
                answer = await Api(http, token).call("POST", path, body, key=key)
            except httpx.TransportError:
                return
            raise AssertionError(f"{path} was answered {answer.status_code}: {answer.text[:500]}")

    async def broken(self) -> list[Finding]:
        """Gives the invariants that do not hold."""
        return [finding for finding in await run_checks(self.db.reading, slices.checks()) if finding.rows]

    def mails(self, key: str) -> list[Path]:
        """Gives the messages that went out about something, by the beginning of their key."""
        return sorted((self.folder / "mail").glob(f"{key}*.eml"))


@asynccontextmanager
async def house(postgres_dsn: str, template: str, folder: Path) -> AsyncIterator[House]:
    """A database with a shop in it, marked as migrated; nothing runs yet."""
    name = f"killed_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgres_dsn)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY = FILE_COPY")
    dsn = on(postgres_dsn, name)
    settings = load(
        {"DATABASE_URL": dsn, "COMMERCE_DATA_DIR": str(folder), "COMMERCE_KEY_ENCRYPTION_KEY": ENCRYPTION_KEY}
    )
    db = Database(dsn, before_commit=events.store, session={"application_name": "test"})
    shop = await given.shop(db, stock=50)
    tokens = await identity.tokens(db, settings)
    staff = await identity.administrator(db, tokens)
    shopper = await identity.anonymous(db, tokens)
    holding = await asyncpg.connect(dsn)
    await holding.execute(HOLD_COMMITS)
    await holding.execute(f"CREATE TABLE alembic_version AS SELECT '{head()}'::varchar(32) AS version_num")
    await holding.close()
    made = House(dsn, folder, settings, db, shop, staff.access_token, shopper.access_token)
    try:
        yield made
    finally:
        await made.stop()
        await db.close()
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
