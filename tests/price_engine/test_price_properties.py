"""For random baskets: the headers are the sums of their parts, and a second evaluator agrees."""

import random

import msgspec
from hypothesis import given, strategies as st

from commerce.price_engine import Basket, Facts, Priced, SteppedTotal, Taxed, canonical, price
from tests.price_engine.baskets import priced_worlds, thorough, unhurried
from tests.price_engine.slow_evaluator import evaluate, nearest

World = tuple[Basket, Facts]


@thorough
@given(priced_worlds())
def test_a_slow_evaluator_agrees_on_every_figure(world: World) -> None:
    basket, facts = world
    priced, expected = price(basket, facts), evaluate(basket, facts)
    assert {line.key: (line.total, line.tax) for line in priced.lines} == {
        key: (part.gross, part.tax) for key, part in expected.lines.items()
    }
    assert {line.key: [given.amount for given in line.discounts] for line in priced.lines} == {
        key: part.discounts for key, part in expected.lines.items()
    }
    assert {delivery.group: (delivery.total, delivery.tax) for delivery in priced.deliveries} == {
        group: (part.gross, part.tax) for group, part in expected.deliveries.items()
    }
    assert {group.group: group.total for group in priced.groups} == expected.group_totals
    assert {group.group: group.rounding for group in priced.groups} == expected.group_roundings
    assert {(tax.category, tax.country): tax.tax for tax in priced.taxes} == expected.tax_by_rate
    assert {(tax.category, tax.country): tax.gross for tax in priced.taxes} == expected.gross_by_rate
    assert priced.tax_added == sum(part.on_top for part in expected.lines.values())
    assert priced.total == expected.total


@thorough
@given(priced_worlds())
def test_each_header_is_the_sum_of_its_parts(world: World) -> None:
    basket, facts = world
    priced = price(basket, facts)
    for line in priced.lines:
        assert line.subtotal == line.unit * line.quantity
        assert line.discount == sum(given.amount for given in line.discounts)
        assert line.subtotal - line.discount == (line.total if line.includes_tax else line.net)
        assert line.net + line.tax == line.total
    for delivery in priced.deliveries:
        assert delivery.amount == (delivery.total if delivery.includes_tax else delivery.net)
        assert delivery.net + delivery.tax == delivery.total
    for group in priced.groups:
        assert group.lines == sum(line.total for line in priced.lines if line.group == group.group)
        assert group.delivery == sum(one.total for one in priced.deliveries if one.group == group.group)
        assert group.net + group.tax == group.lines + group.delivery
        assert group.total == group.lines + group.delivery + group.rounding
        assert group.total % facts.charge_step == 0
    for tax in priced.taxes:
        assert tax.net + tax.tax == tax.gross
    assert priced.subtotal == sum(line.subtotal for line in priced.lines)
    assert priced.discount_total == sum(line.discount for line in priced.lines)
    assert priced.delivery_total == sum(delivery.total for delivery in priced.deliveries)
    assert priced.tax_total == sum(tax.tax for tax in priced.taxes) == sum(group.tax for group in priced.groups)
    assert priced.rounding == sum(group.rounding for group in priced.groups)
    assert priced.total == sum(group.total for group in priced.groups)
    assert priced.total == priced.net_total + priced.tax_total + priced.rounding
    assert priced.total == (
        priced.subtotal - priced.discount_total + priced.tax_added + priced.delivery_total + priced.rounding
    )


@unhurried
@given(priced_worlds())
def test_no_figure_is_negative(world: World) -> None:
    priced = price(*world)
    for line in priced.lines:
        assert min(line.net, line.tax, line.total) >= 0
    for delivery in priced.deliveries:
        assert min(delivery.net, delivery.tax, delivery.total) >= 0
    assert all(given.amount >= 0 for line in priced.lines for given in line.discounts)
    assert priced.total >= 0


@unhurried
@given(priced_worlds(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(world: World, shuffler: random.Random) -> None:
    basket, facts = world
    lines, deliveries = list(basket.lines), list(basket.deliveries)
    shuffler.shuffle(lines)
    shuffler.shuffle(deliveries)
    shuffled = price(msgspec.structs.replace(basket, lines=tuple(lines), deliveries=tuple(deliveries)), facts)
    straight = price(basket, facts)
    assert [line.key for line in shuffled.lines] == [line.key for line in lines], "answered in the order asked"
    assert canonical(shuffled) == canonical(straight)


@unhurried
@given(priced_worlds())
def test_the_signed_bytes_can_be_read_back(world: World) -> None:
    data = canonical(price(*world))
    again = msgspec.json.decode(data, type=Priced)
    assert canonical(again) == data
    assert again.total == price(*world).total


@unhurried
@given(priced_worlds())
def test_the_trace_tells_each_rounding(world: World) -> None:
    basket, facts = world
    priced = price(basket, facts)
    taxed = [step for step in priced.trace if isinstance(step, Taxed)]
    assert len(taxed) == len(basket.lines) + len(basket.deliveries)
    for step in taxed:
        assert nearest(step.exact) == step.tax
    stepped = {step.group: step.rounding for step in priced.trace if isinstance(step, SteppedTotal)}
    assert stepped == {group.group: group.rounding for group in priced.groups if group.rounding}
