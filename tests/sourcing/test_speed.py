"""How long a decision takes, in the process's own time, which others on the machine do not count into."""

import gc
import random
from statistics import median
from time import process_time

import pytest

from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.sourcing import BUILT_IN, Candidate, Criterion, Rate, Routing, Rule, Step, decide

LINES, STORES = 10, 500
ORDERED = Rule(
    code="ordered",
    routing=Routing(steps=(Step(name="all", rank=(Criterion(by="parcels"), Criterion(by="distance"))),)),
)
WEIGHED = Rule(
    code="weighed",
    routing=Routing(
        steps=(
            Step(
                name="all",
                mode="weighted",
                rank=(Criterion(by="parcels", weight=300), Criterion(by="cost"), Criterion(by="distance")),
            ),
        )
    ),
)
RULES = {"built-in": BUILT_IN, "ordered": ORDERED, "weighed": WEIGHED}
SLOW_MACHINE = 8
"""So much slower a busy machine may be before the short test fails."""


def baskets(count: int, share: float) -> list[tuple[dict[VariantId, int], list[Candidate]]]:
    """Baskets of ten lines over five hundred stores, each of which has this share of the articles."""
    rng = random.Random(1)
    found = []
    for _ in range(count):
        articles = [VariantId(new_id()) for _ in range(LINES)]
        stores = [
            Candidate(
                location_id=LocationId(new_id()),
                kind="warehouse" if nth == 0 else "store",
                code=f"{nth:03}",
                stock={each: rng.randint(1, 5) for each in articles if rng.random() < share},
                distance_km=rng.random() * 900,
                rate=Rate(rng.choice([390, 490, 590])),
            )
            for nth in range(STORES)
        ]
        found.append(({each: rng.randint(1, 3) for each in articles}, stores))
    return found


def milliseconds(rule: Rule, share: float, count: int) -> tuple[float, bool]:
    """The median over some baskets, and whether all of them were decided exactly."""
    taken, exact = [], True
    made = baskets(count, share)
    gc.collect()
    gc.freeze()
    for wanted, stores in made:
        begun = process_time()
        decision = decide(wanted, stores, rule)
        taken.append((process_time() - begun) * 1000)
        exact = exact and decision.exact
    gc.unfreeze()
    return median(taken), exact


@pytest.mark.parametrize("name", RULES)
def test_ten_lines_over_five_hundred_stores_are_decided_exactly_and_fast(name: str) -> None:
    took, exact = milliseconds(RULES[name], 0.5, 11)
    assert exact
    assert took < 5 * SLOW_MACHINE


@pytest.mark.nightly
@pytest.mark.parametrize("share", [0.9, 0.7, 0.5, 0.3, 0.1])
@pytest.mark.parametrize("name", RULES)
def test_ten_lines_over_five_hundred_stores_take_less_than_five_milliseconds(name: str, share: float) -> None:
    took, exact = milliseconds(RULES[name], share, 101)
    print(f"{name}, stores with {share:.0%} of the articles: {took:.2f} ms")
    assert exact
    assert took < 5
