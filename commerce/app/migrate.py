"""Migrations: brings a database to this program's tables with Alembic, and says whether one is there already.

Alembic itself is loaded only where there is something to migrate: a start that finds the newest version does without.
"""

import asyncio
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
from sqlalchemy import text

import commerce
from commerce.platform.database import Reading
from commerce.platform.settings import OperatorError
from commerce.platform.statement import Statement

if TYPE_CHECKING:
    from alembic.config import Config

NAMES = re.compile(r"""^(revision|down_revision)(?:: [^=]+)? = ["']([^"']+)["']""", re.MULTILINE)
VERSION = Statement(text("SELECT version_num FROM alembic_version"))


class MigrationsMissingError(OperatorError):
    """The folder of migrations is not where the program looks for it."""


class NotMigratedError(OperatorError):
    """The database has not the tables that a command works on."""


class UnreachableError(OperatorError):
    """No database answers at the address of the settings, or it lets nobody in."""


async def migrate(dsn: str) -> None:
    """Brings the database to the newest version; does nothing when it is there. Two at once wait for each other (advisory lock)."""
    if await _version(dsn) == head():
        return
    from alembic import command

    await asyncio.to_thread(command.upgrade, config(dsn), "head")


async def check_tables(dsn: str, *, of_this_release: bool = True) -> None:
    """Refuses with NotMigratedError a database without tables of ours: it is nearly always another one than was meant. And, where a command
    works on those of this release, one that is not at its version.
    """
    found = await _version(dsn)
    if found is None:
        raise NotMigratedError(
            "The database is empty: is it the one that you mean? `commerce settings` says which one it is; `commerce migrate` makes its tables."
        )
    if of_this_release and found != head():
        raise NotMigratedError(
            f"The database is at {found}, and this release works on {head()}: `commerce migrate` brings it there."
        )


async def is_migrated(reading: Reading) -> bool:
    """Says whether the database is at the newest version."""
    try:
        return bool(await reading.fetch_value(VERSION) == head())
    except asyncpg.UndefinedTableError:
        return False


def config(dsn: str) -> "Config":
    """Gives Alembic's configuration for a database."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(_folder()))
    made.attributes["dsn"] = dsn
    return made


@cache
def head() -> str:
    """Gives the newest version's name: the one that no other follows."""
    named = [NAMES.findall(path.read_text()) for path in (_folder() / "versions").glob("*.py")]
    followed = {name for pairs in named for kind, name in pairs if kind == "down_revision"}
    (newest,) = {name for pairs in named for kind, name in pairs if kind == "revision"} - followed
    return str(newest)


def _folder() -> Path:
    folder = Path(commerce.__file__).parent.parent / "migrations"
    if not folder.is_dir():
        raise MigrationsMissingError(f"migrations are expected in {folder}")
    return folder


async def _version(dsn: str) -> str | None:
    try:
        connection = await asyncpg.connect(dsn)
    except (OSError, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as failure:
        raise UnreachableError(f"The database cannot be reached: {failure}. See DATABASE_URL.") from failure
    try:
        found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    else:
        return found
    finally:
        await connection.close()
