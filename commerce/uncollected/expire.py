"""Nobody came: the sale of what was not handed over ends, its money is let go, its goods wait in quarantine to be put away. One transaction."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from commerce import fulfilment, inventory, orders, payments
from commerce.fulfilment import Fulfilment
from commerce.inventory import Cause, Move, Spot
from commerce.kernel.errors import IllegalMove
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given, unnested
from commerce.uncollected import traces
from commerce.uncollected.customer_keys import customer_of
from commerce.uncollected.events import PickupExpired
from commerce.uncollected.facts import Wait, WaitState, WaitUnits
from commerce.uncollected.keep import keep
from commerce.uncollected.queries import lock, wait
from commerce.uncollected.rules import WAIT
from commerce.uncollected.tables import no_shows, uncollected_units

NOT_COLLECTED = "not_collected"
SYSTEM = Caller(kind="system")
UNITS = ("line_id", "order_line_id", "variant_id", "units", "traces")
_new = unnested("new", line_id=Uuid, order_line_id=Uuid, variant_id=Uuid, units=Integer, traces=JSONB)
SET_ASIDE = Statement(
    insert(uncollected_units).from_select(["wait_id", *UNITS], select(given("wait_id", Uuid), *_new.c))
)
_who = ("wait_id", "customer", "location_id", "at", "counts_until", "sign_count")
COUNT = Statement(insert(no_shows).values({name: given(name, no_shows.c[name].type) for name in _who}))


async def expire_one(db: Database, secret: bytes, wait_id: UUID, at: datetime) -> Wait:
    """Ends one pickup that is over; gives it as it is where a hand-over, an extension or another worker was quicker."""
    try:
        return await db.transact(expire, secret, wait_id, at)
    except IllegalMove:
        return await wait(db.reading, wait_id)


async def expire(tx: Tx, secret: bytes, wait_id: UUID, at: datetime) -> Wait:
    """Ends a pickup whose deadline and grace have passed at an instant.

    Locks the order, its work, the pickup, then stock and money, as a hand-over does: whichever is first, the other is refused with IllegalMove.
    What was handed over stays; the rest is off the order, not charged, and cannot be sold before somebody has put it away.
    """
    order_id = (await wait(tx, wait_id)).order_id
    await orders.lock_header(tx, order_id)
    seen = await wait(tx, wait_id)
    work = await fulfilment.expire(tx, SYSTEM, seen.fulfilment_order_id)
    before = await lock(tx, wait_id)
    if not before.overdue(at):
        raise WAIT.refusal(before.state, WaitState.EXPIRED)
    left = [(line, line.quantity - line.short - line.handed) for line in work.lines]
    left = [(line, units) for line, units in left if units]
    units = [(line.order_line_id, count) for line, count in left]
    saved = await orders.cancel_units(
        tx, order_id, units, NOT_COLLECTED, by=SYSTEM.principal, location_id=work.location_id
    )
    kept = await _to_quarantine(tx, before, work, left)
    order = await orders.order(tx, order_id)
    if not any(line.open for line in order.lines_of(work.group_id)):
        await payments.intend_void(tx, order_id, work.group_id, f"void:uncollected:{before.id}")
    await tx.execute(
        COUNT,
        wait_id=before.id,
        customer=await customer_of(tx, order, secret),
        location_id=before.location_id,
        at=at,
        counts_until=at + timedelta(days=before.terms.sign_days),
        sign_count=before.terms.sign_count,
    )
    expired = msgspec.structs.replace(before, state=WaitState.EXPIRED, units=tuple(kept))
    after = await keep(tx, before, expired, by=SYSTEM.principal, at=at)
    tx.emit(PickupExpired(wait_id=after.id, order_id=after.order_id, wait=after, amount=saved.amount))
    return after


async def _to_quarantine(tx: Tx, before: Wait, work: Fulfilment, left: traces.Left) -> list[WaitUnits]:
    """Ends the reservation and sets the units aside at once, so that no other order gets hold of what lies at the counter."""
    here, effect_key = work.location_id, f"uncollected:{before.id}"
    cause = Cause("fulfilment_order", work.id, SYSTEM.principal, NOT_COLLECTED)
    await inventory.release(tx, work.order_id, [(line.variant_id, here, units) for line, units in left], cause)
    moves = [Move(line.variant_id, units, Spot.SHELF, here, Spot.QUARANTINE, here) for line, units in left]
    await inventory.move(tx, moves, cause, effect_key)
    kept = await traces.set_aside(tx, work, left, cause, effect_key)
    await tx.execute(SET_ASIDE, wait_id=before.id, **{name: [getattr(each, name) for each in kept] for name in UNITS})
    return kept
