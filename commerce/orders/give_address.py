"""An order that was to be collected gets the address to which its units are sent instead."""

from sqlalchemy import Uuid, update
from sqlalchemy.dialects.postgresql import JSONB

from commerce.kernel.errors import Bug
from commerce.orders.facts import Address, Order
from commerce.orders.tables import orders
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given

GIVE = Statement(
    update(orders)
    .where(orders.c.id == given("id", Uuid), orders.c.shipping_address.is_(None))
    .values(shipping_address=given("address", JSONB))
    .returning(orders.c.id)
)


async def give_address(tx: Tx, order: Order, address: Address) -> None:
    """Write down where a locked order is sent, which had no such address; one that was agreed never changes, so that is a Bug.

    It stands with the order alone, in no fact, and is erased with it.
    """
    if await tx.fetch_value(GIVE, id=order.id, address=address) is None:
        raise Bug(f"the order {order.number} has an address already")
