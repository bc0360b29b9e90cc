"""Starts what serves: the HTTP processes, or a worker alone. Databases and sandboxes are started by the caller."""

import asyncio
import os
import signal
import socket
from collections.abc import Mapping

from commerce.app import stopping
from commerce.app.compose import compose
from commerce.app.migrate import migrate
from commerce.platform.settings import OperatorError, Settings
from commerce.platform.telemetry_files import share_between_processes

BACKLOG = 2_048
KILL_SECONDS = 30


def check_address(settings: Settings) -> None:
    """Refuses with OperatorError where nothing could listen at the address of the settings; to be asked before anything is started."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[
            0
        ]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as failed:
        raise OperatorError(
            f"the server cannot listen on {settings.host}, port {settings.port} ({failed.strerror}): stop what listens there, or set "
            "COMMERCE_HTTP_HOST and COMMERCE_HTTP_PORT."
        ) from None


def serve(settings: Settings, environment: Mapping[str, str]) -> None:
    """Serves until SIGTERM or SIGINT; requests in flight are finished. The environment is what the processes read their settings from."""
    from granian.constants import Interfaces, Loops
    from granian.log import LogLevels
    from granian.server import Server

    class Stoppable(Server):  # type: ignore[misc,valid-type]  # what Server is depends on how Python was built
        def signal_handler_interrupt(self, *args: object, **kwargs: object) -> None:
            stopping.tell()
            super().signal_handler_interrupt(*args, **kwargs)

    os.environ.update(environment)
    if settings.workers > 1:
        share_between_processes(settings.data_dir / "metrics")
    Stoppable(
        "commerce.app.asgi:create",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=settings.workers,
        backlog=BACKLOG,
        log_level=LogLevels.warning,
        workers_kill_timeout=KILL_SECONDS,
        respawn_failed_workers=True,
    ).serve()


async def work(settings: Settings, dsn: str) -> None:
    """Runs a worker alone until SIGTERM or SIGINT; jobs under way are finished."""
    await migrate(dsn)
    program = await compose(settings, dsn)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, program.worker.stop)
    try:
        await program.worker.run()
    finally:
        await program.close()
