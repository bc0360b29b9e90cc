"""The first stage: discounts of single lines, at each priority the one that gives most to the line first."""

from collections.abc import Mapping, Sequence
from operator import itemgetter

from commerce.price_engine.offer import Asks, Offer
from commerce.price_engine.promote_plan import Plan
from commerce.price_engine.promote_round import Round
from commerce.price_engine.work import LineWork

first_of = itemgetter(0)


def apply_to_lines(plan: Plan, now: Round, *, alone: bool) -> None:
    """Gives each line what its promotions take off it; without those that tolerate no other, unless `alone`."""
    for line, turns in plan.turns.items():
        offers = turns if alone else [each for each in turns if not each.alone]
        position, last = 0, len(offers)
        while position < last:
            priority, first = offers[position].priority, position
            while position < last and offers[position].priority == priority:
                position += 1
            _take_in_order(line, offers[first:position], plan.asks, now)


def _take_in_order(line: LineWork, offers: Sequence[Offer], asks: Mapping[Offer, Asks], now: Round) -> None:
    """Promotions of one priority have their turns by what each would give as the line stands, most first, then by id."""
    left, room, units, missed = line.left, line.room, line.quantity, now.missed
    turns: list[tuple[int, Offer]] = []
    for offer in offers:
        closed = line.closed_to(offer)
        if closed is None:
            asked = asks[offer](left, units)
            turns.append((asked if asked < room else room, offer))  # noqa: FURB136 -- a call costs as much as all the rest
        else:
            missed.append((offer, closed, line))
    turns.sort(key=first_of, reverse=True)
    for _, offer in turns:
        closed = line.closed_to(offer)
        if closed is None:
            now.take(offer, line, asks[offer](line.left, units))
        else:
            missed.append((offer, closed, line))
