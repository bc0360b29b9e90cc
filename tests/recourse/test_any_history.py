"""Whatever is rejected, chosen, routed, waited for, handed over and cancelled, in whatever order: nothing is lost, nothing is had twice."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from commerce import aftersale, fulfilment, orders, stores
from commerce.fulfilment import Fulfilment, FulfilmentState, Pick, Proof, ShortReason
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import LocationId, OrderId, new_id
from commerce.orders import Order
from commerce.platform import events
from commerce.platform.database import Database
from commerce.platform.work import within_reactions
from commerce.recourse import Choice, Rejection, Wish, choose, rejections_of
from commerce.recourse.late import watch
from commerce.recourse.refund import default_overdue
from commerce.recourse.reroute import route_forgotten
from commerce.replenishment.end_transfer import cancel_transfer, close_transfer
from commerce.replenishment.receive_transfer import receive_transfer
from commerce.replenishment.ship_transfer import ship_transfer
from commerce.replenishment.transfer_schemas import ReceiveTransferIn, ShipTransferIn
from tests.conftest import AT
from tests.given import aftersale as given_orders, checkout, inventory as stock, recourse as given
from tests.given.checkout import Shop
from tests.given.recourse import OFFICE, proven, works_of
from tests.recourse.conftest import ALL
from tests.recourse.test_transfers import RECEIVER, SENDER

REASONS = st.sampled_from(
    [ShortReason.NOT_IN_STOCK, ShortReason.MISMATCH, ShortReason.DAMAGE, ShortReason.NO_CAPACITY, ShortReason.CLOSED]
)
WHICH = st.integers(0, 7)


class History(RuleBasedStateMachine):
    """The verbs in any order; the invariants of the whole after each."""

    def __init__(self, runner: asyncio.Runner, db: Database, clock: HeldClock, shop: Shop) -> None:
        super().__init__()
        self.runner, self.db, self.clock, self.shop = runner, db, clock, shop
        self.orders: list[Order] = []
        self.transfers: list[Any] = []

    def run(self, act: Awaitable[Any]) -> Any:  # noqa: ANN401 -- whatever the act gives, or why it was refused
        async def outcome() -> object:
            try:
                return await act
            except Refusal as refused:
                return refused

        return self.runner.run(outcome())

    def work(self, which: int) -> Fulfilment | None:
        """One of the pieces of open work."""
        found = [each for order in self.orders for each in self.run(works_of(self.db, order))]
        return found[which % len(found)] if found else None

    def case(self, which: int) -> Rejection | None:
        """One of the rejections, open or not."""
        found = [each for order in self.orders for each in self.run(rejections_of(self.db.reading, order.id))]
        return found[which % len(found)] if found else None

    @initialize()
    def open_shop(self) -> None:
        """Six cups at each place, all of them open, on a morning."""
        self.clock.at = AT
        for place in (self.shop.gracia, self.shop.sants, self.shop.warehouse):
            self.runner.run(self.db.transact(stores.resume, place, "staff:test"))
            self.runner.run(given.emptied(self.db, self.shop.cup, place))
            self.runner.run(stock.stock(self.db, {(self.shop.cup, place): 6}))

    @rule(sent=st.booleans(), quantity=st.integers(1, 3))
    def order(self, sent: bool, quantity: int) -> None:
        if len(self.orders) < 4:
            want = (given.parcel if sent else given.pickup)(self.shop, quantity, 999)
            placed = self.run(given_orders.placed(self.db, want))
            self.orders += [placed] if isinstance(placed, Order) else []

    @rule(which=WHICH, reason=REASONS)
    def reject(self, which: int, reason: ShortReason) -> None:
        if work := self.work(which):
            self.run(self.db.transact(fulfilment.reject, OFFICE, work.id, reason))

    @rule(which=WHICH, reason=REASONS)
    def pick_short(self, which: int, reason: ShortReason) -> None:
        if work := self.work(which):
            self.run(self.db.transact(fulfilment.accept, OFFICE, work.id))
            self.run(self.db.transact(fulfilment.pick, OFFICE, work.id, [Pick(work.lines[0].id, 0, 1, reason)]))

    @rule(which=WHICH)
    def give(self, which: int) -> None:
        if work := self.work(which):
            self.run(given.done(self.db, work.id))

    @rule(which=WHICH)
    def hand_over_what_is_ready(self, which: int) -> None:
        work = self.work(which)
        if work and work.state is FulfilmentState.READY_FOR_PICKUP:
            self.run(fulfilment.hand_over(self.db, new_id(), OFFICE, work.id, Proof(identity_checked=True), None))

    @rule(which=WHICH, choice=st.sampled_from(list(Choice)), at_sants=st.booleans())
    def choose(self, which: int, choice: Choice, at_sants: bool) -> None:
        if case := self.case(which):
            place = LocationId(self.shop.sants if at_sants else self.shop.gracia)
            wish = Wish(choice=choice, location_id=place if choice is Choice.STORE else None)
            made = self.run(choose(self.db, new_id(), OFFICE, case.order_id, case.id, wish))
            if isinstance(made, Rejection) and made.transfer_id is not None:
                self.transfers.append(made.transfer_id)

    @rule(which=WHICH, act=st.sampled_from(["ship", "receive", "damaged", "close", "cancel"]))
    def transfer(self, which: int, act: str) -> None:
        if not self.transfers:
            return
        transfer_id = self.transfers[which % len(self.transfers)]
        if act == "ship":
            self.run(self.db.transact(ship_transfer, SENDER, transfer_id, ShipTransferIn()))
        elif act == "close":
            self.run(self.db.transact(close_transfer, RECEIVER, transfer_id, "lost", None))
        elif act == "cancel":
            self.run(self.db.transact(cancel_transfer, SENDER, transfer_id, "no van", None))
        else:
            condition: Any = "good" if act == "receive" else "damaged"
            scan = ReceiveTransferIn(scan_id=new_id(), barcode="CUP", quantity=1, condition=condition)
            self.run(self.db.transact(receive_transfer, RECEIVER, transfer_id, scan))

    @rule()
    def route(self) -> None:
        self.clock.move(minutes=2)
        self.run(route_forgotten(self.db))

    @rule(hours=st.sampled_from([1, 30]))
    def time_passes(self, hours: int) -> None:
        self.clock.move(hours=hours)
        self.run(watch(self.db))
        self.run(default_overdue(self.db))

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        if self.orders:
            order = self.orders[which % len(self.orders)]
            self.run(self.db.transact(aftersale.cancel_order, OFFICE, order.id, "changed_mind"))

    @rule()
    def restock(self) -> None:
        shelves: dict[tuple[UUID, UUID], int] = {
            (self.shop.cup, place): 1 for place in (self.shop.gracia, self.shop.sants, self.shop.warehouse)
        }
        self.run(stock.stock(self.db, shelves))

    @invariant()
    def all_of_it_holds(self) -> None:
        self.runner.run(proven(self.db))

    @invariant()
    def nobody_is_asked_twice(self) -> None:
        """No work was made at a place after that place had rejected one of its articles; ids are made in the order of time."""
        for order in self.orders:
            cases = self.runner.run(rejections_of(self.db.reading, OrderId(order.id)))
            for work in self.runner.run(works_of(self.db, order)):
                earlier = [case for case in cases if case.location_id == work.location_id and case.id < work.id]
                assert not earlier or work.waiting_for is not None, (order.number, work)

    def teardown(self) -> None:
        for order in self.orders:
            self.run(self.db.transact(aftersale.cancel_order, OFFICE, order.id, "changed_mind"))
            self.clock.move(days=3)
            self.run(default_overdue(self.db))
            for case in self.runner.run(rejections_of(self.db.reading, order.id)):
                assert not case.overdue(self.clock.at + timedelta(days=9))
        self.runner.run(proven(self.db))
        for order in self.orders:
            now_is = self.runner.run(orders.order(self.db.reading, order.id))
            assert sum(each.units for each in now_is.elsewhere if each.location_id is None) == 0


def test_any_history_of_rejections_ends_with_nothing_lost_and_nothing_had_twice(dsn: str) -> None:
    with asyncio.Runner() as runner, kernel_clock.held(AT) as clock:
        db = Database(dsn, before_commit=events.store, within=within_reactions(ALL))
        shop = runner.run(checkout.shop(db, stock=6))

        def machine() -> History:
            return History(runner, db, clock, shop)

        try:
            run_state_machine_as_test(
                machine,  # type: ignore[arg-type]  # it only calls what it is given
                settings=settings(
                    max_examples=6,
                    stateful_step_count=12,
                    deadline=None,
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                    database=None,
                ),
            )
        finally:
            runner.run(db.close())
