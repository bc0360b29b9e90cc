"""How a VAT number is read."""

import re
from typing import Final

from stdnum.eu import vat

from commerce.kernel.errors import invalid

# Greece writes EL (Directive 2006/112/EC, article 215). Who trades goods from Northern Ireland has XI beside GB.
MEMBER_STATES: Final = frozenset(code.upper() for code in vat.MEMBER_STATES)
_NOISE = re.compile(r"[ ./-]")
SHORTEST, LONGEST = 4, 15


def vat_key(number: str, country: str, pointer: str = "/vat_number") -> str:
    """Gives a VAT number in its compact form with the prefix of its state: `B-58 378 431` of ES becomes `ESB58378431`.

    Refuses with InvalidInput one whose digits are wrong, where the country is a member state of the European Union, or one
    that is too short or too long. Whether it is registered is for the registry (VIES) to say.
    """
    bare = _NOISE.sub("", number).upper()
    prefix = "EL" if country == "GR" else "XI" if country == "GB" and bare.startswith("XI") else country
    compact = prefix + bare.removeprefix(prefix if bare.startswith(prefix) else country)
    if (country in MEMBER_STATES or prefix == "XI") and not vat.is_valid(compact):
        raise invalid(pointer, f"This is no VAT number of {country}: its form or its check digits are wrong.")
    if not SHORTEST <= len(compact) <= LONGEST:
        raise invalid(pointer, f"A VAT number has {SHORTEST} to {LONGEST} characters with its prefix.")
    return compact
