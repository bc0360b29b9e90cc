"""In which time zone a country's tax law counts its days: that of its capital."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from commerce.kernel.zones import capital_zone


def begins(day: date, country: str) -> datetime:
    """Gives the instant at which a day begins in a country."""
    return datetime.combine(day, time(), ZoneInfo(capital_zone(country)))
