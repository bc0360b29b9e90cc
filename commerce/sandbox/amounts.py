"""Which amounts Stripe takes: https://docs.stripe.com/currencies."""

from commerce.sandbox.errors import invalid

THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
"""Sent in thousandths, but the last digit must be 0."""
ALWAYS_HUNDREDTHS = frozenset({"isk", "ugx"})
"""Have no minor unit any more, and are sent as if they had two decimals that must be 00."""
ZERO_DECIMALS = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(),
)
TWO_DECIMALS = frozenset(
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc "
    "cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs khr kyd "
    "kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php "
    "pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs "
    "wst xcd yer zar zmw".split(),
)
SUPPORTED = THREE_DECIMALS | ALWAYS_HUNDREDTHS | ZERO_DECIMALS | TWO_DECIMALS
LARGEST = 99_999_999


def check_currency(currency: str) -> str:
    """The currency in lower case, or a refusal."""
    lowered = currency.lower()
    if lowered not in SUPPORTED:
        known = ", ".join(sorted(SUPPORTED))
        raise invalid(
            f"Invalid currency: {lowered}. Stripe currently supports these currencies: {known}", param="currency"
        )
    return lowered


def check_amount(amount: int, currency: str, *, param: str) -> int:
    """The amount in the currency's smallest unit, or a refusal: at least 1, at most eight digits, whole steps."""
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise invalid(message, param=param, code="parameter_invalid_integer")
    if amount > LARGEST:
        message = f"Amount must be no more than {worded(LARGEST, currency)}"
        raise invalid(message, param=param, code="amount_too_large")
    step = 10 if currency in THREE_DECIMALS else 100 if currency in ALWAYS_HUNDREDTHS else 1
    if amount % step:
        message = f"Invalid amount. Amounts in {currency.upper()} must be evenly divisible by {step}."
        raise invalid(message, param=param, code="parameter_invalid_integer")
    return amount


def worded(amount: int, currency: str) -> str:
    """An amount as messages show it: 12.34 EUR."""
    places = 0 if currency in ZERO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    digits = str(amount).rjust(places + 1, "0")
    shown = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"{shown} {currency.upper()}"
