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
from pathlib import Path

import httpx

from commerce.cli.people import create_administrator
from commerce.cli.serving import key_of, sandbox
from commerce.cli.verdict import print_findings
from commerce.platform.settings import OperatorError, Settings, load

FOLDER = "demo"
ADMINISTRATOR = "admin@example.com"
START_SECONDS = 60
STOP_SECONDS = 30


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`commerce demo`."""
    demo = commands.add_parser("demo", help="play one order from end to end in a database of its own")
    demo.add_argument("--catalog", type=Path, help="a product file in Shopify's CSV format; a bundled one unless given")
    demo.set_defaults(command=run_demo)


def run_demo(args: argparse.Namespace) -> int:
    """Plays; 0 when everything happened as it should and every invariant holds."""
    from commerce.app.prepare import prepare
    from commerce.app.proof import audit
    from commerce.demo import play
    from commerce.demo.client import UnexpectedError
    from commerce.demo.story import Story
    from commerce.platform import embedded

    if args.catalog is not None and not args.catalog.is_file():
        raise OperatorError(f"there is no file {args.catalog}")
    story, began = Story(), time.monotonic()
    settings = _settings()
    _start_anew(settings.data_dir)
    story.say("Starting the embedded PostgreSQL, migrating, starting the payment sandbox and the server ...")
    server = embedded.start(settings.data_dir / "postgres")
    try:
        asyncio.run(prepare(server.dsn))
        with sandbox(settings) as payment:
            environment = {
                "DATABASE_URL": server.dsn,
                "COMMERCE_WORKER_IN_PROCESS": "true",
                **key_of(settings),
                **payment,
            }
            password = secrets.token_urlsafe(18)
            create_administrator(server.dsn, ADMINISTRATOR, password)
            with _serving(settings, environment):
                story.say(f"Ready after {time.monotonic() - began:.1f} s at {_url(settings)}")
                try:
                    finished = play(_url(settings), ADMINISTRATOR, password, catalog=args.catalog, story=story)
                except UnexpectedError as unexpected:
                    raise OperatorError(
                        f"the demo stopped: {unexpected}\nThe server's log: {settings.data_dir / 'server.log'}"
                    ) from None
        story.chapter("The proof")
        findings = asyncio.run(audit(server.dsn))
        print_findings(findings)
    finally:
        server.stop()
    broken = any(finding.rows for finding in findings)
    seconds = time.monotonic() - began
    story.say(
        f"Order {finished.order_number}: {finished.requests} requests in {seconds:.0f} s. The data stays in {settings.data_dir} for a look."
    )
    return int(broken)


def _settings() -> Settings:
    """The settings of the demo: those of the environment, but with data, port and providers of its own."""
    from commerce.platform.embedded import free_port

    inherited = {name: value for name, value in os.environ.items() if name.startswith("COMMERCE_")}
    base = load(inherited, env_file=None)
    port = free_port()
    return load(
        {
            **inherited,
            "COMMERCE_DATA_DIR": str(base.data_dir / FOLDER),
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
def _serving(settings: Settings, environment: Mapping[str, str]) -> Iterator[None]:
    """Runs the server as a process of its own, as anybody would, and ends it as an operator would."""
    shown = {
        "COMMERCE_HTTP_HOST": settings.host,
        "COMMERCE_HTTP_PORT": str(settings.port),
        "COMMERCE_DATA_DIR": str(settings.data_dir),
        "COMMERCE_PUBLIC_URL": _url(settings),
        "COMMERCE_RATE_LIMIT_PER_MINUTE": "0",
        "COMMERCE_LOG_FORMAT": "json",
    }
    command = [sys.executable, "-m", "commerce.cli", "run"]
    with (settings.data_dir / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **environment, **shown}, stdout=log, stderr=log)
        try:
            _wait_until_ready(_url(settings), process)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=STOP_SECONDS)


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/ready", timeout=2).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise OperatorError("the server did not become ready; its log is server.log in the demo's folder")


def _url(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.port}"
