"""Free the units of holds that are over, on rows that nobody asks for."""

from sqlalchemy import DateTime, select

from commerce.inventory import rows
from commerce.inventory.facts import Place
from commerce.inventory.tables import reservations
from commerce.kernel import clock
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, given

PLACES_MOST = 200

EXPIRED = Statement(
    select(reservations.c.variant_id, reservations.c.location_id)
    .where(reservations.c.open > 0, reservations.c.expires_at <= given("at", DateTime(timezone=True)))
    .distinct()
    .order_by(reservations.c.variant_id, reservations.c.location_id)
    .limit(PLACES_MOST)
)


async def free_all_expired(db: Database) -> int:
    """Frees the units of all holds that are over, some places at a time; gives how many places there were.

    Nothing depends on it: a hold that wants the units, a shelf that is adjusted and each read treat expired holds as gone.
    """
    freed = 0
    while (done := await db.transact(_free_some)) == PLACES_MOST:
        freed += done
    return freed + done


async def _free_some(tx: Tx) -> int:
    at = clock.now()
    due = [Place(*row) for row in await tx.fetch(EXPIRED, at=at)]
    await rows.free_expired(tx, await rows.lock(tx, due), at)
    return len(due)
