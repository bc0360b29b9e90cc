"""A second evaluator: slow, exact fractions all the way, and rounding only where the rule says so.

It shares no arithmetic with the engine. Rule: the tax of each line and delivery is rounded once, to the nearest minor
unit with halves away from zero; everything else is sums.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from commerce.price_engine import Basket, Facts


def nearest(value: Fraction) -> int:
    """Nearest integer, halves away from zero, for values that are not negative."""
    return math.floor(value + Fraction(1, 2))


@dataclass
class Part:
    """A line or delivery."""

    group: str
    rate_of: tuple[str, str]
    gross: int
    tax: int
    before: int
    discounts: list[int] = field(default_factory=list)
    on_top: int = 0


@dataclass
class Expected:
    """All figures of a basket."""

    lines: dict[str, Part]
    deliveries: dict[str, Part]
    group_totals: dict[str, int]
    group_roundings: dict[str, int]
    tax_by_rate: dict[tuple[str, str], int]
    gross_by_rate: dict[tuple[str, str], int]
    total: int


def _part(group: str, rate_of: tuple[str, str], rate: Fraction, base: int, *, includes_tax: bool) -> Part:
    if includes_tax:
        exact_net = Fraction(base) / (1 + rate)
        tax = nearest(base - exact_net)
        return Part(group=group, rate_of=rate_of, gross=base, tax=tax, before=base)
    tax = nearest(base * (1 + rate) - base)
    return Part(group=group, rate_of=rate_of, gross=base + tax, tax=tax, before=base, on_top=tax)


def evaluate(basket: Basket, facts: Facts) -> Expected:
    """Work out each figure anew."""
    lines: dict[str, Part] = {}
    deliveries: dict[str, Part] = {}
    for line in basket.lines:
        fact = facts.prices[line.variant_id]
        rate_of = (fact.tax_category, line.tax_country or basket.country)
        left = sum(fact.unit for _ in range(line.quantity))
        discounts = []
        for asked in line.discounts:
            discounts.append(min(left, asked.amount))
            left -= discounts[-1]
        part = _part(line.group, rate_of, Fraction(facts.taxes[rate_of].rate), left, includes_tax=fact.includes_tax)
        part.discounts = discounts
        lines[line.key] = part
    for charge in basket.deliveries:
        rate_of = (charge.tax_category, charge.tax_country or basket.country)
        rate = Fraction(facts.taxes[rate_of].rate)
        deliveries[charge.group] = _part(charge.group, rate_of, rate, charge.amount, includes_tax=charge.includes_tax)

    exact_by_group: Counter[str] = Counter()
    tax_by_rate: Counter[tuple[str, str]] = Counter()
    gross_by_rate: Counter[tuple[str, str]] = Counter()
    for part in [*lines.values(), *deliveries.values()]:
        exact_by_group[part.group] += part.gross
        tax_by_rate[part.rate_of] += part.tax
        gross_by_rate[part.rate_of] += part.gross
    step = facts.charge_step
    group_totals = {group: nearest(Fraction(exact, step)) * step for group, exact in exact_by_group.items()}
    return Expected(
        lines=lines,
        deliveries=deliveries,
        group_totals=group_totals,
        group_roundings={group: total - exact_by_group[group] for group, total in group_totals.items()},
        tax_by_rate=dict(tax_by_rate),
        gross_by_rate=dict(gross_by_rate),
        total=sum(group_totals.values()),
    )
