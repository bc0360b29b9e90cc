"""The best plan of one step, slowly: every way to take units from places is looked at. Written from decision 0084 alone.

Shares nothing with the product's search: no bound, no dominance, no order of places but the one that the decision states.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from commerce.kernel.ids import LocationId, VariantId
from commerce.sourcing import Candidate, Criterion, Step

Plan = dict[tuple[LocationId, VariantId], int]


def best_key(
    step: Step, wanted: Mapping[VariantId, int], candidates: Sequence[Candidate], most: int | None
) -> tuple[object, ...]:
    """Gives what the best plan amounts to: units that are missing, the rank, the number of parcels, the places by rank and code."""
    usable = [each for each in candidates if any(_has(step, each, article) for article in wanted)]
    alone = {each.location_id: (_rank(step, [each], wanted, usable), each.code) for each in usable}
    best: tuple[object, ...] | None = None
    for plan in _plans(step, wanted, usable):
        used = [each for each in usable if any(plan.get((each.location_id, article)) for article in wanted)]
        if most is not None and len(used) > most:
            continue
        key = (
            sum(wanted.values()) - sum(plan.values()),
            _rank(step, used, wanted, usable),
            len(used),
            sorted(alone[each.location_id] for each in used),
        )
        if best is None or key < best:
            best = key
    assert best is not None
    return best


def key_of(
    step: Step,
    wanted: Mapping[VariantId, int],
    candidates: Sequence[Candidate],
    taken: Mapping[LocationId, Mapping[VariantId, int]],
) -> tuple[object, ...]:
    """Gives what a plan amounts to, as `best_key` does."""
    usable = [each for each in candidates if any(_has(step, each, article) for article in wanted)]
    used = [each for each in usable if each.location_id in taken]
    return (
        sum(wanted.values()) - sum(sum(units.values()) for units in taken.values()),
        _rank(step, used, wanted, usable),
        len(used),
        sorted((_rank(step, [each], wanted, usable), each.code) for each in used),
    )


def _has(step: Step, each: Candidate, article: VariantId) -> int:
    return max(0, each.stock.get(article, 0) - step.keep)


def _plans(step: Step, wanted: Mapping[VariantId, int], usable: Sequence[Candidate]) -> Iterator[Plan]:
    """Gives every way to take some units of each article, at most those wanted and nowhere more than there is."""
    by_article = []
    for article, units in wanted.items():
        ways = product(*(range(min(units, _has(step, each, article)) + 1) for each in usable))
        by_article.append([(article, way) for way in ways if sum(way) <= units])
    for chosen in product(*by_article):
        yield {
            (each.location_id, article): units
            for article, way in chosen
            for each, units in zip(usable, way, strict=True)
            if units
        }


def _rank(
    step: Step, used: Sequence[Candidate], wanted: Mapping[VariantId, int], usable: Sequence[Candidate]
) -> tuple[Fraction, ...]:
    sums = [sum((_figure(of, step, each, wanted, usable) for each in used), Fraction(0)) for of in step.rank]
    if step.mode == "lexicographic":
        return tuple(sums)
    return (sum((of.weight * figure for of, figure in zip(step.rank, sums, strict=True)), Fraction(0)),)


def _figure(
    of: Criterion, step: Step, each: Candidate, wanted: Mapping[VariantId, int], usable: Sequence[Candidate]
) -> Fraction:
    """A figure of one place by the table of the decision; distances and loads to the thousandth."""
    match of.by:
        case "parcels":
            return Fraction(1)
        case "kind":
            order = list(step.kinds) or ["warehouse", "store"]
            return Fraction(order.index(each.kind) if each.kind in order else len(order))
        case "distance":
            return Fraction(20_038) if each.distance_km is None else Fraction(round(each.distance_km * 1000), 1000)
        case "cost":
            known = [cost for other in usable if (cost := _said(other)) is not None]
            own = _said(each)
            return own if own is not None else max(known, default=Fraction(0))
        case "load":
            return Fraction(round(each.load * 1000), 1000)
        case "age":
            ages = [each.age_days.get(article, 0) for article in wanted if _has(step, each, article)]
            return max(Fraction(0), Fraction(3_650_000 - 1000 * sum(ages) // len(ages), 1000))


def _said(each: Candidate) -> Fraction | None:
    """What a place says that a parcel from it costs: an amount, and so much for each kilometre of a distance that is known."""
    if each.rate is None:
        return None
    far = Fraction(0) if each.distance_km is None else Fraction(round(each.distance_km * 1000), 1000)
    return each.rate.amount + each.rate.per_km * far
