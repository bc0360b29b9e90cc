"""Any history of transfers, with sales and repeated scans between, ends where a plain count of it ends: nothing comes from nowhere."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Uuid, select, text

from commerce.inventory import Cause, InsufficientStock, consume, reserve
from commerce.inventory.facts import Demand
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput, Refusal
from commerce.kernel.ids import HoldId, OrderId, OrderLineId, new_id
from commerce.platform import events
from commerce.platform.database import Database
from commerce.platform.statement import Statement, given
from commerce.replenishment import InTransitChoiceNeeded, MoreThanInTransit, Peg, TransferWish
from commerce.replenishment.draft_transfer import Way, approve_transfer, drafted
from commerce.replenishment.end_transfer import cancel_transfer, close_transfer
from commerce.replenishment.errors import NotOnThatLine
from commerce.replenishment.facts import Condition, Transfer
from commerce.replenishment.queries import TRANSFER, seen
from commerce.replenishment.ship_transfer import ship_transfer
from commerce.replenishment.tables import transfers
from commerce.replenishment.transfer_rules import InTransit
from commerce.replenishment.transfer_schemas import ShipLineIn, ShipTransferIn
from tests.conftest import AT
from tests.replenishment.world import BOSS, World, world

UNITS = 40
CONDITIONS = st.sampled_from(["good", "damaged"])
# The sum over every spot that keeps units, and what went out of the books or to customers: nothing else exists.
INSIDE = Statement(
    text(
        "SELECT (SELECT COALESCE(SUM(on_hand), 0) FROM stock_levels) + (SELECT COALESCE(SUM(units), 0) FROM stock_balances) AS units"
    )
)
BACK = Statement(select(transfers.c.id).where(transfers.c.returns_id == given("returns_id", Uuid)))


class Counted(msgspec.Struct):
    """What the count knows of a transfer: where its units are."""

    transfer: Transfer
    here: str
    there: str
    state: str = "draft"
    to_ship: int = 0
    road: int = 0
    pegged: int = 0
    arrived: int = 0


class History(RuleBasedStateMachine):
    """The verbs on one side, a count in numbers on the other."""

    def __init__(self, runner: asyncio.Runner, db: Database) -> None:
        super().__init__()
        self.runner, self.db = runner, db
        self.known: list[Counted] = []
        self.shelf = {"origin": UNITS, "destination": 0}
        self.kept = {"origin": 0, "destination": 0}
        self.damaged = {"origin": 0, "destination": 0}
        self.gone = 0

    def run(self, act: Awaitable[Any]) -> Any:  # noqa: ANN401 -- whatever the verb gives
        async def outcome() -> object:
            try:
                return await act
            except Refusal as refused:
                return type(refused)

        return self.runner.run(outcome())

    @initialize()
    def open_shop(self) -> None:
        self.shop: World = self.runner.run(world(self.db, **{f"POT-{new_id().hex[-8:]}": UNITS}))
        [(self.sku, self.pot)] = self.shop.articles.items()
        self.before = self.runner.run(self.db.reading.fetch(INSIDE))[0]["units"]

    def pick(self, nth: int) -> Counted | None:
        return self.known[nth % len(self.known)] if self.known else None

    def free(self, place: str) -> int:
        return self.shelf[place] - self.kept[place]

    @rule(units=st.integers(1, 12), pegged=st.booleans())
    def a_transfer_is_drafted(self, units: int, pegged: bool) -> None:
        peg = Peg(order_id=OrderId(new_id()), order_line_id=OrderLineId(new_id())) if pegged else None
        wishes = [TransferWish(variant_id=self.pot, quantity=units, peg=peg)]
        way = Way(self.shop.origin, self.shop.destination)
        made = self.run(self.db.transact(drafted, way, wishes, "refill", by="staff:test"))
        self.known.append(Counted(made, "origin", "destination", to_ship=units, pegged=units if pegged else 0))

    @rule(units=st.integers(2, 9), pegged=st.booleans(), then=st.sampled_from(["travels", "is called back", "is lost"]))
    def one_leaves(self, units: int, pegged: bool, then: str) -> None:
        self.a_transfer_is_drafted(units, pegged=pegged)
        self.approve(self.known[-1])
        self.send(self.known[-1], units - 1)
        if then == "is called back":
            self.cancel(self.known[-1], "return")
        elif then == "is lost":
            self.close(self.known[-1])

    @rule(nth=st.integers(0, 9))
    def one_is_approved(self, nth: int) -> None:
        if one := self.pick(nth):
            self.approve(one)

    def approve(self, one: Counted) -> None:
        answer = self.run(self.db.transact(approve_transfer, BOSS, one.transfer.id))
        if one.state != "draft":
            assert answer is IllegalMove
        elif one.to_ship > self.free("origin"):
            assert answer is InsufficientStock
        else:
            one.state = answer.state.value
            assert one.state == "ready_to_ship"
            self.kept["origin"] += one.to_ship

    @rule(nth=st.integers(0, 9), units=st.integers(1, 12))
    def some_leaves(self, nth: int, units: int) -> None:
        if one := self.pick(nth):
            self.send(one, units)

    def send(self, one: Counted, units: int) -> None:
        line = ShipLineIn(transfer_line_id=one.transfer.lines[0].id, quantity=units)
        answer = self.run(self.db.transact(ship_transfer, BOSS, one.transfer.id, ShipTransferIn(lines=[line])))
        if one.state not in {"ready_to_ship", "in_transit", "partially_received"}:
            assert answer is IllegalMove
        elif units > one.to_ship:
            assert answer is NotOnThatLine
        else:
            one.state = "in_transit" if one.state == "ready_to_ship" else one.state
            one.to_ship -= units
            one.road += units
            self.shelf["origin"] -= units
            self.kept["origin"] -= units

    @rule(nth=st.integers(0, 9), units=st.integers(1, 12), condition=CONDITIONS, times=st.integers(1, 2))
    def some_arrives(self, nth: int, units: int, condition: Condition, times: int) -> None:
        if (one := self.pick(nth)) is None:
            return
        scan_id = new_id()
        answers = [
            self.run(self.shop.receive(one.transfer, self.sku, units, condition, by=BOSS, scan_id=scan_id))
            for _ in range(times)
        ]
        assert answers[0] == answers[-1]
        if one.state not in {"in_transit", "partially_received"}:
            assert answers[0] is IllegalMove
        elif units > one.road:
            assert answers[0] is MoreThanInTransit
        else:
            one.road -= units
            one.state = "partially_received" if one.road or one.to_ship else "received"
            if condition == "damaged":
                self.damaged[one.there] += units
                return
            self.shelf[one.there] += units
            self.kept[one.there] += min(one.arrived + units, one.pegged) - min(one.arrived, one.pegged)
            one.arrived += units

    @rule(nth=st.integers(0, 9))
    def one_is_closed_short(self, nth: int) -> None:
        if one := self.pick(nth):
            self.close(one)

    def close(self, one: Counted) -> None:
        answer = self.run(self.db.transact(close_transfer, BOSS, one.transfer.id, "lost", None))
        if one.state not in {"in_transit", "partially_received"}:
            assert answer is IllegalMove
            return
        self.gone += one.road
        self.kept["origin"] -= one.to_ship
        one.state, one.road, one.to_ship = "received", 0, 0

    @rule(nth=st.integers(0, 9), choice=st.sampled_from([None, "return", "write_off"]))
    def one_is_cancelled(self, nth: int, choice: InTransit | None) -> None:
        if one := self.pick(nth):
            self.cancel(one, choice)

    def cancel(self, one: Counted, choice: InTransit | None) -> None:
        answer = self.run(self.db.transact(cancel_transfer, BOSS, one.transfer.id, "recalled", choice))
        if one.state in {"received", "cancelled"}:
            assert answer is IllegalMove
        elif one.road and choice is None:
            assert answer is InTransitChoiceNeeded
        elif not one.road and choice is not None:
            assert answer is InvalidInput
        else:
            if one.state != "draft":
                self.kept[one.here] -= one.to_ship
            if choice == "return":
                self.known.append(self.new_return(one))
            else:
                self.gone += one.road
            one.state, one.road, one.to_ship = "cancelled", 0, 0

    def new_return(self, one: Counted) -> Counted:
        new = self.runner.run(self.db.reading.fetch_value(BACK, returns_id=one.transfer.id))
        back = self.runner.run(seen(self.db.reading, TRANSFER, new, None))
        return Counted(back, one.there, one.here, state="in_transit", road=one.road)

    @rule(units=st.integers(1, 6))
    def some_is_sold_at_the_origin(self, units: int) -> None:
        order = OrderId(new_id())
        hold = HoldId(new_id())
        answer = self.run(self.db.transact(reserve, [Demand(self.pot, self.shop.origin, units)], order, hold, at=AT))
        if units > self.free("origin"):
            assert answer is InsufficientStock
            return
        cause = Cause("order", order, "system")
        self.run(self.db.transact(consume, order, [(self.pot, self.shop.origin, units)], cause, f"sold:{order}"))
        self.shelf["origin"] -= units
        self.gone += units

    @invariant()
    def every_unit_is_where_it_was_counted(self) -> None:
        if not hasattr(self, "shop"):
            return
        stock = self.runner.run(self.shop.stock(self.sku))
        assert stock == {place: (self.shelf[place], self.kept[place]) for place in stock}
        beside = self.runner.run(self.shop.beside(self.sku))
        for place in ("origin", "destination"):
            assert beside.get((place, "damaged"), 0) == self.damaged[place]
            road = sum(one.road for one in self.known if one.there == place)
            assert beside.get((place, "in_transit"), 0) == road
        now = self.runner.run(self.db.reading.fetch(INSIDE))[0]["units"]
        assert now == self.before - self.gone

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            assert self.runner.run(self.shop.audit()) == []
            for one in self.known:
                assert self.runner.run(self.shop.now(one.transfer)).state.value == one.state


def test_any_history_of_transfers_ends_where_a_count_of_it_ends(dsn: str, clock: HeldClock) -> None:
    with asyncio.Runner() as runner:
        db = Database(dsn, before_commit=events.store)
        run_state_machine_as_test(
            lambda: History(runner, db),  # type: ignore[arg-type]  # it only calls what it is given
            settings=settings(
                max_examples=25,
                stateful_step_count=30,
                deadline=None,
                database=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )
        runner.run(db.close())
