"""The payments of orders become those of the account that the shopper who made them signs in to."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, select, update

from commerce.kernel.ids import OrderId
from commerce.payments.tables import payments
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given

_locked = (
    select(payments.c.id)
    .where(any_of(payments.c.order_id, "order_ids"), payments.c.shopper_id == given("before", Uuid))
    .order_by(payments.c.id)
    .with_for_update(key_share=True)
    .cte("locked")
)
FOLLOW = Statement(
    update(payments).where(payments.c.id == _locked.c.id).values(shopper_id=given("after", Uuid)).add_cte(_locked)
)


async def follow(tx: Tx, order_ids: Sequence[OrderId], before: UUID, after: UUID) -> None:
    """Makes one shopper's payments of these orders those of another. Call it with the orders locked: so no attempt begins meanwhile.

    The version stays, so that whoever takes in what the provider said goes on undisturbed.
    """
    await tx.execute(FOLLOW, order_ids=list(order_ids), before=before, after=after)
