"""An embedded PostgreSQL: a server of our own that cannot be left behind, on a folder that any later start can take over.

The server is a direct child that the kernel interrupts when this process dies, however it dies. Linux only; elsewhere DATABASE_URL
names a server. Nothing that a kill -9 leaves behind keeps the next start from working.
"""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from commerce.platform.embedded_binaries import EmbeddedError, binaries, clean_environment, major_version, runner
from commerce.platform.embedded_cluster import DATABASE, ROLE, make_cluster, password_of, remove_data, write_secret
from commerce.platform.embedded_processes import folder_lock, is_held, kill_orphans, spawn_server

__all__ = ["EmbeddedError", "EmbeddedServer", "binaries", "free_port", "join_or_start", "remove", "start"]

LOCK_WAIT_SECONDS = 60.0
IN_USE_AFTER_SECONDS = 1.0
ORPHAN_GRACE_SECONDS = 1.0
READY_TIMEOUT_SECONDS = 300.0
STOP_TIMEOUT_SECONDS = 60.0
POLL_SECONDS = 0.02
PORT_ATTEMPTS = 3
LOG_BYTES_KEPT = 10_000_000
PID_FILE = "postmaster.pid"

SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "50",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # two cores: parallel plans take them from other requests
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # the detail of an error quotes rows, which hold personal data
}
NOT_DURABLE: Final[Mapping[str, str]] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Endpoint(msgspec.Struct, frozen=True):
    """What a second process needs to join a running server."""

    port: int
    pid: int


class EmbeddedServer:
    """A running embedded server: ours to stop when this process started it, left alone when it was joined."""

    def __init__(
        self, data_dir: Path, endpoint: Endpoint, password: str, process: "subprocess.Popen[bytes] | None"
    ) -> None:
        self.data_dir = data_dir
        self.port = endpoint.port
        self.pid = endpoint.pid
        self._password = password
        self._process = process

    @property
    def dsn(self) -> str:
        """The address of the database `commerce`, for asyncpg and for PostgreSQL's own programs; holds the password."""
        return self.dsn_for(DATABASE)

    def dsn_for(self, database: str) -> str:
        """The address of another database on the same server."""
        return f"postgresql://{ROLE}:{self._password}@127.0.0.1:{self.port}/{database}"

    @property
    def joined(self) -> bool:
        """Whether another process started the server."""
        return self._process is None

    @property
    def running(self) -> bool:
        """Whether the server is alive."""
        return is_held(self.data_dir) if self._process is None else self._process.poll() is None

    def stop(self) -> None:
        """Stop the server that this process started, ending open transactions and writing everything down; a joined one goes on."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)  # loses nothing: the next start replays its log
            self._process.wait(STOP_TIMEOUT_SECONDS)


def start(
    data_dir: Path, *, durable: bool = True, settings: Mapping[str, str] | None = None, binaries: Path | None = None
) -> EmbeddedServer:
    """Start a server on a folder, made on first use, with a database named `commerce`.

    Blocks until the server answers; to be called from the main thread, since the server dies with the thread that started it.
    `durable=False` is for tests: a crash of the machine may lose everything. `settings` are PostgreSQL's, by name. `binaries` is a folder
    of PostgreSQL programs other than the embedded ones. Refuses with EmbeddedError when a living program is using the folder.
    """
    return _obtain(data_dir, durable=durable, settings=settings or {}, programs=binaries, join=False)


def join_or_start(data_dir: Path) -> EmbeddedServer:
    """Join the server that another process runs on the folder, or start one when there is none."""
    return _obtain(data_dir, durable=True, settings={}, programs=None, join=True)


def remove(data_dir: Path) -> None:
    """Delete the folder with all data; refuses with EmbeddedError while a server runs on it."""
    if not data_dir.exists():
        return
    if is_held(data_dir):
        raise EmbeddedError(f"The data in {data_dir} is in use: stop the program that uses it first.")
    remove_data(data_dir)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _obtain(
    data_dir: Path, *, durable: bool, settings: Mapping[str, str], programs: Path | None, join: bool
) -> EmbeddedServer:
    if threading.current_thread() is not threading.main_thread():
        raise EmbeddedError(
            "The embedded server must be started from the main thread: it ends with the thread that starts it."
        )
    programs = programs or binaries()
    data_dir = data_dir.resolve()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as failed:
        raise EmbeddedError(
            f"The folder {data_dir} cannot be made ({failed.strerror}): let this user write there, or name another one in COMMERCE_DATA_DIR."
        ) from None
    waiting_since = time.monotonic()
    accepting_since: float | None = None
    while True:
        with folder_lock(data_dir) as lock:
            if lock is not None:
                asked = {**SETTINGS, **({} if durable else NOT_DURABLE), **settings}
                return _start_locked(data_dir, lock, programs, asked, durable=durable)
        found = _answering(data_dir, programs)
        if found is not None and join:
            return found
        now = time.monotonic()
        accepting_since = (accepting_since or now) if found is not None else None
        if found is not None and accepting_since is not None and now - accepting_since > IN_USE_AFTER_SECONDS:
            raise EmbeddedError(
                f"The data in {data_dir} is in use by another program (its PostgreSQL is process {found.pid}): "
                "stop that first, or name another folder."
            )
        if now - waiting_since > LOCK_WAIT_SECONDS:
            raise EmbeddedError(f"An earlier server on {data_dir} is still ending; see {data_dir / 'postgres.log'}.")
        if now - waiting_since > ORPHAN_GRACE_SECONDS:
            kill_orphans(data_dir)
        time.sleep(POLL_SECONDS)


def _start_locked(
    data_dir: Path, lock: int, programs: Path, settings: Mapping[str, str], *, durable: bool
) -> EmbeddedServer:
    """Everything that happens while the lock is ours: no process of an earlier server is alive."""
    (data_dir / "endpoint.json").unlink(missing_ok=True)
    who = runner()
    major = major_version(programs)
    cluster = data_dir / f"cluster-{major}"
    if not cluster.exists():
        make_cluster(cluster, who, programs, major, lock=lock, durable=durable)
    (cluster / PID_FILE).unlink(missing_ok=True)
    password = password_of(cluster, who, programs, major, lock=lock)
    process, port = _listen(
        data_dir,
        lambda log, port: spawn_server(
            programs / "postgres", cluster, who, lock=lock, log=log, settings={**settings, "port": str(port)}
        ),
        cluster,
    )
    endpoint = Endpoint(port=port, pid=process.pid)
    write_secret(data_dir / "endpoint.json", msgspec.json.encode(endpoint))
    return EmbeddedServer(data_dir, endpoint, password, process)


def _listen(
    data_dir: Path, spawn: Callable[[int, int], "subprocess.Popen[bytes]"], cluster: Path
) -> tuple["subprocess.Popen[bytes]", int]:
    """Start the server on a free port; on another one when somebody took it in between."""
    attempts = PORT_ATTEMPTS
    while True:
        attempts -= 1
        port = free_port()
        with _log_file(data_dir) as log:
            process = spawn(log, port)
        if _wait_until_ready(process, cluster):
            return process, port
        if not attempts or "Address already in use" not in _log_tail(data_dir):
            raise EmbeddedError(f"PostgreSQL did not start: {_log_tail(data_dir)}")


def _wait_until_ready(process: "subprocess.Popen[bytes]", cluster: Path) -> bool:
    """Wait until the server says in its pid file that it takes connections; false when it ended instead."""
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while process.poll() is None:
        with contextlib.suppress(FileNotFoundError):
            lines = (cluster / PID_FILE).read_text().splitlines()
            if lines[0:1] == [str(process.pid)] and [line.strip() for line in lines[7:8]] == ["ready"]:
                return True
        if time.monotonic() > deadline:
            process.send_signal(signal.SIGQUIT)
            process.wait()
            return False
        time.sleep(POLL_SECONDS)
    return False


def _answering(data_dir: Path, programs: Path) -> EmbeddedServer | None:
    """The server that another process runs here, when it takes connections."""
    try:
        endpoint = msgspec.json.decode((data_dir / "endpoint.json").read_bytes(), type=Endpoint)
        password = (data_dir / "password").read_text()
    except FileNotFoundError:
        return None
    probe = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(endpoint.port), "-t", "2"]
    answer = subprocess.run(probe, env=clean_environment(), check=False).returncode
    return EmbeddedServer(data_dir, endpoint, password, None) if answer == 0 else None


@contextlib.contextmanager
def _log_file(data_dir: Path) -> Iterator[int]:
    path = data_dir / "postgres.log"
    if path.exists() and path.stat().st_size > LOG_BYTES_KEPT:
        path.replace(path.with_suffix(".log.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _log_tail(data_dir: Path) -> str:
    return "\n".join((data_dir / "postgres.log").read_text(errors="replace").splitlines()[-10:])
