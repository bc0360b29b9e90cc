"""Units leave the house: handed over at the counter, or shipped. The order, the work, the stock and the money change in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, insert, select, update

from commerce import inventory, orders, payments
from commerce.fulfilment import rules
from commerce.fulfilment.errors import WrongPickupCode
from commerce.fulfilment.events import HandedOver, ShipmentDelivered, Shipped
from commerce.fulfilment.facts import Fulfilment, FulfilmentState as S, Shipment
from commerce.fulfilment.keep import keep, moved
from commerce.fulfilment.packages import send_packages
from commerce.fulfilment.proof import Proof, bearer, check_age, check_code, keep_proof
from commerce.fulfilment.queries import fulfilment, lock, shipment
from commerce.fulfilment.rules import Units
from commerce.fulfilment.serials import Serials, trace
from commerce.fulfilment.tables import hand_overs, shipments
from commerce.fulfilment.work import DROP_CODE
from commerce.inventory import Cause
from commerce.kernel import clock
from commerce.kernel.errors import Bug, IllegalMove
from commerce.kernel.ids import FulfilmentOrderId, document_number, new_id
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

NONE: Serials = {}
RECORD = Statement(insert(hand_overs))
RECORDED = Statement(select(hand_overs.c.fulfilment_order_id).where(hand_overs.c.id == given("id", Uuid)))
SHIP = Statement(insert(shipments))
DELIVERED = Statement(
    update(shipments)
    .where(
        shipments.c.id == given("id", Uuid),
        shipments.c.delivered_at.is_(None),
        shipments.c.version == given("version_before", Integer),
    )
    .values(delivered_at=given("at", shipments.c.delivered_at.type), version=shipments.c.version + 1)
    .returning(shipments.c.version)
)


async def hand_over(
    db: Database,
    command_id: UUID,
    caller: Caller,
    fulfilment_id: FulfilmentOrderId,
    proof: Proof,
    wanted: Mapping[UUID, int] | None,
    serials: Serials = NONE,
) -> Fulfilment:
    """Hands units to the customer, all that were picked or those named, and takes the money that is due for them.

    A wrong code is counted in a transaction of its own, so that guessing ends: refuses with WrongPickupCode, and with TooManyCodes after
    five. `serials` are those of units whose articles ask for them, unless they were scanned at the pick: refuses with SerialNeeded,
    SerialElsewhere. Refuses with AgeNotConfirmed, NobodyNamed, WrongUnits, NotFound, IllegalMove. The same command again gives the work as it is.
    """
    if proof.code is not None and not await db.transact(check_code, caller, fulfilment_id, proof.code):
        raise WrongPickupCode("Ask for the code in the message that says the order is ready.")
    return await db.transact(_hand_over, command_id, caller, fulfilment_id, proof, wanted, serials)


async def _hand_over(
    tx: Tx,
    command_id: UUID,
    caller: Caller,
    fulfilment_id: FulfilmentOrderId,
    proof: Proof,
    wanted: Mapping[UUID, int] | None,
    serials: Serials,
) -> Fulfilment:
    if await tx.fetch_value(RECORDED, id=command_id) is not None:
        return await fulfilment(tx, fulfilment_id, caller)
    order_id = (await fulfilment(tx, fulfilment_id, caller)).order_id
    await orders.lock(tx, order_id)
    work = await lock(tx, fulfilment_id, caller)
    rules.check(work, S.HANDED_OVER)
    person = await bearer(tx, work, proof)  # once more: another person may have been named since the code was checked
    units = rules.handing(work, wanted)
    check_age(proof, [line for line, _ in units])
    now = clock.now()
    amount = await _leave(tx, caller, work, units, serials, f"hand-over:{command_id}")
    after = rules.handed(work, units)
    after = await keep(
        tx, work, moved(after, S.HANDED_OVER) if rules.all_left(after) else after, by=caller.principal, at=now
    )
    await tx.execute(
        RECORD,
        id=command_id,
        fulfilment_order_id=work.id,
        units=[(line.order_line_id, quantity) for line, quantity in units],
        amount=amount,
        proof=proof.kind,
        by=caller.principal,
        at=now,
    )
    await keep_proof(tx, caller, work, command_id, proof, person, at=now, last=after.state is S.HANDED_OVER)
    if after.state is S.HANDED_OVER:
        await tx.execute(DROP_CODE, id=work.id)
        await send_packages(tx, after, units, None, at=now)
    tx.emit(
        HandedOver(
            fulfilment_order_id=work.id,
            order_id=work.order_id,
            fulfilment=after,
            hand_over_id=command_id,
            amount=amount,
            proof=proof.kind,
        )
    )
    return after


async def ship(
    tx: Tx,
    caller: Caller,
    fulfilment_id: FulfilmentOrderId,
    carrier: str,
    tracking_number: str | None,
    tracking_url: str | None,
    serials: Serials = NONE,
) -> Shipment:
    """Sends all that was picked on its way with its packages, and takes the money that is due for it.

    Refuses with NotAllPacked when there are packages and they do not hold all of it, with SerialNeeded as a hand-over does, with
    WrongUnits, WrongKind, NotFound, IllegalMove.
    """
    order_id = (await fulfilment(tx, fulfilment_id, caller)).order_id
    await orders.lock(tx, order_id)
    work = await lock(tx, fulfilment_id, caller)
    rules.check(work, S.SHIPPED)
    units = rules.handing(work, None)
    now = clock.now()
    sent = Shipment(
        id=new_id(),
        number=document_number("S"),
        fulfilment_order_id=work.id,
        order_id=work.order_id,
        location_id=work.location_id,
        carrier=carrier,
        tracking_number=tracking_number,
        tracking_url=tracking_url,
        units=tuple((line.order_line_id, quantity) for line, quantity in units),
        shipped_at=now,
    )
    amount = await _leave(tx, caller, work, units, serials, f"ship:{sent.id}")
    after = await keep(tx, work, moved(rules.handed(work, units), S.SHIPPED), by=caller.principal, at=now)
    await tx.execute(SHIP, **msgspec.structs.asdict(sent))
    await send_packages(tx, work, units, sent.id, at=now)
    tx.emit(
        Shipped(fulfilment_order_id=work.id, order_id=work.order_id, fulfilment=after, shipment=sent, amount=amount)
    )
    return sent


async def delivered(tx: Tx, caller: Caller, shipment_id: UUID, at: datetime | None) -> Shipment:
    """Notes that the carrier delivered, now or at an instant since it left; a second time changes nothing. Refuses with NotFound."""
    sent = await shipment(tx, shipment_id, caller)
    if sent.delivered_at is not None:
        return sent
    when = at or clock.now()
    if not sent.shipped_at <= when <= clock.now():
        raise IllegalMove("A shipment is delivered after it left and not in the future.")
    version = await tx.fetch_value(DELIVERED, id=sent.id, at=when, version_before=sent.version)
    if version is None:
        return await shipment(tx, shipment_id, caller)
    arrived = msgspec.structs.replace(sent, delivered_at=when, version=version)
    tx.changed("shipment", sent.id, after={"delivered_at": when})
    tx.emit(ShipmentDelivered(order_id=sent.order_id, shipment=arrived))
    return arrived


async def _leave(tx: Tx, caller: Caller, work: Fulfilment, units: Units, serials: Serials, effect_key: str) -> int:
    """Counts the units on the order, takes them off the shelf, and intends to take the money; gives the amount due, in minor units."""
    due = await orders.fulfil(
        tx,
        work.order_id,
        [(line.order_line_id, quantity) for line, quantity in units],
        by=caller.principal,
        location_id=work.location_id,
    )
    cause = Cause("fulfilment_order", work.id, caller.principal)
    leaving = [(line.variant_id, work.location_id, quantity) for line, quantity in units]
    await inventory.consume(tx, work.order_id, leaving, cause, effect_key)
    await trace(tx, work, units, serials, cause, effect_key)
    if due.amount < 0:
        raise Bug(f"{effect_key} would charge {due.amount}")
    if due.amount:
        await payments.intend_capture(tx, work.order_id, work.group_id, due, effect_key)
    order = await orders.order(tx, work.order_id)
    lines = order.lines_of(work.group_id)
    if any(line.cancelled for line in lines) and not any(line.open for line in lines):
        await payments.intend_void(tx, work.order_id, work.group_id, f"rest:{effect_key}")
    return due.amount
