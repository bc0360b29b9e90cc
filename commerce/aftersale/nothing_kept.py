"""What else ends when goods came back and their money went: uses of promotions, and sales that were weighed against a threshold.

Uses of an order come back when nothing of it is kept, by the same rule as when it is cancelled: docs/decisions/0071-promotions-of-an-order.md.
"""

from sqlalchemy import Uuid, func, select

from commerce import orders, promotions, tax
from commerce.aftersale.events import ReturnRefunded
from commerce.aftersale.facts import Return, ReturnState as S
from commerce.aftersale.tables import returns
from commerce.kernel import clock
from commerce.orders import Order
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given

OVER = (S.REFUNDED, S.DECLINED, S.REJECTED, S.CANCELLED)
UNDER_WAY = Statement(
    select(func.count()).where(
        returns.c.order_id == given("order_id", Uuid), returns.c.state.not_in([state.value for state in OVER])
    )
)


async def settle_promises(tx: Tx, refunded: ReturnRefunded) -> None:
    """Takes what came back off the distance sale, and gives the order's uses back when all its goods came back, gifts aside."""
    order = await orders.lock(tx, refunded.order_id)
    await _take_off_sale(tx, order, refunded.returned)
    if not order.uses_promotions or not _nothing_kept(order):
        return
    if not await tx.fetch_value(UNDER_WAY, order_id=order.id):
        await promotions.release_uses(tx, order.id, at=clock.now())


def _nothing_kept(order: Order) -> bool:
    had = [line for line in order.goods if line.stocked and line.kind != "gift"]
    return all(line.returned == line.quantity - line.cancelled for line in had)


async def _take_off_sale(tx: Tx, order: Order, done: Return) -> None:
    abroad = {group.id for group in order.groups if group.sent_to}
    net = sum(line.total - line.tax for line in done.lines if line.group_id in abroad)
    net += sum(each.total - each.tax for each in done.deliveries if each.group_id in abroad)
    if net > 0:
        await tax.reverse_distance_sale(tx, order.id, effect=f"return:{done.id}", net=order.money(net), at=clock.now())
