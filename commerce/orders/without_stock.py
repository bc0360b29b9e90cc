"""What has no stock (a service, a file) goes with the goods of its group: the one place that says so.

It is no work of anybody's: with the first goods of its group that leave it is done, and with the last that are cancelled it is cancelled. A
group of nothing else is done when its order is placed (docs/decisions/0119-articles-without-stock.md). Pure.
"""

from collections.abc import Mapping

from commerce.kernel.ids import OrderLineId
from commerce.orders.facts import Order, OrderLine


def going_along(order: Order, goods: Mapping[OrderLineId, int]) -> dict[OrderLineId, int]:
    """Gives units that leave, with all open ones without stock of the groups that they are of."""
    return {**{line.id: line.open for line in _along(order, goods)}, **goods}


def ending_along(order: Order, goods: Mapping[OrderLineId, int]) -> dict[OrderLineId, int]:
    """Gives units that are cancelled, with the open ones without stock of those groups of which no goods are open any more after it."""
    ended = dict(goods)
    for line in _along(order, goods):
        left = [each for each in order.lines_of(line.group_id) if each.stocked and not each.is_fee]
        if all(each.open == goods.get(each.id, 0) for each in left):
            ended[line.id] = line.open
    return ended


def _along(order: Order, goods: Mapping[OrderLineId, int]) -> list[OrderLine]:
    """Gives the lines without stock, open and not named themselves, of the groups that goods are of."""
    groups = {line.group_id for line in order.lines if line.id in goods and line.stocked}
    return [
        line
        for line in order.goods
        if line.group_id in groups and not line.stocked and line.open and line.id not in goods
    ]
