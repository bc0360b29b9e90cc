"""Backup and restore of the whole database, with PostgreSQL's own programs: one file, all of it or nothing.

A backup is one line of JSON (who made it, of what) followed by a dump in PostgreSQL's custom format; without this program
`tail -n +2 FILE | pg_restore --dbname=…` reads it. Keys that encrypt keys (COMMERCE_KEY_ENCRYPTION_KEY) are not in it, on purpose.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Literal
from urllib.parse import unquote

import msgspec

from commerce import __version__
from commerce.platform.embedded_binaries import binaries, clean_environment, major_version
from commerce.platform.settings import OperatorError

CHUNK_BYTES: Final = 1 << 20
HEADER_BYTES: Final = 4096
LOCK_TIMEOUT: Final = "10s"
PREAMBLE_LINES: Final = 50
FROM_17: Final = b"SET transaction_timeout = 0;"  # pg_restore writes it for every server; those before 17 refuse it

Progress = Callable[[int], None]
"""Called with the bytes written or read so far."""
Beside = Callable[[Path], object]
"""Writes, or reads back, the file that stands beside a backup: all that is kept, and is not in the database."""


class BackupError(OperatorError):
    """The backup or restore did not happen, and nothing was changed; the message says what to do."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a backup."""

    format: Literal["commerce-backup"] = "commerce-backup"
    version: Literal[1] = 1
    program: str
    postgresql: str
    migration: str | None
    made_at: datetime
    media: bool = False  # a file of media stands beside it


def beside(backup: Path) -> Path:
    """Gives where the media of a backup are."""
    return backup.with_name(f"{backup.name}.media.tar")


def backup(
    dsn: str,
    target: Path,
    *,
    at: datetime,
    force: bool = False,
    progress: Progress | None = None,
    media: Beside | None = None,
) -> Header:
    """Write the database, as it is at one instant, to a file that only its owner can read.

    The server goes on working meanwhile. `media` then writes what the database only names into the file beside it. Refuses with BackupError when the file exists (unless forced) and when the server is newer than
    the programs at hand. A backup that fails leaves no file.
    """
    for each in (target, beside(target)):
        if each.exists() and not force:
            raise BackupError(f"{each} exists: name another file, or say --force to replace it.")
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}.")
    programs = _programs_for(dsn)
    header = Header(
        program=__version__,
        postgresql=_ask(programs, dsn, "SHOW server_version"),
        migration=_migration(programs, dsn),
        made_at=at,
        media=media is not None,
    )
    descriptor, making = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # readable by its owner alone
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(header) + b"\n")
            _dump(programs, dsn, file, progress)
            file.flush()
            os.fsync(file.fileno())
        if media is not None:
            media(beside(target))
        Path(making).replace(target)
    except BaseException:
        Path(making).unlink()
        raise
    return header


def restore(
    dsn: str,
    source: Path,
    *,
    force: bool = False,
    progress: Progress | None = None,
    media: Beside | None = None,
) -> Header:
    """Fill the database from a backup, in one transaction. Before, `media` reads back the file beside it, if there should be one: a file that
    no row names does no harm, a row without its file would.

    Refuses with BackupError when the database has tables already, unless forced: then they are dropped in the same transaction. Refuses
    as well when the file is no backup, is cut short, or the database is in use.
    """
    header, offset = read_header(source)
    programs = _programs_for(dsn)
    tables = int(_ask(programs, dsn, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
    if tables and not force:
        raise BackupError(
            f"The database has {tables} tables already: restore into an empty one, or say --force to drop what it holds and put the backup in "
            "its place."
        )
    if media is not None and header.media:
        if not beside(source).exists():
            raise BackupError(
                f"There is no file {beside(source)}: its media were written there. Put it back, or say --without-media to do without them."
            )
        media(beside(source))
    with source.open("rb", buffering=0) as file:
        file.seek(offset)
        _fill(programs, dsn, file, empty_first=bool(tables), progress=progress)
    return header


def read_header(source: Path) -> tuple[Header, int]:
    """Who made a backup, of what; and where the dump begins in the file."""
    try:
        with source.open("rb") as file:
            line = file.readline(HEADER_BYTES)
    except FileNotFoundError as missing:
        raise BackupError(f"There is no file {source}.") from missing
    try:
        return msgspec.json.decode(line, type=Header), len(line)
    except msgspec.DecodeError as broken:
        raise BackupError(f"{source} was not made by `commerce backup`.") from broken


def _dump(programs: Path, dsn: str, file: IO[bytes], progress: Progress | None) -> None:
    address, environment = _address(dsn)
    command = [str(programs / "pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--dbname={address}"]
    written = 0
    with _complaints() as complaints:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, env=environment) as dumping:
            assert dumping.stdout is not None  # noqa: S101 -- it is a pipe
            while chunk := dumping.stdout.read(CHUNK_BYTES):
                file.write(chunk)
                written += len(chunk)
                if progress is not None:
                    progress(written)
        if dumping.returncode != 0:
            raise BackupError(f"pg_dump failed: {_said(complaints)}")


def _fill(programs: Path, dsn: str, file: IO[bytes], *, empty_first: bool, progress: Progress | None) -> None:
    """Let pg_restore write statements and psql run them between BEGIN and COMMIT; COMMIT is sent only when pg_restore read all."""
    address, environment = _address(dsn)
    reading_command = [str(programs / "pg_restore"), "--no-owner", "--no-privileges", "--file=-"]
    running_command = [
        str(programs / "psql"),
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-o",
        os.devnull,
        f"--dbname={address}",
    ]
    with (
        _complaints() as of_reading,
        _complaints() as of_running,
        subprocess.Popen(
            reading_command, stdin=file, stdout=subprocess.PIPE, stderr=of_reading, env=environment
        ) as reading,
        subprocess.Popen(running_command, stdin=subprocess.PIPE, stderr=of_running, env=environment) as running,
    ):
        assert reading.stdout is not None  # noqa: S101 -- both are pipes
        assert running.stdin is not None  # noqa: S101
        try:
            running.stdin.write(f"BEGIN; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}';\n".encode())
            if empty_first:
                running.stdin.write(b"DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n")
            for _ in range(PREAMBLE_LINES):
                line = reading.stdout.readline()
                if line.strip() != FROM_17:
                    running.stdin.write(line)
            while chunk := reading.stdout.read(CHUNK_BYTES):
                running.stdin.write(chunk)
                if progress is not None:
                    progress(file.tell())  # pg_restore reads through the same open file
            if reading.wait() == 0:
                running.stdin.write(b"\nCOMMIT;\n")
            running.stdin.close()
        except BrokenPipeError:  # psql stopped at an error, which is told below
            reading.kill()
        if running.wait() != 0:
            raise BackupError(f"Nothing was restored: {_said(of_running)}")
        if reading.wait() != 0:
            raise BackupError(f"Nothing was restored, the backup cannot be read to its end: {_said(of_reading)}")


def _programs_for(dsn: str) -> Path:
    """The embedded PostgreSQL's programs, or those on the PATH when the server is newer than they are."""
    embedded = binaries()
    server = int(_ask(embedded, dsn, "SHOW server_version_num")) // 10_000
    if major_version(embedded) >= server:
        return embedded
    installed = shutil.which("pg_dump")
    if installed is not None:
        folder = Path(installed).resolve().parent
        if (folder / "postgres").exists() and major_version(folder) >= server:
            return folder
    raise BackupError(
        f"The server is PostgreSQL {server}, and no pg_dump of that version is at hand: install its client programs, or use its own backups."
    )


def _migration(programs: Path, dsn: str) -> str | None:
    if _ask(programs, dsn, "SELECT to_regclass('public.alembic_version')") == "":
        return None
    return _ask(programs, dsn, "SELECT version_num FROM public.alembic_version") or None


def _ask(programs: Path, dsn: str, question: str) -> str:
    """The one value that a statement gives, as text; nothing for NULL."""
    address, environment = _address(dsn)
    asked = subprocess.run(
        [programs / "psql", "-X", "-A", "-t", "-c", question, f"--dbname={address}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        raise BackupError(f"The database cannot be reached: {asked.stderr.strip()}")
    return asked.stdout.strip()


def _address(dsn: str) -> tuple[str, dict[str, str]]:
    """The address without its password, which goes through the environment: arguments can be read by everybody on the machine."""
    found = re.match(r"(postgres(?:ql)?://[^:/@]*):([^@]*)(@.*)", dsn)
    environment = clean_environment() | {"PGCONNECT_TIMEOUT": "10"}
    if found is None:
        return dsn, environment
    return found[1] + found[3], environment | {"PGPASSWORD": unquote(found[2])}


@contextmanager
def _complaints() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        yield file


def _said(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    return complaints.read().decode(errors="replace").strip() or "it does not say why"
