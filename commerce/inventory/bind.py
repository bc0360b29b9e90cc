"""A hold becomes the order's: it no longer expires."""

from sqlalchemy import DateTime, Uuid, or_, select, update

from commerce.inventory.errors import HoldExpired
from commerce.inventory.tables import reservations
from commerce.kernel import clock
from commerce.kernel.ids import HoldId, OrderId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given

_hold_id = given("hold_id", Uuid)
_order_id = given("order_id", Uuid)
BIND = Statement(
    update(reservations)
    .where(
        reservations.c.hold_id == _hold_id,
        or_(
            reservations.c.order_id == _order_id,
            (reservations.c.expires_at > given("at", DateTime(timezone=True)))
            & (reservations.c.open == reservations.c.quantity),
        ),
    )
    .values(order_id=_order_id, expires_at=None)
    .returning(reservations.c.variant_id)
)
LINES = Statement(select(reservations.c.variant_id).where(reservations.c.hold_id == _hold_id))


async def bind(tx: Tx, hold_id: HoldId, order_id: OrderId) -> None:
    """Give all units of a hold to an order: from now on they are kept until they leave, or the order gives them up.

    Again for the same order it changes nothing. Refuses with HoldExpired when the hold has ended, in part or as a whole, whether or not
    anybody freed its units yet; when there is no such hold; and when it is another order's.
    """
    bound = await tx.execute(BIND, hold_id=hold_id, order_id=order_id, at=clock.now())
    if bound == 0 or bound < len(await tx.fetch(LINES, hold_id=hold_id)):
        raise HoldExpired("Ask for the units again; there may be fewer now.")
