"""Place an order that is paid for, or cancel one of which nothing was handed over."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.kernel import clock
from commerce.kernel.ids import OrderId
from commerce.orders.change_units import keep
from commerce.orders.errors import PartlyFulfilled
from commerce.orders.events import OrderCancelled, OrderPlaced
from commerce.orders.facts import Order, OrderState
from commerce.orders.queries import lock, order, whole
from commerce.orders.rules import ORDER, all_cancelled
from commerce.orders.tables import order_transitions, orders
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given

_moved = (
    update(orders)
    .where(orders.c.id == given("id", orders.c.id.type), orders.c.state == func.any(given("sources", ARRAY(Text))))
    .values(state=OrderState.PLACED.value, placed_at=given("at", orders.c.placed_at.type), version=orders.c.version + 1)
    .returning(*orders.c)
    .cte("moved")
)
_noted = (
    insert(order_transitions)
    .from_select(
        ["order_id", "state_before", "state_after", "by", "at"],
        select(
            _moved.c.id,
            given("state_before", Text),
            _moved.c.state,
            given("by", Text),
            given("at", orders.c.placed_at.type),
        ),
    )
    .returning(order_transitions.c.order_id)
    .cte("noted")
)
_placed: Any = whole(_moved).add_cte(_noted)
PLACE = Statement(_placed, into=Order)


async def place(tx: Tx, order_id: OrderId, *, by: str = "system", at: datetime | None = None) -> Order:
    """Make an order that waits for its payment stand: pending_payment becomes placed. Emits OrderPlaced.

    Refuses with IllegalMove in any other state (a placed order too: whoever reports twice hears it), and with NotFound.
    """
    placed = await tx.fetch_one(
        PLACE,
        id=order_id,
        sources=ORDER.sources(OrderState.PLACED),
        state_before=OrderState.PENDING_PAYMENT,
        by=by,
        at=at or clock.now(),
    )
    if placed is None:
        raise ORDER.refusal((await order(tx, order_id)).state, OrderState.PLACED)
    tx.emit(OrderPlaced(order_id=placed.id, order=placed.facts()))
    return placed


async def cancel(tx: Tx, order_id: OrderId, reason: str, by: str, *, at: datetime | None = None) -> Order:
    """End an order of which nothing was handed over; all its units become cancelled. Emits OrderCancelled.

    Takes no stock and no money back: who calls it releases and voids in the same transaction. Refuses with PartlyFulfilled, with
    IllegalMove when it is completed or cancelled already, and with NotFound.
    """
    before = await lock(tx, order_id)
    if before.state is OrderState.PLACED and any(line.fulfilled for line in before.lines):
        raise PartlyFulfilled(f"Part of the order {before.number} was handed over already.", number=before.number)
    ORDER.check(before.state, OrderState.CANCELLED)
    cancelled = await keep(tx, before, all_cancelled(before), reason=reason, by=by, at=at or clock.now())
    tx.emit(OrderCancelled(order_id=cancelled.id, order=cancelled.facts(), reason=reason, by=by))
    return cancelled
