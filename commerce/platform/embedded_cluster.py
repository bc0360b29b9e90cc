"""The embedded server's data on disk: made whole or not at all, reachable by whoever runs it, with its secrets beside it."""

import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path

from commerce.platform.embedded_binaries import EmbeddedError, Runner

DATABASE = ROLE = "commerce"
UNREACHABLE_DATA = Path("/var/lib/commerce")
SWEEP_AFTER_SECONDS = 60
BUILTIN_LOCALES_SINCE = 17
CHEAP_PASSWORDS_SINCE = 16


def make_cluster(cluster: Path, who: Runner, programs: Path, major: int, *, lock: int, durable: bool) -> None:
    """Run initdb beside the place and rename the result, so that a half-made cluster is never taken for a whole one.

    Refuses when the folder holds a cluster of another major version.
    """
    data_dir = cluster.parent
    _refuse_other_major(data_dir, major)
    home = data_dir if who.can_reach(data_dir) else _reachable_home(durable=durable)
    for leftover in data_dir.glob("making-*"):
        shutil.rmtree(leftover)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=home))
    who.own(making)
    arguments = [
        "-D",
        str(making),
        "-U",
        ROLE,
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-instructions",
    ]
    if major >= BUILTIN_LOCALES_SINCE:  # the same order and the same lower case on every machine
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not durable:
        arguments.append("--no-sync")
    who.run(programs / "initdb", arguments, pass_fds=(lock,))
    (making / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    if home == data_dir:
        making.rename(cluster)
    else:
        whole = making.rename(home / f"{cluster.name}-{making.name.removeprefix('making-')}")
        whole.with_suffix(".link").write_text(str(cluster))
        cluster.symlink_to(whole)


def password_of(cluster: Path, who: Runner, programs: Path, major: int, *, lock: int) -> str:
    """The password kept beside the cluster, readable by its owner alone; set anew, and the database made, when there is none."""
    kept = cluster.parent / "password"
    if kept.exists():
        return kept.read_text()
    password = secrets.token_urlsafe(32)
    arguments = ["--single", "-D", str(cluster.resolve())]
    if major >= CHEAP_PASSWORDS_SINCE:  # 256 random bits need no stretching, and each new connection would pay for it
        arguments += ["-c", "scram_iterations=1"]
    statements = f"ALTER ROLE {ROLE} PASSWORD '{password}'\nCREATE DATABASE {DATABASE}\n"
    said = who.run(programs / "postgres", [*arguments, "postgres"], stdin=statements, pass_fds=(lock,)).stderr
    complaints = [line for line in said.splitlines() if "ERROR" in line or "FATAL" in line]
    if any("already exists" not in line for line in complaints):
        raise EmbeddedError(f"PostgreSQL could not be set up: {'; '.join(complaints)}")
    write_secret(kept, password.encode())
    return password


def remove_data(data_dir: Path) -> None:
    """Delete the folder with all data, wherever it really lies."""
    for cluster in data_dir.glob("cluster-*"):
        if cluster.is_symlink():
            whole = cluster.resolve()
            shutil.rmtree(whole)
            whole.with_suffix(".link").unlink(missing_ok=True)
    shutil.rmtree(data_dir)


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    making = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)


def _reachable_home(*, durable: bool) -> Path:
    """Where data lives whose folder is below a home that is closed to others: a link stands in the folder.

    What was not durable and has lost its link is swept up; what was durable never is.
    """
    home = UNREACHABLE_DATA if durable else UNREACHABLE_DATA / "throwaway"
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    if not durable:
        for note in home.glob("*.link"):
            whole = note.with_suffix("")
            link = Path(note.read_text())
            lost = not link.exists() or link.resolve() != whole
            if lost and time.time() - note.stat().st_mtime > SWEEP_AFTER_SECONDS:
                shutil.rmtree(whole, ignore_errors=True)  # a neighbour may be sweeping it as well
                note.unlink(missing_ok=True)
    return home


def _refuse_other_major(data_dir: Path, major: int) -> None:
    others = sorted(path.name for path in data_dir.glob("cluster-*"))
    if others:
        raise EmbeddedError(
            f"{data_dir} holds data of another PostgreSQL ({', '.join(others)}), this one is {major}: run `commerce backup` with the "
            "release that made it, then `commerce restore` with this one on a new folder."
        )
