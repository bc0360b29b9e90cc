"""Timed work of inventory."""

from commerce.inventory.expire import free_all_expired
from commerce.platform.database import Database
from commerce.platform.work import Job


async def _free_expired(db: Database, _: None) -> None:
    await free_all_expired(db)


JOBS: list[Job] = [Job("inventory.free_expired", flow=_free_expired, every_seconds=60)]
