"""From where a basket is sent: the places that could, as sourcing wants to know them, and what the rule in force makes of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from commerce import sourcing
from commerce.inventory import Demand, InsufficientStock, Shortage, unrouted
from commerce.kernel.errors import Bug
from commerce.kernel.ids import ChannelId, LocationId, VariantId
from commerce.platform.database import Reading
from commerce.promise.facts import Line, Point, Promised, summed
from commerce.promise.load import Load, load
from commerce.promise.rules import NOTHING, Stock
from commerce.promise.shelves import shelves
from commerce.sourcing import NO_RATES, Candidate, Decision, Rates, Rule
from commerce.stores import Location, Locations, locations

Excluded = frozenset[tuple[LocationId, VariantId]]
"""Articles that a place is not to send, whatever the rule says: those that it rejected."""


class Sent(msgspec.Struct, frozen=True):
    """A decision, with when each of its places has sent an order of the instant asked about, and the shelves that it chose from."""

    decision: Decision
    promised: Mapping[LocationId, Promised]
    shelves: Sequence[Mapping[VariantId, int]]

    @property
    def last(self) -> Promised:
        """The promise of the place that sends last."""
        return max(self.promised.values(), key=lambda each: each.ready_by)


async def source(
    reading: Reading,
    lines: Sequence[Line],
    at: datetime,
    *,
    channel_id: ChannelId | None = None,
    value: int | None = None,
) -> list[Demand]:
    """Decide from where a basket is sent, by the channel's rule of sourcing; `value` is what it is worth, in minor units.

    Places that are switched off or do not open in the time ahead are left out. Refuses with InsufficientStock, naming each article that all
    of them together have too few of (with no location, and with what they could send); where the rule sends all or nothing, only those that
    it fails for.
    """
    decision = await sourced(reading, lines, at, channel_id=channel_id, value=value)
    if decision.missing:
        raise InsufficientStock.of(decision.short or decision.missing)
    return decision.demands


async def sourced(
    reading: Reading,
    lines: Sequence[Line],
    at: datetime,
    *,
    channel_id: ChannelId | None = None,
    value: int | None = None,
    to: Point | None = None,
    excluded: Excluded = frozenset(),
    owed: bool = False,
) -> Decision:
    """Gives the whole decision, with what is missing and with its trace; `to` is where the basket goes, where that is known.

    Units that are owed to somebody and kept on no shelf yet go before new ones; `owed`: these units are such themselves.
    """
    wanted = summed(lines)
    places = await locations(reading)
    senders = [each.id for each in places.shipping_points()]
    stock = await shelves(reading, wanted, places, channel_id, senders)
    done = await load(reading, with_stock(places, stock), ["ships"], at)
    rule = await sourcing.rule_now(reading, channel_id)
    before = {} if owed else await unrouted(reading, wanted)
    ranked = await ranked_by(reading, wanted, rule, channel_id, at)
    sent = decided(
        wanted, places, stock, done, rule, at, before=before, value=value, to=to, excluded=excluded, ranked=ranked
    )
    return sent.decision


class RankedBy(msgspec.Struct, frozen=True):
    """What is known of places for the sake of ranking alone: the days that articles have been on shelves, and what parcels cost."""

    age_days: Stock
    rates: Rates


async def ranked_by(
    reading: Reading, wanted: Mapping[VariantId, int], rule: Rule, channel_id: ChannelId | None, at: datetime
) -> RankedBy:
    """Gives what a rule ranks by beyond stock and calendars: one statement where it asks for the age of stock, else none."""
    ages = await sourcing.stock_ages(reading, wanted, at) if rule.wants_age else {}
    return RankedBy(ages, await sourcing.rates_now(reading, channel_id) if rule.wants_cost else NO_RATES)


def with_stock(places: Locations, stock: Stock) -> list[Location]:
    """Gives the places that send and have something of a basket."""
    return [place for place in places.shipping_points() if place.id in stock]


def decided(
    wanted: Mapping[VariantId, int],
    places: Locations,
    stock: Stock,
    done: Load,
    rule: Rule,
    at: datetime,
    *,
    before: Mapping[VariantId, int],
    ranked: RankedBy,
    value: int | None = None,
    to: Point | None = None,
    excluded: Excluded = frozenset(),
) -> Sent:
    """Gives from where a basket is sent; places that can promise nothing are left out. `before` are units that are owed to others.

    When a place is ready costs more than what it has, so that is reckoned for the chosen ones, and for all of them only where the rule asks for
    it, or where a chosen one has no promise to make.
    """
    able = [place for place in with_stock(places, stock) if not place.promises_nothing(at, "ships")]
    every = _judges_time(rule)
    for _ in range(2):
        known: dict[LocationId, Promised | None] = {}
        if every:
            known = {place.id: done.promise(place, at, "ships") for place in able}
            able = [place for place in able if known[place.id] is not None]
        had = [stock[place.id] for place in able]
        candidates = [_candidate(place, stock[place.id], known.get(place.id), done, at, to, ranked) for place in able]
        left, gone = _after(before, wanted, had)
        decision = sourcing.decide(left, candidates, rule, value=value, at=at, excluded=excluded)
        decision = msgspec.structs.replace(decision, missing=_missing(decision.missing, gone)) if gone else decision
        chosen = {each.location_id: places.by_id[each.location_id] for each in decision.demands}
        made = {each: known.get(each) or done.promise(place, at, "ships") for each, place in chosen.items()}
        promised = {each: promise for each, promise in made.items() if promise is not None}
        if len(promised) == len(chosen):
            return Sent(decision, promised, had)
        every = True
    raise Bug("a place was chosen that has no promise to make")


def _after(
    before: Mapping[VariantId, int], wanted: Mapping[VariantId, int], shelves: Sequence[Mapping[VariantId, int]]
) -> tuple[Mapping[VariantId, int], Mapping[VariantId, Shortage]]:
    """Gives what is still to be decided about when others come before, and what is short because of them."""
    gone: dict[VariantId, Shortage] = {}
    for variant_id, owed in before.items():
        had = max(0, sum(shelf.get(variant_id, 0) for shelf in shelves) - owed)
        if owed and had < wanted.get(variant_id, 0):
            gone[variant_id] = Shortage(variant_id, None, wanted[variant_id], had)
    if not gone:
        return wanted, gone
    left = {each: gone[each].available if each in gone else units for each, units in wanted.items()}
    return {each: units for each, units in left.items() if units}, gone


def _missing(missing: Sequence[Shortage], gone: Mapping[VariantId, Shortage]) -> list[Shortage]:
    return [*(each for each in missing if each.variant_id not in gone), *gone.values()]


def _judges_time(rule: Rule) -> bool:
    """Says whether a rule asks of every place when it is ready, or how busy it is."""
    return rule.wants_instant or any(
        step.capacity_least > 1 or any(each.by == "load" for each in step.rank) for step in rule.routing.steps
    )


def _candidate(
    place: Location,
    shelf: Mapping[VariantId, int],
    made: Promised | None,
    done: Load,
    at: datetime,
    to: Point | None,
    ranked: RankedBy,
) -> Candidate:
    return Candidate(
        location_id=place.id,
        kind=place.kind,
        stock=shelf,
        code=place.code,
        online=place.takes_online(at),
        distance_km=None if to is None else place.distance_km(*to),
        rate=ranked.rates.get(place.id),
        age_days=ranked.age_days.get(place.id, NOTHING),
        load=0.0 if made is None else done.busy(place, "ships", made.day),
        capacity_left=None if made is None else done.left(place, "ships", made.day),
        ready_at=None if made is None else made.ready_by,
    )
