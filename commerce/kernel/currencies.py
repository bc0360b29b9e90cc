"""Currencies and the number of decimals that each has.

Source: ISO 4217, list one (active codes with a minor unit) as of January 2026. Codes with no minor unit (gold, test
codes, drawing rights) are no currency in which one can sell, and are left out.
What a payment provider can charge (its scale, its smallest step) is data per provider, never a change to this table.
"""

from typing import Annotated, Final

from msgspec import Meta

Currency = Annotated[
    str,
    Meta(pattern=r"^[A-Z]{3}\Z", description="ISO 4217 code of a currency in use, e.g. EUR", examples=["EUR"]),
]

_BY_EXPONENT: Final[dict[int, str]] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "
        "CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
        "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
        "MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
        "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG "
        "YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

EXPONENTS: Final[dict[str, int]] = {code: digits for digits, codes in _BY_EXPONENT.items() for code in codes.split()}
"""Decimals of the minor unit by currency code: EUR 2, JPY 0, KWD 3."""


class UnknownCurrency(ValueError):  # noqa: N818 -- named for what went wrong
    """A code that is no currency in use; a bug inside, a validation error at the edge."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code!r} is not an ISO 4217 code of a currency in use, such as EUR, USD or JPY")
        self.code = code


def is_currency(code: str) -> bool:
    """Whether the code is that of a currency in use; upper case only, as ISO 4217 writes it."""
    return code in EXPONENTS


def exponent(currency: Currency) -> int:
    """How many decimals the minor unit has. Raises UnknownCurrency."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None
