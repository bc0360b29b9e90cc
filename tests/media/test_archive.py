"""A backup carries the media: what the database names is there after a restore, and an archive puts nothing elsewhere."""

import os
import stat
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import asyncpg
import pytest

from commerce.app import migrate
from commerce.kernel.ids import new_id
from commerce.media.adapters import FolderStore
from commerce.media.archive import read_archive, write_archive
from commerce.platform.backup import BackupError
from commerce.platform.embedded import EmbeddedServer

SHA, OTHER = "ab" * 32, "cd" * 32
FILES = {f"{SHA}/full.jpg": b"large", f"{SHA}/160.webp": b"small", f"{OTHER}/full.pdf": b"%PDF-1.4"}


@pytest.fixture
async def empty(postgres: EmbeddedServer) -> AsyncIterator[str]:
    """The address of a database with nothing in it."""
    name = f"t_{new_id().hex}"
    connection = await asyncpg.connect(postgres.dsn)
    await connection.execute(f"CREATE DATABASE {name}")
    yield postgres.dsn_for(name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture
async def migrated(dsn: str) -> AsyncIterator[str]:
    """The address of a database that says of itself which release made its tables."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE alembic_version (version_num text PRIMARY KEY)")
    await connection.execute("INSERT INTO alembic_version VALUES ($1)", migrate.head())
    yield dsn
    await connection.execute("DROP TABLE alembic_version")
    await connection.close()


async def kept(folder: Path) -> FolderStore:
    store = FolderStore(folder, url="https://shop.example.com/media")
    for key, content in FILES.items():
        await store.put(key, content, mime="image/jpeg")
    return store


async def there(folder: Path) -> dict[str, bytes | None]:
    store = FolderStore(folder, url="https://shop.example.com/media")
    return {each.key: await store.get(each.key) for each in await store.listed(after="", most=100)}


def tar(path: Path, *entries: tuple[str, bytes, bytes]) -> Path:
    """An archive of entries: name, type, content."""
    with tarfile.open(path, "w") as archive:
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, len(content), "/etc/passwd"
            archive.addfile(entry, BytesIO(content))
    return path


async def test_files_are_put_back_byte_for_byte_and_what_is_there_stays(tmp_path: Path) -> None:
    await kept(tmp_path / "media")
    (tmp_path / "media" / "ab" / SHA / "full.jpg.x1.part").write_bytes(b"half")
    (tmp_path / "media" / "notes.txt").write_bytes(b"mine")
    assert write_archive(tmp_path / "media", tmp_path / "a.tar") == 3
    assert stat.S_IMODE((tmp_path / "a.tar").stat().st_mode) == 0o600
    with tarfile.open(tmp_path / "a.tar") as archive:
        assert archive.getnames() == sorted(FILES, key=lambda key: (key.partition("/")[0], key))
    here = FolderStore(tmp_path / "back", url="https://shop.example.com/media")
    await here.put(f"{SHA}/full.jpg", b"was there", mime="image/jpeg")
    assert read_archive(tmp_path / "back", tmp_path / "a.tar") == 3
    assert await there(tmp_path / "back") == {**FILES, f"{SHA}/full.jpg": b"was there"}
    assert read_archive(tmp_path / "back", tmp_path / "a.tar") == 3
    assert write_archive(tmp_path / "nowhere", tmp_path / "none.tar") == 0
    assert read_archive(tmp_path / "still", tmp_path / "none.tar") == 0


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../../outside.jpg", tarfile.REGTYPE),
        ("/tmp/outside.jpg", tarfile.REGTYPE),  # noqa: S108 -- a name that is refused
        (f"{SHA}/../../full.jpg", tarfile.REGTYPE),
        (f"{SHA}/full.html", tarfile.REGTYPE),
        (f"{SHA}/full.jpg", tarfile.SYMTYPE),
        (f"{SHA}/full.jpg", tarfile.LNKTYPE),
        (SHA, tarfile.DIRTYPE),
    ],
)
async def test_an_archive_with_anything_else_is_refused_and_puts_nothing_elsewhere(
    tmp_path: Path, name: str, kind: bytes
) -> None:
    hostile = tar(tmp_path / "h.tar", (name, kind, b"x" if kind == tarfile.REGTYPE else b""))
    with pytest.raises(BackupError, match=r"no file of media|damaged"):
        read_archive(tmp_path / "in" / "media", hostile)
    assert [each.name for each in tmp_path.rglob("*")] == ["h.tar"]


async def test_an_archive_that_is_cut_short_is_told_as_that(tmp_path: Path) -> None:
    whole = tar(tmp_path / "w.tar", (f"{SHA}/full.jpg", tarfile.REGTYPE, bytes(5_000)))
    for size in (0, 300, 600, 3_000):
        (tmp_path / "cut.tar").write_bytes(whole.read_bytes()[:size])
        with pytest.raises(BackupError, match="damaged"):
            read_archive(tmp_path / "media", tmp_path / "cut.tar")
    assert await there(tmp_path / "media") == {}


async def test_the_command_line_backs_the_media_up_and_puts_them_back(
    migrated: str, empty: str, tmp_path: Path
) -> None:
    def commerce(*arguments: str, dsn: str, folder: str) -> "subprocess.CompletedProcess[str]":
        settings = {
            "DATABASE_URL": dsn,
            "COMMERCE_KEY_ENCRYPTION_KEY": "00" * 32,
            "COMMERCE_MEDIA_FOLDER": str(tmp_path / folder),
        }
        return subprocess.run(
            [sys.executable, "-c", "import sys; from commerce.cli import main; sys.exit(main())", *arguments],
            env=os.environ | settings, capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip

    await kept(tmp_path / "old")
    made = commerce("backup", "b", dsn=migrated, folder="old")
    assert made.returncode == 0, made.stderr
    assert "b.media.tar" in made.stdout
    (tmp_path / "b.media.tar").rename(tmp_path / "aside")
    alone = commerce("restore", "b", dsn=empty, folder="new")
    assert alone.returncode == 2
    assert "--without-media" in alone.stderr
    (tmp_path / "aside").rename(tmp_path / "b.media.tar")
    restored = commerce("restore", "b", dsn=empty, folder="new")
    assert restored.returncode == 0, restored.stderr
    assert await there(tmp_path / "new") == FILES
    (tmp_path / "b").unlink()
    again = commerce("backup", "b", dsn=migrated, folder="old")
    assert (again.returncode, again.stderr.startswith("commerce: b.media.tar exists")) == (2, True)
