"""A place rejected units, or an order ended: rejections open and close in the transaction that says so."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from commerce.fulfilment import Fulfilment, RejectedUnits, ShortReason, UnitsRejected, fulfilments_of
from commerce.kernel import clock
from commerce.kernel.ids import OrderId, OrderLineId, RejectionId, new_id
from commerce.orders import OrderCancelled
from commerce.platform.database import Tx
from commerce.recourse.events import ChoiceWanted, RejectionClosed
from commerce.recourse.facts import RejectedLine, Rejection, RejectionState as S
from commerce.recourse.keep import keep, open_rejection, raise_exception
from commerce.recourse.queries import LOCK_OF_ORDER, patience_of, rejections_of
from commerce.recourse.rules import REJECTION
from commerce.replenishment import unpeg


async def units_rejected(tx: Tx, rejected: UnitsRejected) -> None:
    """Opens a rejection: parcels look for another place, what was to be collected asks its customer. The order is locked already."""
    work = rejected.fulfilment
    patience = await patience_of(tx, rejected.location_id)
    may_route = rejected.kind == "ship" and work.attempt < patience.attempts
    case = await open_case(tx, work, rejected.lines, routing=may_route, by="system")
    if rejected.kind == "ship" and not may_route:
        await raise_exception(tx, "unroutable", case, case.opened_at)
    if any(line.reason is ShortReason.NOT_ACCEPTED for line in rejected.lines):
        await raise_exception(tx, "not_accepted", case, case.opened_at)


async def open_case(
    tx: Tx, work: Fulfilment, rejected: Iterable[RejectedUnits], *, routing: bool, by: str
) -> Rejection:
    """Opens a rejection of units of a piece of work, which look for another place or ask their customer. Emits ChoiceWanted for the latter."""
    at = clock.now()
    new = Rejection(
        id=RejectionId(new_id()),
        order_id=work.order_id,
        group_id=work.group_id,
        fulfilment_order_id=work.id,
        location_id=work.location_id,
        kind=work.kind,
        state=S.ROUTING if routing else S.WAITING_FOR_CHOICE,
        attempt=work.attempt,
        choose_by=None if routing else await choose_by(tx, work.location_id, at),
        opened_at=at,
        lines=_lines(rejected),
    )
    await open_rejection(tx, new, by=by)
    if not routing:
        tx.emit(ChoiceWanted(rejection_id=new.id, order_id=new.order_id, rejection=new))
    return new


async def choose_by(tx: Tx, location_id: UUID, at: datetime) -> datetime:
    """Gives until when a customer who is asked at an instant can choose."""
    patience = await patience_of(tx, location_id)
    return at + timedelta(minutes=patience.choose_minutes)


async def order_cancelled(tx: Tx, cancelled: OrderCancelled) -> None:
    """Closes what is open of a cancelled order: nothing is left to choose, and nothing travels for it any more."""
    await close_all(tx, cancelled.order_id, by=cancelled.by)
    travelling = [
        (line.order_line_id, line.quantity)
        for work in await fulfilments_of(tx, cancelled.order_id)
        for line in work.lines
        if work.waiting_for is not None
    ]
    if travelling:
        await unpeg(tx, travelling, by=cancelled.by, reason="order_cancelled")


async def close_all(tx: Tx, order_id: OrderId, *, by: str) -> None:
    """Closes the open rejections of a locked order."""
    await tx.fetch(LOCK_OF_ORDER, order_id=order_id)
    at = clock.now()
    for case in await rejections_of(tx, order_id):
        if not REJECTION.terminal(case.state):
            after = await keep(tx, case, msgspec.structs.replace(case, state=S.CLOSED), by=by, at=at)
            tx.emit(RejectionClosed(rejection_id=after.id, order_id=after.order_id, rejection=after))


def _lines(rejected: Iterable[RejectedUnits]) -> tuple[RejectedLine, ...]:
    """Sums units by order line: one that is named twice in one act stands once, with the reason that was given first."""
    units: defaultdict[OrderLineId, int] = defaultdict(int)
    first: dict[OrderLineId, RejectedUnits] = {}
    for each in rejected:
        units[each.order_line_id] += each.units
        first.setdefault(each.order_line_id, each)
    return tuple(
        RejectedLine(order_line_id=line_id, variant_id=each.variant_id, units=units[line_id], reason=each.reason.value)
        for line_id, each in first.items()
    )
