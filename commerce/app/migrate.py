"""Migrations: brings a database to this program's tables with Alembic, and says whether one is there already."""

import asyncio
from functools import cache
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

import commerce
from commerce.platform.database import Reading
from commerce.platform.settings import OperatorError
from commerce.platform.statement import Statement

VERSION = Statement(text("SELECT version_num FROM alembic_version"))


class MigrationsMissingError(OperatorError):
    """The folder of migrations is not where the program looks for it."""


async def migrate(dsn: str) -> None:
    """Brings the database to the newest version; does nothing when it is there. Two at once wait for each other (advisory lock)."""
    if await _version(dsn) == head():
        return
    await asyncio.to_thread(command.upgrade, config(dsn), "head")


async def is_migrated(reading: Reading) -> bool:
    """Says whether the database is at the newest version."""
    try:
        return bool(await reading.fetch_value(VERSION) == head())
    except asyncpg.UndefinedTableError:
        return False


def config(dsn: str) -> Config:
    """Gives Alembic's configuration for a database."""
    folder = Path(commerce.__file__).parent.parent / "migrations"
    if not folder.is_dir():
        raise MigrationsMissingError(f"migrations are expected in {folder}")
    made = Config()
    made.set_main_option("script_location", str(folder))
    made.attributes["dsn"] = dsn
    return made


@cache
def head() -> str:
    """Gives the newest version's name."""
    return str(ScriptDirectory.from_config(config("")).get_current_head())


async def _version(dsn: str) -> str | None:
    connection = await asyncpg.connect(dsn)
    try:
        found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    else:
        return found
    finally:
        await connection.close()
