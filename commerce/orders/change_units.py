"""Units of an order are handed over, cancelled, returned: counters move, and the exact amount for them is given."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Text, Uuid, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import OrderId, OrderLineId
from commerce.kernel.money import Money
from commerce.orders import rules
from commerce.orders.events import OrderChanged, What
from commerce.orders.facts import LineShare, Order, OrderState, Wanted
from commerce.orders.queries import lock
from commerce.orders.tables import order_groups, order_lines, order_transitions, orders, units_elsewhere
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
_there = unnested(
    "there", elsewhere_line_id=Uuid, elsewhere_location_id=Uuid, units=Integer, expected_at=DateTime(timezone=True)
)
_new_places = upsert(units_elsewhere).from_select(
    ["order_id", "order_line_id", "location_id", "units", "expected_at"], select(given("id", Uuid), *_there.c)
)
_elsewhere = (
    _new_places.on_conflict_do_update(
        index_elements=["order_line_id", "location_id"],
        set_={"units": _new_places.excluded.units, "expected_at": _new_places.excluded.expected_at},
    )
    .returning(units_elsewhere.c.seq)
    .cte("elsewhere_kept")
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
KEEP = Statement(select(_moved.c.id).add_cte(_lines, _groups, _elsewhere, _noted))


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
    there = [each for each in after.elsewhere if each not in before.elsewhere]
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
        elsewhere_line_id=[each.order_line_id for each in there],
        elsewhere_location_id=[each.location_id for each in there],
        units=[each.units for each in there],
        expected_at=[each.expected_at for each in there],
    )
    if kept is None:
        raise Bug(f"the order {before.number} changed although it was locked")
    return msgspec.structs.replace(after, version=before.version + 1)


async def fulfil(
    tx: Tx, order_id: OrderId, wanted: Wanted, *, by: str = "system", location_id: UUID | None = None
) -> Money:
    """Record units as handed over or shipped by a location (None: their group's), and give the exact amount that is due for them.

    A group's delivery charge goes with its first units; the amounts of all parts sum to the group's total. The order becomes completed
    when every unit is fulfilled or cancelled. Only a placed order is fulfilled: refuses with IllegalMove, with NotThatManyUnits naming the
    line of which fewer units are open there, with UnknownOrderLine, with NotFound. Emits OrderChanged.
    """
    before = await lock(tx, order_id)
    if before.state is not OrderState.PLACED:
        raise rules.ORDER.refusal(before.state, OrderState.COMPLETED)
    units = tuple(wanted)
    change = rules.fulfilled(before, units, location_id)
    return await _changed(tx, "fulfilled", before, change, units, None, by)


async def cancel_units(
    tx: Tx, order_id: OrderId, wanted: Wanted, reason: str, *, by: str = "system", location_id: UUID | None = None
) -> Money:
    """Take open units of a location (None: their group's; `UNPLACED`: of none) off a placed order, and give the exact amount that will
    not be charged because of it.

    With its last units an order becomes cancelled, or completed when some were handed over. Refuses as `fulfil` does. Emits OrderChanged.
    """
    before = await lock(tx, order_id)
    if before.state is not OrderState.PLACED:
        raise rules.ORDER.refusal(before.state, OrderState.CANCELLED)
    units = tuple(wanted)
    change = rules.units_cancelled(before, units, location_id)
    return await _changed(tx, "units_cancelled", before, change, units, reason, by)


async def displace(
    tx: Tx, order_id: OrderId, wanted: Wanted, *, from_location: UUID, by: str = "system", reason: str | None = None
) -> Order:
    """Take open units off the place that promised them: they stay open, and no place has them until `place_at`, or until they are cancelled.

    Frees no stock: who calls it releases in the same transaction. Only a placed order is changed: refuses as `fulfil` does, with
    NotThatManyUnits when fewer are promised there. Emits OrderChanged.
    """
    before = await lock(tx, order_id)
    if before.state is not OrderState.PLACED:
        raise rules.ORDER.refusal(before.state, OrderState.COMPLETED)
    units = tuple(wanted)
    change = rules.Change(rules.displaced(before, units, from_location), 0)
    return (await _kept(tx, "units_displaced", before, change, units, reason, by))[0]


async def place_at(tx: Tx, order_id: OrderId, wanted: Wanted, location_id: UUID, *, by: str = "system") -> Order:
    """Promise units that no place has at a location, in its group's or another one; who calls it reserves them there too.

    Refuses as `displace` does, with NotThatManyUnits when fewer wait for a place. Emits OrderChanged.
    """
    before = await lock(tx, order_id)
    if before.state is not OrderState.PLACED:
        raise rules.ORDER.refusal(before.state, OrderState.COMPLETED)
    units = tuple(wanted)
    change = rules.Change(rules.placed_at(before, units, location_id), 0)
    return (await _kept(tx, "units_placed", before, change, units, None, by))[0]


async def expect_units(
    tx: Tx, order_id: OrderId, expected: Mapping[OrderLineId, datetime], *, reason: str, by: str = "system"
) -> Order:
    """Expect units that wait for supply to be ready at other instants than before; lines of which none waits stay as they are.

    Refuses with NotFound. Emits OrderChanged where anything is another than before.
    """
    before = await lock(tx, order_id)
    elsewhere = tuple(
        msgspec.structs.replace(each, expected_at=expected[each.order_line_id])
        if each.location_id is None and each.units and each.order_line_id in expected
        else each
        for each in before.elsewhere
    )
    if elsewhere == before.elsewhere:
        return before
    change = rules.Change(msgspec.structs.replace(before, elsewhere=elsewhere), 0)
    units = tuple((each.order_line_id, each.units) for each in elsewhere if each not in before.elsewhere)
    return (await _kept(tx, "units_expected", before, change, units, reason, by))[0]


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
    what: What,
    before: Order,
    change: rules.Change,
    units: tuple[tuple[OrderLineId, int], ...],
    reason: str | None,
    by: str,
) -> Money:
    return (await _kept(tx, what, before, change, units, reason, by))[1]


async def _kept(
    tx: Tx,
    what: What,
    before: Order,
    change: rules.Change,
    units: tuple[tuple[OrderLineId, int], ...],
    reason: str | None,
    by: str,
) -> tuple[Order, Money]:
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
    return after, after.money(change.amount)
