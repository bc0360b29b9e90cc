"""From where a basket is sent as decision 0038 has it, point 3: what held before there were rules, and holds until one is published."""

from collections.abc import Mapping, Sequence

from commerce.inventory import Demand, Shortage
from commerce.kernel.ids import LocationId, VariantId

Stock = Mapping[LocationId, Mapping[VariantId, int]]
NOTHING: Mapping[VariantId, int] = {}


def short_at(stock: Stock, location_id: LocationId, wanted: Mapping[VariantId, int]) -> list[Shortage]:
    """Gives what a location has too few of, with what it has; nothing when it has the whole basket."""
    shelf = stock.get(location_id, NOTHING)
    return [
        Shortage(variant_id, location_id, quantity, shelf.get(variant_id, 0))
        for variant_id, quantity in wanted.items()
        if shelf.get(variant_id, 0) < quantity
    ]


def spread(stock: Stock, sources: Sequence[LocationId], wanted: Mapping[VariantId, int]) -> list[Demand]:
    """Gives from where to send a basket, sources in order of preference: from the first that has all of it, or else from few.

    A basket that must be split goes, time after time, to the place that completes most of the lines still open, then to the one that gives
    most units, then to the one that is preferred. What no place has is left out: compare with `missing`.
    """
    whole = next((source for source in sources if not short_at(stock, source, wanted)), None)
    if whole is not None:
        return [Demand(variant_id, whole, quantity) for variant_id, quantity in wanted.items()]
    left = dict(wanted)
    demands: list[Demand] = []
    unused = [source for source in sources if any(stock.get(source, NOTHING).get(each, 0) > 0 for each in wanted)]
    while left and unused:
        best = max(unused, key=lambda source: _gives(stock[source], left))
        unused.remove(best)
        for variant_id, quantity in list(left.items()):
            units = min(quantity, stock[best].get(variant_id, 0))
            if units > 0:
                demands.append(Demand(variant_id, best, units))
                left[variant_id] -= units
                if not left[variant_id]:
                    del left[variant_id]
    return demands


def _gives(shelf: Mapping[VariantId, int], left: Mapping[VariantId, int]) -> tuple[int, int]:
    """Gives how many open lines a shelf completes, and how many units it gives; `max` takes the first of equals, so preference decides."""
    units = [min(quantity, max(0, shelf.get(variant_id, 0))) for variant_id, quantity in left.items()]
    whole = sum(given == quantity for given, quantity in zip(units, left.values(), strict=True))
    return whole, sum(units)


def missing(wanted: Mapping[VariantId, int], demands: Sequence[Demand]) -> list[Shortage]:
    """Gives what the demands do not cover, with what could be sent of it."""
    covered: dict[VariantId, int] = {}
    for demand in demands:
        covered[demand.variant_id] = covered.get(demand.variant_id, 0) + demand.quantity
    return [
        Shortage(variant_id, None, quantity, covered.get(variant_id, 0))
        for variant_id, quantity in wanted.items()
        if covered.get(variant_id, 0) < quantity
    ]
