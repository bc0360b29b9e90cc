"""Timed work of traceability."""

from commerce.platform.database import Database
from commerce.platform.work import Job
from commerce.traceability.expired import put_all_aside

HOURLY_SECONDS = 60 * 60


async def _put_aside(db: Database, _: None) -> None:
    """Somewhere a day ends each hour; what is met earlier is put aside by whoever meets it."""
    await put_all_aside(db)


JOBS: list[Job] = [Job("traceability.put_expired_aside", flow=_put_aside, every_seconds=HOURLY_SECONDS)]
