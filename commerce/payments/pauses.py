"""How long to wait before something is tried again."""

from datetime import datetime, timedelta

FIRST_PAUSE_SECONDS = 60
LONGEST_PAUSE_SECONDS = 3_600
MOST_DOUBLINGS = 10


def later(at: datetime, tries: int) -> datetime:
    """Gives when to try again: after one minute first, then after pauses that double, an hour at the most."""
    seconds = FIRST_PAUSE_SECONDS * 2 ** min(tries, MOST_DOUBLINGS)
    return at + timedelta(seconds=min(seconds, LONGEST_PAUSE_SECONDS))
