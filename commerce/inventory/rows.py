"""The rows of levels: how they are locked, and how the expired holds on them are freed.

Whoever meets an expired hold frees it, so no answer depends on the job that does the same for rows that nobody asks for.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Integer, TableValuedAlias, Uuid, and_, cast, func, select, update
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause
from sqlalchemy.types import DateTime

from commerce.inventory.facts import Place
from commerce.inventory.tables import reservations, stock_levels
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested


class Row(msgspec.Struct, frozen=True):
    """A level as its locked row says, with expired holds still counted as reserved."""

    variant_id: VariantId
    location_id: LocationId
    on_hand: int
    reserved: int

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.variant_id, self.location_id)


def same_place(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Gives the condition that two tables speak of the same article at the same location."""
    return and_(one.c.variant_id == other.c.variant_id, one.c.location_id == other.c.location_id)


def _places(name: str) -> TableValuedAlias:
    return unnested(name, variant_id=Uuid, location_id=Uuid)


_columns = (stock_levels.c.variant_id, stock_levels.c.location_id, stock_levels.c.on_hand, stock_levels.c.reserved)
_asked = _places("asked")
LOCK = Statement(
    select(*_columns)
    .join_from(stock_levels, _asked, same_place(stock_levels, _asked))
    .order_by(stock_levels.c.variant_id, stock_levels.c.location_id)
    .with_for_update(of=stock_levels, key_share=True),
    into=Row,
)

_met = _places("met")
# A hold that someone is binding or releasing at this moment is skipped: it is theirs to end.
_due = (
    select(
        reservations.c.hold_id,
        reservations.c.variant_id,
        reservations.c.location_id,
        reservations.c.open,
    )
    .join_from(reservations, _met, same_place(reservations, _met))
    .where(reservations.c.open > 0, reservations.c.expires_at <= given("at", DateTime(timezone=True)))
    .with_for_update(of=reservations, skip_locked=True)
    .cte("due")
)
_ended = (
    update(reservations)
    .where(reservations.c.hold_id == _due.c.hold_id, same_place(reservations, _due))
    .values(expired=reservations.c.expired + _due.c.open, open=0)
    .returning(reservations.c.variant_id, reservations.c.location_id, _due.c.open.label("units"))
    .cte("ended")
)
_freed = (
    select(_ended.c.variant_id, _ended.c.location_id, cast(func.sum(_ended.c.units), Integer).label("units"))
    .group_by(_ended.c.variant_id, _ended.c.location_id)
    .cte("freed")
)
FREE_EXPIRED = Statement(
    update(stock_levels)
    .where(same_place(stock_levels, _freed))
    .values(reserved=stock_levels.c.reserved - _freed.c.units)
    .returning(*_columns),
    into=Row,
)


async def lock(tx: Tx, places: Iterable[Place]) -> dict[Place, Row]:
    """Locks the rows of the places, in the one order, and gives them as they are after the wait; a place without a row is left out."""
    wanted = sorted(places)
    rows = await tx.fetch(LOCK, **arrays(wanted))
    return {row.place: row for row in rows}


async def free_expired(tx: Tx, locked: dict[Place, Row], at: datetime) -> bool:
    """Ends the holds on locked rows that have expired and updates the rows in `locked`; says whether there were any."""
    if not locked:
        return False
    rows: list[Row] = await tx.fetch(FREE_EXPIRED, **arrays(locked), at=at)
    locked.update({row.place: row for row in rows})
    return bool(rows)


def arrays(places: Iterable[Place]) -> dict[str, list[object]]:
    """Gives places as the arguments `variant_id` and `location_id` of a set-based statement."""
    known = list(places)
    return {"variant_id": [place.variant_id for place in known], "location_id": [place.location_id for place in known]}
