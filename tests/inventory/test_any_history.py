"""Any history of the verbs, in any order, with replays and the clock moving, ends where a plain count of it ends."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from hypothesis import HealthCheck, assume, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from commerce.inventory import (
    Adjustment,
    BelowReserved,
    Cause,
    Demand,
    HoldExpired,
    InsufficientStock,
    Move,
    NotReserved,
    NotWanted,
    Spot,
    StockMoved,
    TooFewThere,
    adjust,
    adjust_beyond,
    available,
    bind,
    consume,
    free_all_expired,
    levels,
    move,
    receive,
    release,
    reserve,
    sell_beyond,
    set_safety,
    settle_shortage,
    spots,
    unrouted,
    unwant,
    want,
)
from commerce.inventory.audit import CHECKS
from commerce.inventory.facts import BESIDE_THE_SHELF, INSIDE, Place
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import HoldId, OrderId, VariantId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.given.inventory import hold
from tests.inventory.world import places

CAUSE = Cause("test", None, "staff:test")
OUTSIDE = [Spot.SUPPLIER, Spot.CUSTOMER, Spot.SHRINKAGE]
MINUTES = 15
corners = st.tuples(st.sampled_from([*INSIDE, *OUTSIDE]), st.integers(0, 1))
baskets = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), min_size=1, max_size=4)


class Kept(msgspec.Struct):
    """What the count knows of a hold."""

    id: HoldId
    until: datetime
    open: dict[Place, int]
    whole: bool = True
    order: OrderId | None = None


class History(RuleBasedStateMachine):
    """The verbs on one side, a count in dictionaries on the other."""

    holds = Bundle("holds")

    def __init__(self, runner: asyncio.Runner, db: Database, clock: HeldClock) -> None:
        super().__init__()
        self.runner, self.db, self.clock = runner, db, clock
        self.shelves: list[Place] = []
        self.on_hand: dict[Place, int] = {}
        self.beside: Counter[tuple[Place, Spot]] = Counter()
        self.safety: Counter[Place] = Counter()
        self.waiting: Counter[tuple[OrderId, VariantId]] = Counter()
        self.known: list[Kept] = []

    def run(self, act: Awaitable[Any]) -> object:
        async def outcome() -> object:
            try:
                return await act
            except Refusal as refused:
                return type(refused)

        return self.runner.run(outcome())

    def reserved(self, shelf: Place) -> int:
        return sum(kept.open.get(shelf, 0) for kept in self.known if kept.order or kept.until > self.clock.at)

    def free(self, shelf: Place) -> int:
        return self.on_hand[shelf] - self.reserved(shelf)

    def promised(self, wanted: dict[Place, int]) -> bool:
        return all(units <= self.free(shelf) - self.safety[shelf] for shelf, units in wanted.items())

    def basket(self, lines: list[tuple[int, int]]) -> tuple[list[Demand], dict[Place, int]]:
        wanted: dict[Place, int] = {}
        for index, units in lines:
            wanted[self.shelves[index]] = wanted.get(self.shelves[index], 0) + units
        return [Demand(*self.shelves[index], units) for index, units in lines], wanted

    @initialize()
    def open_shelves(self) -> None:
        self.shelves = self.runner.run(places(self.db, variants=2, at=2))
        self.on_hand = dict.fromkeys(self.shelves, 0)

    @rule(index=st.integers(0, 3), units=st.integers(1, 9), times=st.integers(1, 2))
    def goods_come_in(self, index: int, units: int, times: int) -> None:
        key = f"in:{new_id()}"
        for _ in range(times):
            self.run(self.db.transact(receive, [(*self.shelves[index], units)], CAUSE, key))
        self.on_hand[self.shelves[index]] += units

    @rule(target=holds, lines=baskets, times=st.integers(1, 2))
    def a_basket_is_held(self, lines: list[tuple[int, int]], times: int) -> object:
        demands, wanted = self.basket(lines)
        fits = self.promised(wanted)
        kept = Kept(HoldId(new_id()), self.clock.at + timedelta(minutes=MINUTES), wanted)
        for _ in range(times):
            answer = self.run(hold(self.db, demands, minutes=MINUTES, hold_id=kept.id))
            assert answer == (kept.id if fits else InsufficientStock)
        if not fits:
            return multiple()
        self.known.append(kept)
        return kept

    @rule(target=holds, lines=baskets, owner=st.sampled_from(["order", "transfer"]))
    def units_are_reserved_at_once(self, lines: list[tuple[int, int]], owner: Literal["order", "transfer"]) -> object:
        demands, wanted = self.basket(lines)
        whole = all(units <= self.free(shelf) for shelf, units in wanted.items())
        fits = self.promised(wanted) if owner == "order" else whole
        kept = Kept(HoldId(new_id()), self.clock.at, wanted, order=OrderId(new_id()))
        assert kept.order
        came = self.run(self.db.transact(reserve, demands, kept.order, kept.id, at=self.clock.at, owner=owner))
        assert came == (None if fits else InsufficientStock)
        if not fits:
            return multiple()
        self.known.append(kept)
        return kept

    @rule(article=st.integers(0, 1), start=corners, end=corners, units=st.integers(1, 5), times=st.integers(1, 2))
    def units_move(self, article: int, start: tuple[Spot, int], end: tuple[Spot, int], units: int, times: int) -> None:
        assume(start != end and (start[0] in INSIDE or end[0] in INSIDE))
        here, there = self.shelves[article * 2 + start[1]], self.shelves[article * 2 + end[1]]
        expected: object = None
        if start[0] is Spot.SHELF and self.free(here) < units:
            expected = BelowReserved
        elif (start[0] in BESIDE_THE_SHELF and self.beside[here, start[0]] < units) or (
            end[0] is Spot.SHORTAGE and -self.beside[there, end[0]] < units
        ):
            expected = TooFewThere
        one = Move(
            here.variant_id,
            units,
            start[0],
            here.location_id if start[0] in INSIDE else None,
            end[0],
            there.location_id if end[0] in INSIDE else None,
        )
        key = f"move:{new_id()}"
        for _ in range(times):
            came = self.run(self.db.transact(move, [one], CAUSE, key))
            assert (came if isinstance(came, type) else None) == expected
        if expected is None:
            self.moved(here, start[0], -units)
            self.moved(there, end[0], units)

    def moved(self, shelf: Place, spot: Spot, units: int) -> None:
        if spot is Spot.SHELF:
            self.on_hand[shelf] += units
        elif spot in INSIDE:
            self.beside[shelf, spot] += units

    @rule(kept=holds, index=st.integers(0, 3), units=st.integers(1, 4))
    def reserved_units_are_sent_to_the_other_place(self, kept: Kept, index: int, units: int) -> None:
        here, there = self.shelves[index], self.shelves[index ^ 1]
        order = kept.order or OrderId(new_id())
        fits = bool(kept.order) and kept.open.get(here, 0) >= units
        one = Move(here.variant_id, units, Spot.SHELF, here.location_id, Spot.IN_TRANSIT, there.location_id)
        came = self.run(self.db.transact(move, [one], CAUSE, f"send:{new_id()}", reserved_for=order))
        assert (came is NotReserved) != fits
        if fits:
            kept.open[here] -= units
            self.moved(here, Spot.SHELF, -units)
            self.moved(there, Spot.IN_TRANSIT, units)

    @rule(lines=baskets, times=st.integers(1, 2), lost=st.booleans())
    def units_are_gone_whatever_the_books_say(self, lines: list[tuple[int, int]], times: int, *, lost: bool) -> None:
        demands, wanted = self.basket(lines)
        key = f"gone:{new_id()}"
        for _ in range(times):
            if lost:
                entries = [(*shelf, -units) for shelf, units in wanted.items()]
                self.run(self.db.transact(adjust_beyond, entries, CAUSE, key))
            else:
                self.run(self.db.transact(sell_beyond, demands, CAUSE, key))
        for shelf, units in wanted.items():
            given = min(units, self.free(shelf))
            self.moved(shelf, Spot.SHELF, -given)
            self.moved(shelf, Spot.SHORTAGE, given - units)

    @rule(index=st.integers(0, 3), units=st.integers(1, 5))
    def a_shortage_is_settled(self, index: int, units: int) -> None:
        shelf = self.shelves[index]
        few = units > -self.beside[shelf, Spot.SHORTAGE]
        came = self.run(self.db.transact(settle_shortage, [(*shelf, units)], CAUSE, f"settle:{new_id()}"))
        expected = BelowReserved if units > self.free(shelf) else TooFewThere if few else None
        assert (came if isinstance(came, type) else None) == expected
        if expected is None:
            self.moved(shelf, Spot.SHELF, -units)
            self.moved(shelf, Spot.SHORTAGE, units)

    @rule(index=st.integers(0, 3), units=st.integers(0, 4))
    def safety_stock_is_set(self, index: int, units: int) -> None:
        self.run(self.db.transact(set_safety, [(*self.shelves[index], units)], CAUSE))
        self.safety[self.shelves[index]] = units

    @rule(kept=holds, article=st.integers(0, 1), units=st.integers(1, 4), more=st.booleans())
    def demand_waits_for_a_place(self, kept: Kept, article: int, units: int, *, more: bool) -> None:
        order, variant = kept.order or OrderId(kept.id), self.shelves[article * 2].variant_id
        verb = want if more else unwant
        fits = more or self.waiting[order, variant] >= units
        assert self.run(self.db.transact(verb, order, [(variant, units)], CAUSE)) == (None if fits else NotWanted)
        if fits:
            self.waiting[order, variant] += units if more else -units

    @rule(kept=holds, again=st.booleans())
    def a_hold_is_bound(self, kept: Kept, again: bool) -> None:
        order = kept.order if again and kept.order else OrderId(new_id())
        stands = kept.order == order if kept.order else kept.whole and kept.until > self.clock.at
        answer = self.run(self.db.transact(bind, kept.id, order))
        assert answer == (None if stands else HoldExpired)
        if stands:
            kept.order = order

    @rule(kept=holds, lines=baskets)
    def some_units_leave(self, kept: Kept, lines: list[tuple[int, int]]) -> None:
        demands, wanted = self.basket(lines)
        order = kept.order or OrderId(new_id())
        fits = bool(kept.order) and all(kept.open.get(shelf, 0) >= units for shelf, units in wanted.items())
        key = f"out:{new_id()}"
        for _ in range(2):
            answer = self.run(self.db.transact(consume, order, demands, CAUSE, key))
            assert answer == (None if fits else NotReserved)
        if fits:
            for shelf, units in wanted.items():
                kept.open[shelf] -= units
                self.on_hand[shelf] -= units

    @rule(kept=holds, lines=st.none() | baskets)
    def units_are_given_up(self, kept: Kept, lines: list[tuple[int, int]] | None) -> None:
        if not kept.order and kept.until <= self.clock.at:
            return  # who frees an expired hold first, the job or its owner, makes no difference to anybody
        demands: list[Demand] | None = None
        wanted = dict(kept.open)
        if lines is not None:
            demands, wanted = self.basket(lines)
        fits = all(kept.open.get(shelf, 0) >= units for shelf, units in wanted.items())
        answer = self.run(self.db.transact(release, kept.order or kept.id, demands, CAUSE))
        assert answer == (None if fits else NotReserved)
        if fits:
            for shelf, units in wanted.items():
                kept.open[shelf] -= units
                kept.whole = kept.whole and not units

    @rule(index=st.integers(0, 3), delta=st.integers(-6, 6).filter(bool))
    def a_shelf_is_corrected(self, index: int, delta: int) -> None:
        shelf = self.shelves[index]
        fits = self.on_hand[shelf] + delta >= self.reserved(shelf)
        answer = self.run(self.db.transact(adjust, [Adjustment(*shelf, delta=delta)], CAUSE, f"fix:{new_id()}"))
        assert (answer is BelowReserved) != fits
        if fits:
            self.on_hand[shelf] += delta

    @rule(index=st.integers(0, 3), counted=st.integers(0, 9), wrong=st.integers(0, 1))
    def a_shelf_is_counted(self, index: int, counted: int, wrong: int) -> None:
        shelf = self.shelves[index]
        line = Adjustment(*shelf, counted=counted, expected=self.on_hand[shelf] + wrong)
        answer = self.run(self.db.transact(adjust, [line], CAUSE, f"count:{new_id()}"))
        assert (answer is StockMoved) == bool(wrong)
        if not wrong:
            assert (answer is BelowReserved) == (counted < self.reserved(shelf))
            self.on_hand[shelf] = self.on_hand[shelf] if answer is BelowReserved else counted

    @rule(minutes=st.integers(1, MINUTES))
    def time_passes(self, minutes: int) -> None:
        self.clock.move(minutes=minutes)

    @rule()
    def the_job_runs(self) -> None:
        self.run(free_all_expired(self.db))

    @invariant()
    def levels_are_what_was_counted(self) -> None:
        known = self.runner.run(levels(self.db.reading, {shelf.variant_id for shelf in self.shelves}))
        found = {Place(each.variant_id, each.location_id): each for each in known}
        for shelf in self.shelves:
            if level := found.get(shelf):
                counted = (self.on_hand[shelf], self.reserved(shelf), self.free(shelf))
                assert (level.on_hand, level.reserved, level.available) == counted
            else:
                assert self.on_hand[shelf] == 0

    @invariant()
    def what_is_beside_the_shelves_and_what_waits_is_what_was_counted(self) -> None:
        variants = {shelf.variant_id for shelf in self.shelves}
        found = self.runner.run(spots(self.db.reading, variants))
        counted = {key: units for key, units in self.beside.items() if units}
        assert {(Place(each.variant_id, each.location_id), each.spot): each.units for each in found} == counted
        waiting: Counter[VariantId] = Counter()
        for (_, variant), units in self.waiting.items():
            waiting[variant] += units
        assert self.runner.run(unrouted(self.db.reading, variants)) == {
            k: units for k, units in waiting.items() if units
        }
        there = self.runner.run(available(self.db.reading, variants))
        for shelf in self.shelves:
            online = there.get(shelf.location_id, {}).get(shelf.variant_id, 0)
            assert online == max(0, self.free(shelf) - self.safety[shelf])

    def teardown(self) -> None:
        findings = self.runner.run(run_checks(self.db.reading, CHECKS))
        assert [found for found in findings if found.rows] == []


def test_any_history_ends_where_a_count_of_it_ends(dsn: str, clock: HeldClock) -> None:
    with asyncio.Runner() as runner:
        db = Database(dsn)
        run_state_machine_as_test(
            lambda: History(runner, db, clock),  # type: ignore[arg-type]  # it only calls what it is given
            settings=settings(
                max_examples=30,
                stateful_step_count=30,
                deadline=None,
                database=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )
        runner.run(db.close())
