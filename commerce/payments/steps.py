"""The smallest step that can be charged, by currency, in minor units of ISO 4217.

Source: https://docs.stripe.com/currencies (three-decimal currencies in thousandths that end in 0; MGA has no decimals there, ISO 4217
gives it two; ISK and UGX are sent in hundredths that end in 00, which are whole units of ISO 4217).
"""

from types import MappingProxyType

from commerce.kernel.currencies import Currency
from commerce.kernel.money import Money
from commerce.payments.errors import NotChargeable

STEPS = MappingProxyType({"BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10, "MGA": 100})


def charge_step(currency: Currency) -> int:
    """Gives the smallest step in minor units: 10 for KWD, 1 for EUR and JPY."""
    return STEPS.get(currency, 1)


def check_step(money: Money) -> None:
    """Refuses with NotChargeable an amount that is negative or no multiple of its currency's step."""
    step = charge_step(money.currency)
    if money.amount < 0 or money.amount % step:
        raise NotChargeable(f"{money.amount} {money.currency} is no multiple of {step} minor units.", step=step)
