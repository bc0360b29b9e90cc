"""The processes of the embedded server: how they are started, how one knows that some are alive, how the rest of a killed one goes.

Each process inherits the open lock file of its folder, so the kernel keeps the lock for as long as one of them lives and not a moment
longer, whatever killed whom. A pid file tells less: its number may be dead, a zombie, or somebody else's by now.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from commerce.platform.embedded_binaries import Runner, clean_environment

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def folder_lock(data_dir: Path) -> Iterator[int | None]:
    """The folder's lock as a file descriptor, or None when it is held. A child that inherits it goes on holding it."""
    descriptor = os.open(data_dir / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held_by_another = True
        else:
            held_by_another = False
        yield None if held_by_another else descriptor
    finally:
        os.close(descriptor)


def is_held(data_dir: Path) -> bool:
    """Whether any process of a server on the folder is alive, or one is being started."""
    with folder_lock(data_dir) as lock:
        return lock is None


def spawn_server(
    program: Path, cluster: Path, who: Runner, *, lock: int, log: int, settings: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    """Start PostgreSQL as a child that the kernel interrupts (a fast shutdown) when the calling thread ends."""
    parent = os.getpid()

    def end_with_parent() -> None:  # runs in the child after the change of user, which would clear it
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return subprocess.Popen(
        [program, "-D", cluster.resolve(), *(f"--{name}={value}" for name, value in settings.items())],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        env=clean_environment(),
        user=who.uid,
        group=who.gid,
        extra_groups=None if who.uid is None else [],
        pass_fds=(lock,),
        start_new_session=True,  # Ctrl-C is for the program, which ends its requests before it stops the server
        preexec_fn=end_with_parent,  # noqa: PLW1509 -- nothing in it takes a lock
    )


def die_with_parent() -> None:
    """For a child's `preexec_fn`: the kernel ends the child (SIGTERM) when the thread that started it ends, however that happens."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def kill_orphans(data_dir: Path) -> None:
    """Kill the sessions of a server that is dead itself: a busy one may not notice for long. The log makes that safe."""
    clusters = {str(path.resolve()) for path in data_dir.glob("cluster-*")}
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # ended meanwhile, or not ours to look at
                if str((entry / "cwd").readlink()) in clusters:
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    for pid, parent in parents.items():
        with contextlib.suppress(OSError):
            if parent not in parents and Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"postgres: "):
                os.kill(pid, signal.SIGKILL)
