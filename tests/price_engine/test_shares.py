"""Parts of a charge sum to it exactly, whatever the split and the order (G4)."""

import random
from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, strategies as st

from commerce.kernel.money import chargeable
from commerce.price_engine import (
    NOTHING,
    Allocation,
    Basket,
    Charge,
    Facts,
    SoldLine,
    UnitsShare,
    amount_share,
    plus,
    price,
    sold_line,
    unit_shares,
    units_share,
    whole,
)
from tests.price_engine.baskets import priced_worlds, thorough, unhurried

World = tuple[Basket, Facts]


def cuts(data: st.DataObject, size: int) -> list[tuple[int, int]]:
    """A random split of `size` into ranges, empty ones too."""
    inner = sorted(data.draw(st.lists(st.integers(0, size), max_size=5)))
    return list(pairwise([0, *inner, size]))


# --- by units ----------------------------------------------------------------------------------------------------


def test_ten_off_three_units_goes_to_the_unit() -> None:
    """PRO-10: 3.34 + 3.33 + 3.33, and unit k gives back its own share."""
    line = SoldLine(quantity=3, total=2000, tax=347, discounts=(Allocation("promotion:ten", 1000),))
    shares = unit_shares(line)
    assert [share.discounts[0].amount for share in shares] == [334, 333, 333]
    assert [share.total for share in shares] == [666, 667, 667]
    assert sum(share.tax for share in shares) == 347
    assert units_share(line, 1, 3).total == 1334


def test_an_item_goes_back_for_what_was_paid_in_either_order() -> None:
    """RET-01: 6.00 and 4.00 with 10 % off the order."""
    six = SoldLine(quantity=1, total=540, tax=94, discounts=(Allocation("promotion:order", 60),))
    four = SoldLine(quantity=1, total=360, tax=62, discounts=(Allocation("promotion:order", 40),))
    for order in ([six, four], [four, six]):
        refunds = {line.total: units_share(line, 0, 1) for line in order}
        assert (refunds[540].total, refunds[540].tax) == (540, 94)
        assert (refunds[360].total, refunds[360].tax) == (360, 62)


def test_only_the_tax_of_what_comes_back_is_given_back() -> None:
    """RET-03: items with a tax of 10 and 11, the second comes back."""
    assert units_share(SoldLine(quantity=1, total=111, tax=11), 0, 1).tax == 11
    assert units_share(SoldLine(quantity=1, total=110, tax=10), 0, 0).tax == 0


@thorough
@given(priced_worlds(most_lines=4), st.data())
def test_units_in_any_split_give_exactly_what_was_charged(world: World, data: st.DataObject) -> None:
    for line in price(*world).lines:
        sold = sold_line(line)
        ranges = cuts(data, line.quantity)
        shuffled = data.draw(st.permutations(ranges))
        shares = [units_share(sold, start, stop) for start, stop in shuffled]
        assert sum(share.units for share in shares) == line.quantity
        assert sum(share.total for share in shares) == line.total
        assert sum(share.tax for share in shares) == line.tax
        assert sum(share.net for share in shares) == line.net
        for position, discount in enumerate(line.discounts):
            assert {share.discounts[position].source for share in shares} == {discount.source}
            assert sum(share.discounts[position].amount for share in shares) == discount.amount


@thorough
@given(priced_worlds(most_lines=3))
def test_each_unit_adds_up_and_no_part_of_it_is_negative(world: World) -> None:
    for line in price(*world).lines:
        for share in unit_shares(sold_line(line)):
            given_off = sum(discount.amount for discount in share.discounts)
            assert share.net + share.tax == share.total
            assert min(share.net, share.tax, *(discount.amount for discount in share.discounts), 0) == 0
            assert line.unit == given_off + (share.total if line.includes_tax else share.net)
            assert abs(share.total * line.quantity - line.total) < line.quantity, (
                "within one minor unit of an even share"
            )


@unhurried
@given(priced_worlds(most_lines=2), st.data())
def test_a_range_is_the_sum_of_its_units(world: World, data: st.DataObject) -> None:
    for line in price(*world).lines:
        sold = sold_line(line)
        start = data.draw(st.integers(0, line.quantity))
        stop = data.draw(st.integers(start, line.quantity))
        share = units_share(sold, start, stop)
        one_by_one = unit_shares(sold)[start:stop]
        assert share.total == sum(unit.total for unit in one_by_one)
        assert share.tax == sum(unit.tax for unit in one_by_one)
        for position, discount in enumerate(share.discounts):
            assert discount.amount == sum(unit.discounts[position].amount for unit in one_by_one)


def test_units_that_were_never_sold_have_no_share() -> None:
    """RET-06: the third return of two."""
    line = SoldLine(quantity=2, total=2000, tax=347)
    for start, stop in ((2, 3), (-1, 1), (2, 1)):
        with pytest.raises(ValueError, match="units"):
            units_share(line, start, stop)


# --- by amount ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [[500], [250, 250], [167, 167, 166], [1, 498, 1], [499, 1]])
def test_delivery_goes_back_in_any_parts_to_the_last_cent(parts: list[int]) -> None:
    """RET-04: 5.00 with 0.45 of tax inside."""
    charged = Charge(total=500, tax=45)
    given_back = NOTHING
    for part in parts:
        given_back = plus(given_back, amount_share(charged, given_back, part))
    assert given_back == charged
    assert given_back.net == 455


@unhurried
@given(st.data())
def test_amounts_in_any_split_give_exactly_what_was_charged(data: st.DataObject) -> None:
    total = data.draw(st.integers(0, 5_000))
    charged = Charge(total=total, tax=data.draw(st.integers(0, total)))
    given_back = NOTHING
    for start, stop in cuts(data, total):
        share = amount_share(charged, given_back, stop - start)
        assert share.total == stop - start
        assert 0 <= share.tax <= share.total
        given_back = plus(given_back, share)
    assert given_back == charged


@thorough
@given(priced_worlds(most_lines=3), st.randoms(use_true_random=False))
def test_goodwill_and_returned_units_on_one_line_still_end_at_what_was_charged(
    world: World, chance: random.Random
) -> None:
    for line in price(*world).lines:
        sold, charged = sold_line(line), whole(line)
        given_back, returned = NOTHING, 0
        while given_back.total < charged.total:
            left = charged.total - given_back.total
            if returned < sold.quantity and chance.random() < 0.5:
                units = chance.randint(1, sold.quantity - returned)
                amount = min(units_share(sold, returned, returned + units).total, left)
                returned += units
            else:
                amount = chance.randint(1, left)
            share = amount_share(charged, given_back, amount)
            assert 0 <= share.tax <= share.total
            given_back = plus(given_back, share)
        assert given_back.total == charged.total
        assert amount_share(charged, given_back, 0).tax == charged.tax - given_back.tax == 0


@unhurried
@given(st.data())
def test_tax_that_went_back_unevenly_before_is_caught_up(data: st.DataObject) -> None:
    total = data.draw(st.integers(1, 3_000))
    tax = data.draw(st.integers(0, total))
    gone = data.draw(st.integers(0, total))
    gone_tax = data.draw(st.integers(max(0, tax - (total - gone)), min(gone, tax)))
    charged, given_back = Charge(total=total, tax=tax), Charge(total=gone, tax=gone_tax)
    for start, stop in cuts(data, total - gone):
        share = amount_share(charged, given_back, stop - start)
        assert 0 <= share.tax <= share.total
        given_back = plus(given_back, share)
    assert given_back == charged


def test_no_more_goes_back_than_is_left() -> None:
    """PAY-07: two refunds that are each within the charge, but not together."""
    charged = Charge(total=1000, tax=174)
    for given_back, amount in ((Charge(total=600, tax=104), 401), (NOTHING, -1), (Charge(total=10, tax=175), 1)):
        with pytest.raises(ValueError, match="left"):
            amount_share(charged, given_back, amount)


# --- a whole order -----------------------------------------------------------------------------------------------


@unhurried
@given(priced_worlds(most_lines=4), st.randoms(use_true_random=False), st.data())
def test_an_order_given_back_in_any_order_ends_at_its_taxes_and_its_total(
    world: World, shuffler: random.Random, data: st.DataObject
) -> None:
    basket, facts = world
    priced = price(basket, facts)
    by_rate: dict[tuple[str, str, Decimal], Charge] = {}
    sent: dict[str, list[int]] = {group.group: [] for group in priced.groups}
    exact = dict.fromkeys(sent, 0)
    delivered = {delivery.group: NOTHING for delivery in priced.deliveries}
    acts: list[tuple[str, int, int, int]] = []
    for number, line in enumerate(priced.lines):
        acts += [("line", number, start, stop) for start, stop in cuts(data, line.quantity)]
    for number, delivery in enumerate(priced.deliveries):
        acts += [("delivery", number, start, stop) for start, stop in cuts(data, delivery.total)]
    shuffler.shuffle(acts)
    for kind, number, start, stop in acts:
        if kind == "line":
            part = priced.lines[number]
            units = units_share(sold_line(part), start, stop)
            share, group = Charge(total=units.total, tax=units.tax), part.group
            rate = (part.tax_country, part.tax_category, part.tax_rate)
        else:
            charge = priced.deliveries[number]
            group = charge.group
            share = amount_share(whole(charge), delivered[group], stop - start)
            delivered[group] = plus(delivered[group], share)
            rate = (charge.tax_country, charge.tax_category, charge.tax_rate)
        by_rate[rate] = plus(by_rate.get(rate, NOTHING), share)
        before = chargeable(exact[group], facts.charge_step)
        exact[group] += share.total
        sent[group].append(chargeable(exact[group], facts.charge_step) - before)
    assert {(t.country, t.category, t.rate): Charge(total=t.gross, tax=t.tax) for t in priced.taxes} == by_rate
    for group_total in priced.groups:
        amounts = sent[group_total.group]
        assert sum(amounts) == group_total.total, "what the provider moved is what was authorised"
        assert all(amount >= 0 and amount % facts.charge_step == 0 for amount in amounts)


@unhurried
@given(priced_worlds(most_lines=2), st.data())
def test_what_is_cancelled_captured_and_returned_fits_together(world: World, data: st.DataObject) -> None:
    """Captures and returns from the front, cancellations from the back: no return is above its capture."""
    for line in price(*world).lines:
        sold = sold_line(line)
        captured = data.draw(st.integers(0, sold.quantity))
        cancelled = data.draw(st.integers(0, sold.quantity - captured))
        returned = data.draw(st.integers(0, captured))
        taken = units_share(sold, 0, captured)
        dropped = units_share(sold, sold.quantity - cancelled, sold.quantity)
        rest = units_share(sold, captured, sold.quantity - cancelled)
        back = units_share(sold, 0, returned)
        assert taken.total + rest.total + dropped.total == line.total
        assert back.total <= taken.total
        assert back.tax <= taken.tax


def test_a_reporting_currency_reaches_its_own_total_too() -> None:
    """MON-07: quantity 3 given back 1 + 1 + 1, in the order's and in the reporting currency."""
    for line in (SoldLine(quantity=3, total=1000, tax=174), SoldLine(quantity=3, total=1087, tax=189)):
        shares = [units_share(line, unit, unit + 1) for unit in range(3)]
        assert sum(share.total for share in shares) == line.total
        assert sum(share.tax for share in shares) == line.tax


def test_shares_can_be_kept_with_the_placed_line() -> None:
    shares = unit_shares(SoldLine(quantity=2, total=3, tax=1, discounts=(Allocation("promotion:a", 1),)))
    kept = msgspec.json.encode(shares)
    assert msgspec.json.decode(kept, type=tuple[UnitsShare, ...]) == shares
