"""Uses of promotions go the way of the order: kept when it is opened, counted when it stands, given back when it ends with nothing of it kept.

The order's facts decide, whoever cancels and from wherever (G9): docs/decisions/0071-promotions-of-an-order.md.
"""

from datetime import datetime
from uuid import UUID

from commerce import promotions
from commerce.kernel import clock
from commerce.orders import Order, OrderCancelled, OrderChanged, OrderPlaced, OrderState
from commerce.platform.database import Tx
from commerce.promotions import Customer, Use


async def keep_uses(tx: Tx, order: Order, account_id: UUID | None, *, at: datetime) -> None:
    """Keeps a use of each counted promotion that the order took; refuses with PromotionUsedUp, naming those that are gone."""
    if order.uses_promotions:
        uses = [
            Use(
                promotion_id=each.promotion_id,
                version=each.version,
                code=each.code,
                saved=order.money(each.saved),
            )
            for each in order.promotions
            if each.limited
        ]
        customer = Customer(account_id=account_id, email=order.email)
        await promotions.reserve_uses(tx, order.id, uses, customer=customer, at=at)


async def count_uses(tx: Tx, placed: OrderPlaced) -> None:
    """Counts the uses of an order that stands now."""
    if placed.order.uses_promotions:
        await promotions.commit_uses(tx, placed.order_id, at=clock.now())


async def give_back_uses(tx: Tx, ended: OrderCancelled | OrderChanged) -> None:
    """Gives the uses of an order back that was cancelled: at once, or with its last units; unpaid, or placed."""
    if ended.order.uses_promotions and ended.order.state is OrderState.CANCELLED:
        await promotions.release_uses(tx, ended.order_id, at=clock.now())
