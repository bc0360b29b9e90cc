"""What may happen to an order, and what its parts come to. Pure: orders in, orders and amounts out.

Captures and returns go through a line's units from the front, cancellations from the back, so that what is returned was captured and a
cancelled unit never carried a captured cent (docs/decisions/0021-parts-of-a-charge.md). A group's delivery charge goes with its first
fulfilled units; when no unit of a group is fulfilled it goes with the last cancelled one. Fees move with their articles (`fees.py`).
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from uuid import UUID

import msgspec

from commerce.kernel.ids import OrderLineId
from commerce.kernel.money import chargeable
from commerce.kernel.states import Machine
from commerce.orders.errors import NotThatManyUnits, UnknownOrderLine
from commerce.orders.facts import (
    UNPLACED,
    Entitlement,
    LineShare,
    Order,
    OrderFacts,
    OrderGroup,
    OrderLine,
    OrderState,
    Wanted,
)
from commerce.orders.fees import check_together, with_fees
from commerce.orders.places import moved_units, taken
from commerce.orders.without_stock import ending_along, going_along
from commerce.price_engine import units_share

S = OrderState
ORDER = Machine(
    "order",
    start={S.PENDING_PAYMENT, S.PLACED},
    moves={
        S.PENDING_PAYMENT: {S.PLACED, S.CANCELLED},
        S.PLACED: {S.COMPLETED, S.CANCELLED},
        S.COMPLETED: set(),
        S.CANCELLED: set(),
    },
)


class Change(msgspec.Struct, frozen=True):
    """An order after an act, and what the act comes to in minor units."""

    order: Order
    amount: int


def fulfilled(order: Order, wanted: Wanted, location_id: UUID | None = None) -> Change:
    """Records units as handed over or shipped by a location (None: their group's); the amount is what is due for them now, with the
    deliveries of groups that begin.

    Refuses with NotThatManyUnits when fewer open units of a line are promised there.
    """
    goods = open_units(order, wanted, location_id)
    units = with_fees(order, going_along(order, goods))
    after = _with_lines(order, units, lambda line, more: msgspec.structs.replace(line, fulfilled=line.fulfilled + more))
    return Change(_closed(taken(after, goods, location_id)), due(after) - due(order))


def units_cancelled(order: Order, wanted: Wanted, location_id: UUID | None = None) -> Change:
    """Records units of a place as cancelled; the amount is what will not be charged because of it. Refuses as `fulfilled` does."""
    goods = open_units(order, wanted, location_id)
    units = with_fees(order, ending_along(order, goods))
    after = _with_lines(order, units, lambda line, more: msgspec.structs.replace(line, cancelled=line.cancelled + more))
    return Change(_closed(taken(after, goods, location_id)), given_up(after) - given_up(order))


def all_cancelled(order: Order) -> Order:
    """Records every open unit as cancelled, wherever it was promised."""
    nowhere = tuple(msgspec.structs.replace(each, units=0) for each in order.elsewhere)
    together = msgspec.structs.replace(order, elsewhere=nowhere)
    return units_cancelled(together, [(line.id, line.open) for line in order.goods if line.open]).order


def displaced(order: Order, wanted: Wanted, from_location: UUID) -> Order:
    """Takes open units off a place; no place has them then. Refuses as `fulfilled` does."""
    return moved_units(order, open_units(order, wanted, from_location), from_location, UNPLACED)


def placed_at(order: Order, wanted: Wanted, location_id: UUID) -> Order:
    """Promises units that no place has at a location. Refuses with NotThatManyUnits when fewer are unplaced."""
    return moved_units(order, open_units(order, wanted, UNPLACED), UNPLACED, location_id)


def charged_less(order: Order, wanted: Wanted) -> int:
    """Gives what would not be charged if units that no place has were cancelled; nothing is recorded by it."""
    return units_cancelled(order, wanted, UNPLACED).amount


def open_units(order: Order, wanted: Wanted, location_id: UUID | None) -> dict[OrderLineId, int]:
    """Gives units by line that are promised at a place (None: their group's). Refuses as `fulfilled` does what is not."""
    noun = "waiting for a place" if location_id == UNPLACED else "open there"
    return _units(order, wanted, lambda line: order.units_at(line, location_id), noun)


def entitlement(order: Order, wanted: Wanted, *, withdrawal: bool = False) -> Entitlement:
    """Gives what returning units gives back, exactly; nothing is recorded by it.

    With `withdrawal` (Directive 2011/83/EU, article 13) the delivery charge of a group comes back too when, with these units, everything of
    the group that was not cancelled is returned, gifts aside: they are kept. Refuses with NotThatManyUnits for units that were not fulfilled or came back before.
    """
    return _returning(order, wanted, withdrawal=withdrawal)[1]


def returned(order: Order, wanted: Wanted, *, withdrawal: bool) -> Change:
    """Records units as returned; the amount is the entitlement."""
    after, given = _returning(order, wanted, withdrawal=withdrawal)
    return Change(after, given.amount.amount)


def return_withdrawn(order: Order, shares: Sequence[LineShare]) -> Change:
    """Takes back what `returned` recorded for units whose return was refused or given up, by the shares that it gave.

    The amount is by how much less is to be given back; a delivery that came back with them is owed again.
    """
    units = {share.line_id: share for share in shares}
    check_together(
        order, _units(order, [(s.line_id, s.quantity) for s in shares], lambda line: line.returned, "returned")
    )
    lines = tuple(
        msgspec.structs.replace(
            line,
            returned=line.returned - share.quantity,
            returned_total=line.returned_total - share.total,
            returned_tax=line.returned_tax - share.tax,
        )
        if (share := units.get(line.id))
        else line
        for line in order.lines
    )
    touched = groups_touched(order, units)
    groups = tuple(msgspec.structs.replace(g, delivery_returned=False) if g.id in touched else g for g in order.groups)
    after = msgspec.structs.replace(order, lines=lines, groups=groups)
    return Change(after, given_back(order) - given_back(after))


def due(order: OrderFacts) -> int:
    """Gives what is due for all that was fulfilled so far; what captures sum to."""
    return sum(due_of(order, group) for group in order.groups)


def due_of(order: OrderFacts, group: OrderGroup) -> int:
    """Gives what is due for all that was fulfilled of one group so far."""
    lines = order.lines_of(group.id)
    exact = sum(units_share(line.sold, 0, line.fulfilled).total for line in lines)
    if any(line.fulfilled for line in lines):
        exact += group.delivery_total
    return chargeable(exact, order.charge_step)


def given_back(order: OrderFacts) -> int:
    """Gives what all returns so far entitle to; what refunds for returns sum to."""
    return sum(
        chargeable(
            sum(line.returned_total for line in order.lines_of(group.id))
            + (group.delivery_total if group.delivery_returned else 0),
            order.charge_step,
        )
        for group in order.groups
    )


def given_up(order: Order) -> int:
    """Gives what will never be charged because units were cancelled so far."""
    given_up = 0
    for group in order.groups:
        lines = order.lines_of(group.id)
        exact = sum(units_share(line.sold, line.quantity - line.cancelled, line.quantity).total for line in lines)
        if all(line.cancelled == line.quantity for line in lines):
            exact += group.delivery_total
        whole = group.lines_total + group.delivery_total
        given_up += group.total - chargeable(whole - exact, order.charge_step)
    return given_up


def _returning(order: Order, wanted: Wanted, *, withdrawal: bool) -> tuple[Order, Entitlement]:
    units = with_fees(order, _units(order, wanted, _returnable, "fulfilled and not returned"))
    lines: list[OrderLine] = []
    shares: list[LineShare] = []
    for line in order.lines:
        if not (more := units.get(line.id)):
            lines.append(line)
            continue
        upto = units_share(line.sold, 0, line.returned + more)
        # What is left of the whole run of units: exact whatever was withdrawn in between.
        total, tax = max(0, upto.total - line.returned_total), max(0, upto.tax - line.returned_tax)
        shares.append(LineShare(line.id, more, total, tax))
        lines.append(
            msgspec.structs.replace(
                line,
                returned=line.returned + more,
                returned_total=line.returned_total + total,
                returned_tax=line.returned_tax + tax,
            )
        )
    after = msgspec.structs.replace(order, lines=tuple(lines))
    deliveries = _deliveries_back(after, groups_touched(order, units)) if withdrawal else set()
    groups = tuple(
        msgspec.structs.replace(g, delivery_returned=True) if g.id in deliveries else g for g in order.groups
    )
    after = msgspec.structs.replace(after, groups=groups)
    return after, Entitlement(
        amount=order.money(given_back(after) - given_back(order)),
        lines=tuple(shares),
        deliveries=tuple(deliveries),
        delivery_total=sum(group.delivery_total for group in groups if group.id in deliveries),
    )


def _returnable(line: OrderLine) -> int:
    """Gives how many units can come back: of what has no stock none, it is done (Directive 2011/83/EU, article 16(a) and (m))."""
    return line.fulfilled - line.returned if line.stocked else 0


def groups_touched(order: OrderFacts, units: Collection[OrderLineId]) -> set[UUID]:
    """Gives the groups whose delivery may come back, or be owed again, with these units."""
    return {group.id for group in order.groups if any(line.id in units for line in _deciding(order.lines_of(group.id)))}


def _deciding(lines: Sequence[OrderLine]) -> Sequence[OrderLine]:
    """Gives the lines of a group by which its delivery comes back: gifts, and what has no stock, have a say only where nothing else was supplied."""
    return [line for line in lines if line.kind != "gift" and line.stocked and line.fulfilled] or lines


def _deliveries_back(order: Order, touched: set[UUID]) -> set[UUID]:
    return {
        group.id
        for group in order.groups
        if group.id in touched
        and not group.delivery_returned
        and all(line.returned == line.quantity - line.cancelled for line in _deciding(order.lines_of(group.id)))
    }


def _units(order: Order, wanted: Wanted, left: Callable[[OrderLine], int], noun: str) -> dict[OrderLineId, int]:
    units: Counter[OrderLineId] = Counter()
    for line_id, quantity in wanted:
        units[line_id] += quantity
    by_id = {line.id: line for line in order.lines}
    for line_id, quantity in units.items():
        if (line := by_id.get(line_id)) is None:
            raise UnknownOrderLine(f"The order {order.number} has no line {line_id}.", line_id=line_id)
        if not 1 <= quantity <= left(line):
            raise NotThatManyUnits(
                f"{quantity} units of {line.sku} were named; {left(line)} are {noun}.",
                line_id=line_id,
                asked=quantity,
                left=left(line),
            )
    return dict(units)


def _with_lines(order: Order, units: dict[OrderLineId, int], change: Callable[[OrderLine, int], OrderLine]) -> Order:
    lines = tuple(change(line, units[line.id]) if line.id in units else line for line in order.lines)
    return msgspec.structs.replace(order, lines=lines)


def _closed(order: Order) -> Order:
    """Moves an order whose units are all dealt with to its final state: cancelled when nothing of it was fulfilled."""
    if any(line.open for line in order.lines):
        return order
    after = S.COMPLETED if any(line.fulfilled for line in order.lines) else S.CANCELLED
    return msgspec.structs.replace(order, state=after)
