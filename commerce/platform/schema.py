"""All tables of the program: imports whatever declares some, so that the one metadata is whole."""

import importlib
import pkgutil
from pathlib import Path

import asyncpg
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

import commerce
from commerce.platform.tables import definitions, metadata

PLATFORM_TABLES = {f"commerce.platform.{name}" for name in ("events", "jobs", "resident", "idempotency", "audit_log")}
WITHOUT_TABLES = {"kernel", "price_engine", "terminal", "sandbox", "demo", "app", "cli"}


def load_tables() -> None:
    """Imports every module of the program that declares tables: `tables` and `*_tables` of each slice, and those of the platform."""
    for slice_ in pkgutil.iter_modules(commerce.__path__, "commerce."):
        if slice_.name.removeprefix("commerce.") in WITHOUT_TABLES or not slice_.ispkg:
            continue
        folder = str(Path(commerce.__path__[0]) / slice_.name.removeprefix("commerce."))
        for module in pkgutil.iter_modules([folder], f"{slice_.name}."):
            name = module.name.rpartition(".")[2]
            if name == "tables" or name.endswith("_tables") or module.name in PLATFORM_TABLES:
                importlib.import_module(module.name)


def definition_statements() -> list[str]:
    """Gives the SQL that makes the whole database from nothing, in order."""
    dialect = postgresql.asyncpg.dialect()  # type: ignore[no-untyped-call]
    statements = [sql for table, sql in definitions if not table]
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        statements += [
            str(CreateIndex(index).compile(dialect=dialect))
            for index in sorted(table.indexes, key=lambda each: str(each.name))
        ]
        statements += [sql for name, sql in definitions if name == table.name]
    return statements


async def create_all(dsn: str) -> None:
    """Makes every table in an empty database, without migrations: what tests copy, and what migrations are compared with."""
    load_tables()
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            for sql in definition_statements():
                await connection.execute(sql)
    finally:
        await connection.close()
