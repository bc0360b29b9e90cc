"""A transfer ends before everything arrived: closed short, or cancelled. What is in transit is written off or comes back, never silently."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, select

from commerce import inventory
from commerce.inventory import Cause, Move, Spot
from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.kernel.ids import TransferId, TransferLineId, document_number, new_id
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.replenishment import carry, transfer_rules
from commerce.replenishment.carry import one_for_each
from commerce.replenishment.draft_transfer import require_side
from commerce.replenishment.errors import InTransitChoiceNeeded
from commerce.replenishment.events import TransferCancelled, TransferClosed, TransferShipped
from commerce.replenishment.facts import (
    LineUnits,
    ShippedUnits,
    Transfer,
    TransferLine,
    TransferShipment,
    TransferState as S,
)
from commerce.replenishment.keep import keep_transfer, open_transfer
from commerce.replenishment.queries import lock_transfer
from commerce.replenishment.ship_transfer import put_shipment
from commerce.replenishment.tables import transfer_cartons
from commerce.replenishment.transfer_rules import InTransit
from commerce.replenishment.transfer_schemas import TransferCartonIn, TransferCartonUnits


class _Carton(msgspec.Struct, frozen=True):
    barcode: str
    units: list[TransferCartonUnits]


OPEN_CARTONS = Statement(
    select(transfer_cartons.c.barcode, transfer_cartons.c.units)
    .where(transfer_cartons.c.transfer_id == given("transfer_id", Uuid), transfer_cartons.c.received_at.is_(None))
    .order_by(transfer_cartons.c.barcode),
    into=_Carton,
)


async def close_transfer(tx: Tx, caller: Caller, transfer_id: UUID, reason: str, claim: str | None) -> Transfer:
    """Close a transfer short at its destination: what is in transit is written off with a reason, what never left is free at the origin.

    Refuses with NotFound, OtherSidesTurn, and with IllegalMove when nothing is on its way. Emits TransferClosed with the lost units.
    """
    before = await lock_transfer(tx, transfer_id, caller)
    require_side(caller, before.destination_id, "close what should have arrived at it")
    units = transfer_rules.closing_short(before)
    ended = transfer_rules.ended(before, units, S.RECEIVED, reason, claim)
    after = await keep_transfer(tx, before, ended, by=caller.principal, at=clock.now())
    await _settle(tx, before, units, Cause("transfer", before.id, caller.principal, reason), "closed")
    tx.emit(TransferClosed(transfer_id=after.id, transfer=after, reason=reason, claim=claim, lines=tuple(units)))
    return after


async def cancel_transfer(
    tx: Tx, caller: Caller, transfer_id: UUID, reason: str, in_transit: InTransit | None
) -> Transfer:
    """Cancel a transfer: what never left is free at the origin; what is on its way comes back or is written off, as `in_transit` says.

    A draft can be cancelled from either end, and so can what is on its way; what is ready to ship only at the origin. What comes back
    travels as a transfer of its own, which the origin receives. Refuses with NotFound, OtherSidesTurn, IllegalMove; with
    InTransitChoiceNeeded while goods are on their way and nothing is chosen; with InvalidInput a choice about nothing.
    """
    before = await lock_transfer(tx, transfer_id, caller)
    transfer_rules.TRANSFER.check(before.state, S.CANCELLED)
    if before.state is S.READY_TO_SHIP:
        require_side(caller, before.origin_id, "cancel what is ready to leave it")
    travelling = transfer_rules.on_its_way(before)
    if travelling and in_transit is None:
        raise InTransitChoiceNeeded(
            f"{travelling} units are in transit. Send `in_transit`: `return` brings them back to the origin, `write_off` gives them up.",
            in_transit=travelling,
        )
    if not travelling and in_transit is not None:
        raise invalid("/in_transit", "must be left out: nothing is in transit")
    return await cancelled(tx, before, reason, in_transit, by=caller.principal)


async def cancelled(tx: Tx, before: Transfer, reason: str, in_transit: InTransit | None, *, by: str) -> Transfer:
    """Cancels a locked transfer, with the choice about what is in transit made."""
    units = transfer_rules.cancelling(before, in_transit)
    ended = transfer_rules.ended(before, units, S.CANCELLED, reason)
    after = await keep_transfer(tx, before, ended, by=by, at=clock.now())
    cause = Cause("transfer", before.id, by, reason)
    back = await _bring_back(tx, before, units, cause) if in_transit == "return" else None
    await _settle(tx, before, units, cause, "cancelled", back)
    tx.emit(
        TransferCancelled(
            transfer_id=after.id,
            transfer=after,
            in_transit=in_transit,
            return_id=None if back is None else back.id,
            lines=tuple(units),
        )
    )
    return after


async def _settle(
    tx: Tx, before: Transfer, units: Sequence[LineUnits], cause: Cause, how: str, back: Transfer | None = None
) -> None:
    """Frees what never left, and books what became of what did: lost, or in transit back to the origin."""
    if before.state is not S.DRAFT and any(each.cancelled for each in units):
        await inventory.release(tx, before.id, None, cause)
    here = before.destination_id
    road = Spot.IN_TRANSIT
    moves = [Move(each.variant_id, each.lost, road, here, Spot.SHRINKAGE, None) for each in units if each.lost]
    moves += [
        Move(each.variant_id, each.returned, road, here, road, before.origin_id) for each in units if each.returned
    ]
    if not moves:
        return
    tagged = await carry.out_of_transit(tx, before.id, one_for_each(moves))
    traced = await carry.move(tx, tagged, cause, f"transfer:{before.id}:{how}")
    await carry.arrived(tx, before.id, traced)
    if back is not None:
        await carry.departed(tx, back.id, traced)


async def _bring_back(tx: Tx, before: Transfer, units: Sequence[LineUnits], cause: Cause) -> Transfer:
    """Opens the transfer by which goods come back: in transit from the start, with the cartons that nobody opened."""
    now = clock.now()
    returning = [each for each in units if each.returned]
    new_ids = {each.transfer_line_id: TransferLineId(new_id()) for each in returning}
    back = Transfer(
        id=TransferId(new_id()),
        number=document_number("T"),
        origin_id=before.destination_id,
        destination_id=before.origin_id,
        state=S.IN_TRANSIT,
        reason=cause.reason,
        returns_id=before.id,
        created_by=cause.actor,
        created_at=now,
        approved_at=now,
        lines=tuple(
            TransferLine(
                id=new_ids[each.transfer_line_id],
                position=position,
                variant_id=each.variant_id,
                quantity=each.returned,
                shipped=each.returned,
            )
            for position, each in enumerate(returning)
        ),
    )
    await open_transfer(tx, back)
    sent = TransferShipment(
        id=new_id(),
        number=document_number("TS"),
        transfer_id=back.id,
        shipped_by=cause.actor,
        shipped_at=now,
        units=tuple(ShippedUnits(transfer_line_id=line.id, quantity=line.shipped) for line in back.lines),
    )
    cartons = await tx.fetch(OPEN_CARTONS, transfer_id=before.id)
    whole = [
        TransferCartonIn(
            barcode=carton.barcode,
            units=[
                TransferCartonUnits(
                    transfer_line_id=new_ids[TransferLineId(each.transfer_line_id)], quantity=each.quantity
                )
                for each in carton.units
            ],
        )
        for carton in cartons
        if all(each.transfer_line_id in new_ids for each in carton.units)
    ]
    await put_shipment(tx, sent, whole)
    tx.emit(TransferShipped(transfer_id=back.id, transfer=back, shipment=sent))
    return back
