"""The second and third stages: promotions over several lines. At each priority the one that gives most in all goes first."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import attrgetter

from commerce.kernel.money import allocate, rounded, units_upto
from commerce.price_engine.offer import Asks, Offer, Stage
from commerce.price_engine.promote_plan import Plan
from commerce.price_engine.promote_round import Round
from commerce.price_engine.promotion import BundlePrice, BuyGet
from commerce.price_engine.promotion_terms import Matcher
from commerce.price_engine.work import LineWork, Passed

Asked = list[tuple[LineWork, int]]
Block = tuple[int, int, int]
"""Some units of one line that are worth the same: what one is worth, the place of the line, how many."""


def apply_to_sets(plan: Plan, now: Round, *, alone: bool) -> None:
    """Gives what sets of units earn: so many for the price of fewer, and bundles at a price."""

    def worth(offer: Offer, lines: Sequence[LineWork]) -> int:
        asked = _of_set(offer, lines)
        return 0 if isinstance(asked, Passed) else sum(max(0, min(line.room, amount)) for line, amount in asked)

    _in_turn(plan, Stage.SETS, worth, _of_set, now, alone=alone)


def apply_to_order(plan: Plan, now: Round, *, alone: bool) -> None:
    """Gives what is taken off the lines together, and split over them."""

    def worth(offer: Offer, lines: Sequence[LineWork]) -> int:
        return max(0, _together(plan.asks[offer], lines))

    def split(offer: Offer, lines: Sequence[LineWork]) -> Asked | Passed:
        rooms = [line.room for line in lines]
        asked = _together(plan.asks[offer], lines)
        if asked <= 0:
            return Passed("no_saving" if sum(rooms) else "nothing_left")
        return [(line, share) for line, share in zip(lines, allocate(asked, rooms), strict=True) if share]

    _in_turn(plan, Stage.ORDER, worth, split, now, alone=alone)


def _together(asks: Asks, lines: Sequence[LineWork]) -> int:
    left = room = 0
    for line in lines:
        left += line.left
        room += line.room
    return min(asks(left, 1), room)


def _in_turn(
    plan: Plan,
    stage: Stage,
    worth: Callable[[Offer, Sequence[LineWork]], int],
    asks: Callable[[Offer, Sequence[LineWork]], Asked | Passed],
    now: Round,
    *,
    alone: bool,
) -> None:
    offers = [each for each in plan.stages[stage] if alone or not each.alone]
    for _, of_priority in groupby(offers, key=attrgetter("priority")):
        turns = list(of_priority)
        if len(turns) > 1:
            gives = {each: worth(each, _open(each, plan.takers[each])) for each in turns}
            turns.sort(key=gives.__getitem__, reverse=True)
        for offer in turns:
            lines = now.open(offer, plan.takers[offer])
            asked = asks(offer, lines) if lines else None
            if isinstance(asked, Passed):
                now.miss(offer, asked)
            elif asked is not None:
                for line, amount in asked:
                    now.take(offer, line, amount)


def _open(offer: Offer, lines: Sequence[LineWork]) -> list[LineWork]:
    return [line for line in lines if line.closed_to(offer) is None]


def _of_set(offer: Offer, lines: Sequence[LineWork]) -> Asked | Passed:
    effect = offer.effect
    if isinstance(effect, BuyGet):
        return _buy_get(effect, offer.parts, lines)
    if isinstance(effect, BundlePrice):
        return _bundle(effect, offer.parts, lines)
    raise TypeError(f"{offer.source} is no set")


def _buy_get(effect: BuyGet, parts: Sequence[Matcher], lines: Sequence[LineWork]) -> Asked | Passed:
    got = [line for line in lines if parts[0](line.article)] if parts else list(lines)
    bought = _units(lines) - _units(got) if parts else _units(lines)
    needed = effect.buy if parts else effect.buy + effect.get
    sets = bought // needed
    if effect.times_most is not None:
        sets = min(sets, effect.times_most)
    reduced = min(sets * effect.get, _units(got))
    if not reduced:
        lacks_got = sets > 0
        return Passed(
            "needs_quantity", needed=effect.get if lacks_got else needed, there=_units(got) if lacks_got else bought
        )
    numerator, denominator = effect.rate.as_integer_ratio()
    asked: Asked = []
    for line, units in _chosen(got, sorted(_blocks(got)), reduced):
        worth = line.left - units_upto(line.left, line.quantity - units, line.quantity)
        asked.append((line, worth - rounded(worth * (denominator - numerator), denominator)))
    return asked


def _bundle(effect: BundlePrice, parts: Sequence[Matcher], lines: Sequence[LineWork]) -> Asked | Passed:
    belonging: list[list[LineWork]] = [[] for _ in parts]
    for line in lines:
        belonging[next(nth for nth, part in enumerate(parts) if part(line.article))].append(line)
    times = effect.times_most
    for part, members in zip(effect.parts, belonging, strict=True):
        there = _units(members)
        if there < part.quantity:
            return Passed("needs_quantity", needed=part.quantity, there=there)
        times = there // part.quantity if times is None else min(times, there // part.quantity)
    if not times:
        return Passed("no_saving")
    worth: dict[LineWork, int] = {}
    for part, members in zip(effect.parts, belonging, strict=True):
        dearest = sorted(_blocks(members), key=lambda block: (-block[0], block[1]))
        for line, units in _chosen(members, dearest, times * part.quantity):
            worth[line] = units_upto(line.left, units, line.quantity)
    above = sum(worth.values()) - effect.amount * times
    if above <= 0:
        return Passed("no_saving")
    chosen = [line for line in lines if line in worth]
    return list(zip(chosen, allocate(above, [worth[line] for line in chosen]), strict=True))


def _units(lines: Iterable[LineWork]) -> int:
    return sum(line.quantity for line in lines)


def _blocks(lines: Sequence[LineWork]) -> list[Block]:
    """The units of each line by what each is worth: they share what is left evenly, the first ones carry the odd ones (0021)."""
    blocks: list[Block] = []
    for place, line in enumerate(lines):
        each, odd = divmod(line.left, line.quantity)
        blocks.append((each, place, line.quantity - odd))
        if odd:
            blocks.append((each + 1, place, odd))
    return blocks


def _chosen(lines: Sequence[LineWork], blocks: Sequence[Block], wanted: int) -> Asked:
    """Takes so many units out of blocks in their order, and says how many that are of each line, in the lines' order."""
    units = [0] * len(lines)
    for _, place, there in blocks:
        taken = min(there, wanted)
        units[place] += taken
        wanted -= taken
    return [(line, of_line) for line, of_line in zip(lines, units, strict=True) if of_line]
