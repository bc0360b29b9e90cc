"""How an order's promises are said: for each place what is ready when, and what comes later by when."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from commerce.care.dates import moment_said
from commerce.care.goods import items_said
from commerce.care.letters import phrase
from commerce.orders import UNPLACED, Order, OrderGroup
from commerce.stores import Locations

Units = Sequence[tuple[UUID, int]]


def promises_said(order: Order, places: Locations, language: str) -> str:
    """Gives the promise of each group that is fetched or sent, and of what waits for supply, by the instant at which it is expected.

    The articles of each stand below it where there are several promises; of one alone they are all of the order's.
    """
    promises = [
        each for group in order.groups if group.kind != "none" for each in _of_group(order, group, places, language)
    ]
    if len(promises) == 1:
        return promises[0][0]
    return "\n\n".join(f"{said}\n{items_said(order, language, units)}" for said, units in promises)


def _of_group(order: Order, group: OrderGroup, places: Locations, language: str) -> list[tuple[str, Units]]:
    zone = places.get(group.location_id).timezone
    later = _later(order, group)
    waiting = {line.id: order.units_at(line, UNPLACED) for line in order.lines_of(group.id)}
    there: Units = [
        (line.id, units)
        for line in order.lines_of(group.id)
        if (units := line.quantity - line.cancelled - waiting[line.id]) and not line.is_fee
    ]
    said: list[tuple[str, Units]] = [(_promise(group, zone, language), there)] if there or not later else []
    word = "collect_later" if group.kind == "pickup" else "send_later"
    for at in sorted(later):
        when = moment_said(at, zone, language)
        said.append((phrase(word, language, when=when, place=group.location_name), later[at]))
    return said


def _later(order: Order, group: OrderGroup) -> dict[datetime, list[tuple[UUID, int]]]:
    mine = {line.id for line in order.lines_of(group.id)}
    found: dict[datetime, list[tuple[UUID, int]]] = {}
    for each in order.elsewhere:
        if each.order_line_id in mine and each.location_id is None and each.units and each.expected_at is not None:
            found.setdefault(each.expected_at, []).append((each.order_line_id, each.units))
    return found


def _promise(group: OrderGroup, zone: str, language: str) -> str:
    when = moment_said(group.ready_by, zone, language) if group.ready_by else None
    if group.kind == "pickup":
        if when is None:
            return phrase("collect_soon", language, place=group.location_name)
        return phrase("collect", language, place=group.location_name, when=when)
    method = group.method_name.said(language)
    return (
        phrase("send_soon", language, method=method)
        if when is None
        else phrase("send", language, method=method, when=when)
    )
