"""What has no goods at all, a service or a file by itself, is done when its order stands: nobody waits for it and no place works on it."""

from commerce import orders, payments
from commerce.kernel.ids import OrderId
from commerce.orders import OrderPlaced
from commerce.platform.database import Tx


async def done_when_placed(tx: Tx, placed: OrderPlaced) -> None:
    """Counts the units of groups of kind `none` as fulfilled, and intends to take what is due for them, in the transaction that places the order."""
    order_id = OrderId(placed.order_id)
    for group in placed.order.groups:
        if group.kind != "none":
            continue
        units = [(line.id, line.open) for line in placed.order.lines_of(group.id) if line.open and not line.is_fee]
        if not units:
            continue
        due = await orders.fulfil(tx, order_id, units)
        if due.amount:
            await payments.intend_capture(tx, order_id, group.id, due, f"placed:{group.id}")
