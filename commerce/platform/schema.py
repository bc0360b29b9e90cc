"""All tables of the program: imports each slice's `tables` module, so that the one metadata is whole."""

import importlib.util
import pkgutil

import asyncpg
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

import commerce
from commerce.platform.tables import definitions, metadata

WITHOUT_TABLES = {"kernel", "price_engine", "terminal", "sandbox", "demo", "app", "cli"}


def load_tables() -> None:
    """Imports every module of the program that declares tables: `commerce.<slice>.tables` and those of the platform."""
    for slice_ in pkgutil.iter_modules(commerce.__path__):
        if slice_.name in WITHOUT_TABLES:
            continue
        names = [f"commerce.{slice_.name}.tables"]
        if slice_.name == "platform":
            names = [
                f"commerce.platform.{module}" for module in ("events", "jobs", "resident", "idempotency", "audit_log")
            ]
        for name in names:
            if importlib.util.find_spec(name) is not None:
                importlib.import_module(name)


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
