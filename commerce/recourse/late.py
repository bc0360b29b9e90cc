"""Work that nobody takes on: an alert first, then the place is switched off for online work and the work goes elsewhere, or its customer is
asked. What is not ready although its promise has passed is told too. Minutes are counted while the place is open.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Integer, Text, Uuid, column, literal, select, table, text
from sqlalchemy.dialects.postgresql import insert as upsert

from commerce import fulfilment, stores
from commerce.fulfilment import FulfilmentLate
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentOrderId, LocationId, OrderId
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.platform.tables import instant
from commerce.recourse.queries import patience_of
from commerce.recourse.tables import late_work
from commerce.stores import Location

BATCH = 200
SYSTEM = Caller(kind="system")
REASON = "orders are not taken on"
Why = Literal["not_accepted", "not_ready"]
_at = instant("at").type
_work = table(
    "fulfilment_orders",
    column("id", Uuid),
    column("order_id", Uuid),
    column("location_id", Uuid),
    column("state", Text),
    column("offered_at", _at),
    column("ready_by", _at),
)


class Waiting(msgspec.Struct, frozen=True):
    """Open work that may be late."""

    id: FulfilmentOrderId
    order_id: OrderId
    location_id: LocationId
    since: datetime
    alerted: bool


def _late(why: Why) -> ColumnElement[bool]:
    return (
        select(literal(1))
        .where(late_work.c.fulfilment_order_id == _work.c.id, late_work.c.why == why)
        .correlate(_work)
        .exists()
    )


UNACCEPTED = Statement(
    select(
        _work.c.id,
        _work.c.order_id,
        _work.c.location_id,
        _work.c.offered_at.label("since"),
        _late("not_accepted").label("alerted"),
    )
    .where(text("fulfilment_orders.state = 'offered'"), _work.c.offered_at <= given("before", _at))
    .order_by(_work.c.offered_at)
    .limit(given("most", Integer)),
    into=Waiting,
)
UNREADY = Statement(
    select(
        _work.c.id,
        _work.c.order_id,
        _work.c.location_id,
        _work.c.ready_by.label("since"),
        literal(False).label("alerted"),  # noqa: FBT003 -- a value of the column
    )
    .where(
        text("fulfilment_orders.state IN ('accepted', 'picking', 'packed')"),
        _work.c.ready_by <= given("at", _at),
        ~_late("not_ready"),
    )
    .order_by(_work.c.ready_by)
    .limit(given("most", Integer)),
    into=Waiting,
)
_alert = upsert(late_work).values(
    fulfilment_order_id=given("id", Uuid), why=given("why", Text), alerted_at=given("at", _at)
)
ALERT = Statement(_alert.on_conflict_do_nothing().returning(late_work.c.why))


async def watch(db: Database, _: None = None) -> None:
    """Looks at all open work once: each alert is given once, and each place is switched off once, however often this runs."""
    at = clock.now()
    places = await stores.locations(db.reading)
    shortest = timedelta(minutes=1)
    for each in await db.reading.fetch(UNACCEPTED, before=at - shortest, most=BATCH):
        place = places.by_id.get(each.location_id)
        if place is not None:
            await _watch(db, each, place, at)
    for each in await db.reading.fetch(UNREADY, at=at, most=BATCH):
        await db.transact(_tell, each.id, "not_ready", at)


async def _watch(db: Database, work: Waiting, place: Location, at: datetime) -> None:
    patience = await patience_of(db.reading, place.id)
    if not open_for(place, work.since, at, patience.accept_minutes):
        return
    if not work.alerted:
        await db.transact(_tell, work.id, "not_accepted", at)
    if open_for(place, work.since, at, patience.accept_minutes + patience.pause_minutes):
        await db.transact(_take_away, work.id, place.id)


def open_for(place: Location, since: datetime, at: datetime, minutes: int) -> bool:
    """Says whether a place was open for so many minutes since an instant."""
    left = timedelta(minutes=minutes)
    for opens, closes in place.calendar.openings(since):
        begins = max(opens, since)
        if begins >= at:
            return False
        left -= min(closes, at) - begins
        if left <= timedelta(0):
            return True
    return False


async def _tell(tx: Tx, fulfilment_id: FulfilmentOrderId, why: Why, at: datetime) -> None:
    if not await tx.fetch(ALERT, id=fulfilment_id, why=why, at=at):
        return
    work = await fulfilment.fulfilment(tx, fulfilment_id, SYSTEM)
    tx.emit(FulfilmentLate(fulfilment_order_id=work.id, order_id=work.order_id, fulfilment=work, why=why))


async def _take_away(tx: Tx, fulfilment_id: FulfilmentOrderId, location_id: UUID) -> None:
    """Takes the work from the place, which hears of it by its board, and promises nothing more there until somebody switches it on."""
    gone = await fulfilment.not_accepted(tx, fulfilment_id)
    if gone is None:
        return
    place = await stores.location(tx, location_id)
    if not place.is_paused(clock.now()):
        await stores.pause(tx, location_id, None, REASON, "system")
