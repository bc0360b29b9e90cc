"""`commerce audit`: proves the invariants on the database as it is."""

from commerce.app import slices
from commerce.platform.audit import Finding, run_checks
from commerce.platform.database import Database


async def audit(dsn: str) -> list[Finding]:
    """Runs every check that the slices declare, by code; a finding with rows is a broken promise."""
    db = Database(
        dsn, most_connections=2, session={"statement_timeout": "10min", "default_transaction_read_only": "on"}
    )
    try:
        return await run_checks(db.reading, slices.checks())
    finally:
        await db.close()
