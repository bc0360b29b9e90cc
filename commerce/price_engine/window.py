"""From when until when a list, a price or a promotion holds."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct


class Window(Struct, frozen=True, kw_only=True, gc=False):
    """From when until when something holds, half-open; a bound that is missing does not bind.

    `store_time` reads both bounds as a wall clock in the store's own zone: 2026-11-27T00:00:00Z is then midnight of
    that day in Madrid and, an hour later, in Las Palmas. A bound in the hour that the clock skips is met at its end; one in
    the hour that comes twice is met twice, so that nobody should set one there.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    store_time: bool = False

    def holds(self, at: datetime, wall: datetime) -> bool:
        """Says whether it holds at an instant, whose wall clock in the store's zone is `wall` (see `wall_clock`)."""
        now = wall if self.store_time else at
        return (self.starts_at is None or self.starts_at <= now) and (self.ends_at is None or now < self.ends_at)


ALWAYS: Final = Window()


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def wall_clock(at: datetime, zone: str) -> datetime:
    """Gives what the clock on a wall in a zone (IANA) shows at an instant, written as if it were UTC."""
    return at.astimezone(_zone(zone)).replace(tzinfo=UTC)
