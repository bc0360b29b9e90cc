"""For random shops: discounts sum to what was given, nothing goes below nothing or the guard, and order matters to no figure."""

import random
from collections import Counter
from fractions import Fraction
from math import ceil

from hypothesis import given, strategies as st
from msgspec.structs import replace

from commerce.price_engine import (
    Basket,
    Facts,
    Priced,
    PricedDelivery,
    PricedLine,
    PromotionIndex,
    PromotionPassed,
    canonical,
    price,
)
from tests.price_engine.baskets import priced_worlds, thorough, unhurried

World = tuple[Basket, Facts]


def _parts(priced: Priced) -> list[PricedLine | PricedDelivery]:
    return [*priced.lines, *priced.deliveries]


def given_by_source(priced: Priced) -> Counter[str]:
    """What each promotion took off lines, gifts and deliveries."""
    found: Counter[str] = Counter()
    for part in _parts(priced):
        for each in part.discounts:
            found[each.source] += each.amount
    return found


@thorough
@given(priced_worlds())
def test_what_a_promotion_saved_is_the_sum_of_its_discounts_and_what_it_gave_is_in_the_answer(world: World) -> None:
    priced = price(*world)
    off = given_by_source(priced)
    assert {f"promotion:{each.promotion}": each.saved for each in priced.applied if each.saved} == {
        source: amount for source, amount in off.items() if amount and source.startswith("promotion:")
    }
    assert priced.discount_total == sum(each.amount for line in priced.lines for each in line.discounts)
    for part in _parts(priced):
        assert part.discount == sum(each.amount for each in part.discounts)
        assert all(each.amount > 0 for each in part.discounts if each.source.startswith("promotion:")) or (
            part.discount == 0
        )


@thorough
@given(priced_worlds())
def test_nothing_is_below_nothing_and_promotions_leave_what_is_guarded(world: World) -> None:
    basket, facts = world
    priced = price(basket, facts)
    assert priced.total >= 0
    for part in _parts(priced):
        assert min(part.net, part.tax, part.total) >= 0
    for line in priced.lines:
        floor = facts.articles[line.variant_id].floor_net
        if (
            floor is None
            or line.kind != "article"
            or not any(each.source.startswith("promotion:") for each in line.discounts)
        ):
            continue
        tax = facts.taxes[line.tax_category, line.tax_country].rate
        least = ceil(floor * (1 + Fraction(tax))) if line.includes_tax else floor
        assert line.subtotal - line.discount >= least * line.quantity


@thorough
@given(priced_worlds())
def test_no_discount_is_on_a_fee_and_one_line_has_one_discount_of_an_exclusion(world: World) -> None:
    basket, facts = world
    priced = price(basket, facts)
    rules = {f"promotion:{each.id}": each for each in facts.promotions.all}
    for line in priced.lines:
        if line.kind in {"eco_fee", "deposit"}:
            assert line.discounts == ()
    for part in _parts(priced):
        taken = [rules[each.source] for each in part.discounts if each.source in rules]
        words = [each.exclusion for each in taken if each.exclusion is not None]
        assert len(words) == len(set(words))
        if any(each.alone for each in taken):
            assert len(taken) == 1


@unhurried
@given(priced_worlds(), st.randoms(use_true_random=False))
def test_the_order_of_lines_of_codes_and_of_promotions_changes_no_figure(world: World, shuffler: random.Random) -> None:
    basket, facts = world
    lines, deliveries, rules = list(basket.lines), list(basket.deliveries), list(facts.promotions.all)
    codes = list(basket.circumstances.codes)
    for each in (lines, deliveries, rules, codes):
        shuffler.shuffle(each)
    straight = price(basket, facts)
    again = price(
        replace(basket, lines=tuple(lines), deliveries=tuple(deliveries)),
        replace(facts, promotions=PromotionIndex(rules)),
    )
    assert canonical(again) == canonical(straight)
    around = replace(basket.circumstances, codes=tuple(codes))
    assert price(replace(basket, circumstances=around), facts).lines == straight.lines


@unhurried
@given(priced_worlds())
def test_the_candidates_alone_give_the_same_price_with_the_same_trace(world: World) -> None:
    basket, facts = world
    articles = [facts.articles[each.variant_id] for each in basket.lines]
    candidates = facts.promotions.candidates(articles, [each for _, each in basket.circumstances.codes])
    assert canonical(price(basket, replace(facts, promotions=PromotionIndex(candidates)))) == canonical(
        price(basket, facts)
    )


@unhurried
@given(priced_worlds())
def test_explaining_all_changes_no_figure_and_names_every_promotion(world: World) -> None:
    basket, facts = world
    plain, explained = price(basket, facts), price(basket, facts, explain_all=True)
    assert replace(plain, trace=()) == replace(explained, trace=())
    passed = [each for each in explained.trace if isinstance(each, PromotionPassed)]
    told = {(each.promotion, each.version) for each in passed if each.line is None and each.group is None}
    applied = {(each.promotion, each.version) for each in explained.applied}
    assert told | applied == {(each.id, each.version) for each in facts.promotions.all}
    assert not told & applied


@unhurried
@given(priced_worlds())
def test_the_gifts_that_could_be_given_are_known_before(world: World) -> None:
    basket, facts = world
    known = facts.promotions.gift_variants(basket.circumstances)
    assert {each.variant_id for each in price(basket, facts).lines if each.kind == "gift"} <= set(known)
