"""Makes a database ready to be used: migrated, with what a new shop starts from."""

from commerce.app.compose import store_facts
from commerce.app.migrate import migrate
from commerce.kernel import clock
from commerce.platform.database import Database
from commerce.tax import seed


async def prepare(dsn: str) -> None:
    """Migrates, and puts in the tax categories and rates of the European Union where there are none. Safe to repeat, and for two at once."""
    await migrate(dsn)
    db = Database(dsn, most_connections=1, before_commit=store_facts)
    try:
        await db.transact(seed, at=clock.now())
    finally:
        await db.close()
