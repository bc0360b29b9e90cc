"""Reserve the uses of promotions for an order, commit them with it, give them back when it does not come about.

As stock is: reserved at checkout, committed when the order is placed, released when it expires or is cancelled, by the
same rule whoever cancels (G9): docs/decisions/0067-uses-are-reserved.md.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from commerce.kernel.errors import Bug
from commerce.platform.database import Tx
from commerce.price_engine import code_key
from commerce.promotions.customer import customer_keys
from commerce.promotions.errors import PromotionUsedUp
from commerce.promotions.events import PromotionUsedUp as UsedUp
from commerce.promotions.facts import SOMEBODY, Customer, Use, UseState
from commerce.promotions.index import PROMOTIONS
from commerce.promotions.rules import USE
from commerce.promotions.use_rows import COMMIT, OF_ORDER, RELEASE, RESERVE


async def reserve_uses(
    tx: Tx, order_id: UUID, uses: Sequence[Use], *, customer: Customer = SOMEBODY, at: datetime
) -> None:
    """Keep the uses of promotions for an order: all of them, or none.

    To be called for what applied and is `limited`, last in its transaction: a promotion that everybody uses is one row,
    which stays locked from here until the commit. The same order again changes nothing. Refuses with PromotionUsedUp,
    naming each promotion of which no use, no budget, no use of its code, or none for this customer is left.
    """
    if not uses:
        return
    if len({use.promotion_id for use in uses}) != len(uses):
        raise Bug("an order uses a promotion once")
    keys = await customer_keys(tx, customer)
    rows = await tx.fetch(
        RESERVE,
        order_id=order_id,
        promotion_id=[use.promotion_id for use in uses],
        promotion_version=[use.version for use in uses],
        code_key=[None if use.code is None else code_key(use.code) for use in uses],
        amount=[use.saved.amount for use in uses],
        currency=[use.saved.currency for use in uses],
        customer_keys=keys,
        at=at,
    )
    gone = [
        row["promotion_id"] for row in rows if not (row["counted"] and row["coded"]) or row["customers"] != len(keys)
    ]
    if gone:
        raise PromotionUsedUp.of(gone)
    if len(rows) < len(uses):
        await _still_live(tx, order_id, uses)
    if full := [row for row in rows if row["full"]]:
        tx.emit(*(UsedUp(promotion_id=row["promotion_id"], uses=row["uses"], amount=row["amount"]) for row in full))
        await PROMOTIONS.changed(tx)


async def commit_uses(tx: Tx, order_id: UUID, *, at: datetime) -> int:
    """Count the uses that are reserved for an order as used; gives how many. None where there are none any more."""
    return await tx.execute(COMMIT, order_id=order_id, at=at)


async def release_uses(tx: Tx, order_id: UUID, *, at: datetime) -> int:
    """Give back the uses of an order, reserved or committed, once; gives how many. What was used up can be had again."""
    rows = await tx.fetch(RELEASE, order_id=order_id, at=at)
    if any(row["was_full"] for row in rows):
        await PROMOTIONS.changed(tx)
    return len(rows)


async def _still_live(tx: Tx, order_id: UUID, uses: Sequence[Use]) -> None:
    """Refuses to reserve again what was given back: the order it was for is over."""
    states = {row["promotion_id"]: UseState(row["state"]) for row in await tx.fetch(OF_ORDER, order_id=order_id)}
    if any(states.get(use.promotion_id) is UseState.RELEASED for use in uses):
        raise USE.refusal(UseState.RELEASED, UseState.RESERVED)
