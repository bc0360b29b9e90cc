"""Units of an order are handed over, cancelled, returned: counters move, and the exact amount for them is given."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import BigInteger, Boolean, Integer, Text, Uuid, insert, select, update

from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import OrderId, OrderLineId
from commerce.kernel.money import Money
from commerce.orders import rules
from commerce.orders.events import OrderChanged
from commerce.orders.facts import LineShare, Order, OrderState, Wanted
from commerce.orders.queries import lock
from commerce.orders.tables import order_groups, order_lines, order_transitions, orders
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested

_counted = unnested(
    "counted",
    line_id=Uuid,
    fulfilled=Integer,
    cancelled=Integer,
    returned=Integer,
    returned_total=BigInteger,
    returned_tax=BigInteger,
)
_lines = (
    update(order_lines)
    .where(order_lines.c.id == _counted.c.line_id)
    .values({each.name: each for each in _counted.c if each.name != "line_id"})
    .returning(order_lines.c.id)
    .cte("lines_counted")
)
_delivered = unnested("delivered", group_id=Uuid, delivery_returned=Boolean)
_groups = (
    update(order_groups)
    .where(order_groups.c.id == _delivered.c.group_id)
    .values(delivery_returned=_delivered.c.delivery_returned)
    .returning(order_groups.c.id)
    .cte("groups_kept")
)
_before, _after, _at = given("state_before", Text), given("state", Text), given("at", orders.c.opened_at.type)
_moved = (
    update(orders)
    .where(
        orders.c.id == given("id", Uuid),
        orders.c.version == given("version_before", Integer),
        orders.c.state == _before,
    )
    .values(
        state=_after,
        version=orders.c.version + 1,
        closed_at=given("closed_at", orders.c.closed_at.type),
        cancel_reason=given("cancel_reason", Text),
    )
    .returning(orders.c.id, orders.c.state)
    .cte("moved")
)
_noted = (
    insert(order_transitions)
    .from_select(
        ["order_id", "state_before", "state_after", "reason", "by", "at"],
        select(_moved.c.id, _before, _moved.c.state, given("reason", Text), given("by", Text), _at).where(
            _moved.c.state != _before
        ),
    )
    .returning(order_transitions.c.order_id)
    .cte("noted")
)
KEEP = Statement(select(_moved.c.id).add_cte(_lines, _groups, _noted))


async def keep(tx: Tx, before: Order, after: Order, *, reason: str | None, by: str, at: datetime) -> Order:
    """Stores what changed of a locked order, and its move if it made one; gives it with its next version."""
    if after.state is not before.state:
        rules.ORDER.check(before.state, after.state)
        after = msgspec.structs.replace(
            after,
            closed_at=at if rules.ORDER.terminal(after.state) else None,
            cancel_reason=(reason or "units_cancelled") if after.state is OrderState.CANCELLED else None,
        )
    lines = [line for line, old in zip(after.lines, before.lines, strict=True) if line != old]
    groups = [group for group, old in zip(after.groups, before.groups, strict=True) if group != old]
    kept = await tx.fetch_value(
        KEEP,
        id=before.id,
        version_before=before.version,
        state_before=before.state,
        state=after.state,
        closed_at=after.closed_at,
        cancel_reason=after.cancel_reason,
        reason=reason,
        by=by,
        at=at,
        line_id=[line.id for line in lines],
        fulfilled=[line.fulfilled for line in lines],
        cancelled=[line.cancelled for line in lines],
        returned=[line.returned for line in lines],
        returned_total=[line.returned_total for line in lines],
        returned_tax=[line.returned_tax for line in lines],
        group_id=[group.id for group in groups],
        delivery_returned=[group.delivery_returned for group in groups],
    )
    if kept is None:
        raise Bug(f"the order {before.number} changed although it was locked")
    return msgspec.structs.replace(after, version=before.version + 1)


async def fulfil(tx: Tx, order_id: OrderId, wanted: Wanted, *, by: str = "system") -> Money:
    """Record units as handed over or shipped, and give the exact amount that is due for them.

    A group's delivery charge goes with its first units; the amounts of all parts sum to the group's total. The order becomes completed
    when every unit is fulfilled or cancelled. Only a placed order is fulfilled: refuses with IllegalMove, with NotThatManyUnits naming the
    line that has fewer open units, with UnknownOrderLine, with NotFound. Emits OrderChanged.
    """
    before = await lock(tx, order_id)
    if before.state is not OrderState.PLACED:
        raise rules.ORDER.refusal(before.state, OrderState.COMPLETED)
    units = tuple(wanted)
    change = rules.fulfilled(before, units)
    return await _changed(tx, "fulfilled", before, change, units, None, by)


async def cancel_units(tx: Tx, order_id: OrderId, wanted: Wanted, reason: str, *, by: str = "system") -> Money:
    """Take open units off a placed order, and give the exact amount that will not be charged because of it.

    With its last units an order becomes cancelled, or completed when some were handed over. Refuses as `fulfil` does. Emits OrderChanged.
    """
    before = await lock(tx, order_id)
    if before.state is not OrderState.PLACED:
        raise rules.ORDER.refusal(before.state, OrderState.CANCELLED)
    units = tuple(wanted)
    change = rules.units_cancelled(before, units)
    return await _changed(tx, "units_cancelled", before, change, units, reason, by)


async def return_units(
    tx: Tx, order_id: OrderId, wanted: Wanted, *, withdrawal: bool = False, by: str = "system"
) -> Money:
    """Record units as coming back, which locks what they entitle to, and give exactly that: `entitlement(order, wanted).amount`.

    Refuses with NotThatManyUnits for units that were not fulfilled or are returned already (two returns at once: one wins), with
    UnknownOrderLine, with NotFound. Emits OrderChanged.
    """
    before = await lock(tx, order_id)
    units = tuple(wanted)
    change = rules.returned(before, units, withdrawal=withdrawal)
    return await _changed(tx, "units_returned", before, change, units, None, by)


async def withdraw_return(tx: Tx, order_id: OrderId, shares: Sequence[LineShare], *, by: str = "system") -> Money:
    """Take back `return_units` for units whose return was refused or given up, by the shares that `entitlement` gave for them.

    Gives by how much less is to be given back. Refuses with NotThatManyUnits, UnknownOrderLine, NotFound. Emits OrderChanged.
    """
    before = await lock(tx, order_id)
    change = rules.return_withdrawn(before, shares)
    units = tuple((share.line_id, share.quantity) for share in shares)
    return await _changed(tx, "return_withdrawn", before, change, units, None, by)


async def _changed(
    tx: Tx,
    what: Literal["fulfilled", "units_cancelled", "units_returned", "return_withdrawn"],
    before: Order,
    change: rules.Change,
    units: tuple[tuple[OrderLineId, int], ...],
    reason: str | None,
    by: str,
) -> Money:
    after = await keep(tx, before, change.order, reason=reason, by=by, at=clock.now())
    tx.emit(
        OrderChanged(
            order_id=after.id,
            order=after.facts(),
            change=what,
            units=units,
            amount=change.amount,
            reason=reason,
            by=by,
        )
    )
    return after.money(change.amount)
