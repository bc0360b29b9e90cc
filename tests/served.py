"""The real application on a real HTTP server beside the tests, each test with a program and a database of its own behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from commerce.app.compose import Program, compose
from commerce.app.http import create_http, surrounded
from commerce.identity import Tokens
from commerce.platform import embedded
from commerce.platform.audit import Finding, run_checks
from commerce.platform.settings import Settings, load
from commerce.sandbox.config import TEST_API_KEY, TEST_WEBHOOK_SECRET, SandboxConfig, WebhookEndpoint
from commerce.sandbox.server import Server as Sandbox
from tests.plain import PLAIN

Json: TypeAlias = Any
ENCRYPTION_KEY = "00112233445566778899aabbccddeeff" * 2


@dataclass
class House:
    """What lasts for the whole run: the HTTP server with the application, and the payment sandbox."""

    app: Litestar
    url: str
    sandbox: Sandbox


@dataclass
class Api:
    """An HTTP client that speaks for one caller: `await api.post("/v1/carts", {...})` sends a fresh idempotency key with each POST."""

    http: httpx.AsyncClient
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def as_(self, token: str | None) -> "Api":
        """Gives a client for another caller."""
        return Api(self.http, token)

    async def call(
        self, method: str, path: str, body: Json = None, *, key: str | None = None, **headers: str
    ) -> httpx.Response:
        """Sends one request; header names are written with underscores."""
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.token is not None:
            sent["authorization"] = f"Bearer {self.token}"
        if method == "POST":
            sent["idempotency-key"] = key or str(uuid4())
        if body is None:
            return await self.http.request(method, path, headers=sent)
        return await self.http.request(method, path, json=body, headers=sent)

    async def get(self, path: str, **headers: str) -> Json:
        """Gives the body of a successful GET."""
        return good(await self.call("GET", path, **headers))

    async def post(self, path: str, body: Json = None, *, key: str | None = None, **headers: str) -> Json:
        """Gives the body of a successful POST."""
        return good(await self.call("POST", path, body, key=key, **headers))

    async def put(self, path: str, body: Json, **headers: str) -> Json:
        """Gives the body of a successful PUT."""
        return good(await self.call("PUT", path, body, **headers))

    async def patch(self, path: str, body: Json, **headers: str) -> Json:
        """Gives the body of a successful PATCH."""
        return good(await self.call("PATCH", path, body, **headers))


def good(response: httpx.Response) -> Json:
    """Gives the body of a successful answer; shows the problem of any other."""
    assert response.is_success, (
        f"{response.request.method} {response.request.url.path} {response.status_code}: {response.text[:2000]}"
    )
    return response.json() if response.content else None


@dataclass
class Served:
    """One test's program behind the server."""

    program: Program
    api: Api
    url: str
    sandbox: Sandbox
    settings: Settings

    @property
    def tokens(self) -> Tokens:
        """What the program signs and reads tokens with."""
        tokens = self.program.services.tokens
        assert isinstance(tokens, Tokens)
        return tokens

    async def work(self) -> None:
        """Lets the worker do all that is due."""
        await self.program.worker.drain()

    async def audit(self) -> list[Finding]:
        """Gives the invariants that are broken: none, if all is well."""
        from commerce.app import slices

        return [finding for finding in await run_checks(self.program.db.reading, slices.checks()) if finding.rows]

    async def mails(self) -> list[str]:
        """Gives the texts of the mails sent so far, oldest first."""
        return [path.read_text() for path in self.program.services.mailer.sent()]


def settings_for(folder: Path, url: str, sandbox_url: str) -> Settings:
    """Gives the settings of a test's program."""
    return load(
        {
            "DATABASE_URL": "postgresql://unused",
            "COMMERCE_DATA_DIR": str(folder),
            "COMMERCE_PUBLIC_URL": url,
            "COMMERCE_RATE_LIMIT_PER_MINUTE": "0",
            "COMMERCE_KEY_ENCRYPTION_KEY": ENCRYPTION_KEY,
            "STRIPE_SECRET_KEY": TEST_API_KEY,
            "STRIPE_WEBHOOK_SECRET": TEST_WEBHOOK_SECRET,
            "STRIPE_API_BASE": sandbox_url,
        },
        env_file=None,
    )


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """Starts the server and the sandbox on free ports of the loopback."""
    port = embedded.free_port()
    url = f"http://127.0.0.1:{port}"
    webhook = WebhookEndpoint(url=f"{url}/v1/payments/webhooks/stripe", secret=TEST_WEBHOOK_SECRET)
    sandbox = Sandbox(SandboxConfig(webhook=webhook, settle_seconds=0.0), host="127.0.0.1", port=0)
    await sandbox.start()
    app = create_http(settings_for(folder, url, sandbox.url))
    server = Server(surrounded(app), address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    serving = asyncio.create_task(server.serve())
    async with httpx.AsyncClient(base_url=url, verify=PLAIN) as http:
        for _ in range(200):
            try:
                await http.get("/docs/assets/none")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    yield House(app, url, sandbox)
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait([serving], timeout=10)
    await sandbox.stop()


@asynccontextmanager
async def served(house: House, dsn: str, folder: Path) -> AsyncIterator[Served]:
    """Composes a test's program and puts it behind the server."""
    settings = settings_for(folder, house.url, house.sandbox.url)
    program = await compose(settings, dsn)
    house.app.state["services"] = program.services
    async with httpx.AsyncClient(base_url=house.url, timeout=30, verify=PLAIN) as http:
        yield Served(program, Api(http), house.url, house.sandbox, settings)
    await program.close()


def order_id_of(answer: Json) -> UUID:
    """Gives the order's id of a checkout's answer."""
    return UUID(answer["order_id"])
