"""How Alembic reaches the database: one connection of asyncpg's, one migration at a time in each database."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from commerce.platform.schema import load_tables
from commerce.platform.tables import metadata

ONE_MIGRATION = 7_201_002


def run(connection: Connection) -> None:
    """Runs the migrations, all in one transaction, while nobody else migrates this database."""
    context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=True)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ONE_MIGRATION})
        context.run_migrations()


async def main() -> None:
    """Connects and runs."""
    load_tables()
    dsn = context.config.attributes["dsn"].replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(dsn, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(main())
