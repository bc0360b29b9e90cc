"""Whose an order is: the one place where aftersale looks at it."""

from uuid import UUID

from commerce import orders
from commerce.kernel.errors import NotFound
from commerce.orders import Order
from commerce.platform.database import Tx
from commerce.platform.http import Caller


async def locked_for(tx: Tx, caller: Caller, order_id: UUID) -> Order:
    """Gives an order, locked until the commit, to its shopper or to those who work in the shop.

    Another shopper's refuses with NotFound, exactly as if it did not exist.
    """
    order = await orders.lock(tx, order_id)
    if caller.is_staff_side or (caller.is_shopper and order.shopper_id == caller.id):
        return order
    raise NotFound("There is no such order.")
