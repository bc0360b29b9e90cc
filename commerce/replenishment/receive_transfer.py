"""Units of a transfer arrive: each scan is booked when it is made, once, and never beyond what is in transit."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Date, DateTime, Integer, Text, Uuid, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from commerce import catalog, inventory
from commerce.inventory import Cause, Demand, Move, Spot
from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.kernel.ids import HoldId, OrderId, VariantId, new_id
from commerce.platform.database import Tx
from commerce.platform.http import Caller, Forbidden
from commerce.platform.statement import Statement, given, unnested
from commerce.replenishment import carry, transfer_rules
from commerce.replenishment.carry import Told
from commerce.replenishment.draft_transfer import require_side
from commerce.replenishment.errors import CartonReceived, MoreThanInTransit, SamePerson, ScanDiffers, UnknownBarcode
from commerce.replenishment.events import TransferReceived
from commerce.replenishment.facts import LineUnits, Transfer, TransferState as S
from commerce.replenishment.keep import keep_transfer
from commerce.replenishment.queries import lock_transfer, rules_now, shipments_of
from commerce.replenishment.tables import transfer_cartons, transfer_received_units, transfer_scans
from commerce.replenishment.transfer_schemas import (
    ReceiveTransferIn,
    TransferCartonUnits,
    TransferScannedOut,
    TransferScanOut,
)
from commerce.traceability import Tagged

Codes = Mapping[VariantId, Told]
APPROVE, ADJUST = "stock:approve", "stock:adjust"
_scan, _carton = transfer_scans.c, transfer_cartons.c


class _Before(msgspec.Struct, frozen=True):
    asked: ReceiveTransferIn
    answer: TransferScanOut


class _Carton(msgspec.Struct, frozen=True):
    id: UUID
    received: bool
    units: tuple[TransferCartonUnits, ...]


SCANNED_BEFORE = Statement(
    select(_scan.asked, _scan.answer).where(
        _scan.transfer_id == given("transfer_id", Uuid), _scan.scan_id == given("scan_id", Uuid)
    ),
    into=_Before,
)
CARTON = Statement(
    select(_carton.id, _carton.received_at.is_not(None).label("received"), _carton.units).where(
        _carton.transfer_id == given("transfer_id", Uuid), _carton.barcode == given("barcode", Text)
    ),
    into=_Carton,
)
TAKE_CARTON = Statement(
    update(transfer_cartons)
    .where(_carton.id == given("id", Uuid))
    .values(received_at=given("at", DateTime(timezone=True)))
)
NOTE_SCAN = Statement(insert(transfer_scans))
_added = unnested(
    "added", nth=Integer, transfer_line_id=Uuid, variant_id=Uuid, quantity=Integer, condition=Text, serials=JSONB
)
ADD_UNITS = Statement(
    insert(transfer_received_units).from_select(
        ["transfer_id", "scan_id", "reason", "lot", "expires_on", *_added.c.keys()],
        select(
            given("transfer_id", Uuid),
            given("scan_id", Uuid),
            given("reason", Text),
            given("lot", Text),
            given("expires_on", Date),
            *_added.c,
        ),
    )
)


async def receive_transfer(
    tx: Tx, caller: Caller, transfer_id: UUID, data: ReceiveTransferIn, language: str = "en"
) -> TransferScanOut:
    """Take in what was scanned: units leave transit for the destination's shelf, damaged ones for beside it.

    Units that travel for an order are reserved for it in the same breath: no walk-in can buy them. The same scan id again gets the first
    answer and moves nothing. Refuses with ScanDiffers the same id with another content; with NotFound, OtherSidesTurn, IllegalMove; with
    SamePerson who shipped it, unless with stock:approve or the shop's rules allow it; with UnknownBarcode, CartonReceived; with
    MoreThanInTransit; with NotInTransfer an article that is not on it, unless it is told as found.
    """
    before = await lock_transfer(tx, transfer_id, caller)
    known = await tx.fetch_one(SCANNED_BEFORE, transfer_id=before.id, scan_id=data.scan_id)
    if known is not None:
        if known.asked != data:
            raise ScanDiffers("Use a new scan_id for a new scan.")
        return known.answer
    require_side(caller, before.destination_id, "receive what arrives at it")
    if before.state not in transfer_rules.ON_ITS_WAY:
        raise transfer_rules.TRANSFER.refusal(before.state, S.RECEIVED)
    await _require_another(tx, caller, before)
    if data.found:
        return await _take_found(tx, caller, before, data, language)
    units, told = await _resolved(tx, before, data)
    after = await _take_in(tx, caller, before, data, units, told)
    names = await catalog.article_names(tx, {each.variant_id for each in units})
    answer = TransferScanOut(
        scan_id=data.scan_id,
        units=[
            TransferScannedOut(
                transfer_line_id=each.transfer_line_id,
                variant_id=each.variant_id,
                **catalog.called(each.variant_id, names, language),
                quantity=each.received + each.damaged,
                condition=data.condition,
                reserved=each.reserved,
                order_line_id=each.peg.order_line_id if each.peg and each.reserved else None,
            )
            for each in units
        ],
        state=after.state,
        in_transit=transfer_rules.on_its_way(after),
    )
    await _store(tx, caller, before, data, answer)
    return answer


async def _require_another(tx: Tx, caller: Caller, transfer: Transfer) -> None:
    """Refuses who shipped any of it (segregation of duties), unless they may approve, or the shop does not mind."""
    if caller.has(APPROVE) or not (await rules_now(tx)).receiver_differs:
        return
    if any(sent.shipped_by == caller.principal for sent in await shipments_of(tx, transfer.id)):
        raise SamePerson("Let somebody else receive it, or somebody with stock:approve.")


async def _resolved(tx: Tx, transfer: Transfer, data: ReceiveTransferIn) -> tuple[list[LineUnits], Codes]:
    """Gives the lines whose units a barcode stands for, those of a carton of this transfer or of an article, and what is said of them."""
    carton = await tx.fetch_one(CARTON, transfer_id=transfer.id, barcode=data.barcode)
    if carton is None:
        variant_id = await _article(tx, transfer, data)
        units = transfer_rules.arriving(
            transfer, [(variant_id, data.quantity)], data.condition, await _skus(tx, variant_id)
        )
        return units, {variant_id: Told(data.lot, data.serials)}
    if carton.received:
        raise CartonReceived("A carton is scanned once; this one was received already.")
    if data.quantity != 1 or data.serials or data.lot:
        raise invalid("/quantity", "must be 1 for a carton, without lot and serial numbers: its contents are known")
    await tx.execute(TAKE_CARTON, id=carton.id, at=clock.now())
    found: list[LineUnits] = []
    serials: dict[VariantId, list[str]] = {}
    for each in carton.units:
        line = transfer.line(each.transfer_line_id)
        if line is None or line.in_transit < each.quantity:
            left = 0 if line is None else line.in_transit
            what = "a line" if line is None else (await _skus(tx, line.variant_id)).get(line.variant_id, "a line")
            raise MoreThanInTransit(
                f"The carton should hold {each.quantity} units of {what} of which {left} are in transit: some of it was scanned singly. "
                "Scan the rest of it singly, too.",
                in_transit=left,
                scanned=each.quantity,
            )
        found.append(transfer_rules.of_line(line, data.condition, each.quantity))
        serials.setdefault(line.variant_id, []).extend(each.serials)
    return found, {variant_id: Told(serials=known) for variant_id, known in serials.items()}


async def _skus(tx: Tx, *variant_ids: VariantId) -> dict[UUID, str]:
    return {each: name.sku for each, name in (await catalog.article_names(tx, variant_ids)).items()}


async def _article(tx: Tx, transfer: Transfer, data: ReceiveTransferIn) -> VariantId:
    """Gives the article of a code: one of the transfer's, also one that was withdrawn while it travelled, else any."""
    on_it = {line.variant_id for line in transfer.lines}
    variant_id = (await catalog.variants_on_hand_by_code(tx, [data.barcode], among=on_it)).get(data.barcode)
    if variant_id is None:
        raise UnknownBarcode(
            f"{data.barcode} is neither the barcode nor the SKU of an article, nor a carton of this transfer. Scan another code on it.",
            barcode=data.barcode,
        )
    if data.serials and len(data.serials) != data.quantity:
        raise invalid("/serials", f"must be {data.quantity}, one for each unit")
    return variant_id


async def _take_in(
    tx: Tx, caller: Caller, before: Transfer, data: ReceiveTransferIn, units: Sequence[LineUnits], told: Codes
) -> Transfer:
    now = clock.now()
    after = await keep_transfer(tx, before, transfer_rules.received(before, units), by=caller.principal, at=now)
    place = before.destination_id
    spot = Spot.SHELF if data.condition == "good" else Spot.DAMAGED
    moves = [Move(each.variant_id, each.received + each.damaged, Spot.IN_TRANSIT, place, spot, place) for each in units]
    tagged = await carry.out_of_transit(tx, before.id, carry.one_for_each(moves), told)
    cause = Cause("transfer", before.id, caller.principal)
    traced = await carry.move(tx, tagged, cause, f"transfer:{before.id}:scan:{data.scan_id}")
    await carry.arrived(tx, before.id, traced)
    pegged: dict[OrderId, list[Demand]] = {}
    for each in units:
        if each.peg is not None and each.reserved:
            demand = Demand(each.variant_id, place, each.reserved)
            pegged.setdefault(each.peg.order_id, []).append(demand)
    for order_id, demands in sorted(pegged.items()):
        await inventory.reserve(tx, demands, order_id, HoldId(new_id()), at=now, beyond_safety=True)
    tx.emit(TransferReceived(transfer_id=after.id, transfer=after, lines=tuple(units)))
    return after


async def _take_found(
    tx: Tx, caller: Caller, transfer: Transfer, data: ReceiveTransferIn, language: str
) -> TransferScanOut:
    """Books an article that is here and not on the transfer, as found: from shrinkage, where the origin's next count will send it."""
    if not caller.has(ADJUST) and not caller.has(APPROVE):
        raise Forbidden(f"The scope {ADJUST} or {APPROVE} is needed to book what is on no paper.", scope=ADJUST)
    if data.reason is None:
        raise invalid("/reason", "is needed for what is found")
    variant_id = await _article(tx, transfer, data)
    if any(line.variant_id == variant_id for line in transfer.lines):
        raise invalid("/found", "must be false: the article is on the transfer")
    place = transfer.destination_id
    spot = Spot.SHELF if data.condition == "good" else Spot.DAMAGED
    move = Move(variant_id, data.quantity, Spot.SHRINKAGE, None, spot, place)
    await carry.move(
        tx,
        [Tagged(move, lot=data.lot, expires_on=data.expires_on, serials=data.serials)],
        Cause("transfer", transfer.id, caller.principal, data.reason),
        f"transfer:{transfer.id}:scan:{data.scan_id}",
    )
    answer = TransferScanOut(
        scan_id=data.scan_id,
        units=[
            TransferScannedOut(
                transfer_line_id=None,
                variant_id=variant_id,
                **catalog.called(variant_id, await catalog.article_names(tx, [variant_id]), language),
                quantity=data.quantity,
                condition=data.condition,
                reserved=0,
                order_line_id=None,
            )
        ],
        state=transfer.state,
        in_transit=transfer_rules.on_its_way(transfer),
    )
    await _store(tx, caller, transfer, data, answer)
    tx.changed("transfer", transfer.id, after={"found": variant_id, "quantity": data.quantity, "reason": data.reason})
    return answer


async def _store(tx: Tx, caller: Caller, transfer: Transfer, data: ReceiveTransferIn, answer: TransferScanOut) -> None:
    await tx.execute(
        NOTE_SCAN,
        transfer_id=transfer.id,
        scan_id=data.scan_id,
        asked=data,
        answer=answer,
        by=caller.principal,
        at=clock.now(),
    )
    await tx.execute(
        ADD_UNITS,
        transfer_id=transfer.id,
        scan_id=data.scan_id,
        reason=data.reason,
        lot=data.lot,
        expires_on=data.expires_on,
        nth=list(range(len(answer.units))),
        transfer_line_id=[each.transfer_line_id for each in answer.units],
        variant_id=[each.variant_id for each in answer.units],
        quantity=[each.quantity for each in answer.units],
        condition=[each.condition for each in answer.units],
        serials=[data.serials for _ in answer.units],
    )
