"""For random shops and baskets: headers are the sums of their parts, nothing is negative, and no order matters.

A second evaluator agrees on every figure: test_promotions_agree.py.
"""

import random
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

import msgspec
from hypothesis import given, strategies as st
from msgspec.structs import replace

from commerce.price_engine import (
    Assembled,
    Basket,
    Discounted,
    DocumentTaxed,
    Facts,
    ListPassed,
    ListPrice,
    Priced,
    PricedDelivery,
    PricedLine,
    SteppedTotal,
    Taxed,
    canonical,
    delivery_key,
    facts_recorded,
    price,
    record,
    replay,
)
from tests.price_engine.baskets import priced_worlds, thorough, unhurried

World = tuple[Basket, Facts]
Part = TypeVar("Part")


def parts_of(priced: Priced) -> list[PricedLine | PricedDelivery]:
    """Lines and deliveries."""
    return [*priced.lines, *priced.deliveries]


@thorough
@given(priced_worlds())
def test_each_header_is_the_sum_of_its_parts(world: World) -> None:
    basket, facts = world
    priced = price(basket, facts)
    for line in priced.lines:
        assert line.subtotal == line.unit * line.quantity
        assert line.subtotal - line.discount == (line.total if line.includes_tax else line.net)
    for delivery in priced.deliveries:
        assert delivery.amount - delivery.discount == (delivery.total if delivery.includes_tax else delivery.net)
    for part in parts_of(priced):
        assert part.discount == sum(given.amount for given in part.discounts)
        assert part.net + part.tax == part.total
    for group in priced.groups:
        lines = [line for line in priced.lines if line.group == group.group]
        deliveries = [delivery for delivery in priced.deliveries if delivery.group == group.group]
        assert group.lines == sum(line.total for line in lines)
        assert group.delivery == sum(delivery.total for delivery in deliveries)
        assert group.tax == sum(line.tax for line in lines) + sum(delivery.tax for delivery in deliveries)
        assert group.lines + group.delivery == group.net + group.tax
        assert group.total == group.lines + group.delivery + group.rounding
        assert group.total % facts.charge_step == 0
        assert 2 * abs(group.rounding) <= facts.charge_step
    for tax in priced.taxes:
        parts = [
            part
            for part in parts_of(priced)
            if (part.tax_country, part.tax_category, part.tax_rate) == (tax.country, tax.category, tax.rate)
        ]
        assert (tax.net, tax.tax, tax.gross) == (
            sum(part.net for part in parts),
            sum(part.tax for part in parts),
            sum(part.total for part in parts),
        )
    assert priced.subtotal == sum(line.subtotal for line in priced.lines)
    assert priced.discount_total == sum(line.discount for line in priced.lines)
    assert priced.tax_added == sum(line.tax for line in priced.lines if not line.includes_tax)
    assert priced.delivery_total == sum(delivery.total for delivery in priced.deliveries)
    assert priced.net_total == sum(tax.net for tax in priced.taxes) == sum(group.net for group in priced.groups)
    assert priced.tax_total == sum(tax.tax for tax in priced.taxes) == sum(group.tax for group in priced.groups)
    assert priced.rounding == sum(group.rounding for group in priced.groups)
    assert priced.total == sum(group.total for group in priced.groups)
    assert priced.total == priced.net_total + priced.tax_total + priced.rounding
    assert priced.total == (
        priced.subtotal - priced.discount_total + priced.tax_added + priced.delivery_total + priced.rounding
    )


@thorough
@given(priced_worlds())
def test_no_figure_is_negative(world: World) -> None:
    priced = price(*world)
    for part in parts_of(priced):
        assert min(part.net, part.tax, part.total) >= 0
        assert all(given.amount >= 0 for given in part.discounts)
    assert all(group.total >= 0 for group in priced.groups)


@thorough
@given(priced_worlds())
def test_no_fee_and_nothing_that_is_granted_before_is_promoted(world: World) -> None:
    basket, facts = world
    priced = price(basket, facts)
    granted = {line.key: len(line.discounts) for line in basket.lines}
    for line in priced.lines:
        if line.of is not None:
            assert (line.discount, line.quantity) == (0, _line(priced, line.of).quantity)
        elif granted.get(line.key):
            assert len(line.discounts) == granted[line.key]


def _line(priced: Priced, key: str) -> PricedLine:
    return next(line for line in priced.lines if line.key == key)


@thorough
@given(priced_worlds(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_come_changes_nothing(world: World, chance: random.Random) -> None:
    basket, facts = world

    def shuffled(parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(chance.sample(parts, len(parts)))

    other = price(
        replace(basket, lines=shuffled(basket.lines), deliveries=shuffled(basket.deliveries)),
        replace(facts, prices={variant: shuffled(found) for variant, found in facts.prices.items()}),
    )
    assert canonical(other) == canonical(price(basket, facts))


@unhurried
@given(priced_worlds(), st.randoms(use_true_random=False))
def test_lines_are_answered_in_the_order_asked_each_with_its_fees_behind_it(
    world: World, chance: random.Random
) -> None:
    basket, facts = world
    lines = tuple(chance.sample(basket.lines, len(basket.lines)))
    answered = price(replace(basket, lines=lines), facts).lines
    assert [line.key for line in answered if line.kind == "article"] == [line.key for line in lines]
    for before, line in pairwise(answered):
        if line.of is not None:
            assert line.of in {before.key, before.of}
    kinds = [line.kind == "gift" for line in answered]
    assert kinds == sorted(kinds)


@unhurried
@given(priced_worlds())
def test_the_signed_bytes_can_be_read_back(world: World) -> None:
    data = canonical(price(*world))
    again = msgspec.json.decode(data, type=Priced)
    assert canonical(again) == data
    assert again.total == price(*world).total


@unhurried
@given(priced_worlds())
def test_what_was_recorded_is_priced_again_to_the_byte(world: World) -> None:
    basket, facts = world
    data = record(Assembled(basket=basket, facts=facts, problems=()))
    assert canonical(replay(data)) == canonical(price(basket, facts))
    assert record(facts_recorded(data)) == data


@thorough
@given(priced_worlds())
def test_the_trace_tells_each_list_discount_and_rounding(world: World) -> None:
    basket, facts = world
    priced = price(basket, facts)
    chosen = {step.line: step for step in priced.trace if isinstance(step, ListPrice)}
    passed = [step for step in priced.trace if isinstance(step, ListPassed)]
    given_off = [step for step in priced.trace if isinstance(step, Discounted)]
    for line in priced.lines:
        if line.kind == "article":
            looked_at = sum(step.line == line.key for step in passed) + 1
            assert looked_at == len(facts.prices[line.variant_id])
            assert chosen[line.key].compare_at == line.compare_at
            told = [(step.source, step.given) for step in given_off if step.line == line.key and step.given]
            assert told == [(each.source, each.amount) for each in line.discounts if each.amount]
    taxed = [step for step in priced.trace if isinstance(step, Taxed)]
    assert sorted(step.key if step.of == "line" else delivery_key(step.key) for step in taxed) == sorted(
        [line.key for line in priced.lines] + [delivery_key(delivery.group) for delivery in priced.deliveries]
    )
    if facts.profile.rounding == "line":
        assert all(abs(step.exact - step.tax) <= Fraction(1, 2) for step in taxed)
    for document in (step for step in priced.trace if isinstance(step, DocumentTaxed)):
        shares = [
            step
            for step in taxed
            if (step.country, step.category, step.rate, step.included)
            == (document.country, document.category, document.rate, document.included)
        ]
        assert sum(step.tax for step in shares) == document.tax
        assert abs(sum((step.exact for step in shares), Fraction(0)) - document.tax) <= Fraction(1, 2)
        assert all(abs(step.exact - step.tax) < 1 + Fraction(1, len(shares)) for step in shares)
    stepped = {step.group: step.rounding for step in priced.trace if isinstance(step, SteppedTotal)}
    assert stepped == {group.group: group.rounding for group in priced.groups if group.rounding}
