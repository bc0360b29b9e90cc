"""Which time zone a country goes by where nothing more particular is known: that of its capital.

Source: the IANA time zone database (zone.tab), the zone of the capital. A country that is not here goes by UTC.
"""

from collections.abc import Mapping
from types import MappingProxyType

CAPITALS: Mapping[str, str] = MappingProxyType(
    {
        "AD": "Europe/Andorra",
        "AT": "Europe/Vienna",
        "BE": "Europe/Brussels",
        "BG": "Europe/Sofia",
        "CH": "Europe/Zurich",
        "CY": "Asia/Nicosia",
        "CZ": "Europe/Prague",
        "DE": "Europe/Berlin",
        "DK": "Europe/Copenhagen",
        "EE": "Europe/Tallinn",
        "ES": "Europe/Madrid",
        "FI": "Europe/Helsinki",
        "FR": "Europe/Paris",
        "GB": "Europe/London",
        "GR": "Europe/Athens",
        "HR": "Europe/Zagreb",
        "HU": "Europe/Budapest",
        "IE": "Europe/Dublin",
        "IT": "Europe/Rome",
        "JP": "Asia/Tokyo",
        "KW": "Asia/Kuwait",
        "LT": "Europe/Vilnius",
        "LU": "Europe/Luxembourg",
        "LV": "Europe/Riga",
        "MT": "Europe/Malta",
        "NL": "Europe/Amsterdam",
        "NO": "Europe/Oslo",
        "PL": "Europe/Warsaw",
        "PT": "Europe/Lisbon",
        "RO": "Europe/Bucharest",
        "SE": "Europe/Stockholm",
        "SI": "Europe/Ljubljana",
        "SK": "Europe/Bratislava",
        "US": "America/New_York",
    }
)


def capital_zone(country: str) -> str:
    """Gives the IANA zone of a country's capital (ISO 3166-1 alpha-2); UTC for a country that is not known."""
    return CAPITALS.get(country, "UTC")
