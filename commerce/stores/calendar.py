"""Opening hours as instants: half-open intervals made from wall times in a zone, safe on the days when the clocks change.

A wall time that the clocks skip means the instant of the change; one that they repeat means its first occurrence. So the hours of a day
never overlap, a window inside the skipped hour is empty, and one inside the repeated hour is open once.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from commerce.kernel.errors import Bug

MINUTES_A_DAY = 1440
# How far ahead an opening is looked for: a shop that stays closed longer promises nothing.
LOOK_AHEAD_DAYS = 400
# How many dates a calendar remembers the instants of.
DAYS_KNOWN = 64
# A place that is open for longer than this at a stretch has no closing worth telling.
CLOSING_WITHIN = timedelta(days=8)

Span = tuple[int, int]
"""Minutes of the wall day, half-open: (540, 1200) is 09:00 until 20:00; 1440 is the end of the day."""
Interval = tuple[datetime, datetime]
"""Instants in UTC, half-open."""


def minute_of(text: str) -> int:
    """Gives the minute of the day of `HH:MM`; `24:00` is the end of the day."""
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def wall(minute: int) -> str:
    """Gives `HH:MM` of a minute of the day."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


@lru_cache(maxsize=16_384)
def instant_at(zone: str, day: date, minute: int) -> datetime:
    """Gives the instant in UTC of a wall time; see the module for skipped and repeated ones."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    tz = ZoneInfo(zone)
    first = local.replace(tzinfo=tz).astimezone(UTC)
    if first.astimezone(tz).replace(tzinfo=None) == local:
        return first
    return _change_between(tz, local.replace(tzinfo=tz, fold=1).astimezone(UTC), first)


def _change_between(tz: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Gives the instant, to the second, at which the zone's offset changes between two instants."""
    offset = before.astimezone(tz).utcoffset()
    if offset == after.astimezone(tz).utcoffset():
        raise Bug(f"{tz.key} does not change its offset between {before} and {after}")
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(tz).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


class Calendar:
    """When a place is open: weekly hours (weekday 0 is Monday) and dated exceptions, which replace the whole day's hours."""

    def __init__(
        self, zone: str, weekly: Mapping[int, Sequence[Span]], exceptions: Mapping[date, Sequence[Span]]
    ) -> None:
        self.zone = zone
        self._tz = ZoneInfo(zone)
        self._weekly = {weekday: sorted(spans) for weekday, spans in weekly.items() if spans}
        self._exceptions = {day: sorted(spans) for day, spans in exceptions.items()}
        self._known: dict[date, list[Interval]] = {}
        self.never_opens = not self._weekly and not any(self._exceptions.values())

    def spans(self, day: date) -> Sequence[Span]:
        """Gives the wall hours of a date."""
        if day in self._exceptions:
            return self._exceptions[day]
        return self._weekly.get(day.weekday(), ())

    def intervals_of(self, day: date) -> list[Interval]:
        """Gives the opening intervals that begin on a date, in order; empty ones are left out."""
        known = self._known.get(day)
        if known is None:
            zone = self.zone
            found = [(instant_at(zone, day, opens), instant_at(zone, day, closes)) for opens, closes in self.spans(day)]
            if len(self._known) >= DAYS_KNOWN:
                self._known.clear()
            known = self._known[day] = [(opens, closes) for opens, closes in found if opens < closes]
        return known

    def openings(self, since: datetime, days: int = LOOK_AHEAD_DAYS) -> Iterator[Interval]:
        """Gives the intervals that end after an instant, in order; two that touch at midnight stay two."""
        if self.never_opens:
            return
        first = since.astimezone(self._tz).date()
        for ahead in range(days + 1):
            yield from (span for span in self.intervals_of(first + timedelta(days=ahead)) if span[1] > since)

    def is_open(self, at: datetime) -> bool:
        """Says whether the place is open at an instant: from the opening on, up to but not at the closing."""
        return any(opens <= at < closes for opens, closes in self.intervals_of(at.astimezone(self._tz).date()))

    def ready_at(self, at: datetime, lead_minutes: int) -> datetime | None:
        """Gives when work of so many minutes is done that begins at an instant and goes on only while the place is open.

        The answer is itself an open instant: work that would end with the closing is ready at the next opening. None when the place does
        not open in the next 400 days, or not long enough.
        """
        left = timedelta(minutes=lead_minutes)
        for opens, closes in self.openings(at):
            begins = max(opens, at)
            if begins + left < closes:
                return begins + left
            left -= closes - begins
        return None

    def begins_at(self, at: datetime, cutoffs: Mapping[int, int]) -> datetime | None:
        """Gives the first open instant at which work that is ordered at an instant can begin.

        `cutoffs` are minutes of the wall day by weekday (0 is Monday): what is ordered at or after that minute waits for the first opening
        of a later date. 1440 cuts nothing off, 0 the whole day. None when the place does not open in the next 400 days.
        """
        day = at.astimezone(self._tz).date()
        cutoff = cutoffs.get(day.weekday())
        if cutoff is not None and at >= instant_at(self.zone, day, cutoff):
            return self.opens_after(day)
        return self.ready_at(at, 0)

    def opens_after(self, day: date) -> datetime | None:
        """Gives the first opening of a later date than the one given."""
        if self.never_opens:
            return None
        for ahead in range(1, LOOK_AHEAD_DAYS + 1):
            if intervals := self.intervals_of(day + timedelta(days=ahead)):
                return intervals[0][0]
        return None

    def date_of(self, at: datetime) -> date:
        """Gives the store day of an instant."""
        return at.astimezone(self._tz).date()

    def next_change(self, at: datetime) -> datetime | None:
        """Gives when the place next closes if it is open, or next opens if it is closed.

        None when it does not open in the next 400 days, or does not close in the next eight.
        """
        closing: datetime | None = None
        for opens, closes in self.openings(at):
            if closing is None:
                if opens > at:
                    return opens
            elif opens > closing:
                return closing
            closing = closes
            if closing - at > CLOSING_WITHIN:
                return None
        return closing

    def collect_until(self, ready: datetime, opening_days: int) -> datetime | None:
        """Gives the last closing of a stay counted in opening days: the day of `ready` is day nought, and a closed day does not count."""
        last: datetime | None = None
        today = ready.astimezone(self._tz).date()
        counted = 0
        for ahead in range(1, LOOK_AHEAD_DAYS + 1):
            if counted == opening_days:
                break
            if intervals := self.intervals_of(today + timedelta(days=ahead)):
                counted += 1
                last = intervals[-1][1]
        return last if counted == opening_days else None
