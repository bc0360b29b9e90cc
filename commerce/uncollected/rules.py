"""Which moves there are, until when a pickup waits, when it is reminded of, and which terms hold for it. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from commerce.kernel.states import Machine
from commerce.uncollected.facts import Terms, WaitState as S

WAIT = Machine(
    "pickup",
    start=S.WAITING,
    moves={
        S.WAITING: {S.COLLECTED, S.EXPIRED, S.ENDED},
        S.EXPIRED: {S.PUT_AWAY},
    },
)
INSTANT = timedelta(microseconds=1)
Interval = tuple[datetime, datetime]


class Hours(Protocol):
    """When a place is open."""

    def openings(self, since: datetime, /) -> Iterable[Interval]:
        """Gives the intervals that end after an instant, in order."""

    def collect_until(self, ready: datetime, opening_days: int, /) -> datetime | None:
        """Gives the closing of the so-manyeth opening day after the day of an instant."""


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """Terms that may hold for an article (None: for any) at a place; `depth` is how far above the article's own categories they stand."""

    variant_id: UUID | None
    depth: int
    of_location: bool
    of_category: bool
    terms: Terms


def deadline(hours: Hours, ready_at: datetime, terms: Terms) -> datetime | None:
    """Gives until when a pickup waits that became ready at an instant; None where the place is not open for so long any more."""
    if terms.wait_hours is not None:
        return open_for(hours, ready_at, timedelta(hours=terms.wait_hours))
    return hours.collect_until(ready_at, terms.wait_days or 0)


def extended(hours: Hours, before: datetime, terms: Terms) -> datetime | None:
    """Gives a deadline with its extension. A deadline at midnight is that of the day that ends."""
    return hours.collect_until(before - INSTANT, terms.extension_days)


def open_for(hours: Hours, since: datetime, span: timedelta) -> datetime | None:
    """Gives the first instant by which a place has been open for a span of time since an instant."""
    left = span
    for opens, closes in hours.openings(since):
        begins = max(opens, since)
        if begins + left <= closes:
            return begins + left
        left -= closes - begins
    return None


def reminders_due(hours: Hours, ready_at: datetime, until: datetime, terms: Terms) -> list[tuple[int, datetime]]:
    """Gives when each reminder is due: when its share of the stay's opening time has passed, so always while the place is open."""
    whole = timedelta()
    for opens, closes in hours.openings(ready_at):
        if opens >= until:
            break
        whole += min(closes, until) - max(opens, ready_at)
    found = [(percent, open_for(hours, ready_at, whole * percent // 100)) for percent in terms.reminders]
    return [(percent, due) for percent, due in found if due is not None and due < until]


def choose_terms(
    found: Sequence[Matching], variants: Sequence[UUID], default: Terms, hours: Hours, ready_at: datetime
) -> Terms:
    """Gives the terms of a pickup: those of its article that waits the shortest.

    For each article the most specific hold: for the place and a category, for a category, for the place, for the shop, the default. Of several
    categories the nearest one counts, and of two that are as near the one that waits shorter.
    """
    choices: list[Terms] = []
    for variant_id in variants:
        ranked: defaultdict[tuple[int, int], list[Terms]] = defaultdict(list)
        for each in found:
            if each.variant_id in {None, variant_id}:
                ranked[_rank(each)].append(each.terms)
        choices += ranked[min(ranked)] if ranked else [default]
    known = [(deadline(hours, ready_at, terms), place) for place, terms in enumerate(choices)]
    shortest = min(((until, place) for until, place in known if until is not None), default=(None, 0))
    return choices[shortest[1]]


def _rank(each: Matching) -> tuple[int, int]:
    return (
        0 if each.of_category and each.of_location else 1 if each.of_category else 2 if each.of_location else 3,
        each.depth,
    )
