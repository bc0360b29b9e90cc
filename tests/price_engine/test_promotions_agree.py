"""The engine against the slow evaluator, figure by figure, on random shops with promotions of every kind."""

import random
from fractions import Fraction

import pytest

from commerce.price_engine import Basket, Facts, price
from tests.price_engine.baskets import world
from tests.price_engine.slow_evaluator import Expected, evaluate

FEW, MANY = 600, 10_000
A_LONG_ONE = 25
"""One basket in so many may have up to a hundred lines."""


def worlds(count: int) -> list[int]:
    """Seeds; a failing one is in the message, and gives the same world again."""
    return list(range(count))


def random_world(seed: int) -> tuple[Basket, Facts]:
    """A world by its seed."""
    chance = random.Random(seed)
    return world(chance, most_lines=100 if seed % A_LONG_ONE == 0 else 12, promotions=25 if seed % 10 == 0 else 10)


def assert_agreed(basket: Basket, facts: Facts) -> Expected:
    """Every figure, and what each promotion and each code came to."""
    priced, expected = price(basket, facts), evaluate(basket, facts)
    assert {
        line.key: (line.kind, line.subtotal, [(each.source, each.amount) for each in line.discounts], line.points)
        for line in priced.lines
    } == {key: (part.kind, part.subtotal, part.discounts, part.points) for key, part in expected.lines.items()}
    assert {line.key: (line.net, line.tax, line.total) for line in priced.lines} == {
        key: (part.net, part.tax, part.total) for key, part in expected.lines.items()
    }
    assert {
        delivery.group: (
            delivery.amount,
            [(each.source, each.amount) for each in delivery.discounts],
            delivery.net,
            delivery.tax,
            delivery.total,
        )
        for delivery in priced.deliveries
    } == {
        group: (part.subtotal, part.discounts, part.net, part.tax, part.total)
        for group, part in expected.deliveries.items()
    }
    assert {group.group: group.total for group in priced.groups} == expected.group_totals
    assert {group.group: group.rounding for group in priced.groups} == expected.group_roundings
    assert {
        (tax.country, tax.category, Fraction(tax.rate)): (tax.net, tax.tax) for tax in priced.taxes
    } == expected.taxes
    assert priced.total == expected.total
    assert {each.promotion: each.saved for each in priced.applied} == expected.applied
    for answer, (code, applied, saved, why) in zip(priced.codes, expected.codes, strict=True):
        assert (answer.code, answer.applied, answer.saved) == (code, applied, saved)
        assert answer.why == why or (why == "?" and answer.why is not None)
    return expected


def _agree(count: int) -> None:
    for seed in worlds(count):
        try:
            assert_agreed(*random_world(seed))
        except AssertionError as different:
            raise AssertionError(f"world {seed}: {different}") from different


def test_a_slow_evaluator_agrees_on_every_figure() -> None:
    _agree(FEW)


@pytest.mark.nightly
def test_a_slow_evaluator_agrees_on_every_figure_of_ten_thousand_baskets() -> None:
    _agree(MANY)
