"""Products from a file and into one: `commerce import FILE`, `commerce export FILE`."""

import argparse
import asyncio
import lzma
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from commerce.cli.data import progress
from commerce.cli.surroundings import completed, database, to_mend
from commerce.platform.settings import OperatorError, load

if TYPE_CHECKING:
    from uuid import UUID

    from commerce.importing import Format, ImportOf, JobOut
    from commerce.platform.database import Database

ACTOR = "system:import"
FORMATS = ("shopify", "csv", "jsonl", "online-retail")
TOLD = 20  # differences of a dry run on the terminal; all that are kept stand in the job


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`commerce import`, `commerce export`."""
    bring_in = commands.add_parser("import", help="bring in a product file; the same file again changes nothing")
    bring_in.add_argument("file", type=Path, metavar="FILE", help="packed with xz or not")
    bring_in.add_argument("--format", choices=FORMATS, help="recognised by the first line unless given")
    bring_in.add_argument(
        "--currency",
        type=str.upper,
        metavar="CODE",
        help="of the file's prices (ISO 4217); the default channel's unless given",
    )
    bring_in.add_argument(
        "--language", default="en", choices=("en", "es", "ca"), help="of the file's texts; en unless given"
    )
    bring_in.add_argument(
        "--location", metavar="CODE", help="where the file's quantities are first stock; ignored unless given"
    )
    bring_in.add_argument("--dry-run", action="store_true", help="change nothing; tell what the file would change")
    bring_in.set_defaults(command=import_products)
    take_out = commands.add_parser(
        "export", help="write all products to a file that `import` brings in again as they were"
    )
    take_out.add_argument("file", type=Path, metavar="FILE", help="ends in .jsonl for JSON lines; CSV otherwise")
    take_out.add_argument("--force", action="store_true", help="replace the file if it exists")
    take_out.set_defaults(command=export_products)


def import_products(args: argparse.Namespace) -> int:
    """Imports beside a running server or without one; 1 where a row could not go in or the file could not be read to its end."""
    from commerce.app.prepare import prepare

    if not args.file.is_file():
        raise OperatorError(f"there is no file {args.file}")
    with database(load()) as dsn, progress("Importing", args.file) as advance:
        asyncio.run(prepare(dsn))
        job = asyncio.run(_import(dsn, args, advance))
    counts = job.counts
    print(
        f"{args.file}: {counts.products_created} products new, {counts.products_changed} changed, {counts.products_unchanged} as they were; "
        f"{counts.variants_created} variants new, {counts.prices_changed} prices set, {counts.quantities_set} quantities set"
        + ("; nothing of it was done: a dry run." if job.dry_run else ".")
    )
    for error in job.errors:
        print(f"  line {error.line}, {error.column or 'the row'}: {error.reason}", file=sys.stderr)
    if job.error_count > len(job.errors):
        print(f"  … and {job.error_count - len(job.errors)} more", file=sys.stderr)
    if job.detail is not None:
        before = "would go in" if job.dry_run else "went in"
        print(f"commerce: stopped: {job.detail.rstrip('.')}. What stood before it {before}.", file=sys.stderr)
    return int(job.error_count > 0 or job.detail is not None)


async def _import(dsn: str, args: argparse.Namespace, advance: Callable[[int], None] | None) -> "JobOut":
    from commerce.app.compose import compose
    from commerce.importing import import_file
    from commerce.kernel.errors import Refusal

    program = await compose(
        completed(load(), dsn), dsn
    )  # with its reactions, so that running servers hear of new prices
    db = program.db
    try:
        how = await _how(db, args)
        with _opened(args.file) as (stream, position):
            job = await import_file(db, stream, how, actor=ACTOR, progress=advance and (lambda _: advance(position())))
        if job.dry_run:
            await _tell(db, job.id)
        return job
    except Refusal as refused:
        raise to_mend(refused) from None
    except (lzma.LZMAError, EOFError) as broken:
        raise OperatorError(f"{args.file} is no whole file packed with xz: {broken}") from None
    finally:
        await program.close()


@contextmanager
def _opened(file: Path) -> "Iterator[tuple[BinaryIO, Callable[[], int]]]":
    """Opens a file, packed or not, and tells how far it is read; a packed one is unpacked as it is read, never whole."""
    with file.open("rb") as raw:
        if file.suffix != ".xz":
            yield raw, raw.tell
            return
        with lzma.open(raw) as unpacked:
            yield cast("BinaryIO", unpacked), raw.tell


async def _tell(db: "Database", import_id: "UUID") -> None:
    from commerce.importing import differences

    for each in await differences(db.reading, import_id, after=0, most=TOLD):
        print(f"line {each.line}, {each.handle}: {'new' if each.made else 'changes'}")
        if not each.made:
            for change in each.changes:
                print(f"  {change.field}: {change.before!r} -> {change.after!r}")


def export_products(args: argparse.Namespace) -> int:
    """Exports beside a running server or without one; the file is there whole, or not at all."""
    from commerce.app.prepare import prepare

    if args.file.exists() and not args.force:
        raise OperatorError(f"{args.file} is there already; --force replaces it")
    if not args.file.parent.is_dir():
        raise OperatorError(f"there is no folder {args.file.parent}")
    with database(load()) as dsn, progress("Exporting") as advance:
        asyncio.run(prepare(dsn))
        products = asyncio.run(_export(dsn, args.file, advance))
    print(f"{args.file}: {products} products, {args.file.stat().st_size:,} bytes.")
    return 0


async def _export(dsn: str, file: Path, advance: Callable[[int], None] | None) -> int:
    from commerce.importing import csv_header, export_csv, export_jsonl
    from commerce.kernel import clock
    from commerce.kernel.errors import Refusal
    from commerce.platform.database import Database

    db = Database(dsn)
    beside = file.with_name(f"{file.name}.part")
    pieces, written = 0, 0
    try:
        at = clock.now()
        if file.suffix == ".jsonl":
            source, headers = export_jsonl(db.reading, at=at), 0
        else:
            source, headers = export_csv(db.reading, await csv_header(db.reading), at=at), 1
        with beside.open("wb") as out:
            async for piece in source:
                written += out.write(piece)
                pieces += 1
                if advance is not None:
                    advance(written)
        beside.replace(file)
        return pieces - headers
    except Refusal as refused:
        raise to_mend(refused) from None
    except OSError as failed:
        raise OperatorError(f"{file} cannot be written: {failed.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)
        await db.close()


async def _how(db: "Database", args: argparse.Namespace) -> "ImportOf":
    from commerce import stores
    from commerce.importing import ImportOf, recognised

    location = None
    if args.location is not None:
        known = {each.code: each.id for each in (await stores.locations(db.reading)).by_id.values()}
        if args.location not in known:
            raise OperatorError(
                f"there is no location {args.location}; there are: {', '.join(sorted(known)) or 'none yet'}"
            )
        location = known[args.location]
    with _opened(args.file) as (stream, _):
        format_: Format = args.format or recognised(stream)
    currency = args.currency or ("GBP" if format_ == "online-retail" else await _default_currency(db))
    return ImportOf(
        format=format_, language=args.language, currency=currency, location_id=location, dry_run=args.dry_run
    )


async def _default_currency(db: "Database") -> str:
    from commerce import stores
    from commerce.kernel.errors import NotFound

    try:
        return (await stores.channel(db.reading, None)).currency
    except NotFound:
        raise OperatorError("there is no channel yet, so name the currency of the prices: --currency EUR") from None
