"""The first stage: discounts of single lines, at each priority the one that gives most to the line first."""

from collections.abc import Mapping, Sequence

from commerce.price_engine.offer import Asks, Offer
from commerce.price_engine.promote_plan import Passed, Plan
from commerce.price_engine.promote_round import Round
from commerce.price_engine.work import LineWork


def apply_to_lines(plan: Plan, now: Round, *, alone: bool) -> None:
    """Gives each line what its promotions take off it; without those that tolerate no other, unless `alone`."""
    for line, turns in plan.by_line:
        have_turn = turns if alone else [each for each in turns if not each.alone]
        position, last = 0, len(have_turn)
        while position < last:
            priority, first = have_turn[position].priority, position
            while position < last and have_turn[position].priority == priority:
                position += 1
            _take_in_order(line, have_turn[first:position], plan.asks, now)


def _take_in_order(line: LineWork, offers: Sequence[Offer], of_tiers: Mapping[Offer, Asks], now: Round) -> None:
    """Promotions of one priority have their turns by what each would give as the line stands, most first, then by id."""
    turns = [(asks, offer) for offer in offers if (asks := offer.asks or of_tiers.get(offer)) is not None]
    if len(turns) > 1:
        left, room, units = line.left, line.room, line.quantity
        worth = [max(0, min(room, asks(left, units))) for asks, _ in turns]
        turns = [turns[each] for each in sorted(range(len(turns)), key=worth.__getitem__, reverse=True)]
    for asks, offer in turns:
        closed = line.closed_to(offer)
        if closed is not None:
            now.miss(offer, Passed(closed[0], by=closed[1], line=line.key))
        else:
            now.take(offer, line, asks(line.left, line.quantity))
