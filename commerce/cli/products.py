"""Products from a file: `commerce import FILE`."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from commerce.cli.data import progress
from commerce.cli.surroundings import completed, database
from commerce.platform.settings import OperatorError, load

if TYPE_CHECKING:
    from commerce.importing import ImportOf, JobOut
    from commerce.platform.database import Database

ACTOR = "system:import"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`commerce import`."""
    bring_in = commands.add_parser(
        "import", help="bring in a product file in Shopify's CSV format; the same file again changes nothing"
    )
    bring_in.add_argument("file", type=Path, metavar="FILE")
    bring_in.add_argument("--currency", help="of the file's prices (ISO 4217); the default channel's unless given")
    bring_in.add_argument(
        "--language", default="en", choices=("en", "es", "ca"), help="of the file's texts; en unless given"
    )
    bring_in.add_argument(
        "--location", metavar="CODE", help="where the file's quantities are first stock; ignored unless given"
    )
    bring_in.set_defaults(command=import_products)


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
        f"{counts.variants_created} variants new, {counts.prices_changed} prices set, {counts.quantities_set} quantities set."
    )
    for error in job.errors:
        print(f"  line {error.line}, {error.column or 'the row'}: {error.reason}", file=sys.stderr)
    if job.error_count > len(job.errors):
        print(f"  … and {job.error_count - len(job.errors)} more", file=sys.stderr)
    if job.detail is not None:
        print(f"commerce: stopped: {job.detail} What stood before it went in.", file=sys.stderr)
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
        with args.file.open("rb") as stream:
            return await import_file(
                db, stream, how, actor=ACTOR, progress=advance and (lambda _: advance(stream.tell()))
            )
    except Refusal as refused:
        raise OperatorError(refused.detail or refused.title()) from None
    finally:
        await program.close()


async def _how(db: "Database", args: argparse.Namespace) -> "ImportOf":
    from commerce import stores
    from commerce.importing import ImportOf

    location = None
    if args.location is not None:
        known = {each.code: each.id for each in (await stores.locations(db.reading)).by_id.values()}
        if args.location not in known:
            raise OperatorError(
                f"there is no location {args.location}; there are: {', '.join(sorted(known)) or 'none yet'}"
            )
        location = known[args.location]
    currency = args.currency or await _default_currency(db)
    return ImportOf(language=args.language, currency=currency, location_id=location)


async def _default_currency(db: "Database") -> str:
    from commerce import stores
    from commerce.kernel.errors import NotFound

    try:
        return (await stores.channel(db.reading, None)).currency
    except NotFound:
        raise OperatorError("there is no channel yet, so name the currency of the prices: --currency EUR") from None
