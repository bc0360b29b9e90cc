"""In which time zone a country's tax law counts its days: that of its capital.

Source: the IANA time zone database (zone.tab), the zone of the capital. A country that is not here counts its days in
UTC.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from types import MappingProxyType
from zoneinfo import ZoneInfo

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


def begins(day: date, country: str) -> datetime:
    """Gives the instant at which a day begins in a country."""
    return datetime.combine(day, time(), ZoneInfo(CAPITALS.get(country, "UTC")))
