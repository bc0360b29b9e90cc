"""What may happen to a return, until when goods can be given back, and what they come to. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from commerce.aftersale.errors import TooLate, WrongCount
from commerce.aftersale.facts import (
    Destination,
    Inspected,
    Kind,
    Labelled,
    Return,
    ReturnDelivery,
    ReturnLine,
    ReturnState,
)
from commerce.fulfilment import Fulfilment, FulfilmentState, Shipment
from commerce.kernel.ids import ReturnLineId, new_id
from commerce.kernel.money import chargeable, units_upto
from commerce.kernel.states import Machine
from commerce.orders import LineShare, Order, OrderGroup

WITHDRAWAL_DAYS = 14
"""Directive 2011/83/EU, article 9: from the day on which the customer has the last of the goods."""
PRESUMED_DELIVERY_DAYS = 14
"""A parcel of which the carrier never reported the delivery counts as delivered then, for the shop's own return days."""
SATURDAY = 5

S = ReturnState
RETURN = Machine(
    "return",
    start=S.REQUESTED,
    moves={
        S.REQUESTED: {S.APPROVED, S.DECLINED, S.CANCELLED},
        S.APPROVED: {S.RECEIVED, S.CANCELLED},
        S.RECEIVED: {S.INSPECTED, S.REJECTED},
        S.INSPECTED: {S.REFUNDING},
        S.REFUNDING: {S.REFUNDED, S.REFUND_FAILED},
        S.REFUND_FAILED: {S.REFUNDING},
        S.REFUNDED: {S.REFUND_FAILED},
    },
)
CLOSED = frozenset({S.DECLINED, S.REJECTED, S.REFUNDED, S.CANCELLED})
"""Nothing is left to do. Only a refund that the bank gives back to us days later opens one of them again."""


GAVE_NOTHING = frozenset({FulfilmentState.REJECTED, FulfilmentState.CANCELLED, FulfilmentState.EXPIRED})


class Possession(msgspec.Struct, frozen=True):
    """Since when the customer has the last goods of a group; `since` None: not yet, or nobody reported it. `presumed`: from the dispatch."""

    since: datetime | None
    presumed: datetime | None = None


def possessions(works: Iterable[Fulfilment], sent: Sequence[Shipment]) -> dict[UUID, Possession]:
    """Gives since when the customer has each group's goods, by what was handed over and what carriers reported.

    Where several places had a part in a group, since they have the last of it; a place that gave nothing has no say.
    """
    found: dict[UUID, list[Possession]] = {}
    for work in works:
        parts = found.setdefault(work.group_id, [])
        if work.state not in GAVE_NOTHING or any(line.handed for line in work.lines):
            parts.append(_collected(work) if work.kind == "pickup" else _sent(work, sent))
    return {group_id: _last(parts) for group_id, parts in found.items()}


def _collected(work: Fulfilment) -> Possession:
    over = work.state in {FulfilmentState.HANDED_OVER, FulfilmentState.EXPIRED}
    return Possession(work.closed_at if over else None)


def _sent(work: Fulfilment, sent: Sequence[Shipment]) -> Possession:
    parcels = [each for each in sent if each.fulfilment_order_id == work.id]
    delivered = [each.delivered_at for each in parcels if each.delivered_at is not None]
    whole = bool(parcels) and len(delivered) == len(parcels)
    left = max((each.shipped_at for each in parcels), default=None)
    return Possession(max(delivered) if whole else None, left and left + timedelta(days=PRESUMED_DELIVERY_DAYS))


def _last(parts: Sequence[Possession]) -> Possession:
    had = [part.since for part in parts if part.since is not None]
    thought = [each for part in parts if (each := part.since or part.presumed) is not None]
    return Possession(
        max(had) if had and len(had) == len(parts) else None,
        max(thought) if thought and len(thought) == len(parts) else None,
    )


def ends(since: datetime, days: int, zone: str, *, working_day: bool) -> datetime:
    """Gives the instant at which a term of so many days is over: with the end of its last day in the zone of the place.

    The day of the event does not count (Regulation (EEC, Euratom) 1182/71, article 3(1)); where it must be a `working_day`, a term that
    would end on a Saturday or a Sunday ends with the Monday (article 3(4)).
    """
    last: date = since.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    if working_day:
        while last.weekday() >= SATURDAY:
            last += timedelta(days=1)
    return datetime.combine(last + timedelta(days=1), time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def return_ends(
    group: OrderGroup, possession: Mapping[UUID, Possession], days: int, zones: Mapping[UUID, str]
) -> datetime | None:
    """Gives until when goods of a group can be given back by the shop's own terms; None while the time has not begun to run."""
    had = possession.get(group.id, Possession(None))
    since = had.since or had.presumed
    return ends(since, days, zones[group.location_id], working_day=False) if since else None


def withdrawal_ends(order: Order, possession: Mapping[UUID, Possession], zones: Mapping[UUID, str]) -> datetime | None:
    """Gives until when the customer can withdraw by law: counted from the last of all the goods; None while that has not come."""
    latest: datetime | None = None
    for group in order.groups:
        lines = [line for line in order.lines_of(group.id) if line.stocked]
        if not any(line.open or line.fulfilled for line in lines):
            continue
        had = possession.get(group.id)
        if any(line.open for line in lines) or had is None or had.since is None:
            return None
        end = ends(had.since, WITHDRAWAL_DAYS, zones[group.location_id], working_day=True)
        latest = end if latest is None else max(latest, end)
    return latest


def check_in_time(kind: Kind, until: datetime | None, at: datetime) -> None:
    """Refuses with TooLate once the time is over."""
    if until is not None and at >= until:
        days = "The right of withdrawal" if kind == "withdrawal" else "The time for returns"
        raise TooLate(f"{days} ended at {until.isoformat()}; the shop can make an exception.", until=until.isoformat())


def lines_of(order: Order, shares: Sequence[LineShare]) -> tuple[ReturnLine, ...]:
    """Gives the lines of a new return: copies of the order's lines, fees too, with the shares that they entitle to."""
    by_id = {line.id: line for line in order.lines}
    ids = {share.line_id: ReturnLineId(new_id()) for share in shares}
    return tuple(
        ReturnLine(
            id=ids[share.line_id],
            order_line_id=share.line_id,
            group_id=by_id[share.line_id].group_id,
            position=position,
            variant_id=by_id[share.line_id].variant_id,
            sku=by_id[share.line_id].sku,
            title=by_id[share.line_id].title,
            option_text=by_id[share.line_id].option_text,
            quantity=share.quantity,
            kind=by_id[share.line_id].kind,
            of_line_id=None if (of := by_id[share.line_id].of_line_id) is None else ids[of],
            total=share.total,
            tax=share.tax,
        )
        for position, share in enumerate(shares)
    )


def deliveries_of(order: Order, group_ids: Iterable[UUID]) -> tuple[ReturnDelivery, ...]:
    """Gives the delivery charges of groups."""
    groups = [order.group(group_id) for group_id in group_ids]
    return tuple(
        ReturnDelivery(group_id=group.id, total=group.delivery_total, tax=group.delivery_tax) for group in groups
    )


def summed(lines: Iterable[ReturnLine], deliveries: Iterable[ReturnDelivery]) -> int:
    """Gives what lines and deliveries come to."""
    return sum(line.total for line in lines) + sum(each.total for each in deliveries)


def received(asked: Return, counted: Sequence[tuple[UUID, int]] | None) -> tuple[ReturnLine, ...]:
    """Gives the lines after the arrival: all units, or those counted; a line that is not named did not come.

    Fees come with their lines. Refuses with WrongCount a line that is none of the return's goods or stands twice, more units than were
    announced, and an arrival of nothing.
    """
    if counted is None:
        return tuple(msgspec.structs.replace(line, received=line.quantity) for line in asked.lines)
    lines = {line.id: line for line in asked.lines if not line.is_fee}
    units: dict[UUID, int] = {}
    for position, (line_id, quantity) in enumerate(counted):
        line = lines.get(ReturnLineId(line_id))
        if line is None or line_id in units:
            raise WrongCount.at(position, "is no line of this return, or stands twice")
        if quantity > line.quantity:
            raise WrongCount.at(position, f"announces {line.quantity} units, not {quantity}")
        units[line_id] = quantity
    if not any(units.values()):
        raise WrongCount("Nothing arrived: cancel the return instead.")
    return tuple(
        msgspec.structs.replace(line, received=units.get(line.of_line_id or line.id, 0)) for line in asked.lines
    )


def inspected(arrived: Return, found: Sequence[Inspected]) -> tuple[tuple[ReturnLine, ...], tuple[LineShare, ...]]:
    """Gives the lines after the inspection, with the shares of the accepted units, and the shares that are the order's again.

    The accepted units of a line are its first ones, which carry its odd minor units; its fees are accepted with them. Refuses with
    WrongCount a line that is none of the return's goods or stands twice, and one whose units do not add up to what was received; what was received must be named.
    """
    by_id: dict[UUID, Inspected] = {}
    lines = {line.id: line for line in arrived.lines if not line.is_fee}
    for position, each in enumerate(found):
        line = lines.get(ReturnLineId(each.line_id))
        if line is None or each.line_id in by_id:
            raise WrongCount.at(position, "is no line of this return, or stands twice")
        units = each.restock + each.quarantine + each.destroy + each.reject
        if units != line.received:
            raise WrongCount.at(position, f"has {line.received} received units, and {units} are accounted for")
        by_id[each.line_id] = each
    if missing := [line.sku for line in lines.values() if line.received and line.id not in by_id]:
        raise WrongCount(f"Nothing is said of what was received of {', '.join(missing)}.")
    after = tuple(_looked_at(line, by_id.get(line.of_line_id or line.id)) for line in arrived.lines)
    return after, tuple(_difference(old, new) for old, new in zip(arrived.lines, after, strict=True) if _left(new))


def labelled(line: ReturnLine, labels: Sequence[Labelled]) -> list[Labelled]:
    """Gives the units of a line that go onto the shelf and aside: those that are named, and the others without a name.

    Refuses with WrongCount labels of nothing, serial numbers with a lot, and labels of more units than go there.
    """
    rest: dict[Destination, int] = {"restock": line.restocked, "quarantine": line.quarantined}
    for label in labels:
        if not label.quantity or (label.lot is None) == (not label.serials):
            raise WrongCount(f"Label units of {line.sku} with a lot and how many, or with their serial numbers.")
        rest[label.to] -= label.quantity
        if rest[label.to] < 0:
            raise WrongCount(f"More units of {line.sku} are labelled to {label.to} than go there.")
    return [*labels, *(Labelled(to, units) for to, units in rest.items() if units)]


def given_up(asked: Return) -> tuple[tuple[ReturnLine, ...], tuple[LineShare, ...]]:
    """Gives the lines of a return of which nothing comes back, and their shares, which are the order's again."""
    after = tuple(msgspec.structs.replace(line, total=0, tax=0) for line in asked.lines)
    return after, tuple(_difference(old, new) for old, new in zip(asked.lines, after, strict=True))


def refund_due(due: Return, step: int, before: Mapping[UUID, int]) -> int:
    """Gives what to give back for a return in the provider's steps, by the running totals of each group.

    `before` is what returns of the same order whose refund was asked for carry of each group. Parts of it sum to exactly what was charged.
    """
    parts: dict[UUID, int] = {}
    for line in due.lines:
        parts[line.group_id] = parts.get(line.group_id, 0) + line.total
    for each in due.deliveries:
        parts[each.group_id] = parts.get(each.group_id, 0) + each.total
    return sum(
        chargeable(before.get(group_id, 0) + part, step) - chargeable(before.get(group_id, 0), step)
        for group_id, part in parts.items()
    )


def _looked_at(line: ReturnLine, found: Inspected | None) -> ReturnLine:
    if found is None:
        return msgspec.structs.replace(line, total=0, tax=0)
    accepted = found.restock + found.quarantine + found.destroy
    return msgspec.structs.replace(
        line,
        restocked=found.restock,
        quarantined=found.quarantine,
        destroyed=found.destroy,
        rejected=found.reject,
        total=units_upto(line.total, accepted, line.quantity),
        tax=units_upto(line.tax, accepted, line.quantity),
    )


def _left(line: ReturnLine) -> int:
    return line.quantity - line.accepted


def _difference(before: ReturnLine, after: ReturnLine) -> LineShare:
    units = after.quantity - after.accepted
    return LineShare(before.order_line_id, units, before.total - after.total, before.tax - after.tax)
