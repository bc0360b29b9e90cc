"""The search for the best set of places, against a look at every set."""

import random
from itertools import combinations

import pytest

from commerce.sourcing.search import search

Case = tuple[list[int], list[list[int]], list[int], int | None]


def case(rng: random.Random) -> Case:
    """Up to five articles over up to eight places, many of them equal, with and without a bound of places."""
    lines, places = rng.randint(1, 5), rng.randint(1, 8)
    needs = [rng.randint(1, 5) for _ in range(lines)]
    stock: list[list[int]] = []
    while len(stock) < places:
        row = [min(need, rng.choice([0, 0, 1, 2, 3, 5])) for need in needs]
        if any(row):
            stock.append(row)
    scores = sorted(rng.choice([0, 1, 1, 2, 3, 5, 8]) for _ in range(places))
    return needs, stock, scores, rng.choice([None, None, 1, 2, 3, places])


def best_of_every_set(needs: list[int], stock: list[list[int]], scores: list[int], most: int | None) -> list[int]:
    """Most units, least score, fewest places, those that come first."""
    places = range(len(stock))
    sizes = range((len(stock) if most is None else min(most, len(stock))) + 1)

    def key(chosen: tuple[int, ...]) -> tuple[int, int, int, list[int]]:
        units = sum(min(need, sum(stock[i][v] for i in chosen)) for v, need in enumerate(needs))
        return -units, sum(scores[i] for i in chosen), len(chosen), list(chosen)

    every: list[tuple[int, ...]] = [chosen for size in sizes for chosen in combinations(places, size)]
    best: tuple[int, ...] = min(every, key=key)
    return list(best)


@pytest.mark.parametrize("seed", range(10))
def test_the_search_gives_the_set_that_a_look_at_every_set_gives(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(100):
        needs, stock, scores, most = case(rng)
        found = search(needs, stock, scores, most)
        assert (found.exact, sorted(found.chosen)) == (True, best_of_every_set(needs, stock, scores, most))


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(10))
def test_fifty_thousand_searches_give_what_a_look_at_every_set_gives(seed: int) -> None:
    rng = random.Random(1_000 + seed)
    for _ in range(5_000):
        needs, stock, scores, most = case(rng)
        assert sorted(search(needs, stock, scores, most).chosen) == best_of_every_set(needs, stock, scores, most)


def test_units_beyond_what_a_byte_holds_are_searched_alike() -> None:
    needs, stock = [1_000, 300], [[600, 0], [500, 300], [400, 300], [1, 1]]
    assert search(needs, stock, [1, 2, 3, 4], None).chosen == [0, 1]
    assert search(needs, stock, [1, 2, 2, 2], 1).chosen == [1]
