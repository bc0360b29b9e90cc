"""The target that the server's processes load: `commerce.app.asgi:create`. Settings come from the environment."""

import ctypes
import os
import signal

from litestar.types import ASGIApp

from commerce.app.http import create_http, running, surrounded
from commerce.platform import logs, settings, telemetry
from commerce.platform.settings import OperatorError
from commerce.storefront import PublicCache

PR_SET_PDEATHSIG = 1


def create() -> ASGIApp:
    """Makes the application of one process of the server; DATABASE_URL is set by whoever started the process."""
    _end_with_the_parent()
    given = settings.load()
    logs.configure(given)
    telemetry.configure_tracing(given)
    if given.database_url is None:
        raise OperatorError(
            "DATABASE_URL is not set: start the server with `commerce run`, which also starts the embedded database."
        )
    app = create_http(given, running(given, given.database_url, with_worker=given.runs_worker))
    return surrounded(PublicCache(app) if given.public_cache else app)


def _end_with_the_parent() -> None:
    """Makes the kernel end this process when the server's main process dies, however it dies (Linux; elsewhere the server sees to it)."""
    if hasattr(os, "fork") and os.uname().sysname == "Linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
