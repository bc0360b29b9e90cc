"""People and keys: `commerce admin create`, `commerce keys rotate`."""

import argparse
import asyncio
import getpass
import os
import sys

from commerce.cli.surroundings import completed, database, to_mend
from commerce.platform.settings import OperatorError, load

PASSWORD_VARIABLE = "COMMERCE_ADMIN_PASSWORD"  # noqa: S105 -- the variable's name


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`commerce admin create`, `commerce keys rotate`."""
    admin = commands.add_parser("admin", help="make an administrator").add_subparsers(required=True, metavar="COMMAND")
    create = admin.add_parser(
        "create",
        help="make somebody who may do everything",
        description=f"The password is asked for, read from standard input, or from {PASSWORD_VARIABLE}.",
    )
    create.add_argument("--email", required=True, help="what the administrator signs in with")
    create.set_defaults(command=run_admin_create)
    keys = commands.add_parser("keys", help="exchange the signing keys").add_subparsers(
        required=True, metavar="COMMAND"
    )
    rotate = keys.add_parser("rotate", help="sign with a new key from now on")
    rotate.add_argument(
        "--revoke", action="store_true", help="also end all that the old keys signed: everybody signs in anew"
    )
    rotate.set_defaults(command=run_keys_rotate)


def run_admin_create(args: argparse.Namespace) -> int:
    """Makes an administrator, also before the first start: then the tables too."""
    from commerce.app.prepare import prepare

    with database(load()) as dsn:
        asyncio.run(prepare(dsn))
        create_administrator(dsn, args.email, _password())
    print(f"{args.email} may do everything, everywhere.")
    return 0


def run_keys_rotate(args: argparse.Namespace) -> int:
    """Rotates."""
    from commerce.app.migrate import check_tables

    with database(load()) as dsn:
        asyncio.run(check_tables(dsn))
        asyncio.run(_rotate(dsn, revoke=args.revoke))
    print("Signed with a new key from now on." + (" Whoever is signed in refreshes." if args.revoke else ""))
    return 0


def create_administrator(dsn: str, email: str, password: str) -> None:
    """Makes an administrator in a migrated database; what is refused becomes an error for the operator."""
    asyncio.run(_create(dsn, email, password))


async def _create(dsn: str, email: str, password: str) -> None:
    from commerce.identity import create_administrator as create
    from commerce.kernel.errors import Refusal
    from commerce.platform.database import Database

    db = Database(dsn, most_connections=1)
    try:
        await create(db, email, password)
    except Refusal as refused:
        raise to_mend(refused) from None
    finally:
        await db.close()


async def _rotate(dsn: str, *, revoke: bool) -> None:
    from commerce.identity import rotate_keys
    from commerce.platform.database import Database

    db = Database(dsn, most_connections=1)
    try:
        await rotate_keys(db, completed(load(), dsn), revoke=revoke)
    finally:
        await db.close()


def _password() -> str:
    if password := os.environ.get(PASSWORD_VARIABLE):
        return password
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password (10 characters or more): ")
    if getpass.getpass("Once more: ") != first:
        raise OperatorError("the two passwords differ")
    return first
