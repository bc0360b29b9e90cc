"""A transfer that a customer waits for brings units, or does not: they become the store's work, or the customer is asked again."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from commerce import fulfilment, inventory, orders, stores
from commerce.fulfilment import Fulfilment, FulfilmentState, RejectedUnits, ShortReason
from commerce.inventory import Cause
from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import OrderId, OrderLineId, TransferId
from commerce.orders import UNPLACED, OrderState
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.recourse.hear import open_case
from commerce.recourse.keep import raise_exception
from commerce.replenishment import (
    LineUnits,
    Transfer,
    TransferCancelled,
    TransferClosed,
    TransferDelayed,
    TransferReceived,
    TransferShipped,
)

SYSTEM = Caller(kind="system")


async def transfer_received(tx: Tx, received: TransferReceived) -> None:
    """Promises the units that arrived to their orders, where they are reserved already; what arrived damaged is asked about.

    Units of an order that ended meanwhile are free at once.
    """
    await _heard(tx, received.transfer, received.lines)


async def transfer_ended(tx: Tx, ended: TransferClosed | TransferCancelled) -> None:
    """Asks the customers again whose units will not come."""
    await _heard(tx, ended.transfer, ended.lines)


async def transfer_shipped(tx: Tx, shipped: TransferShipped) -> None:
    """Moves the promise of the work that waits for what left, where it will come later than was promised."""
    if shipped.shipment.eta is not None:
        pegs = {line.order_id for line in shipped.transfer.lines if line.order_id is not None}
        await _expect(tx, shipped.transfer, pegs, shipped.shipment.eta, "transfer_shipped", only_later=True)


async def transfer_delayed(tx: Tx, delayed: TransferDelayed) -> None:
    """Moves the promise of the work that waits for what comes at another time."""
    pegs = {peg.order_id for peg in delayed.pegs}
    await _expect(tx, delayed.transfer, pegs, delayed.eta, "transfer_delayed", only_later=False)


async def _expect(
    tx: Tx, transfer: Transfer, order_ids: Collection[OrderId], eta: datetime, reason: str, *, only_later: bool
) -> None:
    if not order_ids:
        return
    ready_by = (await stores.location(tx, transfer.destination_id)).ready_at(eta)
    if ready_by is None or ready_by <= clock.now():
        return
    for order_id in sorted(order_ids):
        await orders.lock(tx, order_id)
        for work in await _waiting(tx, order_id, transfer.id):
            if not only_later or work.ready_by is None or work.ready_by < ready_by:
                await fulfilment.move_promise(tx, SYSTEM, work.id, ready_by, reason)


async def _heard(tx: Tx, transfer: Transfer, lines: Iterable[LineUnits]) -> None:
    by_order: defaultdict[OrderId, list[LineUnits]] = defaultdict(list)
    for line in lines:
        if line.peg is not None:
            by_order[line.peg.order_id].append(line)
    for order_id, mine in sorted(by_order.items()):
        await _of_order(tx, transfer, order_id, mine)


async def _of_order(tx: Tx, transfer: Transfer, order_id: OrderId, lines: list[LineUnits]) -> None:
    order = await orders.lock(tx, order_id)
    works = await _waiting(tx, order_id, transfer.id)
    came = [(line, line.reserved) for line in lines if line.reserved]
    if order.state is not OrderState.PLACED or not works:
        await _free(tx, transfer, order_id, came)
        return
    (work,) = works
    mine = {each.id: each for each in order.lines}
    arrived: list[tuple[OrderLineId, int]] = []
    for line, units in came:
        line_id = _line_of(line)
        wanted = min(units, order.units_at(mine[line_id], UNPLACED))
        arrived += [(line_id, wanted)] if wanted else []
        if units > wanted:
            await _free(tx, transfer, order_id, [(line, units - wanted)])
    if arrived:
        await orders.place_at(tx, order_id, arrived, transfer.destination_id)
    missing: defaultdict[OrderLineId, int] = defaultdict(int)
    for line in lines:
        missing[_line_of(line)] += line.damaged + line.lost + line.returned + line.cancelled
    left = {line.order_line_id: line.to_pick for line in work.lines}
    await _without(tx, work, {line: short for line, units in missing.items() if (short := min(units, left[line]))})
    if not _still_coming(transfer, order_id):
        await fulfilment.goods_arrived(tx, SYSTEM, work.id)


async def _without(tx: Tx, work: Fulfilment, missing: dict[OrderLineId, int]) -> None:
    """Asks the customer about units that the transfer does not bring."""
    if not missing:
        return
    after = await fulfilment.not_arrived(tx, SYSTEM, work.id, missing)
    rejected = [
        RejectedUnits(line.order_line_id, line.variant_id, missing[line.order_line_id], ShortReason.NOT_ARRIVED)
        for line in work.lines
        if line.order_line_id in missing
    ]
    case = await open_case(tx, after, rejected, routing=False, by="system")
    await raise_exception(tx, "not_arrived", case, case.opened_at)


async def _free(tx: Tx, transfer: Transfer, order_id: OrderId, came: list[tuple[LineUnits, int]]) -> None:
    units = [(line.variant_id, transfer.destination_id, quantity) for line, quantity in came]
    if units:
        await inventory.release(tx, order_id, units, Cause("transfer", transfer.id, "system", "not_wanted"))


async def _waiting(tx: Tx, order_id: OrderId, transfer_id: TransferId) -> list[Fulfilment]:
    return [
        work
        for work in await fulfilment.fulfilments_of(tx, order_id)
        if work.waiting_for == transfer_id and work.state is FulfilmentState.WAITING_FOR_TRANSFER
    ]


def _still_coming(transfer: Transfer, order_id: OrderId) -> bool:
    return any(line.to_ship or line.in_transit for line in transfer.lines if line.order_id == order_id)


def _line_of(line: LineUnits) -> OrderLineId:
    if line.peg is None:
        raise Bug(f"units of the transfer line {line.transfer_line_id} are nobody's")
    return line.peg.order_line_id
