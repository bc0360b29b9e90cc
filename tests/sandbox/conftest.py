"""One sandbox and one shop for the run; tests that need other settings start their own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from commerce.sandbox import SandboxConfig, Server, WebhookEndpoint
from tests.sandbox.play import Handles, Shop, Till


@pytest.fixture(scope="session")
async def shop() -> AsyncIterator[Shop]:
    """Receives the events of the sandbox."""
    opened = Shop()
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def server(shop: Shop) -> AsyncIterator[Server]:
    """The sandbox with its defaults, but impatient, and settling only when told to."""
    config = SandboxConfig(
        webhook=WebhookEndpoint(url=shop.url), webhook_retry_seconds=(0.02, 0.02, 0.02), settle_seconds=86_400.0
    )
    started = Server(config)
    await started.start()
    yield started
    await started.stop()


@pytest.fixture(scope="session")
async def till(server: Server) -> AsyncIterator[Till]:
    """A client of the sandbox."""
    opened = Till(server.url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def handles(server: Server) -> AsyncIterator[Handles]:
    """The sandbox's handles."""
    opened = Handles(server.url)
    yield opened
    await opened.http.aclose()


Start = Callable[[SandboxConfig], Awaitable[tuple[Server, Till, Handles]]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a sandbox of the test's own."""
    async with AsyncExitStack() as stack:

        async def starter(config: SandboxConfig) -> tuple[Server, Till, Handles]:
            server = Server(config)
            await server.start()
            stack.push_async_callback(server.stop)
            till, handles = Till(server.url), Handles(server.url)
            stack.push_async_callback(till.close)
            stack.push_async_callback(handles.http.aclose)
            return server, till, handles

        yield starter
