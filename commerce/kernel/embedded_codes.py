"""Barcodes that hold a weight or a price beside the article: EAN-13 of the prefixes kept for variable measure, read by a market's rules.

Which digits say what is each market's (or each shop's) own, so it is data: a rule names prefix, digits and scale. What the digits are checked
by is common: the check digit of every EAN-13, and the verifier of four or five digits of price or weight that some markets put in between
(GS1 General Specifications: 2.1.12 and 2.1.13 for the element strings, 7.9 for the verifiers). Pure: a till reads the same without a network.
"""

from collections.abc import Iterable
from typing import Annotated, Literal, TypeAlias

import msgspec

from commerce.kernel.barcodes import GTIN_DIGITS, is_gtin
from commerce.kernel.money import rounded

LENGTH = 13
CODE_DIGITS = LENGTH - 1
GRAMS = 1_000
KILOGRAM = "kg"

Kind: TypeAlias = Literal["price", "weight"]
Digits = Annotated[int, msgspec.Meta(ge=1, le=10)]

# How a digit counts in a verifier: twice less its tens, three times, five times plus or less its tens; the units of that.
_THRICE = "0369258147"
_FIVE_PLUS = "0516273849"
_FIVE_LESS = "0594837261"
_TWICE_LESS = "0246891357"
_FOUR = (_TWICE_LESS, _TWICE_LESS, _THRICE, _FIVE_LESS)
_FIVE = (_FIVE_PLUS, _TWICE_LESS, _FIVE_LESS, _FIVE_PLUS, _TWICE_LESS)


class EmbeddedRule(msgspec.Struct, frozen=True, kw_only=True):
    """What the digits of codes with a prefix mean: after it come the article's, then the verifier's own digit if there is one, then the value's,
    then the check digit of the whole.

    `scale` is the number of decimals less those of the unit told: grams and minor units are told, so a value in grams has scale 0, one in tens of
    grams scale 1.
    """

    prefix: str
    kind: Kind
    article_digits: int
    value_digits: int
    verified: bool = False
    scale: int = 0


class Embedded(msgspec.Struct, frozen=True, kw_only=True):
    """What a code says: the digits of the article, the code that it has without a value, and grams or minor units."""

    article: str
    bare: str
    kind: Kind
    value: int

    @property
    def codes(self) -> tuple[str, str]:
        """The codes that the article may be typed by at a till, the nearer one first: its digits, and those without zeros before."""
        return self.article, self.article.lstrip("0")


def fits(rule: EmbeddedRule) -> bool:
    """Says whether a rule's digits make up a whole code, and its verifier is one that there is."""
    digits = len(rule.prefix) + rule.article_digits + int(rule.verified) + rule.value_digits
    return digits == CODE_DIGITS and (not rule.verified or rule.value_digits in {len(_FOUR), len(_FIVE)})


def read_embedded(code: str, rules: Iterable[EmbeddedRule]) -> Embedded | None:
    """Gives what a scanned code says by the rule with the longest prefix that it begins with: an EAN-13, also as a UPC-A, whose zero before
    scanners leave out (prefix 02), or as a GTIN-14 with one more.

    None where there is none, where a check digit fails, and where the value is zero: nobody is to take a piece away for nothing.
    """
    if not is_gtin(code):
        return None
    indicator, code = code.zfill(GTIN_DIGITS)[0], code.zfill(LENGTH)[-LENGTH:]
    if indicator != "0" or check_digit(code[:-1]) != code[-1]:
        return None
    matching = [each for each in rules if code.startswith(each.prefix)]
    if not matching:
        return None
    rule = max(matching, key=lambda each: len(each.prefix))
    ends = len(rule.prefix) + rule.article_digits
    value = code[CODE_DIGITS - rule.value_digits : CODE_DIGITS]
    if not int(value) or (rule.verified and verifier(value) != code[ends]):
        return None
    bare = code[:ends].ljust(CODE_DIGITS, "0")
    return Embedded(
        article=code[len(rule.prefix) : ends],
        bare=bare + check_digit(bare),
        kind=rule.kind,
        value=int(value) * 10**rule.scale,
    )


def worth(embedded: Embedded, per_kilogram: int | None) -> int | None:
    """Gives what the piece costs in minor units, in the terms of the price by the kilogram: its own price, or that price for its weight, half-up.

    None where the article has no price by the kilogram.
    """
    if embedded.kind == "price":
        return embedded.value
    return None if per_kilogram is None else rounded(per_kilogram * embedded.value, GRAMS)


def check_digit(digits: str) -> str:
    """Gives the check digit of twelve digits of an EAN-13 (GS1 General Specifications, 7.9.1)."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-total % 10)


def verifier(value: str) -> str:
    """Gives the verifier of four or five digits of a price or a weight (GS1 General Specifications, 7.9.2 to 7.9.4)."""
    if len(value) == len(_FOUR):
        return str(3 * sum(int(weight[int(digit)]) for weight, digit in zip(_FOUR, value, strict=True)) % 10)
    total = sum(int(weight[int(digit)]) for weight, digit in zip(_FIVE, value, strict=True))
    return str(_FIVE_LESS.index(str(-total % 10)))
