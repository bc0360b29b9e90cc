"""Free the units of holds that are over.

Whoever meets such a hold frees it: a hold that wants its units, a shelf that is adjusted. So no answer depends on the job that does the
same on rows that nobody asks for.
"""

from datetime import datetime

from sqlalchemy import DateTime, Text, Uuid, literal, select, update

from commerce.inventory import endings, rows
from commerce.inventory.facts import EndingKind, Place
from commerce.inventory.tables import reservations, stock_levels
from commerce.kernel import clock
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, given, unnested

PLACES_MOST = 200

_at = given("at", DateTime(timezone=True))
_met = unnested("met", variant_id=Uuid, location_id=Uuid)
# A hold that someone is binding or releasing at this moment is skipped: it is theirs to end.
_due = (
    select(reservations.c.hold_id, reservations.c.variant_id, reservations.c.location_id, reservations.c.open)
    .join_from(reservations, _met, rows.same_place(reservations, _met))
    .where(reservations.c.open > 0, reservations.c.expires_at <= _at)
    .with_for_update(of=reservations, skip_locked=True)
    .cte("due")
)
_ended = (
    update(reservations)
    .where(reservations.c.hold_id == _due.c.hold_id, rows.same_place(reservations, _due))
    .values(expired=reservations.c.expired + _due.c.open, open=0)
    .returning(
        reservations.c.hold_id, reservations.c.variant_id, reservations.c.location_id, _due.c.open.label("units")
    )
    .cte("ended")
)
_written = endings.written(
    _ended,
    EndingKind.EXPIRED,
    document_kind=literal("hold", Text),
    document_id=_ended.c.hold_id,
    actor=literal("system", Text),
    reason=literal("", Text),
    at=_at,
)
_freed = endings.per_place(_ended).cte("freed")
FREE = Statement(
    update(stock_levels)
    .where(rows.same_place(stock_levels, _freed))
    .values(reserved=stock_levels.c.reserved - _freed.c.units)
    .returning(*rows.COLUMNS)
    .add_cte(_written),
    into=rows.Row,
)
EXPIRED = Statement(
    select(reservations.c.variant_id, reservations.c.location_id)
    .where(reservations.c.open > 0, reservations.c.expires_at <= _at)
    .distinct()
    .order_by(reservations.c.variant_id, reservations.c.location_id)
    .limit(PLACES_MOST)
)


async def free_expired(tx: Tx, locked: dict[Place, rows.Row], at: datetime) -> bool:
    """Ends the holds on locked rows that are over and updates the rows in `locked`; says whether there were any."""
    if not locked:
        return False
    freed: list[rows.Row] = await tx.fetch(FREE, **rows.arrays(locked), at=at)
    locked.update({row.place: row for row in freed})
    return bool(freed)


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
    await free_expired(tx, await rows.lock(tx, due), at)
    return len(due)
