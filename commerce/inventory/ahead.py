"""What orders wait for at a shelf, and until when a shelf is closed. Others decide who waits; here stands what it leaves for the rest."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import DateTime, Integer, Uuid, update

from commerce.inventory import ledger, rows
from commerce.inventory.facts import Place
from commerce.inventory.tables import stock_levels
from commerce.kernel.errors import Bug
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, unnested

_counted = unnested("counted", variant_id=Uuid, location_id=Uuid, units=Integer)
COUNT = Statement(
    update(stock_levels)
    .where(rows.same_place(stock_levels, _counted))
    .values(claimed=stock_levels.c.claimed + _counted.c.units)
    .returning(stock_levels.c.variant_id)
)
_closed = unnested("closed", variant_id=Uuid, location_id=Uuid, until=DateTime(timezone=True))
CLOSE = Statement(
    update(stock_levels).where(rows.same_place(stock_levels, _closed)).values(closed_until=_closed.c.until)
)


async def lock_shelves(tx: Tx, places: Iterable[Place]) -> Mapping[Place, rows.Row]:
    """Locks the levels of places in the one order, made where there are none, and gives them as they are after the wait."""
    wanted = sorted(set(places))
    await ledger.open_rows(tx, wanted)
    return await rows.lock(tx, wanted)


async def count_claimed(tx: Tx, units: Mapping[Place, int]) -> None:
    """Adds signed units to what orders wait for at places whose levels the caller has locked: it is kept back from everybody else."""
    changed = {place: more for place, more in sorted(units.items()) if more}
    if changed and len(await tx.fetch(COUNT, **rows.arrays(changed), units=list(changed.values()))) != len(changed):
        raise Bug("units are waited for at a place whose level was not locked")


async def close_until(tx: Tx, closed: Mapping[Place, datetime | None]) -> None:
    """Promises nothing of shelves to who does not stand before them until an instant, or again from now on; their levels are locked."""
    await tx.execute(CLOSE, **rows.arrays(closed), until=list(closed.values()))
