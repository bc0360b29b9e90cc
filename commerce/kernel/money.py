"""Money: whole minor units of one currency, and the only arithmetic that may touch them.

One rounding rule for everything (docs/decisions/0020-rounding-and-money.md): half-up, which is to the nearest minor
unit with halves away from zero, so that a refund is the exact mirror of its charge. Nothing here is a float, and every
split sums to what was split.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Final, Self

from msgspec import Meta, Struct

from commerce.kernel.currencies import EXPONENTS, Currency, UnknownCurrency, exponent

MIN_AMOUNT: Final = -(2**63)
MAX_AMOUNT: Final = 2**63 - 1

_Amount = Annotated[
    int,
    Meta(
        ge=MIN_AMOUNT,
        le=MAX_AMOUNT,
        description="Whole minor units by ISO 4217 exponent: 1999 is 19.99 EUR, 1999 JPY, 1.999 KWD",
        examples=[1999],
    ),
]


class CurrencyMismatch(ValueError):  # noqa: N818 -- named for what went wrong
    """Two currencies met in one sum or comparison: a bug in the caller, never a refusal."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} do not mix")


class Money(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An amount in whole minor units of one currency; on the wire `{"amount": 1999, "currency": "EUR"}`.

    Refuses amounts outside 64 bits, amounts that are no int (a database's sum may be a Decimal) and codes that are no
    currency. Amounts of different currencies are unequal, and neither added nor ordered.
    """

    amount: _Amount
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"an amount is whole minor units as int, not {type(self.amount).__name__}")
        if not MIN_AMOUNT <= self.amount <= MAX_AMOUNT:
            raise ValueError("the amount does not fit into 64 bits")
        if self.currency not in EXPONENTS:
            raise UnknownCurrency(self.currency)

    @classmethod
    def zero(cls, currency: Currency) -> Self:
        """Nothing, in this currency."""
        return cls(0, currency)

    @classmethod
    def from_decimal(cls, value: Decimal, currency: Currency) -> Self:
        """From major units as people write them: `Decimal("19.99")` EUR is 1999.

        Raises ValueError when the value has more decimals than the currency, rather than guess a rounding.
        """
        if not value.is_finite():
            raise ValueError(f"{value} is not an amount of money")
        numerator, denominator = value.as_integer_ratio()
        amount, rest = divmod(numerator * 10 ** exponent(currency), denominator)
        if rest:
            raise ValueError(f"{value} has more decimals than {currency}, which has {exponent(currency)}")
        return cls(amount, currency)

    def to_decimal(self) -> Decimal:
        """Major units, with exactly the decimals of the currency: 1999 EUR is `Decimal("19.99")`."""
        return Decimal(
            (int(self.amount < 0), tuple(map(int, str(abs(self.amount)))), -exponent(self.currency)),
        )

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.amount

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        return f"{self.to_decimal()} {self.currency}"

    def times(self, count: int) -> "Money":
        """Gives this amount `count` times."""
        return Money(self.amount * count, self.currency)


def sum_money(currency: Currency, items: Iterable[Money]) -> Money:
    """The sum, in the currency named so that nothing sums to zero of it. Raises CurrencyMismatch."""
    total = 0
    for item in items:
        if item.currency != currency:
            raise CurrencyMismatch(currency, item.currency)
        total += item.amount
    return Money(total, currency)


def rounded(numerator: int, denominator: int) -> int:
    """Divides to the nearest integer, halves away from zero: the one rounding rule."""
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split minor units in proportion to the weights; the parts sum to the total exactly.

    Largest remainder: each part is its exact share rounded towards zero, and the units that are left go one each to
    the largest fractions, the earlier position first where they tie. No part differs from its exact share by a whole
    unit. A negative total is the mirror of the positive one. Weights that are all zero mean an even split.
    Raises ValueError on negative weights, and where there is something to split but nobody to take it.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative")
    if not weights:
        if total:
            raise ValueError(f"{total} cannot be split among nobody")
        return []
    if total < 0:
        return [-part for part in allocate(-total, weights)]
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    parts: list[int] = []
    fractions: list[int] = []
    for weight in weights:
        part, fraction = divmod(total * weight, whole)
        parts.append(part)
        fractions.append(fraction)
    left = total - sum(parts)
    if left:
        for position in sorted(range(len(parts)), key=fractions.__getitem__, reverse=True)[:left]:
            parts[position] += 1
    return parts


def share_upto(total: int, done: int, whole: int) -> int:
    """What `done` of `whole` carries of the total, pro rata and rounded half-up; all of it when done equals whole.

    Differences of it are the parts to capture or refund by amount: whatever the split and the order, they sum exactly.
    """
    if not 0 <= done <= whole:
        raise ValueError(f"{done} is not between 0 and {whole}")
    return rounded(total * done, whole) if whole else total


def portion(total: int, part: int, whole: int, *, done: int = 0) -> int:
    """What the next `part` of `whole` carries of the total, after `done` of it was dealt with before.

    `portion(tax, 500, gross, done=1200)` is the tax in the next 5.00 of a charge of which 12.00 were refunded already.
    """
    return share_upto(total, done + part, whole) - share_upto(total, done, whole)


def units_upto(total: int, units: int, quantity: int) -> int:
    """What the first `units` of `quantity` equal units carry of the total.

    The prefix sum of `allocate(total, [1] * quantity)`: the first units carry the odd ones. Where a <= b, each unit's
    share of a is at most its share of b, so a unit's tax or discount never exceeds what it is a part of.
    """
    if not 0 <= units <= quantity:
        raise ValueError(f"{units} units are not between 0 and {quantity}")
    if total < 0:
        return -units_upto(-total, units, quantity)
    if not quantity:
        return 0
    each, odd = divmod(total, quantity)
    return each * units + min(units, odd)


def chargeable(amount: int, step: int) -> int:
    """The nearest multiple of the smallest step that can be charged, halves away from zero: 12345 by 10 is 12350.

    Because it never falls as the amount grows, differences of it over growing sums are themselves multiples of the
    step, none negative, and sum exactly: so an order is captured and refunded in parts.
    """
    return amount if step == 1 else rounded(amount, step) * step


@lru_cache(maxsize=256)
def _ratio(rate: Decimal) -> tuple[int, int]:
    if not rate.is_finite() or rate < 0:
        raise ValueError(f"{rate} is not a tax rate; 21 % is Decimal('0.21')")
    return rate.as_integer_ratio()


def included_tax(gross: int, rate: Decimal) -> int:
    """The tax inside a price that includes it: gross × rate / (1 + rate), half-up. 21 % is `Decimal("0.21")`."""
    numerator, denominator = _ratio(rate)
    return rounded(gross * numerator, denominator + numerator)


def added_tax(net: int, rate: Decimal) -> int:
    """The tax on top of a price that excludes it: net × rate, half-up. 21 % is `Decimal("0.21")`."""
    numerator, denominator = _ratio(rate)
    return rounded(net * numerator, denominator)


_SYMBOLS: Final = {"EUR": "€"}
_MARKS: Final = {"es": (".", ",", 5), "ca": (".", ",", 4), "en": (",", ".", 4)}
"""Thousands mark, decimal mark, and the number of digits from which thousands are marked (Unicode CLDR)."""


def format_money(money: Money, language: str) -> str:
    """For people: "19,99 €" in Spanish and Catalan, "€19.99" in English and in any language not known here.

    Takes a language tag ("es", "ca-ES"); currencies other than the euro show their code after the amount.
    """
    tag = language.partition("-")[0].lower()
    tag = tag if tag in _MARKS else "en"
    thousands, point, marked_from = _MARKS[tag]
    digits = exponent(money.currency)
    major, minor = divmod(abs(money.amount), 10**digits)
    text = f"{major:,}".replace(",", thousands) if len(str(major)) >= marked_from else str(major)
    if digits:
        text += f"{point}{minor:0{digits}}"
    sign = "-" if money.amount < 0 else ""
    symbol = _SYMBOLS.get(money.currency)
    if symbol and tag == "en":
        return f"{sign}{symbol}{text}"
    return f"{sign}{text} {symbol or money.currency}"
