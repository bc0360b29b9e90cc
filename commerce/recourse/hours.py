"""The hours of a place changed: promises of its open work that no longer hold move, and never to an earlier instant."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, column, select, table, text

from commerce import fulfilment, stores
from commerce.fulfilment import Fulfilment
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentOrderId
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.platform.tables import instant
from commerce.stores import HoursChanged, Location

BATCH = 200
SYSTEM = Caller(kind="system")
REASON = "hours_changed"
_at = instant("at").type
_work = table(
    "fulfilment_orders",
    column("id", Uuid),
    column("location_id", Uuid),
    column("state", Text),
    column("ready_by", _at),
    column("ready_at", _at),
)


class _Promised(msgspec.Struct, frozen=True):
    id: FulfilmentOrderId


PROMISED = Statement(
    select(_work.c.id)
    .where(
        _work.c.location_id == given("location_id", Uuid),
        text("fulfilment_orders.state IN ('offered', 'accepted', 'picking', 'packed')"),
        _work.c.ready_by.is_not(None),
        _work.c.ready_at.is_(None),
        _work.c.id > given("after", Uuid),
    )
    .order_by(_work.c.id)
    .limit(given("most", Integer)),
    into=_Promised,
)


async def promise_anew(db: Database, changed: HoursChanged) -> None:
    """Looks at all work of the place that is promised and not ready, one transaction for each; run again it finds nothing more to move."""
    after = UUID(int=0)
    while found := await db.reading.fetch(PROMISED, location_id=changed.location_id, after=after, most=BATCH):
        for each in found:
            await db.transact(_promise_anew, each.id)
        after = found[-1].id


async def _promise_anew(tx: Tx, fulfilment_id: FulfilmentOrderId) -> None:
    work = await fulfilment.fulfilment(tx, fulfilment_id, SYSTEM)
    if work.closed_at is not None or work.ready_at is not None or work.ready_by is None:
        return
    promised = holds_until(await stores.location(tx, work.location_id), work, work.ready_by)
    if promised is not None and promised != work.ready_by and promised > clock.now():
        await fulfilment.move_promise(tx, SYSTEM, work.id, promised, REASON)


def holds_until(place: Location, work: Fulfilment, ready_by: datetime) -> datetime | None:
    """Gives the instant for which work can be promised that was promised for `ready_by`: no earlier, after all the time that the place needs
    in its hours as they are now, and while it is open. None when it does not open in the time ahead.
    """
    needed = place.done_at(work.offered_at, "pickup" if work.kind == "pickup" else "ships")
    return None if needed is None else place.calendar.ready_at(max(ready_by, needed), 0)
