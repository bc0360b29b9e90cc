"""Mending what the proof found: `commerce repair`, `commerce repair --book`."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from commerce.cli.surroundings import database
from commerce.platform.settings import load

if TYPE_CHECKING:
    from commerce.inventory import Repair
    from commerce.traceability import Unmatched

ACTOR = "system:repair"
SHOWN = 200


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`commerce repair`."""
    mending = commands.add_parser(
        "repair", help="show where stock and its ledger disagree; exit code 1 where something is left to mend"
    )
    mending.add_argument("--book", action="store_true", help="book the corrections, each with its explanation")
    mending.set_defaults(command=run_repair)


def run_repair(args: argparse.Namespace) -> int:
    """Shows what does not agree, or books it; 1 when something is left."""
    from commerce.app.migrate import check_tables

    with database(load()) as dsn:
        asyncio.run(check_tables(dsn))
        found, unmatched = asyncio.run(_repairs(dsn, book=args.book))
    for each in found[:SHOWN]:
        print(_line(each, book=args.book))
    if len(found) > SHOWN:
        print(f"… and {len(found) - SHOWN} more.")
    left = sum(1 for each in found if not (args.book and each.possible))
    for spot in unmatched[:SHOWN]:
        print(_to_count(spot))
    if not found and not unmatched:
        print("Stock and its ledger agree: nothing to repair.")
    elif args.book:
        print(
            f"{len(found) - left} corrections booked, {left + len(unmatched)} left for a person. "
            "`commerce audit` proves the rest."
        )
    else:
        possible = sum(1 for each in found if each.possible)
        total = len(found) + len(unmatched)
        print(f"{total} disagreements, {possible} of which `commerce repair --book` can book.")
    return int(left + len(unmatched) > 0)


async def _repairs(dsn: str, *, book: bool) -> "tuple[list[Repair], list[Unmatched]]":
    """Gives what does not agree, and where lots or serial numbers do not add up to the stock as it is then."""
    from commerce import inventory, traceability
    from commerce.platform import events
    from commerce.platform.database import Database

    db = Database(dsn, most_connections=2, before_commit=events.store)
    try:
        found = await inventory.book_repairs(db, ACTOR) if book else await inventory.show_repairs(db)
        return found, await traceability.unmatched(db.reading)
    finally:
        await db.close()


def _line(each: "Repair", *, book: bool) -> str:
    verdict = "for a person" if not each.possible else "booked" if book else "can be booked"
    return (
        f"{each.what}: {each.subject} of article {each.variant_id} at {each.location_id}: "
        f"{each.held} there, {each.told} by its facts ({verdict})"
    )


def _to_count(spot: "Unmatched") -> str:
    """A spot where only who looks at the units can tell which ones are there."""
    what = "lots" if spot.tracking == "lot" else "serial numbers"
    return (
        f"{what}: {spot.spot} of article {spot.variant_id} at {spot.location_id}: "
        f"{spot.stock or 0} there, {spot.traced or 0} by its {what} (count it)"
    )
