"""The folder of media as one file beside a backup of the database: a plain tar, which `tar` reads as well.

It is written after the database was dumped. What the dump names is then there: files never change, and go a day after nobody shows them.
What came meanwhile is in it too; without a row that names it, the sweep takes it away again.
"""

import os
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from commerce.media.adapters.folder import put_file
from commerce.media.ports import KEY, MOST_FILE_BYTES
from commerce.platform.backup import BackupError


def write_archive(folder: Path, target: Path) -> int:
    """Writes the files of a folder to a tar that only its owner can read; gives how many. One that fails leaves no file."""
    descriptor, making = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    count = 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
                for key, path in _files(folder):
                    try:
                        content = path.open("rb")
                    except FileNotFoundError:
                        continue  # swept at this moment
                    with content:
                        entry = tarfile.TarInfo(key)
                        entry.size = os.fstat(content.fileno()).st_size
                        archive.addfile(entry, content)
                    count += 1
            file.flush()
            os.fsync(file.fileno())
        Path(making).replace(target)
    except BaseException as failed:
        Path(making).unlink(missing_ok=True)
        if isinstance(failed, OSError):
            raise BackupError(f"The media of {folder} were not written to {target}: {failed.strerror}.") from failed
        raise
    return count


def read_archive(folder: Path, source: Path) -> int:
    """Puts the files of an archive into a folder, each whole or not at all; gives how many. What is there already stays.

    Refuses with BackupError an archive that is cut short, or that holds anything but files of media, before or after some went in.
    """
    count = 0
    try:
        with tarfile.open(source, mode="r:") as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                if content is None or not KEY.fullmatch(entry.name) or entry.size > MOST_FILE_BYTES:
                    raise BackupError(f"{source} holds {entry.name!r}, which is no file of media.")
                path = folder / entry.name[:2] / entry.name
                if not path.exists():
                    put_file(path, _whole(content, entry.size))
                count += 1
    except (tarfile.TarError, EOFError) as broken:
        raise BackupError(f"{source} is damaged: {broken}.") from broken
    except OSError as failed:
        raise BackupError(f"The media of {source} were not put into {folder}: {failed.strerror}.") from failed
    return count


def _whole(content: IO[bytes], size: int) -> bytes:
    data = content.read()
    if len(data) != size:
        raise EOFError("it ends in the middle of a file")
    return data


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Gives the files of media in the order of their keys; what is none, and what a broken writing left, is left out."""
    for two in sorted(folder.glob("[0-9a-f][0-9a-f]")):
        for path in sorted(two.glob("*/*")):
            key = f"{path.parent.name}/{path.name}"
            if KEY.fullmatch(key) and key.startswith(two.name):
                yield key, path
