"""What is kept: `commerce backup FILE`, `commerce restore FILE`."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from commerce.cli.surroundings import database
from commerce.platform.settings import load


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`commerce backup`, `commerce restore`."""
    saving = commands.add_parser(
        "backup", help="write the whole database to a file, and the media beside it, while it is in use"
    )
    saving.add_argument("file", type=Path, metavar="FILE", help="the database; the media go to FILE.media.tar")
    saving.add_argument("--force", action="store_true", help="replace the file if it exists")
    saving.set_defaults(command=write_backup)
    restoring = commands.add_parser("restore", help="fill an empty database, and the media, from a backup")
    restoring.add_argument("file", type=Path, metavar="FILE", help="what `commerce backup` wrote")
    restoring.add_argument("--force", action="store_true", help="drop what the database holds first")
    restoring.add_argument("--without-media", action="store_true", help="leave the pictures and documents as they are")
    restoring.set_defaults(command=fill_from_backup)


def write_backup(args: argparse.Namespace) -> int:
    """Says what was written, and what is not in it."""
    from commerce.app.migrate import check_tables
    from commerce.media import media_folder, write_archive
    from commerce.platform.backup import backup, beside

    settings = load()
    folder = media_folder(settings)
    media = None if folder is None else partial(write_archive, folder)
    with database(settings) as dsn, progress("Backing up") as advance:
        asyncio.run(check_tables(dsn, of_this_release=False))
        header = backup(dsn, args.file, at=datetime.now(UTC), force=args.force, progress=advance, media=media)
    size = args.file.stat().st_size
    print(f"{args.file}: {size:,} bytes, PostgreSQL {header.postgresql}, migration {header.migration or 'none'}.")
    if folder is None:
        print(f"The media are in the bucket {settings.media_s3_bucket} and not in the backup: keep its versions.")
    else:
        print(f"{beside(args.file)}: {beside(args.file).stat().st_size:,} bytes, the media. Keep both files together.")
    kept = (
        "COMMERCE_KEY_ENCRYPTION_KEY" if settings.key_encryption_key else f"{settings.data_dir / 'key_encryption_key'}"
    )
    print(f"Keep {kept} as well, in another place: without it the signing keys in the backup cannot be read.")
    return 0


def fill_from_backup(args: argparse.Namespace) -> int:
    """Says what was restored, and what comes next."""
    from commerce.media import media_folder, read_archive
    from commerce.platform.backup import restore

    settings = load()
    folder = media_folder(settings)
    media = None if folder is None or args.without_media else partial(read_archive, folder)
    with database(settings) as dsn, progress("Restoring", args.file) as advance:
        header = restore(dsn, args.file, force=args.force, progress=advance, media=media)
    print(
        f"Restored the backup of {header.made_at:%Y-%m-%d %H:%M} UTC (release {header.program}, migration {header.migration or 'none'})."
    )
    print("Next: `commerce migrate` brings it to this release's tables, `commerce audit` proves it.")
    return 0


@contextmanager
def progress(what: str, source: Path | None = None) -> Iterator[Callable[[int], None] | None]:
    """A bar on the terminal for as long as the block runs, of the source's size if there is one; nothing where there is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        total = source.stat().st_size if source is not None and source.exists() else None
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)
