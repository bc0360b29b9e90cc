"""Fees go where their articles go: the one place that says so (docs/decisions/0072-fees-and-gifts-as-lines.md).

A fee has no stock and no life of its own. Whoever hands over, cancels or takes back units of goods names the goods; the fees that came with
them move in the same statement, by as many units, and what is charged or given back includes them.
"""

from collections.abc import Mapping

from commerce.kernel.errors import Bug
from commerce.kernel.ids import OrderLineId
from commerce.orders.errors import UnknownOrderLine
from commerce.orders.facts import Order, OrderLine


def with_fees(order: Order, units: Mapping[OrderLineId, int]) -> dict[OrderLineId, int]:
    """Gives units of goods with those of their fees. Refuses with UnknownOrderLine a fee that is named by itself."""
    every = dict(units)
    for line in order.lines:
        if line.of_line_id is None:
            continue
        if line.id in units:
            raise UnknownOrderLine(
                f"The line {line.id} of the order {order.number} is a fee; it goes with the goods of {line.of_line_id}.",
                line_id=line.id,
            )
        if moved := units.get(line.of_line_id):
            every[line.id] = moved
    return every


def check_together(order: Order, units: Mapping[OrderLineId, int]) -> None:
    """Sees that units of goods come with exactly those of their fees: shares that were handed out are handed back whole."""
    goods = {line_id: moved for line_id, moved in units.items() if not _line(order, line_id).is_fee}
    if with_fees(order, goods) != dict(units):
        raise Bug(f"units of the order {order.number} move without the fees that come with them")


def _line(order: Order, line_id: OrderLineId) -> OrderLine:
    return next(line for line in order.lines if line.id == line_id)
