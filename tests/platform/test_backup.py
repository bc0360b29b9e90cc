"""A backup restores to the same database, whole or not at all, and never over another one by accident."""

import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from commerce.kernel.ids import new_id
from commerce.platform import backup as backups
from commerce.platform.backup import BackupError, backup, read_header, restore
from commerce.platform.embedded import EmbeddedServer, binaries

AT = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
WORLD = """
    CREATE TABLE alembic_version (version_num text PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('0007');
    CREATE TABLE ledger (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL, amount bigint CHECK (amount <> 0));
    INSERT INTO ledger (note, amount) SELECT 'línea ' || n, n FROM generate_series(1, 5000) n;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append only'; END $$;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION refuse();
"""


async def run(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def value(dsn: str, question: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.fixture
async def empty(postgres: EmbeddedServer) -> AsyncIterator[str]:
    """The address of a database with nothing in it."""
    name = f"t_{new_id().hex}"
    await run(postgres.dsn, f"CREATE DATABASE {name}")
    yield postgres.dsn_for(name)
    await run(postgres.dsn, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def full(postgres: EmbeddedServer) -> AsyncIterator[str]:
    """The address of a database with rows, a function and a trigger."""
    name = f"t_{new_id().hex}"
    await run(postgres.dsn, f"CREATE DATABASE {name}")
    await run(postgres.dsn_for(name), WORLD)
    yield postgres.dsn_for(name)
    await run(postgres.dsn, f"DROP DATABASE {name} WITH (FORCE)")


async def test_a_backup_restores_rows_identities_checks_and_triggers(full: str, empty: str, tmp_path: Path) -> None:
    made = backup(full, tmp_path / "b", at=AT)
    restored = restore(empty, tmp_path / "b")

    assert restored == made
    assert (made.migration, made.made_at) == ("0007", AT)
    everything = "SELECT md5(string_agg(l::text, ',' ORDER BY id)) FROM ledger l"
    assert await value(empty, everything) == await value(full, everything)
    assert await value(empty, "INSERT INTO ledger (note, amount) VALUES ('next', 1) RETURNING id") == 5001
    with pytest.raises(asyncpg.RaiseError, match="append only"):
        await run(empty, "DELETE FROM ledger")
    with pytest.raises(asyncpg.CheckViolationError):
        await run(empty, "INSERT INTO ledger (note, amount) VALUES ('nothing', 0)")


async def test_a_database_that_holds_something_is_left_alone_unless_forced(
    full: str, empty: str, tmp_path: Path
) -> None:
    backup(full, tmp_path / "b", at=AT)
    await run(empty, "CREATE TABLE mine (n int); INSERT INTO mine VALUES (1)")

    with pytest.raises(BackupError, match=r"has 1 tables already.*--force"):
        restore(empty, tmp_path / "b")
    assert await value(empty, "SELECT count(*) FROM mine") == 1

    restore(empty, tmp_path / "b", force=True)
    assert await value(empty, "SELECT to_regclass('mine')") is None
    assert await value(empty, "SELECT count(*) FROM ledger") == 5000


async def test_a_backup_that_is_cut_short_changes_nothing(full: str, empty: str, tmp_path: Path) -> None:
    backup(full, tmp_path / "b", at=AT)
    whole = (tmp_path / "b").read_bytes()
    (tmp_path / "b").write_bytes(whole[: len(whole) * 9 // 10])
    await run(empty, "CREATE TABLE mine (n int)")

    with pytest.raises(BackupError, match="Nothing was restored"):
        restore(empty, tmp_path / "b", force=True)
    assert await value(empty, "SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = 'public'") == [
        "mine"
    ]


async def test_a_restore_that_the_database_refuses_changes_nothing(full: str, empty: str, tmp_path: Path) -> None:
    backup(full, tmp_path / "b", at=AT)
    await run(empty, "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$")

    with pytest.raises(BackupError, match=r'Nothing was restored.*function "refuse" already exists'):
        restore(empty, tmp_path / "b")
    assert await value(empty, "SELECT to_regclass('ledger')") is None


async def test_a_database_in_use_is_not_waited_for(
    full: str, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(full, tmp_path / "b", at=AT)
    monkeypatch.setattr(backups, "LOCK_TIMEOUT", "100ms")
    await run(empty, "CREATE TABLE mine (n int)")
    user = await asyncpg.connect(empty)
    try:
        async with user.transaction():
            await user.execute("SELECT * FROM mine")
            with pytest.raises(BackupError, match="lock timeout"):
                restore(empty, tmp_path / "b", force=True)
    finally:
        await user.close()
    assert await value(empty, "SELECT to_regclass('mine')::text") == "mine"


async def test_a_file_that_exists_is_replaced_only_when_told_to(full: str, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("precious")
    with pytest.raises(BackupError, match="--force"):
        backup(full, tmp_path / "b", at=AT)
    assert (tmp_path / "b").read_text() == "precious"
    backup(full, tmp_path / "b", at=AT, force=True)
    assert read_header(tmp_path / "b")[0].migration == "0007"


async def test_a_backup_is_readable_by_its_owner_alone_and_holds_no_password(full: str, tmp_path: Path) -> None:
    backup(full, tmp_path / "b", at=AT)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    assert full.split(":")[2].split("@", maxsplit=1)[0].encode() not in (tmp_path / "b").read_bytes()
    assert os.listdir(tmp_path) == ["b"]  # noqa: PTH208 -- hidden files too


def test_a_server_that_is_away_is_said_so_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="cannot be reached"):
        backup("postgresql://nobody:x@127.0.0.1:1/none", tmp_path / "b", at=AT)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"PGDMP\x01\x0e")
    with pytest.raises(BackupError, match="not made by `commerce backup`"):
        read_header(tmp_path / "x")
    with pytest.raises(BackupError, match="no file"):
        read_header(tmp_path / "y")


async def test_a_server_newer_than_every_program_at_hand_is_refused(
    full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "major_version", lambda _: 9)
    with pytest.raises(BackupError, match="no pg_dump of that version"):
        backup(full, tmp_path / "b", at=AT)


async def test_postgresql_itself_reads_a_backup_without_its_first_line(full: str, tmp_path: Path) -> None:
    backup(full, tmp_path / "b", at=AT)

    dump = (tmp_path / "b").read_bytes().partition(b"\n")[2]
    listed = subprocess.run([binaries() / "pg_restore", "--list"], input=dump, check=True, capture_output=True).stdout
    assert b"TABLE DATA public ledger" in listed


async def test_the_command_line_makes_a_backup_and_restores_it(full: str, empty: str, tmp_path: Path) -> None:

    def commerce(*arguments: str, dsn: str) -> "subprocess.CompletedProcess[str]":
        settings = {"DATABASE_URL": dsn, "COMMERCE_KEY_ENCRYPTION_KEY": "00" * 32}
        return subprocess.run(
            [sys.executable, "-c", "import sys; from commerce.cli import main; sys.exit(main())", *arguments],
            env=os.environ | settings, capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip

    made = commerce("backup", "b", dsn=full)
    assert made.returncode == 0, made.stderr
    assert "migration 0007" in made.stdout
    again = commerce("backup", "b", dsn=full)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith("commerce: b exists")
    restored = commerce("restore", "b", dsn=empty)
    assert restored.returncode == 0, restored.stderr
    assert "commerce audit" in restored.stdout
    assert await value(empty, "SELECT count(*) FROM ledger") == 5000
