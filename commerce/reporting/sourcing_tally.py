"""Counting what a sourcing rule changes: one order as it was sent, and as the rule would have sent it. Pure, no statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from commerce.kernel.ids import LocationId, VariantId
from commerce.reporting.sourcing_orders import SentOrder, Shelves
from commerce.sourcing import Candidate, RatesThen, Rule, decide, parcel_cost
from commerce.stores import Location, Locations

THOUSAND: Final = 1000
PREFIX_LEAST: Final = 2
"""So many characters of a postal code, or more, must be those of a place for it to say where the code is."""
Taken = Mapping[LocationId, Mapping[VariantId, int]]
Point = tuple[float, float]


@dataclass
class SourcingFigures:
    """The sums of one currency; what each counts stands at the table's columns of the same names."""

    orders: int = 0
    changed: int = 0
    units: int = 0
    short_orders: int = 0
    short_units: int = 0
    parcels_before: int = 0
    parcels_after: int = 0
    split_before: int = 0
    split_after: int = 0
    costed: int = 0
    cost_before: int = 0
    cost_after: int = 0
    located: int = 0
    metres_before: int = 0
    metres_after: int = 0
    inexact: int = 0


@dataclass(frozen=True)
class Changed:
    """An order that would have been sent otherwise."""

    order_id: UUID
    before: Sequence[LocationId]
    after: Sequence[LocationId]
    short_units: int


@dataclass
class SourcingTally:
    """The sums of some orders, by currency, and those that change."""

    looked: int = 0
    figures: dict[str, SourcingFigures] = field(default_factory=lambda: defaultdict(SourcingFigures))
    changed: list[Changed] = field(default_factory=list)

    def add(self, order: SentOrder, shelves: Shelves, rule: Rule, places: Locations, said: RatesThen) -> None:
        """Adds one order, decided again by the rule from what stood on the shelves of the places of today."""
        to = _point(order, places.all)
        around = {place.id: _candidate(place, shelves.get(place.id, {}), order, to, said) for place in places.all}
        wanted: dict[VariantId, int] = {}
        before: dict[LocationId, dict[VariantId, int]] = {}
        for line in order.lines:
            wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
            of = before.setdefault(line.location_id, {})
            of[line.variant_id] = of.get(line.variant_id, 0) + line.quantity
        sending = [around[place.id] for place in places.shipping_points() if place.id in shelves]
        value = sum(line.worth for line in order.lines)
        decision = decide(wanted, sending, rule, value=value, at=order.opened_at)
        after: dict[LocationId, dict[VariantId, int]] = {}
        for variant_id, location_id, units in decision.demands:
            after.setdefault(location_id, {})[variant_id] = units
        short = sum(wanted.values()) - sum(units for _, _, units in decision.demands)
        self._count(order, before, after, short)
        sums = self.figures[order.currency]
        sums.inexact += not decision.exact
        if short == 0:
            _weigh(sums, rule, [around.get(each) for each in before], [around.get(each) for each in after])

    def _count(self, order: SentOrder, before: Taken, after: Taken, short: int) -> None:
        sums = self.figures[order.currency]
        self.looked += 1
        sums.orders += 1
        sums.units += sum(sum(units.values()) for units in before.values())
        sums.short_orders += short > 0
        sums.short_units += short
        sums.parcels_before += len(before)
        sums.parcels_after += len(after)
        sums.split_before += len(before) > 1
        sums.split_after += len(after) > 1
        if before != after:
            sums.changed += 1
            self.changed.append(Changed(order.id, sorted(before), sorted(after), short))


def _weigh(
    sums: SourcingFigures, rule: Rule, before: Sequence[Candidate | None], after: Sequence[Candidate | None]
) -> None:
    """Adds what parcels cost and how far they went, where that is known of each of them before and after."""
    costs = [[None if each is None else parcel_cost(each, rule) for each in side] for side in (before, after)]
    if all(cost is not None for side in costs for cost in side):
        sums.costed += 1
        # To the minor unit, half up, once for the order.
        sums.cost_before, sums.cost_after = (
            had + (sum(cost or 0 for cost in side) + THOUSAND // 2) // THOUSAND
            for had, side in zip((sums.cost_before, sums.cost_after), costs, strict=True)
        )
    far = [[None if each is None else each.distance_km for each in side] for side in (before, after)]
    if all(km is not None for side in far for km in side):
        sums.located += 1
        sums.metres_before, sums.metres_after = (
            had + sum(round(THOUSAND * (km or 0)) for km in side)
            for had, side in zip((sums.metres_before, sums.metres_after), far, strict=True)
        )


def _candidate(
    place: Location, shelf: Mapping[VariantId, int], order: SentOrder, to: Point | None, said: RatesThen
) -> Candidate:
    """A place as the rule looks at it, with what it said then of the cost of its parcels. Its hours are those of today, at the order's instant; pauses, open work and full days are not known."""
    return Candidate(
        location_id=place.id,
        kind=place.kind,
        stock=shelf,
        code=place.code,
        distance_km=None if to is None else place.distance_km(*to),
        rate=said.of(place.id, order.currency, order.opened_at),
        ready_at=place.ready_at(order.opened_at, "ships"),
    )


def _point(order: SentOrder, places: Sequence[Location]) -> Point | None:
    """Gives where an order went, as far as the places themselves tell: the middle of those whose postal code shares most of its beginning
    with that of the address, in its country, two characters at the least. None when there is none such.
    """
    if order.country is None or order.postal_code is None:
        return None
    alike: dict[int, list[Point]] = {}
    for place in places:
        code = place.address.postal_code
        if place.country == order.country and code and place.latitude is not None and place.longitude is not None:
            shared = _shared(code, order.postal_code)
            alike.setdefault(shared, []).append((place.latitude, place.longitude))
    most = max(alike, default=0)
    if most < PREFIX_LEAST:
        return None
    points = alike[most]
    return sum(each[0] for each in points) / len(points), sum(each[1] for each in points) / len(points)


def _shared(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one.upper(), other.upper(), strict=False):
        if a != b:
            break
        count += 1
    return count
