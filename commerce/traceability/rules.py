"""Which lots may be sold, and which of them first. Pure."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from commerce.traceability.facts import LotUnits


def day_at(at: datetime, zone: str) -> date:
    """Gives the date of an instant on the walls of a place (IANA zone)."""
    return at.astimezone(ZoneInfo(zone)).date()


def sellable(expires_on: date | None, today: date) -> bool:
    """Says whether units may be sold on a day: through the whole of their last day, and not one instant longer.

    Food is deemed unsafe after its use-by date (Regulation (EU) No 1169/2011, article 24(1)), so that date is the last one.
    """
    return expires_on is None or today <= expires_on


def first_expired(lots: Iterable[LotUnits], wanted: int) -> list[LotUnits]:
    """Gives what to take of lots of one article so that those that expire first go first; less than wanted where there is less."""
    taken: list[LotUnits] = []
    for lot in sorted(lots, key=lambda each: (each.expires_on or date.max, each.lot)):
        units = min(lot.quantity, wanted)
        if units > 0:
            taken.append(LotUnits(lot.variant_id, lot.lot, lot.expires_on, units))
            wanted -= units
    return taken
