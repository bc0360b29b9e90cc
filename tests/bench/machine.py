"""The processes under measurement: started, watched by the kernel's own accounting, stopped."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from commerce.platform import embedded

START_SECONDS = 60
CALIBRATION_LOOPS = 2_000_000


class Running:
    """A server process with its children."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, started_seconds: float) -> None:
        self.process = process
        self.url = url
        self.started_seconds = started_seconds

    def tree(self) -> list[psutil.Process]:
        """The process and its children."""
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """CPU time used so far by the process and its children."""
        return cpu_of(self.tree())

    def rss_mb(self) -> float:
        """Memory of the largest process."""
        return max(float(each.memory_info().rss) for each in self.tree()) / 1_000_000


def cpu_of(processes: list[psutil.Process]) -> float:
    """CPU time of processes, with that of children which they have waited for."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def postgres_processes(server: embedded.EmbeddedServer) -> list[psutil.Process]:
    """All processes of the embedded server."""
    pid = int((server.data_dir / "data" / "postmaster.pid").read_text().splitlines()[0]) if (server.data_dir / "data").is_dir() else 0
    if not pid:
        path = next(server.data_dir.rglob("postmaster.pid"))
        pid = int(path.read_text().splitlines()[0])
    top = psutil.Process(pid)
    return [top, *top.children(recursive=True)]


@contextmanager
def application(target: str, environment: Mapping[str, str]) -> Iterator[Running]:
    """Starts an ASGI factory on granian as the product does, one process, and waits for its first answer."""
    port = embedded.free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--loop", "uvloop", "--workers", "1"]
    command += ["--port", str(port), "--backlog", "2048", "--log-level", "warning", "--no-access-log", target]
    began = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=Path(__file__).parents[2])
    try:
        _wait(url, process)
        yield Running(process, url, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            httpx.get(f"{url}/health", timeout=2)
        except httpx.TransportError:
            time.sleep(0.02)
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
