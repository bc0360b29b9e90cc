"""The smallest step that the payment provider can charge, by currency, in minor units of ISO 4217.

Source: Stripe, "Supported currencies" (three-decimal currencies are sent in thousandths that end in 0; ISK and UGX are
sent in hundredths that end in 00, which are whole units, so no step beyond ISO 4217's own).
"""

from types import MappingProxyType

STEPS = MappingProxyType({"BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10})


def charge_step(currency: str) -> int:
    """Gives the smallest step in minor units: 10 for KWD, 1 for EUR and JPY."""
    return STEPS.get(currency, 1)
