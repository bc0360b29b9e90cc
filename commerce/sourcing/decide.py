"""From where a basket is sent, by a rule. Pure: places with their stock in, demands with their trace out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import ge
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from commerce.inventory import Demand, Shortage
from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, VariantId
from commerce.sourcing.facts import Candidate, Decision, Figure, Filtered, Ranked, Routing, Rule, Step, Tried
from commerce.sourcing.search import Found, search
from commerce.sourcing.sift import Excluded, Place, figures, sift

FILTERED_SHOWN: Final = 50
RANKED_SHOWN: Final = 20

Taken = dict[LocationId, dict[VariantId, int]]
"""What is taken from each place, in the order in which they were chosen."""


class _Ranking(Struct, frozen=True):
    """The places that a step looks at, the best first, each with its score, and with its figure by each criterion."""

    places: Sequence[Place]
    scores: Sequence[int]
    columns: Sequence[Sequence[int]]


class _Outcome(Struct, frozen=True):
    """What a step takes, and how it was found."""

    taken: Taken
    ranking: _Ranking
    found: Found


def decide(
    wanted: Mapping[VariantId, int],
    candidates: Sequence[Candidate],
    rule: Rule,
    *,
    value: int | None = None,
    at: datetime | None = None,
    excluded: Excluded = frozenset(),
) -> Decision:
    """Gives from where the units wanted are sent, as the rule says; the same for the same input in whatever order.

    `value` is what the basket is worth, in minor units; None is worth enough to be split. `at` is the instant from which it is counted when
    places are ready: a rule that judges it (`rule.wants_instant`) without an instant is a Bug. `excluded` names articles that a place is not
    to send whatever the rule says: those that it rejected. Never takes more than a candidate has of an article; never changes anything.
    """
    if any(units < 1 for units in wanted.values()):
        raise Bug("a basket has at least one unit of each article")
    ordered = sorted(candidates, key=lambda each: (each.code, each.location_id))
    if len({each.location_id for each in ordered}) != len(ordered):
        raise Bug("a place is a candidate twice")
    left = dict(sorted(wanted.items()))
    most = parcels_most(rule.routing, value)
    taken: Taken = {}
    tried: list[Tried] = []
    for step in rule.routing.steps:
        if not left:
            break
        places, filtered = sift(step, ordered, left, excluded, at)
        new = None if most is None else most - len(taken)
        outcome = _attempt(rule.routing, step, places, left, taken, new)
        given = sum(sum(units.values()) for units in outcome.taken.values())
        undone = step.whole and given < sum(left.values())
        tried.append(_told(step, left, outcome, filtered, taken, undone="not_whole" if undone else None))
        if not undone:
            _add(taken, outcome.taken, left)
    return _decision(wanted, taken, left, rule, tried)


def parcels_most(routing: Routing, value: int | None) -> int | None:
    """Gives the most parcels that a basket of such a value may become; None: as many as it takes."""
    if value is not None and routing.split_from_value is not None and value < routing.split_from_value:
        return 1
    return routing.parcels_most


def _attempt(
    routing: Routing,
    step: Step,
    places: Sequence[Place],
    left: Mapping[VariantId, int],
    before: Taken,
    new_most: int | None,
) -> _Outcome:
    """Gives what a step takes: first what fits into parcels that are there already, then from the best of the others."""
    open_, taken = dict(left), Taken()
    for place in places if before else ():
        if place.candidate.location_id in before:
            _take(place, open_, taken)
    new = [each for each in places if each.candidate.location_id not in before] if before else places
    ranking = _ranked(routing, step, new, list(left))
    most = step.parcels_most if new_most is None else min(new_most, step.parcels_most or new_most)
    needs = [open_.get(variant, 0) for variant in left]
    stock = [each.units for each in ranking.places]
    found = search(needs, stock, ranking.scores, most) if step.method == "best" else one_by_one(needs, stock, most)
    for i in found.chosen:
        _take(ranking.places[i], open_, taken)
    return _Outcome(taken, ranking, found)


def _ranked(routing: Routing, step: Step, places: Sequence[Place], articles: Sequence[VariantId]) -> _Ranking:
    """Puts places in order. A score is one whole number: criteria one after another, each with room for the sum over all places."""
    columns = figures(step, routing.costs, places, articles)
    scores = [0] * len(places)
    for of, column in zip(step.rank, columns, strict=True):
        if step.mode == "weighted":
            scores = [score + of.weight * figure for score, figure in zip(scores, column, strict=True)]
        else:
            room = len(places) * max(column, default=0) + 1
            scores = [score * room + figure for score, figure in zip(scores, column, strict=True)]
    order = sorted(range(len(places)), key=scores.__getitem__)
    return _Ranking(
        [places[i] for i in order], [scores[i] for i in order], [[column[i] for i in order] for column in columns]
    )


def one_by_one(needs: Sequence[int], stock: Sequence[Sequence[int]], most: int | None) -> Found:
    """Gives the first place that has all; or else, time after time, that which completes most open lines, then gives most units, then is first.

    What is chosen is what the method says, so it is exact; places are in the order in which they were chosen.
    """
    left, chosen, looks = list(needs), list[int](), 0
    unused = list(range(len(stock)))
    whole = next((i for i in unused if all(map(ge, stock[i], needs))), None)
    if whole is not None and any(needs) and most != 0:
        return Found([whole], exact=True, nodes=1)
    while any(left) and unused and (most is None or len(chosen) < most):
        looks += 1
        best = _gives_most(stock, unused, [(v, need) for v, need in enumerate(left) if need])
        if best is None:
            break
        unused.remove(best)
        chosen.append(best)
        left = [need - had if need > had else 0 for need, had in zip(left, stock[best], strict=True)]
    return Found(chosen, exact=True, nodes=looks)


def _gives_most(stock: Sequence[Sequence[int]], unused: Sequence[int], open_: Sequence[tuple[int, int]]) -> int | None:
    """Gives the place that completes most open lines, then gives most units, then comes first; None when none gives any."""
    line = sum(need for _, need in open_) + 1
    best, most = None, 0
    for i in unused:
        row, gives = stock[i], 0
        for v, need in open_:
            had = row[v]
            gives += line + need if had >= need else had
        if gives > most:
            best, most = i, gives
    return best


def _take(place: Place, open_: dict[VariantId, int], taken: Taken) -> None:
    """Takes of a place what it has of what is open."""
    stock = place.candidate.stock
    for (variant, need), units in zip(open_.items(), place.units, strict=True):
        given = min(need, units)
        if given:
            if stock[variant] < given:
                raise Bug("more is taken than there is")
            taken.setdefault(place.candidate.location_id, {})[variant] = given
            open_[variant] = need - given


def _add(taken: Taken, new: Taken, left: dict[VariantId, int]) -> None:
    for location_id, units in new.items():
        of = taken.setdefault(location_id, {})
        for variant, given in units.items():
            of[variant] = of.get(variant, 0) + given
            left[variant] -= given
            if not left[variant]:
                del left[variant]


def _decision(
    wanted: Mapping[VariantId, int], taken: Taken, left: Mapping[VariantId, int], rule: Rule, tried: list[Tried]
) -> Decision:
    held_back = bool(left) and rule.routing.complete
    if held_back and tried:
        tried[-1] = replace(tried[-1], undone="not_complete")
    return Decision(
        demands=[]
        if held_back
        else [
            Demand(variant, location_id, given)
            for location_id, units in taken.items()
            for variant, given in sorted(units.items())
        ],
        parcels=0 if held_back else len(taken),
        missing=[
            Shortage(variant, None, units, units - left.get(variant, 0))
            for variant, units in sorted(wanted.items())
            if held_back or variant in left
        ],
        rule_id=rule.id,
        rule_version=rule.version,
        exact=all(each.exact for each in tried),
        why=tuple(tried),
    )


def _told(
    step: Step,
    left: Mapping[VariantId, int],
    outcome: _Outcome,
    filtered: Sequence[Filtered],
    before: Taken,
    *,
    undone: Literal["not_whole"] | None,
) -> Tried:
    """Tells what a step did: places that it takes from first, then the best ranked of the others."""
    places, chosen = outcome.ranking.places, set(outcome.found.chosen)
    shown = [*outcome.found.chosen, *(i for i in range(min(RANKED_SHOWN, len(places))) if i not in chosen)]
    return Tried(
        step=step.name,
        open_units=sum(left.values()),
        given_units=sum(sum(units.values()) for units in outcome.taken.values()),
        parcels=sum(1 for each in outcome.taken if each not in before),
        looked_at=len(places),
        filtered=dict(Counter(each.why for each in filtered)),
        filtered_places=tuple(filtered[:FILTERED_SHOWN]),
        places=tuple(
            Ranked(
                places[i].candidate.location_id,
                i + 1,
                sum(outcome.taken.get(places[i].candidate.location_id, {}).values()),
                tuple(Figure(of.by, column[i]) for of, column in zip(step.rank, outcome.ranking.columns, strict=True)),
            )
            for i in shown[:RANKED_SHOWN]
        ),
        undone=undone,
        exact=outcome.found.exact,
        nodes=outcome.found.nodes,
    )
