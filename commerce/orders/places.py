"""Where open units are promised: at their group's location unless something else is written down. Pure."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

import msgspec

from commerce.kernel.ids import OrderLineId
from commerce.orders.facts import UNPLACED, Elsewhere, Order, OrderLine


def taken(order: Order, goods: Mapping[OrderLineId, int], location_id: UUID | None) -> Order:
    """Gives the order after units of goods ceased to be open at a place, where that was checked before."""
    return _counted(order, {(line_id, location_id): -units for line_id, units in goods.items()})


def moved_units(order: Order, goods: Mapping[OrderLineId, int], source: UUID, target: UUID) -> Order:
    """Gives the order after open units went from one place to another, where that was checked before."""
    changes: Counter[tuple[OrderLineId, UUID | None]] = Counter()
    for line_id, units in goods.items():
        changes[line_id, source] -= units
        changes[line_id, target] += units
    return _counted(order, changes)


def placed_new(order: Order, line_id: OrderLineId, units: int, location_id: UUID) -> Order:
    """Gives the order after the units of a new line were promised at a location."""
    return _counted(order, {(line_id, location_id): units})


def _counted(order: Order, changes: Mapping[tuple[OrderLineId, UUID | None], int]) -> Order:
    """Counts units of lines at places; what is at a line's own place is what is left, and is not written down."""
    lines: dict[OrderLineId, OrderLine] = {line.id: line for line in order.lines}
    units = {(each.order_line_id, each.location_id): each.units for each in order.elsewhere}
    for (line_id, location_id), more in changes.items():
        if location_id is None or location_id == order.group(lines[line_id].group_id).location_id:
            continue
        place = (line_id, None if location_id == UNPLACED else location_id)
        units[place] = units.get(place, 0) + more
    expected = {(each.order_line_id, each.location_id): each.expected_at for each in order.elsewhere}
    elsewhere = tuple(
        Elsewhere(
            order_line_id=place[0],
            location_id=place[1],
            units=count,
            expected_at=expected.get(place) if count else None,
        )
        for place, count in units.items()
    )
    return order if elsewhere == order.elsewhere else msgspec.structs.replace(order, elsewhere=elsewhere)
