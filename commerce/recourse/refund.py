"""What nobody can give any more is not charged: as it was chosen, or because nobody chose in time."""

from datetime import datetime

import msgspec

from commerce import orders, payments
from commerce.kernel import clock
from commerce.kernel.ids import OrderId, RejectionId
from commerce.orders import UNPLACED, OrderState
from commerce.platform.database import Database, Tx
from commerce.recourse.events import ChoiceMade
from commerce.recourse.facts import Choice, Rejection, RejectionState as S
from commerce.recourse.hear import close_all
from commerce.recourse.keep import keep
from commerce.recourse.queries import OVERDUE, lock

SHORT = "short"
BATCH = 50


async def give_money_back(tx: Tx, case: Rejection, *, by: str) -> int:
    """Takes the waiting units of a rejection off their locked order, and lets go of money that nothing will be charged to.

    Gives what will not be charged because of it, in minor units.
    """
    saved = await orders.cancel_units(tx, case.order_id, case.units, SHORT, by=by, location_id=UNPLACED)
    order = await orders.order(tx, case.order_id)
    if not any(line.open for line in order.lines_of(case.group_id)):
        await payments.intend_void(tx, case.order_id, case.group_id, f"void:rejection:{case.id}")
    return saved.amount


async def default(tx: Tx, order_id: OrderId, rejection_id: RejectionId, at: datetime) -> Rejection:
    """Ends a rejection whose time to choose is over with the money going back; one that was chosen or is not over yet stays as it is."""
    order = await orders.lock_header(tx, order_id)
    case = await lock(tx, order_id, rejection_id)
    if not case.overdue(at):
        return case
    if order.state is not OrderState.PLACED:
        await close_all(tx, order_id, by="system")
        return case
    amount = await give_money_back(tx, case, by="system")
    ended = msgspec.structs.replace(case, state=S.DEFAULTED, choice=Choice.REFUND, amount=amount)
    after = await keep(tx, case, ended, by="system", at=at)
    tx.emit(
        ChoiceMade(
            rejection_id=after.id,
            order_id=after.order_id,
            rejection=after,
            choice=Choice.REFUND,
            defaulted=True,
            amount=amount,
            fulfilment_order_ids=(),
        )
    )
    return after


async def default_overdue(db: Database, _: None = None) -> None:
    """Ends what nobody chose about in time, one transaction for each; whoever meets one before does the same."""
    at = clock.now()
    for case in await db.reading.fetch(OVERDUE, at=at, most=BATCH):
        await db.transact(default, case.order_id, case.id, at)
