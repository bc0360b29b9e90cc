"""`commerce demo`: everything set up anew, one order played from end to end, and the proof that all is well."""

import argparse
import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from commerce.cli.people import create_administrator
from commerce.cli.surroundings import key_of, sandbox
from commerce.cli.verdict import print_findings
from commerce.platform.embedded_processes import die_with_parent
from commerce.platform.settings import OperatorError, Settings, load

if TYPE_CHECKING:
    from commerce.demo import Finished
    from commerce.demo.story import Story

FOLDER = "demo"
ADMINISTRATOR = "admin@example.com"
START_SECONDS = 60
STOP_SECONDS = 30
LEFT_OUT = (
    "SMTP_URL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "COMMERCE_VIES_URL",
    "COMMERCE_VIES_REQUESTER",
    "COMMERCE_TAX_ENGINE_URL",
    "COMMERCE_TAX_ENGINE_KEY",
)  # whoever runs the demo may have them; made-up orders do not leave the machine


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`commerce demo`."""
    demo = commands.add_parser("demo", help="play one order from end to end in a database of its own")
    demo.add_argument("--catalog", type=Path, help="a product file in Shopify's CSV format; a bundled one unless given")
    demo.set_defaults(command=run_demo)


def run_demo(args: argparse.Namespace) -> int:
    """Plays; 0 when everything happened as it should and every invariant holds."""
    from commerce.demo.story import Story
    from commerce.platform import embedded

    if args.catalog is not None and not args.catalog.is_file():
        raise OperatorError(f"there is no file {args.catalog}")
    story, began = Story(), time.monotonic()
    story.title("One order: bought online, collected in a store, the rest shipped, one article returned elsewhere.")
    settings = _settings()
    _start_anew(settings.data_dir)
    story.say("Starting the embedded PostgreSQL, the payment sandbox and the server, in a database made anew ...")
    server = embedded.start(settings.data_dir / "postgres")
    try:
        with sandbox(settings) as payment, _serving(settings, {"DATABASE_URL": server.dsn, **payment}) as url:
            password = secrets.token_urlsafe(18)
            create_administrator(server.dsn, ADMINISTRATOR, password)
            story.say(f"Migrated and ready after {time.monotonic() - began:.1f} s, at {url}")
            finished = _played(story, settings, password, args.catalog)
        story.chapter("The proof: what `commerce audit` finds in the database")
        broken = _proven(server.dsn, story)
    finally:
        server.stop()
    seconds = time.monotonic() - began
    story.say(
        f"Order {finished.order_number}: {finished.requests} requests, {seconds:.0f} s in all. The data stays in "
        f"{_shown(settings.data_dir)} for a look."
    )
    return int(broken)


def _played(story: "Story", settings: Settings, password: str, catalog: Path | None) -> "Finished":
    import httpx

    from commerce.demo import play
    from commerce.demo.client import UnexpectedError

    try:
        return play(_url(settings), ADMINISTRATOR, password, catalog=catalog, story=story)
    except (UnexpectedError, httpx.HTTPError) as unexpected:
        raise OperatorError(
            f"the demo stopped: {unexpected}\nThe server's log: {settings.data_dir / 'server.log'}"
        ) from None


def _proven(dsn: str, story: "Story") -> bool:
    """Proves the invariants and prints the verdict; gives whether one is broken."""
    from commerce.app.proof import audit

    findings = asyncio.run(audit(dsn))
    print_findings(findings, story.console)
    return any(finding.rows for finding in findings)


def _settings() -> Settings:
    """The settings of the demo: those of the environment, but with data, port and providers of its own."""
    from commerce.platform.embedded import free_port

    inherited = {name: value for name, value in os.environ.items() if name.startswith("COMMERCE_")}
    base = load(inherited, env_file=None)
    port = free_port()
    return load(
        {
            **inherited,
            "COMMERCE_DATA_DIR": str((base.data_dir / FOLDER).resolve()),
            "COMMERCE_HTTP_PORT": str(port),
            "COMMERCE_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "COMMERCE_RATE_LIMIT_PER_MINUTE": "0",
        },
        env_file=None,
    )


def _start_anew(folder: Path) -> None:
    from commerce.platform import embedded

    embedded.remove(folder / "postgres")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


@contextmanager
def _serving(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """Runs the server as a process of its own, as anybody would, and ends it as an operator would. Gives its address once it is ready."""
    shown = {
        "COMMERCE_HTTP_HOST": settings.host,
        "COMMERCE_HTTP_PORT": str(settings.port),
        "COMMERCE_DATA_DIR": str(settings.data_dir),
        "COMMERCE_PUBLIC_URL": _url(settings),
        "COMMERCE_RATE_LIMIT_PER_MINUTE": "0",
        "COMMERCE_WORKERS": "1",
        "COMMERCE_WORKER_IN_PROCESS": "true",
        "COMMERCE_LOG_FORMAT": "json",
        **key_of(settings),
    }
    inherited = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    command = [sys.executable, "-m", "commerce.cli", "run"]
    with (settings.data_dir / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={**inherited, **environment, **shown},
            cwd=settings.data_dir,  # where there is no .env
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent,  # noqa: PLW1509 -- nothing in it takes a lock
        )
        try:
            import_module("commerce.app.proof")  # while the server starts: what this process needs later
            import_module("commerce.demo")
            _wait_until_ready(_url(settings), process)
            yield _url(settings)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=STOP_SECONDS)


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    import httpx

    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/ready", timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise OperatorError("the server did not become ready; its log is server.log in the demo's folder")


def _shown(folder: Path) -> Path:
    """Gives a folder as one would type it from here."""
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def _url(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.port}"
