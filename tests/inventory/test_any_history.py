"""Any history of the verbs, in any order, with replays and the clock moving, ends where a plain count of it ends."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings, strategies as st
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
    NotReserved,
    StockMoved,
    adjust,
    bind,
    consume,
    free_all_expired,
    levels,
    receive,
    release,
)
from commerce.inventory.audit import CHECKS
from commerce.inventory.facts import Place
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import HoldId, OrderId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.given.inventory import hold
from tests.inventory.world import places

CAUSE = Cause("test", None, "staff:test")
MINUTES = 15
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
        fits = all(units <= self.free(shelf) for shelf, units in wanted.items())
        kept = Kept(HoldId(new_id()), self.clock.at + timedelta(minutes=MINUTES), wanted)
        for _ in range(times):
            answer = self.run(hold(self.db, demands, minutes=MINUTES, hold_id=kept.id))
            assert answer == (kept.id if fits else InsufficientStock)
        if not fits:
            return multiple()
        self.known.append(kept)
        return kept

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
                stateful_step_count=25,
                deadline=None,
                database=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )
        runner.run(db.close())
