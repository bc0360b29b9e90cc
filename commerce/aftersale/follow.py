"""What an anonymous shopper bought follows into the account that the shopper signs in to: carts, orders, payments, returns.

Who holds the token of the anonymous session while signing in has bought in it; nothing else, and no e-mail, gives an order to anybody.
Docs: docs/decisions/0153-an-order-follows-its-buyer.md.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, select, update

from commerce import carts, orders, payments
from commerce.aftersale.tables import returns
from commerce.identity import SignedIn
from commerce.kernel import clock
from commerce.kernel.ids import OrderId
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of, given
from commerce.platform.work import enqueue

FOLLOWING: Final = "aftersale.follow"
MOST_AT_ONCE: Final = 100
LATE: Final = timedelta(minutes=1)
"""After which nothing that was asked for with the former token is under way any more: it is refused within a second."""

_locked = (
    select(returns.c.id)
    .where(any_of(returns.c.order_id, "order_ids"), returns.c.shopper_id == given("before", Uuid))
    .order_by(returns.c.id)
    .with_for_update(key_share=True)
    .cte("locked")
)
FOLLOW = Statement(
    update(returns).where(returns.c.id == _locked.c.id).values(shopper_id=given("after", Uuid)).add_cte(_locked)
)


class Following(msgspec.Struct, frozen=True, kw_only=True):
    """Whose things follow whom."""

    before: UUID
    after: UUID


async def follow(tx: Tx, signed_in: SignedIn) -> None:
    """Lets what is the anonymous shopper's follow in the transaction that signs in; once more a minute later, for what was begun with the
    former token in the last moment of its life.
    """
    if signed_in.from_shopper_id is None:
        return
    who = Following(before=signed_in.from_shopper_id, after=signed_in.shopper_id)
    await go_on(tx, who)
    await enqueue(tx, FOLLOWING, who, run_at=clock.now() + LATE)


async def go_on(tx: Tx, who: Following) -> None:
    """Lets so much follow as a transaction should touch, and a job goes on with the rest. Again, it finds nothing to do."""
    if await _moved(tx, who):
        await enqueue(tx, FOLLOWING, who)


async def _moved(tx: Tx, who: Following) -> bool:
    """Says whether there may be more. Carts before orders: one that is becoming an order is waited for, and its order is seen then."""
    before, after = Caller(kind="shopper", id=who.before), Caller(kind="shopper", id=who.after)
    carts_moved = await carts.follow(tx, before, after, most=MOST_AT_ONCE)
    moved: Sequence[OrderId] = await orders.follow(tx, who.before, who.after, most=MOST_AT_ONCE)
    if moved:
        await payments.follow(tx, moved, who.before, who.after)
        await tx.execute(FOLLOW, order_ids=list(moved), before=who.before, after=who.after)
    return MOST_AT_ONCE in {carts_moved, len(moved)}
