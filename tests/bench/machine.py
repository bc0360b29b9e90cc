"""The processes under measurement: started, watched by the kernel's own accounting, stopped."""

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil

from commerce.platform import embedded
from commerce.platform.embedded_processes import die_with_parent

START_SECONDS = 60
CALIBRATION_LOOPS = 2_000_000
PACKAGES = ("litestar", "granian", "asyncpg", "SQLAlchemy", "msgspec", "uvloop")
_STATEMENTS = re.compile(rb"^commerce_sql_statements_total ([0-9.e+]+)", re.MULTILINE)


class Running:
    """A process with its children, and the address that it answers at."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, started_seconds: float) -> None:
        self.process = process
        self.url = url
        self.started_seconds = started_seconds

    @property
    def pid(self) -> int:
        """The number of the process that was started."""
        return self.process.pid

    def memory_mb(self) -> dict[str, float]:
        """Resident memory by process: the first is the one that was started, the others are its children."""
        top = psutil.Process(self.pid)
        found = {"main": top, **{f"worker_{nth}": each for nth, each in enumerate(top.children(recursive=True))}}
        return {name: round(each.memory_info().rss / 1_000_000, 1) for name, each in found.items()}


def cpu_seconds(pid: int) -> float:
    """CPU time used so far by a process and all that it started, those that ended and were waited for included."""
    top = psutil.Process(pid)
    total = sum(top.cpu_times()[:4])
    for child in top.children(recursive=True):
        try:
            total += sum(child.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue  # ended just now: its time is its parent's from here on
    return total


class Used(NamedTuple):
    """What was used so far: CPU seconds by whom, and statements sent."""

    cpu: dict[str, float]
    statements: float


class Meter:
    """Reads what processes have used: `Meter({"server": pid, "database": pid}, counted(url))`; `own` counts this process under a name."""

    def __init__(
        self, pids: Mapping[str, int], statements: Callable[[], Awaitable[float]] | None, *, own: str | None = None
    ) -> None:
        self._pids = dict(pids)
        self._statements = statements
        self._own = own

    async def __call__(self) -> Used:
        """Reads it now."""
        statements = await self._statements() if self._statements else 0.0
        cpu = {name: cpu_seconds(pid) for name, pid in self._pids.items()}
        if self._own is not None:
            cpu[self._own] = cpu.get(self._own, 0.0) + time.process_time()
        return Used(cpu, statements)


def counted(url: str) -> Callable[[], Awaitable[float]]:
    """Gives what reads the server's own count of statements; the one that each reading sends itself is left out."""
    readings = 0

    async def statements() -> float:
        nonlocal readings
        readings += 1
        async with httpx.AsyncClient() as http:
            found = _STATEMENTS.search((await http.get(f"{url}/metrics")).content)
        if found is None:
            raise RuntimeError("the server does not say how many statements it sent")
        return float(found.group(1)) - readings

    return statements


@contextmanager
def application(target: str, environment: Mapping[str, str], *, port: int | None = None) -> Iterator[Running]:
    """Starts an ASGI factory on granian as the product does, one process, and waits for its first answer."""
    port = port or embedded.free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--factory",
        "--loop",
        "uvloop",
        "--workers",
        "1",
    ]
    command += ["--port", str(port), "--backlog", "2048", "--log-level", "warning", "--no-access-log", target]
    with _started(command, environment, port) as running:
        yield running


@contextmanager
def sandbox(webhook_url: str) -> Iterator[Running]:
    """Starts the payment sandbox, which posts its events to the address given."""
    port = embedded.free_port()
    command = [sys.executable, "-m", "commerce.sandbox", "--port", str(port), "--webhook-url", webhook_url]
    with _started(command, {}, port) as running:
        yield running


@contextmanager
def _started(command: Sequence[str], environment: Mapping[str, str], port: int) -> Iterator[Running]:
    url = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        preexec_fn=die_with_parent,  # noqa: PLW1509 -- nothing in it takes a lock
    )
    try:
        _wait(url, process)
        yield Running(process, url, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Waits for the first answer, whatever its status; the caller judges those that it measures."""
    until = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=2) as http:
        while time.monotonic() < until:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with {process.returncode}")
            try:
                http.get(f"{url}/health")
            except httpx.TransportError:
                time.sleep(0.01)
            else:
                return
    raise RuntimeError("the server did not answer")


def calibration_seconds() -> float:
    """Seconds of a fixed piece of pure CPU work: how fast the machine is right now."""
    began = time.perf_counter()
    total = 0
    for n in range(CALIBRATION_LOOPS):
        total += n & 7
    return time.perf_counter() - began if total else 0.0


def versions(postgres: str) -> dict[str, str]:
    """What was measured, by name and version."""
    return {
        "python": platform.python_version(),
        "postgresql": postgres,
        **{name.lower(): version(name) for name in PACKAGES},
        "cores": str(os.cpu_count()),
    }
