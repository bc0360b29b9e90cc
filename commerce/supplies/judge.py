"""Who may wait for what, when it is there, and who is served. Pure: an outlook and a queue in, an answer out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from commerce.supplies.facts import QUEUE_MOST, Claim, Kind, Outlook, Settlement


def room(outlook: Outlook, at: datetime) -> int:
    """Gives how many units more can be promised ahead: what dated supply brings and what staff allow beyond it, less what is claimed; of a
    pre-order what staff allow, less what is claimed.
    """
    terms = outlook.terms
    if not terms.sells_at(at) or outlook.queue >= QUEUE_MOST:
        return 0
    supply = 0 if terms.kind is Kind.PRE_ORDER else outlook.dated
    return max(0, supply + terms.allowed - outlook.waiting)


def judged(outlook: Outlook, units: int, at: datetime) -> datetime | None:
    """Gives when so many units more would be there, after all those that are claimed already; None when they cannot be promised."""
    return there_at(outlook, outlook.waiting + units, at) if 1 <= units <= room(outlook, at) else None


def there_at(outlook: Outlook, position: int, at: datetime) -> datetime:
    """Gives when the unit at a position of the queue is there: with what lies there for a release, with dated supply, or later than all of it."""
    release = outlook.terms.release_at if outlook.terms.kind is Kind.PRE_ORDER else None
    covered = outlook.free if release is not None else 0
    if release is not None and position <= covered:
        return max(release, at)
    for supply in outlook.supplies:
        covered += supply.units
        if position <= covered:
            return supply.there_at if release is None else max(supply.there_at, release)
    if release is None or release <= at:
        return outlook.late_at
    return max([release, *(supply.there_at for supply in outlook.supplies)])


def uncovered(outlook: Outlook, waiting: int, at: datetime) -> int:
    """Gives how many of the waiting units nothing covers: neither dated supply, nor what lies there beyond the safety stock, or all of it until a
    release.
    """
    there = outlook.free if outlook.terms.closed_at(at) else max(0, outlook.free - outlook.safety)
    return max(0, waiting - outlook.dated - there)


def settled(outlook: Outlook, queue: Sequence[Claim], at: datetime) -> Settlement:
    """Gives what is to become of the claims at a place, in the order in which they were made; those that are over are nobody's.

    Who waits is served from what nobody is promised, except what the safety stock keeps back; from that too where no supply is left to come
    for them. Claims of orders that are not paid yet are served later: their units stay. What no supply is left for, beyond what was ever
    allowed, is lost by those who came last.
    """
    live = [claim for claim in queue if claim.open and not claim.over(at)]
    waiting = sum(claim.open for claim in live)
    terms = outlook.terms
    served = [] if terms.closed_at(at) else _served(live, _servable(outlook, waiting))
    given = sum(units for _, units in served)
    after = msgspec.structs.replace(outlook, free=outlook.free - given)
    allowed = max(terms.beyond, 0 if terms.kind is Kind.NONE else terms.allowed)
    missing = uncovered(after, waiting - given, at)
    left = {claim.id: claim.open for claim in live}
    for claim, units in served:
        left[claim.id] -= units
    lost = _lost(live, left, missing - allowed)
    for claim, units in lost:
        left[claim.id] -= units
    position, dates = 0, list[tuple[Claim, datetime]]()
    for claim in live:
        if left[claim.id]:
            position += left[claim.id]
            dates.append((claim, there_at(after, position, at)))
    return Settlement(served=served, lost=lost, there_at=dates, beyond=min(missing, allowed))


def _servable(outlook: Outlook, waiting: int) -> int:
    owed = waiting - outlook.dated - outlook.terms.beyond
    return max(0, min(outlook.free, max(outlook.free - outlook.safety, owed)))


def _served(live: Sequence[Claim], units: int) -> list[tuple[Claim, int]]:
    served: list[tuple[Claim, int]] = []
    for claim in live:
        taken = min(units, claim.open)
        units -= taken
        if taken and claim.expires_at is None:
            served.append((claim, taken))
    return served


def _lost(live: Sequence[Claim], left: Mapping[UUID, int], excess: int) -> list[tuple[Claim, int]]:
    lost: list[tuple[Claim, int]] = []
    for claim in reversed(live):
        units = min(excess, left[claim.id])
        if units > 0:
            excess -= units
            lost.append((claim, units))
    return lost
