"""The one clock. Instants are aware datetimes in UTC; a store's wall time is computed in its own zone at the moment of use."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """Gives the present instant in UTC."""
    return _source()


class HeldClock:
    """A clock that stands still until it is moved; what tests use to be at any hour."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **amount: float) -> None:
        """Moves the clock by an amount given as `timedelta` names it: `move(minutes=20)`."""
        self.at += timedelta(**amount)


@contextmanager
def held(at: datetime) -> Iterator[HeldClock]:
    """Holds the process's clock at an instant while the block runs."""
    global _source  # noqa: PLW0603 -- the process has one clock, and this is where it is exchanged
    before, clock = _source, HeldClock(at)
    _source = clock
    try:
        yield clock
    finally:
        _source = before
