"""Money adds up exactly, in every split and every order."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from commerce.kernel.currencies import UnknownCurrency, exponent, is_currency
from commerce.kernel.money import (
    MAX_AMOUNT,
    MIN_AMOUNT,
    CurrencyMismatch,
    Money,
    added_tax,
    allocate,
    chargeable,
    format_money,
    included_tax,
    portion,
    rounded,
    share_upto,
    sum_money,
    units_upto,
)

unhurried = settings(deadline=None)  # a busy machine is no failure

AMOUNTS = st.integers(-(10**12), 10**12)
RATES = st.decimals(0, 2, places=4)


def half_up(value: Fraction) -> int:
    """The rounding rule said again in the slow way: nearest, halves away from zero."""
    down = abs(value).__floor__()
    magnitude = down + (1 if abs(value) - down >= Fraction(1, 2) else 0)
    return magnitude if value >= 0 else -magnitude


# --- the value ---------------------------------------------------------------------------------------------------


def test_money_on_the_wire_is_minor_units_and_a_code() -> None:
    assert msgspec.json.encode(Money(1999, "EUR")) == b'{"amount":1999,"currency":"EUR"}'
    assert msgspec.json.decode(b'{"currency":"JPY","amount":-80}', type=Money) == Money(-80, "JPY")


@pytest.mark.parametrize(
    "wire",
    [
        b'{"amount":1999,"currency":"EUR","scale":2}',
        b'{"amount":19.99,"currency":"EUR"}',
        b'{"amount":"1999","currency":"EUR"}',
        b'{"amount":true,"currency":"EUR"}',
        b'{"amount":1999,"currency":"eur"}',
        b'{"amount":1999,"currency":"ZZZ"}',
        b'{"amount":1999,"currency":"XAU"}',
        b'{"amount":1999}',
        b'{"amount":9223372036854775808,"currency":"EUR"}',
        b'{"amount":-9223372036854775809,"currency":"EUR"}',
    ],
)
def test_anything_else_on_the_wire_is_refused(wire: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(wire, type=Money)


def test_amounts_of_one_currency_add_and_order() -> None:
    assert Money(1999, "EUR") + Money(1, "EUR") == Money(2000, "EUR")
    assert Money(1999, "EUR") - Money(2000, "EUR") == Money(-1, "EUR")
    assert -Money(5, "EUR") == Money(-5, "EUR")
    assert Money(333, "EUR").times(3) == Money(999, "EUR")
    assert Money(1, "EUR") < Money(2, "EUR") <= Money(2, "EUR")
    assert Money(2, "EUR") > Money(1, "EUR") >= Money(1, "EUR")
    assert not Money.zero("EUR")
    assert Money(-1, "EUR")
    assert sum_money("EUR", [Money(1, "EUR"), Money(2, "EUR")]) == Money(3, "EUR")
    assert sum_money("JPY", []) == Money.zero("JPY")
    assert len({Money(1, "EUR"), Money(1, "EUR"), Money(1, "USD")}) == 2


def test_currencies_never_mix() -> None:
    euro, dollar = Money(1, "EUR"), Money(1, "USD")
    assert euro != dollar
    for act in (
        lambda: euro + dollar,
        lambda: euro - dollar,
        lambda: euro < dollar,
        lambda: euro <= dollar,
        lambda: euro > dollar,
        lambda: euro >= dollar,
        lambda: sum_money("EUR", [euro, dollar]),
    ):
        with pytest.raises(CurrencyMismatch):
            act()


def test_money_cannot_be_made_of_something_else() -> None:
    with pytest.raises(TypeError):
        Money(Decimal(1999), "EUR")  # type: ignore[arg-type]
    with pytest.raises(UnknownCurrency):
        Money(1, "XXX")
    with pytest.raises(ValueError, match="64 bits"):
        Money(MAX_AMOUNT, "EUR") + Money(1, "EUR")
    with pytest.raises(ValueError, match="64 bits"):
        Money(MIN_AMOUNT, "EUR").times(2)


@pytest.mark.parametrize(
    ("code", "digits"),
    [("EUR", 2), ("USD", 2), ("HUF", 2), ("JPY", 0), ("ISK", 0), ("UGX", 0), ("KWD", 3), ("TND", 3), ("CLF", 4)],
)
def test_exponents_are_those_of_iso_4217(code: str, digits: int) -> None:
    assert exponent(code) == digits


def test_what_is_no_currency_in_use_has_no_exponent() -> None:
    assert is_currency("EUR")
    for code in ("eur", "DEM", "XXX", "XAU", "", "EURO"):
        assert not is_currency(code)
        with pytest.raises(UnknownCurrency):
            exponent(code)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("19.99", "EUR", 1999), ("19.9", "EUR", 1990), ("80", "JPY", 80), ("35.200", "KWD", 35200), ("-1", "EUR", -100)],
)
def test_major_units_become_minor_units_exactly(text: str, currency: str, amount: int) -> None:
    assert Money.from_decimal(Decimal(text), currency) == Money(amount, currency)


@pytest.mark.parametrize(("text", "currency"), [("19.999", "EUR"), ("0.5", "JPY"), ("NaN", "EUR"), ("Infinity", "EUR")])
def test_major_units_are_never_rounded_silently(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"decimals|not an amount"):
        Money.from_decimal(Decimal(text), currency)


@unhurried
@given(st.integers(MIN_AMOUNT, MAX_AMOUNT), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
def test_major_units_and_back_is_the_identity(amount: int, currency: str) -> None:
    value = Money(amount, currency).to_decimal()
    assert -int(value.as_tuple().exponent) == exponent(currency)
    assert Money.from_decimal(value, currency) == Money(amount, currency)


# --- rounding and tax --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numerator", "denominator", "result"),
    [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (1, 3, 0), (2, 3, 1), (-2, 3, -1), (0, 7, 0), (5, 1, 5), (49, 100, 0)],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, result: int) -> None:
    assert rounded(numerator, denominator) == result


@unhurried
@given(AMOUNTS, RATES)
def test_tax_is_the_exact_figure_rounded_once(amount: int, rate: Decimal) -> None:
    exact = Fraction(rate)
    assert added_tax(amount, rate) == half_up(amount * exact)
    assert included_tax(amount, rate) == half_up(amount * exact / (1 + exact))
    assert included_tax(-amount, rate) == -included_tax(amount, rate)


@unhurried
@given(AMOUNTS, st.sampled_from([Decimal("0.21"), Decimal("0.10"), Decimal("0.04"), Decimal(0), Decimal("0.1075")]))
def test_tax_added_to_a_net_can_be_taken_out_again(net: int, rate: Decimal) -> None:
    assert included_tax(net + added_tax(net, rate), rate) == added_tax(net, rate)


def test_known_taxes() -> None:
    assert included_tax(1999, Decimal("0.21")) == 347
    assert added_tax(2499, Decimal("0.1075")) == 269
    for rate in (Decimal("-0.01"), Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(ValueError, match="not a tax rate"):
            added_tax(1, rate)
        with pytest.raises(ValueError, match="not a tax rate"):
            included_tax(1, rate)


@pytest.mark.parametrize(
    ("amount", "step", "charged"),
    [(12345, 10, 12350), (12344, 10, 12340), (-12345, 10, -12350), (4, 10, 0), (7, 1, 7), (5, 10, 10)],
)
def test_a_charge_goes_to_the_nearest_step(amount: int, step: int, charged: int) -> None:
    assert chargeable(amount, step) == charged


@unhurried
@given(st.lists(st.integers(0, 10**6), max_size=10), st.sampled_from([1, 5, 10, 100]))
def test_steps_of_a_growing_sum_are_steps_and_add_up(parts: list[int], step: int) -> None:
    exact, moved = 0, []
    for part in parts:
        moved.append(chargeable(exact + part, step) - chargeable(exact, step))
        exact += part
    assert all(amount >= 0 and amount % step == 0 for amount in moved)
    assert sum(moved) == chargeable(exact, step)


# --- splitting ---------------------------------------------------------------------------------------------------


def test_known_splits() -> None:
    assert allocate(1000, [1, 1, 1]) == [334, 333, 333]
    assert allocate(-1000, [1, 1, 1]) == [-334, -333, -333]
    assert allocate(100, [600, 400]) == [60, 40]
    assert allocate(5, [0, 0]) == [3, 2]
    assert allocate(7, [0, 3, 0]) == [0, 7, 0]
    assert allocate(0, []) == []
    with pytest.raises(ValueError, match="nobody"):
        allocate(1, [])
    with pytest.raises(ValueError, match="negative"):
        allocate(1, [2, -1])


@unhurried
@given(AMOUNTS, st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_a_split_is_exact_and_fair(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    assert [-part for part in parts] == allocate(-total, weights)
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(total * weight, whole) if whole else Fraction(total, len(weights))
        assert abs(part - exact) < 1
    for (part, weight), (next_part, next_weight) in pairwise(zip(parts, weights, strict=True)):
        if weight == next_weight:
            assert abs(part) >= abs(next_part), "where they tie, the earlier one takes the odd unit"


@unhurried
@given(AMOUNTS, st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
def test_portions_of_any_split_sum_to_the_total(total: int, parts: list[int]) -> None:
    whole = sum(parts)
    done, given_out = 0, 0
    for part in parts:
        given_out += portion(total, part, whole, done=done)
        done += part
    assert given_out == (total if whole else 0)
    assert share_upto(total, whole, whole) == total


@unhurried
@given(st.data())
def test_a_part_of_an_amount_never_carries_more_tax_than_itself(data: st.DataObject) -> None:
    whole = data.draw(st.integers(1, 10**6))
    tax = data.draw(st.integers(0, whole))
    done = data.draw(st.integers(0, whole))
    part = data.draw(st.integers(0, whole - done))
    assert 0 <= portion(tax, part, whole, done=done) <= part


def test_a_share_beyond_the_whole_is_a_bug() -> None:
    for done in (-1, 11):
        with pytest.raises(ValueError, match="between"):
            share_upto(100, done, 10)
        with pytest.raises(ValueError, match="between"):
            units_upto(100, done, 10)


@unhurried
@given(AMOUNTS, st.integers(1, 60))
def test_units_carry_what_an_even_split_gives_them(total: int, quantity: int) -> None:
    parts = allocate(total, [1] * quantity)
    assert [units_upto(total, n, quantity) for n in range(quantity + 1)] == [
        sum(parts[:n]) for n in range(quantity + 1)
    ]


@unhurried
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 60))
def test_each_unit_carries_no_more_of_a_smaller_sum(one: int, other: int, quantity: int) -> None:
    small, large = sorted((one, other))
    for n in range(quantity):
        of_small = units_upto(small, n + 1, quantity) - units_upto(small, n, quantity)
        of_large = units_upto(large, n + 1, quantity) - units_upto(large, n, quantity)
        assert 0 <= of_small <= of_large


# --- for people --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("money", "language", "text"),
    [
        (Money(1999, "EUR"), "es", "19,99 €"),
        (Money(1999, "EUR"), "ca-ES", "19,99 €"),
        (Money(1999, "EUR"), "en", "€19.99"),
        (Money(1999, "EUR"), "fr", "€19.99"),
        (Money(-5, "EUR"), "en", "-€0.05"),
        (Money(-5, "EUR"), "es", "-0,05 €"),
        (Money(123456, "EUR"), "es", "1234,56 €"),
        (Money(123456, "EUR"), "ca", "1.234,56 €"),
        (Money(1234567, "EUR"), "es", "12.345,67 €"),
        (Money(123456, "EUR"), "en", "€1,234.56"),
        (Money(80, "JPY"), "en", "80 JPY"),
        (Money(35200, "KWD"), "en", "35.200 KWD"),
        (Money(35200, "KWD"), "es", "35,200 KWD"),
    ],
)
def test_money_is_written_as_people_write_it(money: Money, language: str, text: str) -> None:
    assert format_money(money, language) == text


def test_money_in_a_log_line_names_its_currency() -> None:
    assert str(Money(-1999, "EUR")) == "-19.99 EUR"
    assert str(Money(80, "JPY")) == "80 JPY"
