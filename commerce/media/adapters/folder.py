"""Media in a folder: each file is written beside its place and moved there, so that a reader sees it whole or not at all."""

import asyncio
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from commerce.kernel.errors import Bug
from commerce.media.errors import MediaStoreAway
from commerce.media.ports import KEY, Kept

P = ParamSpec("P")
R = TypeVar("R")

PART: Final = ".part"
_ANY: Final = re.compile(rf"{KEY.pattern}(?:\.\w+\.part)?")


class FolderStore:
    """`<folder>/ab/<sha256>/480.webp`, the first two digits as a folder of their own."""

    def __init__(self, folder: Path, *, url: str) -> None:
        self._folder = folder
        self._url = url

    async def put(self, key: str, content: bytes, *, mime: str) -> None:
        """Keeps a file; a folder needs no type, the name says it."""
        assert mime  # noqa: S101 -- part of the port
        await _threaded(put_file, self._path(key), content)

    async def get(self, key: str) -> bytes | None:
        """Gives a file; None where there is none."""
        return await _threaded(_read, self._path(key))

    async def delete(self, keys: Sequence[str]) -> None:
        """Deletes files, and their folder when nothing is left in it."""
        for key in keys:
            await _threaded(_remove, self._path(key))

    async def listed(self, *, after: str, most: int) -> list[Kept]:
        """Gives files in the order of their keys; what a broken writing left has a key that ends in `.part`."""
        return await _threaded(lambda: list(islice(_walk(self._folder, after), most)))

    def url(self, key: str) -> str:
        """Gives the address of a file."""
        return f"{self._url}/{key}"

    def _path(self, key: str) -> Path:
        if not _ANY.fullmatch(key):
            raise Bug(f"no key of media: {key!r}")
        return self._folder / key[:2] / key


async def _threaded(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return await asyncio.to_thread(function, *args, **kwargs)
    except OSError as away:
        raise MediaStoreAway(f"The folder of media: {away.strerror or type(away).__name__}.") from away


def put_file(path: Path, content: bytes) -> None:
    """Writes a file beside its place and moves it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=PART, dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    for folder in (path.parent, path.parent.parent):
        try:
            folder.rmdir()
        except OSError:
            return  # something else is in it, or it is gone


def _walk(folder: Path, after: str) -> Iterator[Kept]:
    """Gives what is there in the order of keys, one folder at a time; what is none of ours is left alone."""
    for two in _names(folder, after[:2]):
        for sha in _names(folder / two, after.partition("/")[0]):
            for name in _names(folder / two / sha, ""):
                key = f"{sha}/{name}"
                if key > after and _ANY.fullmatch(key) and (at := _written(folder / two / key)) is not None:
                    yield Kept(key=key, at=at)


def _names(folder: Path, first: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name >= first)  # noqa: PTH208 -- names are all that is wanted
    except (FileNotFoundError, NotADirectoryError):
        return []


def _written(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
