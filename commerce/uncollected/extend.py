"""A pickup waits longer: once because somebody asks, and whenever its place is closed when it was to be open."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from commerce import orders, stores
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import FulfilmentOrderId
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.stores import HoursChanged, Location
from commerce.uncollected.errors import ExtensionNotOffered, PickupOver
from commerce.uncollected.events import PickupExtended
from commerce.uncollected.facts import Wait, WaitState
from commerce.uncollected.keep import keep_deadline, until
from commerce.uncollected.queries import UNRECKONED, WAITING_AT, lock, lock_of
from commerce.uncollected.rules import WAIT, deadline, extended

BATCH = 200
FIRST = UUID(int=0)


async def extend(tx: Tx, caller: Caller, order_id: UUID, fulfilment_id: FulfilmentOrderId) -> Wait:
    """Lets a pickup wait longer, once, by the opening days of its terms: for whose order it is, or for staff of its place.

    Open until the grace after the deadline has passed, so also to whom a counter would still hand over. Refuses with NotFound, IllegalMove,
    PickupOver, and with ExtensionNotOffered a second time or where the terms have none.
    """
    at = clock.now()
    order = await orders.seen(tx, orders.sight_of(caller), order_id)
    before = await lock_of(tx, fulfilment_id)
    if before is None or before.order_id != order.id or not (caller.is_shopper or caller.may_at(before.location_id)):
        raise NotFound("There is no such pickup.")
    if before.state is not WaitState.WAITING:
        raise WAIT.refusal(before.state, WaitState.WAITING)
    if before.overdue(at):
        raise PickupOver("Nobody came in time.")
    place = await stores.location(tx, before.location_id)
    longer = longer_by_asking(before, place)
    if before.deadline is None or longer is None:
        raise ExtensionNotOffered("It waits as long as it can; once is all.")
    after = msgspec.structs.replace(until(before, longer), extended_at=at)
    return await _extended(tx, before, after, place, why="asked", by=caller.principal, at=at)


def longer_by_asking(wait: Wait, place: Location) -> datetime | None:
    """Gives until when a pickup would wait if somebody asked; None when that is not offered."""
    if wait.state is not WaitState.WAITING or wait.deadline is None or wait.extended_at is not None:
        return None
    return extended(place.calendar, wait.deadline, wait.terms) if wait.terms.extension_days else None


async def move_deadlines(db: Database, changed: HoursChanged) -> None:
    """Reckons the deadlines of all that waits at a place by its new calendar, one transaction for each; none comes earlier than was told."""
    after = FIRST
    while rows := await db.reading.fetch(WAITING_AT, location_id=changed.location_id, after=after, most=BATCH):
        for row in rows:
            await db.transact(reckon, row["id"], clock.now())
        after = rows[-1]["id"]


async def reckon_missing(db: Database, _: None = None) -> None:
    """Gives a deadline to what waits without one, because its place was not open for so long, as soon as it is."""
    for row in await db.reading.fetch(UNRECKONED, most=BATCH):
        await db.transact(reckon, row["id"], clock.now())


async def reckon(tx: Tx, wait_id: UUID, at: datetime) -> Wait:
    """Reckons a deadline anew by the calendar as it is now; it stays, or moves later. What is over stays over."""
    before = await lock(tx, wait_id)
    if before.state is not WaitState.WAITING or before.ready_at is None or before.overdue(at):
        return before
    place = await stores.location(tx, before.location_id)
    new = deadline(place.calendar, before.ready_at, before.terms)
    if new is not None and before.extended_at is not None:
        new = extended(place.calendar, new, before.terms)
    if new is None or (before.deadline is not None and new <= before.deadline):
        return before
    return await _extended(tx, before, until(before, new), place, why="hours", by="system", at=at)


async def _extended(
    tx: Tx, before: Wait, after: Wait, place: Location, *, why: Literal["asked", "hours"], by: str, at: datetime
) -> Wait:
    kept = await keep_deadline(tx, before, after, place, why=why, by=by, at=at)
    if before.deadline is not None:
        tx.emit(PickupExtended(wait_id=kept.id, order_id=kept.order_id, wait=kept, why=why))
    return kept
