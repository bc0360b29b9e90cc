"""Units of a transfer leave the origin, in as many shipments as it takes; and what is told of when they arrive."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import structs
from sqlalchemy import DateTime, Integer, Text, Uuid, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from commerce.inventory import Cause, Move, Spot
from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import TransferId, TransferLineId, document_number, new_id
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given, unnested
from commerce.replenishment import carry, transfer_rules
from commerce.replenishment.draft_transfer import require_side
from commerce.replenishment.errors import NotOnThatLine
from commerce.replenishment.events import TransferDelayed, TransferShipped
from commerce.replenishment.facts import (
    Peg,
    ShippedUnits,
    Transfer,
    TransferLine,
    TransferShipment,
    TransferState as S,
)
from commerce.replenishment.keep import keep_transfer
from commerce.replenishment.queries import lock_transfer, shipments_of
from commerce.replenishment.tables import (
    transfer_cartons,
    transfer_eta_changes,
    transfer_shipment_lines,
    transfer_shipments,
)
from commerce.replenishment.transfer_schemas import ShipLineIn, ShipTransferIn, TransferCartonIn
from commerce.traceability import Tagged

INSERT = Statement(insert(transfer_shipments))
_units = unnested("units", transfer_line_id=Uuid, quantity=Integer)
SHIP_LINES = Statement(
    insert(transfer_shipment_lines).from_select(
        ["shipment_id", "transfer_line_id", "quantity"], select(given("shipment_id", Uuid), *_units.c)
    )
)
_carton = unnested("carton", id=Uuid, barcode=Text, units=JSONB)
CARTONS = Statement(
    insert(transfer_cartons).from_select(
        ["shipment_id", "transfer_id", "id", "barcode", "units"],
        select(given("shipment_id", Uuid), given("transfer_id", Uuid), *_carton.c),
    )
)
SET_ETA = Statement(
    update(transfer_shipments)
    .where(transfer_shipments.c.id == given("id", Uuid))
    .values(eta=given("eta", DateTime(timezone=True)))
)
_change = transfer_eta_changes.c
NOTE_ETA = Statement(
    insert(transfer_eta_changes).values(
        {name: given(name, _change[name].type) for name in ("shipment_id", "eta_before", "eta", "reason", "by", "at")}
    )
)


async def ship_transfer(tx: Tx, caller: Caller, transfer_id: UUID, data: ShipTransferIn) -> TransferShipment:
    """Send units on their way: they leave the origin's shelf and its reservations, and are in transit to the destination.

    Refuses with NotFound, OtherSidesTurn, IllegalMove; with NotOnThatLine more than is approved and has not left; with InvalidInput a
    carton that holds more of a line than the shipment; with CartonTaken a barcode that the transfer has already.
    """
    before = await lock_transfer(tx, transfer_id, caller)
    require_side(caller, before.origin_id, "ship what leaves it")
    units = transfer_rules.shipping(before, _wanted(data))
    leaving = {line.id: quantity for line, quantity in units}
    _check_cartons(data.cartons, leaving)
    now = clock.now()
    sent = TransferShipment(
        id=new_id(),
        number=document_number("TS"),
        transfer_id=before.id,
        carrier=data.carrier,
        tracking_number=data.tracking_number,
        eta=data.eta,
        shipped_by=caller.principal,
        shipped_at=now,
        units=tuple(ShippedUnits(transfer_line_id=line.id, quantity=quantity) for line, quantity in units),
    )
    after = await keep_transfer(tx, before, transfer_rules.shipped(before, units), by=caller.principal, at=now)
    await put_shipment(tx, sent, data.cartons)
    codes = {each.transfer_line_id: each for each in data.lines or ()}
    traced = await carry.move(
        tx,
        [_tagged(before, line, quantity, codes.get(line.id)) for line, quantity in units],
        Cause("transfer", before.id, caller.principal),
        f"transfer:{before.id}:shipment:{sent.id}",
        reserved_for=before.id,
    )
    await carry.departed(tx, before.id, traced)
    tx.emit(TransferShipped(transfer_id=after.id, transfer=after, shipment=sent))
    return sent


def _tagged(transfer: Transfer, line: TransferLine, quantity: int, told: ShipLineIn | None) -> Tagged:
    move = Move(line.variant_id, quantity, Spot.SHELF, transfer.origin_id, Spot.IN_TRANSIT, transfer.destination_id)
    return Tagged(move, lot=told.lot if told else None, serials=told.serials if told else ())


async def put_shipment(tx: Tx, sent: TransferShipment, cartons: Sequence[TransferCartonIn]) -> None:
    """Stores a shipment with what is in it."""
    await tx.execute(INSERT, **{column.name: getattr(sent, column.name) for column in transfer_shipments.c})
    await tx.execute(
        SHIP_LINES,
        shipment_id=sent.id,
        transfer_line_id=[each.transfer_line_id for each in sent.units],
        quantity=[each.quantity for each in sent.units],
    )
    if cartons:
        await tx.execute(
            CARTONS,
            shipment_id=sent.id,
            transfer_id=sent.transfer_id,
            id=[new_id() for _ in cartons],
            barcode=[carton.barcode for carton in cartons],
            units=[carton.units for carton in cartons],
        )


async def delay_shipment(
    tx: Tx, caller: Caller, transfer_id: UUID, shipment_id: UUID, eta: datetime, reason: str
) -> TransferShipment:
    """Tell that a shipment is expected at another time; either end may. Who waits for what is in it is told by TransferDelayed.

    The same time again changes nothing. Refuses with NotFound, and with IllegalMove when nothing of the transfer is on its way.
    """
    transfer = await lock_transfer(tx, transfer_id, caller)
    sent = next((each for each in await shipments_of(tx, TransferId(transfer_id)) if each.id == shipment_id), None)
    if sent is None:
        raise NotFound("There is no such shipment of this transfer.")
    if transfer.state not in transfer_rules.ON_ITS_WAY:
        raise transfer_rules.TRANSFER.refusal(transfer.state, S.IN_TRANSIT)
    if sent.eta == eta:
        return sent
    await tx.execute(SET_ETA, id=sent.id, eta=eta)
    await tx.execute(
        NOTE_ETA,
        shipment_id=sent.id,
        eta_before=sent.eta,
        eta=eta,
        reason=reason,
        by=caller.principal,
        at=clock.now(),
    )
    tx.changed("transfer_shipment", sent.id, before={"eta": sent.eta}, after={"eta": eta, "reason": reason})
    tx.emit(
        TransferDelayed(
            transfer_id=transfer.id,
            transfer=transfer,
            shipment_id=sent.id,
            eta_before=sent.eta,
            eta=eta,
            reason=reason,
            pegs=tuple(_waiting(transfer, sent)),
        )
    )
    return structs.replace(sent, eta=eta)


def _waiting(transfer: Transfer, sent: TransferShipment) -> list[Peg]:
    lines = [transfer.line(each.transfer_line_id) for each in sent.units]
    return [line.peg for line in lines if line is not None and line.in_transit and line.peg is not None]


def _wanted(data: ShipTransferIn) -> Mapping[UUID, int] | None:
    """Gives the units that are asked for by line: those of the lines, else those of the cartons, else None for all."""
    if data.lines is not None:
        wanted: dict[UUID, int] = {}
        for position, line in enumerate(data.lines):
            if line.transfer_line_id in wanted:
                raise NotOnThatLine.at(position, "stands twice")
            wanted[line.transfer_line_id] = line.quantity
        return wanted
    return _in_cartons(data.cartons) or None


def _in_cartons(cartons: Sequence[TransferCartonIn]) -> dict[UUID, int]:
    held: dict[UUID, int] = {}
    for carton in cartons:
        for units in carton.units:
            held[units.transfer_line_id] = held.get(units.transfer_line_id, 0) + units.quantity
    return held


def _check_cartons(cartons: Sequence[TransferCartonIn], leaving: Mapping[TransferLineId, int]) -> None:
    barcodes = [carton.barcode for carton in cartons]
    if len(set(barcodes)) != len(barcodes):
        raise invalid("/cartons", "name a barcode twice")
    for nth, carton in enumerate(cartons):
        lines = [units.transfer_line_id for units in carton.units]
        if len(set(lines)) != len(lines):
            raise invalid(f"/cartons/{nth}/units", "name a line twice")
    for line_id, quantity in _in_cartons(cartons).items():
        if quantity > leaving.get(TransferLineId(line_id), 0):
            raise invalid("/cartons", f"hold {quantity} units of the line {line_id}, more than leave in this shipment")
