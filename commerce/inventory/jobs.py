"""Timed work of inventory."""

import structlog

from commerce.inventory.expire import free_all_expired
from commerce.inventory.prove import prove_all
from commerce.platform.database import Database
from commerce.platform.work import Job

NIGHTLY_SECONDS = 24 * 60 * 60
log = structlog.get_logger("inventory")


async def _free_expired(db: Database, _: None) -> None:
    await free_all_expired(db)


async def _prove(db: Database, _: None) -> None:
    """The result is kept; a broken promise is an error in the log as well, for whoever watches it."""
    proof = await prove_all(db)
    if proof.broken:
        log.error(
            "stock_proof_broken",
            proof_id=str(proof.id),
            rows=proof.broken,
            checks=[each.name for each in proof.findings],
        )


JOBS: list[Job] = [
    Job("inventory.free_expired", flow=_free_expired, every_seconds=60),
    Job("inventory.prove", flow=_prove, every_seconds=NIGHTLY_SECONDS),
]
