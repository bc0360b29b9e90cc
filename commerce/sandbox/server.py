"""The sandbox on a socket: granian inside this process, on its event loop, so that nothing can be left behind."""

import asyncio
import socket
import time

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server as Granian

from commerce.sandbox.app import create_app
from commerce.sandbox.config import SandboxConfig

START_SECONDS = 20.0


class Server:
    """One running sandbox; port 0 takes any free one."""

    def __init__(self, config: SandboxConfig, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port or _free_port(host)
        self.granian = Granian(
            create_app(config),
            address=host,
            port=self.port,
            interface=Interfaces.ASGI,
            websockets=False,
            log_level=LogLevels.error,
        )
        self.task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        """Returns when it answers; raises OSError when the port is taken."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((self.host, self.port))
        self.task = asyncio.create_task(self.granian.serve(), name="sandbox server")
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                _, writer = await asyncio.open_connection(self.host, self.port)
            except OSError:
                if self.task.done() or time.monotonic() > deadline:
                    await self.stop()
                    raise
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return

    async def stop(self) -> None:
        """Finishes what is running and returns."""
        if self.task is not None:
            self.granian.stop()  # type: ignore[no-untyped-call]
            await self.task
            self.task = None


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
