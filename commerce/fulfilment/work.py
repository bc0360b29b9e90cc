"""The acts that only move the work: accept, pack, unpack, ready, remind, arrived."""

from sqlalchemy import Text, Uuid, delete
from sqlalchemy.dialects.postgresql import insert

from commerce.fulfilment import rules, serials
from commerce.fulfilment.errors import NotAllPicked
from commerce.fulfilment.events import (
    CustomerArrived,
    FulfilmentAccepted,
    FulfilmentPacked,
    FulfilmentReady,
    FulfilmentUnpacked,
)
from commerce.fulfilment.facts import Fulfilment, FulfilmentState as S
from commerce.fulfilment.keep import keep, moved
from commerce.fulfilment.packages import void_all
from commerce.fulfilment.queries import lock
from commerce.fulfilment.tables import pickup_codes
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentOrderId, readable_code
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

CODE_LENGTH = 8
MAKE_CODE = Statement(
    insert(pickup_codes)
    .values(fulfilment_order_id=given("id", Uuid), code=given("code", Text), failed_attempts=0)
    .on_conflict_do_nothing(index_elements=["fulfilment_order_id"])
)
DROP_CODE = Statement(delete(pickup_codes).where(pickup_codes.c.fulfilment_order_id == given("id", Uuid)))


async def accept(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId) -> Fulfilment:
    """Takes the work on: offered becomes accepted; asked again it stays as it is. Refuses with NotFound, IllegalMove."""
    work = await lock(tx, fulfilment_id, caller)
    if work.state is S.ACCEPTED:
        return work
    now = clock.now()
    after = await keep(tx, work, moved(work, S.ACCEPTED, accepted_at=now), by=caller.principal, at=now)
    tx.emit(FulfilmentAccepted(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after))
    return after


async def pack(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId) -> Fulfilment:
    """Packs what was picked. Refuses with NotAllPicked while a unit is neither picked nor short, NotFound, IllegalMove."""
    work = await lock(tx, fulfilment_id, caller)
    rules.check(work, S.PACKED)
    _all_picked(work)
    after = await keep(tx, work, moved(work, S.PACKED), by=caller.principal, at=clock.now())
    tx.emit(FulfilmentPacked(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after))
    return after


async def unpack(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId) -> Fulfilment:
    """Goes back to picking, since a mistake was found; packages, their labels and scanned serial numbers are void, a code that was given
    stays good. Refuses with NotFound, IllegalMove.
    """
    work = await lock(tx, fulfilment_id, caller)
    rules.check(work, S.PICKING)
    before = moved(rules.unpicked(work), S.PICKING, ready_at=None, staging=None)
    now = clock.now()
    after = await keep(tx, work, before, by=caller.principal, at=now)
    await serials.forget(tx, work.id)
    await void_all(tx, work.id, "unpacked", at=now)
    tx.emit(FulfilmentUnpacked(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after))
    return after


async def ready(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, staging: str | None) -> Fulfilment:
    """Puts it ready to be collected, with a code for the customer, at a staging place. Refuses with NotAllPicked, WrongKind, IllegalMove."""
    work = await lock(tx, fulfilment_id, caller)
    rules.check(work, S.READY_FOR_PICKUP)
    _all_picked(work)
    now = clock.now()
    after = await keep(
        tx, work, moved(work, S.READY_FOR_PICKUP, ready_at=now, staging=staging), by=caller.principal, at=now
    )
    await tx.execute(MAKE_CODE, id=after.id, code=readable_code(CODE_LENGTH))
    tx.emit(FulfilmentReady(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after))
    return after


async def remind(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId) -> Fulfilment:
    """Tells the customer once more that it is ready; each call of its own (key) sends one message. Refuses with NotFound, IllegalMove."""
    work = await lock(tx, fulfilment_id, caller)
    if work.state is not S.READY_FOR_PICKUP:
        raise rules.FULFILMENT.refusal(work.state, S.READY_FOR_PICKUP)
    after = await keep(tx, work, work, by=caller.principal, at=clock.now())
    tx.emit(
        FulfilmentReady(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after, reminder=after.version)
    )
    return after


async def arrived(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId) -> Fulfilment:
    """Notes that the customer is here; a second time changes nothing. Refuses with NotFound, and with IllegalMove when it is not ready."""
    work = await lock(tx, fulfilment_id, caller)
    if work.state is not S.READY_FOR_PICKUP:
        raise rules.FULFILMENT.refusal(work.state, S.READY_FOR_PICKUP)
    if work.arrived_at is not None:
        return work
    now = clock.now()
    after = await keep(tx, work, moved(work, work.state, arrived_at=now), by=caller.principal, at=now)
    tx.emit(CustomerArrived(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after))
    return after


def _all_picked(work: Fulfilment) -> None:
    left = sum(line.to_pick for line in work.lines)
    if left or not any(line.picked for line in work.lines):
        raise NotAllPicked(f"{left} units are neither picked nor reported as short.", units_left=left)
