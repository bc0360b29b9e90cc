"""How Stripe writes amounts: https://docs.stripe.com/currencies, as of January 2026.

In the currency's smallest unit as Stripe sees it, which is not always that of ISO 4217: ISK and UGX have no decimals in ISO 4217 and are
sent in hundredths that end in 00; MGA has two and is sent in whole units. BHD, JOD, KWD, OMR and TND are sent in thousandths that end in 0.
"""

from fractions import Fraction
from types import MappingProxyType
from typing import Final

from commerce.kernel.currencies import is_currency
from commerce.kernel.money import Money

_TAKEN: Final = frozenset(
    (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY "
        "COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK "
        "JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR "
        "MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS "
        "SRD STD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
    ).split()
)
CURRENCIES: Final = frozenset(code for code in _TAKEN if is_currency(code))
"""What Stripe takes, of the currencies that are in use."""

SCALES: Final = MappingProxyType({"ISK": Fraction(100), "UGX": Fraction(100), "MGA": Fraction(1, 100)})
"""Stripe's units per minor unit of ISO 4217, where it is not one."""


def to_stripe(money: Money) -> tuple[int, str] | None:
    """Gives amount and currency as Stripe writes them; None when Stripe cannot charge it."""
    if money.currency not in CURRENCIES:
        return None
    units = money.amount * SCALES.get(money.currency, Fraction(1))
    return None if units.denominator != 1 else (int(units), money.currency.lower())


def from_stripe(units: int, currency: str) -> Money | None:
    """Gives the amount that Stripe wrote; None when it cannot be one of ours: an unknown currency, parts of a minor unit."""
    code = currency.upper()
    if code not in CURRENCIES:
        return None
    amount = units / SCALES.get(code, Fraction(1))
    return None if amount.denominator != 1 else Money(int(amount), code)
