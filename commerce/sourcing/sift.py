"""Which places a step looks at, and the figures by which it ranks them. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, VariantId
from commerce.sourcing.facts import Candidate, Criterion, Filtered, ParcelCost, Rate, Rule, Step, Why

THOUSAND: Final = 1000
FARTHEST_KM: Final = 20_038
"""Half of the way round the equator: how far a place is of which nobody knows."""
OLDEST_DAYS: Final = 3_650
"""Ten years: what is older is as old."""
KINDS: Final = ("warehouse", "store")
"""The order of kinds where a step names none; all others come after."""

Excluding = tuple[UUID, UUID]
Excluded = Collection[tuple[LocationId, VariantId]]


class Place(Struct, frozen=True, gc=False):
    """A place that a step looks at, and what it can give of each open article, in their order."""

    candidate: Candidate
    units: list[int]


class _Wanted(Struct, frozen=True, gc=False):
    articles: list[VariantId]
    units: list[int]
    nothing: list[int]


def sift(
    step: Step,
    candidates: Sequence[Candidate],
    left: Mapping[VariantId, int],
    excluded: Excluded,
    at: datetime | None,
) -> tuple[list[Place], list[Filtered]]:
    """Gives the places that a step looks at, in the order of the candidates, and those that it does not, each with the first reason."""
    if step.ready_within_minutes is not None and at is None:
        raise Bug(f"step {step.name!r} judges when places are ready, and nobody said from when")
    until = None if at is None else at + timedelta(minutes=step.ready_within_minutes or 0)
    not_sent: set[tuple[UUID, UUID]] = {(each.location_id, of) for each in step.exclusions for of in each.variant_ids}
    not_sent.update(excluded)
    wanted = _Wanted(list(left), list(left.values()), [0] * len(left))
    places: list[Place] = []
    filtered: list[Filtered] = []
    choosy = bool(step.kinds or step.locations or step.not_locations) or (
        step.distance_most_km is not None or step.ready_within_minutes is not None
    )
    for each in candidates:
        # Most steps bound little, and most places have no bound: hundreds of them are looked at for one basket.
        bounded = choosy or not each.online or each.capacity_left is not None
        why = _refused(step, each, until) if bounded else None
        units = _units(each.stock, wanted, step.keep) if why is None else []
        if why is None and not any(units):
            why = "no_stock"
        elif why is None and not_sent:
            units = _without(units, each.location_id, wanted.articles, not_sent)
            why = None if any(units) else "excluded"
        if why is None:
            places.append(Place(each, units))
        else:
            filtered.append(Filtered(each.location_id, why))
    return places, filtered


def _refused(step: Step, each: Candidate, until: datetime | None) -> Why | None:
    """Gives why a step does not look at a place, whatever the articles."""
    why: Why | None = None
    if step.kinds and each.kind not in step.kinds:
        why = "kind"
    elif each.location_id in step.not_locations or (step.locations and each.location_id not in step.locations):
        why = "location"
    elif not each.online and not step.paused:
        why = "paused"
    elif each.capacity_left is not None and each.capacity_left < step.capacity_least:
        why = "no_capacity"
    elif step.distance_most_km is not None and (each.distance_km is None or each.distance_km > step.distance_most_km):
        why = "distance_unknown" if each.distance_km is None else "too_far"
    elif step.ready_within_minutes is not None and (
        each.ready_at is None or (until is not None and each.ready_at > until)
    ):
        why = "not_ready"
    return why


def _units(stock: Mapping[VariantId, int], wanted: _Wanted, keep: int) -> list[int]:
    """Gives what a place can give of each open article, what it keeps left on its shelf."""
    had: Iterable[int] = map(stock.get, wanted.articles, wanted.nothing)
    if keep:
        had = [there - keep for there in had]
    units = list(map(min, wanted.units, had))
    return units if min(units) >= 0 else [max(0, each) for each in units]


def _without(
    units: Sequence[int], place: LocationId, articles: Sequence[VariantId], not_sent: Collection[Excluding]
) -> list[int]:
    return [0 if (place, of) in not_sent else had for of, had in zip(articles, units, strict=True)]


def figures(
    step: Step, costs: Sequence[ParcelCost], places: Sequence[Place], articles: Sequence[VariantId]
) -> list[list[int]]:
    """Gives the figures of the places by each criterion, in thousandths, none below zero."""
    return [_column(of, step, costs, places, articles) for of in step.rank]


def _column(
    of: Criterion, step: Step, costs: Sequence[ParcelCost], places: Sequence[Place], articles: Sequence[VariantId]
) -> list[int]:
    all_ = [each.candidate for each in places]
    match of.by:
        case "parcels":
            return [THOUSAND] * len(places)
        case "kind":
            place_of = {kind: THOUSAND * nth for nth, kind in enumerate(step.kinds or KINDS)}
            last = THOUSAND * len(place_of)
            return [place_of.get(each.kind, last) for each in all_]
        case "distance":
            return [metres(each.distance_km) for each in all_]
        case "cost":
            known = [_cost(each, costs) for each in all_]
            dearest = max((cost for cost in known if cost is not None), default=0)
            return [dearest if cost is None else cost for cost in known]
        case "load":
            return [round(THOUSAND * each.load) for each in all_]
        case "age":
            return [_youth(each, articles) for each in places]


def _cost(each: Candidate, costs: Sequence[ParcelCost]) -> int | None:
    """Gives what a parcel from a place costs, in thousandths of a minor unit: as it says, or else as the rule does; None when neither does."""
    if each.rate is not None:
        return _at_rate(each, each.rate)
    for of in costs:
        if (not of.kinds or each.kind in of.kinds) and (not of.locations or each.location_id in of.locations):
            return _at_rate(each, of)
    return None


def _at_rate(each: Candidate, of: Rate | ParcelCost) -> int:
    far = 0 if each.distance_km is None else metres(each.distance_km)
    return THOUSAND * of.amount + of.per_km * far


def parcel_cost(each: Candidate, rule: Rule) -> int | None:
    """Gives what a parcel from a place costs by a rule, in thousandths of a minor unit; None when neither the place nor the rule says."""
    return _cost(each, rule.routing.costs)


def metres(km: float | None) -> int:
    """Gives a distance in metres; one that nobody knows is the farthest there can be."""
    return THOUSAND * FARTHEST_KM if km is None else round(THOUSAND * km)


def _youth(place: Place, articles: Sequence[VariantId]) -> int:
    ages = [place.candidate.age_days.get(of, 0) for of, units in zip(articles, place.units, strict=True) if units]
    return max(0, THOUSAND * OLDEST_DAYS - THOUSAND * sum(ages) // len(ages))
