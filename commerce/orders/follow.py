"""An anonymous shopper's orders become those of the account that the shopper signs in to."""

from uuid import UUID

from sqlalchemy import Integer, Uuid, select, update

from commerce.kernel.ids import OrderId
from commerce.orders.tables import orders
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given

_theirs = orders.c.shopper_id == given("before", Uuid)
_newest = select(orders.c.id).where(_theirs).order_by(orders.c.opened_at.desc(), orders.c.id.desc())
# Rows that hang on an order may be added meanwhile: only what changes the order itself waits.
_locked = (
    select(orders.c.id)
    .where(orders.c.id.in_(_newest.limit(given("most", Integer))), _theirs)
    .order_by(orders.c.id)
    .with_for_update(key_share=True)
    .cte("locked")
)
FOLLOW = Statement(
    update(orders)
    .where(orders.c.id == _locked.c.id)
    .values(shopper_id=given("after", Uuid))
    .returning(orders.c.id)
    .add_cte(_locked)
)


async def follow(tx: Tx, before: UUID, after: UUID, *, most: int) -> list[OrderId]:
    """Makes orders of one shopper those of another, the newest so many at the most, and gives which; each is locked until the commit.

    What was agreed stays as it is, and so does the version: no representation of an order says whose it is.
    """
    return [row["id"] for row in await tx.fetch(FOLLOW, before=before, after=after, most=most)]
