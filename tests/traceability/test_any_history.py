"""Any history of the verbs, with replays and days going by, ends where a plain count of it ends."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from commerce.inventory import Cause, Spot
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import LocationId, OrderLineId, VariantId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from commerce.traceability import (
    Came,
    Counted,
    Left,
    LotExpired,
    LotShort,
    NotSoldWithLine,
    Returned,
    SerialElsewhere,
    SerialUnknown,
    Standing,
    Traced,
    UnitsUndeclared,
    came,
    counted,
    left,
    returned,
    went,
)
from commerce.traceability.audit import CHECKS
from commerce.traceability.counted import ON_HAND
from commerce.traceability.tables import lot_levels, serial_numbers
from tests.traceability.world import article, key, store

CAUSE = Cause("test", None, "staff:test")
# Without stock to compare with: this slice's own books alone. The checks against stock have their own tests.
OWN = [check for check in CHECKS if not check.name.endswith("_add_up_to_the_stock")]
BALANCES = Statement(select(lot_levels).where(lot_levels.c.quantity > 0))
NUMBERS = Statement(select(serial_numbers).where(serial_numbers.c.spot != "opening"))
SPOTS = (Spot.SHELF, Spot.QUARANTINE)
places = st.tuples(st.integers(0, 1), st.sampled_from(SPOTS))
names = st.sampled_from("ABC")
numbers = st.lists(st.sampled_from("12345"), min_size=1, max_size=2, unique=True)
AWAY = {"opening", "supplier", "shrinkage"}


class History(RuleBasedStateMachine):
    """The verbs on one side, a count in dictionaries on the other."""

    def __init__(self, runner: asyncio.Runner, db: Database, clock: HeldClock, stores: list[LocationId]) -> None:
        super().__init__()
        self.runner, self.db, self.clock, self.stores = runner, db, clock, stores
        self.units: Counter[tuple[Standing, str]] = Counter()
        self.where: dict[str, tuple[str, LocationId]] = {}
        self.sold: dict[str, OrderLineId | None] = {}
        self.out: Counter[tuple[OrderLineId, str]] = Counter()
        self.orders = [OrderLineId(new_id()) for _ in range(2)]
        self.milk, self.phone = VariantId(new_id()), VariantId(new_id())
        self.days: dict[str, date | None] = {}

    @initialize()
    def begin(self) -> None:
        self.milk = self.runner.run(article(self.db))
        self.phone = self.runner.run(article(self.db, "serial"))
        today = self.clock.at.date()
        self.days = {"A": today + timedelta(days=2), "B": today + timedelta(days=4), "C": None}

    def run(self, act: Awaitable[list[Traced]]) -> Any:  # noqa: ANN401
        async def outcome() -> object:
            try:
                return await act
            except Refusal as refused:
                return type(refused)

        return self.runner.run(outcome())

    def twice(self, verb: Callable[..., Awaitable[list[Traced]]], *args: object, **kwargs: object) -> Any:  # noqa: ANN401
        """Runs a verb, and again with the same key where it did something: the same comes out, and nothing more happens."""
        effect = key()

        async def step(tx: Tx) -> list[Traced]:
            return await verb(tx, *args, CAUSE, effect, **kwargs)

        first = self.run(self.db.transact(step))
        if isinstance(first, list):
            assert self.run(self.db.transact(step)) == first
        return first

    def at(self, place: tuple[int, Spot]) -> Standing:
        return Standing(self.stores[place[0]], place[1])

    def usable(self, lot: str, *, expired: bool) -> bool:
        # It is late morning in the stores, and the clock moves by whole days: its date is theirs.
        last = self.days[lot]
        return expired or last is None or self.clock.at.date() <= last

    def fefo(
        self, standing: Standing, units: int, named: str | None, *, expired: bool
    ) -> dict[str, int] | type[Refusal]:
        there = {lot: self.units[standing, lot] for lot in "ABC" if named in {None, lot}}
        fit = {lot: have for lot, have in there.items() if self.usable(lot, expired=expired)}
        if sum(fit.values()) < units:
            return LotExpired if sum(there.values()) >= units else LotShort
        taken = {}
        for lot in "ABC":  # in the order of their days
            if got := min(units, fit.get(lot, 0)):
                taken[lot] = got
                units -= got
        return taken

    @rule(place=places, lot=names, units=st.integers(1, 5))
    def lots_come(self, place: tuple[int, Spot], lot: str, units: int) -> None:
        standing, line = self.at(place), Came(self.milk, units, lot, self.days[lot])
        found = self.twice(came, standing.location_id, [line], spot=standing.spot)
        assert found == [Traced(self.milk, lot, None, units)]
        self.units[standing, lot] += units

    @rule(
        place=places, units=st.integers(1, 6), named=st.none() | names, expired=st.booleans(), order=st.integers(0, 1)
    )
    def lots_leave(self, place: tuple[int, Spot], units: int, named: str | None, expired: bool, order: int) -> None:
        standing, line = self.at(place), Left(self.milk, units, lot=named)
        expected = self.fefo(standing, units, named, expired=expired)
        found = self.twice(
            left,
            standing.location_id,
            [line],
            spot=standing.spot,
            expired=expired,
            order_line_ids=[self.orders[order]],
        )
        if isinstance(expected, type):
            assert found is expected
            return
        assert {each.lot: each.quantity for each in found} == expected
        for lot, got in expected.items():
            self.units[standing, lot] -= got
            self.out[self.orders[order], lot] += got

    @rule(origin=places, goal=places, units=st.integers(1, 6), named=st.none() | names)
    def lots_go(self, origin: tuple[int, Spot], goal: tuple[int, Spot], units: int, named: str | None) -> None:
        if origin == goal:
            return
        a, b = self.at(origin), self.at(goal)
        expected = self.fefo(a, units, named, expired=False)
        found = self.twice(went, a, b, [Left(self.milk, units, lot=named)])
        if isinstance(expected, type):
            assert found is expected
            return
        assert {each.lot: each.quantity for each in found} == expected
        for lot, got in expected.items():
            self.units[a, lot] -= got
            self.units[b, lot] += got

    @rule(place=places, lot=names, units=st.integers(1, 3), order=st.integers(0, 1))
    def lots_come_back(self, place: tuple[int, Spot], lot: str, units: int, order: int) -> None:
        standing, line = self.at(place), Returned(self.milk, units, self.orders[order], lot=lot)
        found = self.twice(returned, standing.location_id, [line], spot=standing.spot)
        if self.out[self.orders[order], lot] < units:
            assert found is NotSoldWithLine
            return
        assert found == [Traced(self.milk, lot, None, units, self.orders[order])]
        self.out[self.orders[order], lot] -= units
        self.units[standing, lot] += units

    @rule(place=places, serials=numbers)
    def numbers_come(self, place: tuple[int, Spot], serials: list[str]) -> None:
        standing = self.at(place)
        found = self.twice(
            came, standing.location_id, [Came(self.phone, len(serials), serials=serials)], spot=standing.spot
        )
        if any(self.where.get(serial, ("opening",))[0] not in AWAY for serial in serials):
            assert found is SerialElsewhere
            return
        for serial in serials:
            self.where[serial] = (standing.spot.value, standing.location_id)

    @rule(
        place=places,
        serials=numbers,
        order=st.integers(0, 1),
        to=st.sampled_from([Spot.CUSTOMER, Spot.CUSTOMER, Spot.SHRINKAGE, Spot.SUPPLIER]),
        right=st.booleans(),
    )
    def numbers_leave(self, place: tuple[int, Spot], serials: list[str], order: int, to: Spot, right: bool) -> None:
        standing, line = self.at(place), Left(self.phone, len(serials), serials)
        spot, location_id = self.where.get(serials[0], ("", standing.location_id))
        if right and spot in SPOTS:  # from where the first of them is, so that many do leave
            standing = Standing(location_id, Spot(spot))
        found = self.twice(
            left,
            standing.location_id,
            [line],
            spot=standing.spot,
            to_spot=to,
            order_line_ids=[self.orders[order]],
        )
        if any(serial not in self.where for serial in serials):
            assert found is SerialUnknown
        elif any(self.where[serial] != (standing.spot, standing.location_id) for serial in serials):
            assert found is SerialElsewhere
        else:
            for serial in serials:
                self.where[serial] = (to.value, standing.location_id)
                self.sold[serial] = self.orders[order]

    @rule(origin=places, goal=places, serials=numbers)
    def numbers_go(self, origin: tuple[int, Spot], goal: tuple[int, Spot], serials: list[str]) -> None:
        if origin == goal:
            return
        a, b = self.at(origin), self.at(goal)
        found = self.twice(went, a, b, [Left(self.phone, len(serials), serials)])
        if any(serial not in self.where for serial in serials):
            assert found is SerialUnknown
        elif any(self.where[serial] != (a.spot, a.location_id) for serial in serials):
            assert found is SerialElsewhere
        else:
            self.where |= dict.fromkeys(serials, (b.spot.value, b.location_id))

    @rule(place=places, serials=numbers, order=st.integers(0, 1))
    def numbers_come_back(self, place: tuple[int, Spot], serials: list[str], order: int) -> None:
        standing = self.at(place)
        line = Returned(self.phone, len(serials), self.orders[order], serials)
        found = self.twice(returned, standing.location_id, [line], spot=standing.spot)
        if any(serial not in self.where for serial in serials):
            assert found is SerialUnknown
        elif any(self.where[serial][0] != "customer" or self.sold[serial] != self.orders[order] for serial in serials):
            assert found is NotSoldWithLine
        else:
            self.where |= dict.fromkeys(serials, (standing.spot.value, standing.location_id))

    @rule(store=st.integers(0, 1), lot=names)
    def a_shelf_that_stock_knows_nothing_of_is_not_counted(self, store: int, lot: str) -> None:
        assert (
            self.runner.run(self.db.reading.fetch(ON_HAND, location_id=self.stores[store], variant_ids=[self.milk]))
            == []
        )
        assert (
            self.run(self.db.transact(counted, self.stores[store], [Counted(self.milk, 2, lot)], CAUSE, key()))
            is UnitsUndeclared
        )

    @rule(days=st.integers(1, 2))
    def days_go_by(self, days: int) -> None:
        self.clock.move(days=days)

    @invariant()
    def the_books_are_what_was_counted(self) -> None:
        rows = self.runner.run(self.db.reading.fetch(BALANCES))
        mine = {
            (Standing(row["location_id"], Spot(row["spot"])), row["lot"]): row["quantity"]
            for row in rows
            if row["variant_id"] == self.milk
        }
        assert mine == {place: units for place, units in self.units.items() if units}
        rows = self.runner.run(self.db.reading.fetch(NUMBERS))
        where = {row["serial"]: (row["spot"], row["location_id"]) for row in rows if row["variant_id"] == self.phone}
        assert where == self.where

    def teardown(self) -> None:
        findings = self.runner.run(run_checks(self.db.reading, OWN))
        assert [found for found in findings if found.rows] == []


def test_any_history_ends_where_a_count_of_it_ends(dsn: str, clock: HeldClock) -> None:
    with asyncio.Runner() as runner:
        db = Database(dsn)
        stores = [runner.run(store(db, code)) for code in ("gracia", "sants")]
        run_state_machine_as_test(
            lambda: History(runner, db, clock, stores),  # type: ignore[arg-type]  # it only calls what it is given
            settings=settings(
                max_examples=40,
                stateful_step_count=30,
                deadline=None,
                database=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )
        runner.run(db.close())
