"""A customer who waits: units travel to the store for their line, become its work when they have come, and are asked about when they do not."""

from datetime import timedelta

import pytest

from commerce import fulfilment, inventory, orders, payments
from commerce.fulfilment import Fulfilment, FulfilmentState, ShortReason
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove
from commerce.kernel.ids import TransferId, new_id
from commerce.orders import UNPLACED, Order, OrderState
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.recourse import Choice, NotOffered, Rejection, RejectionState as S, Wish, choose, rejections_of
from commerce.replenishment import Transfer, TransferState, shipments_of, transfer
from commerce.replenishment.end_transfer import cancel_transfer, close_transfer
from commerce.replenishment.receive_transfer import receive_transfer
from commerce.replenishment.ship_transfer import delay_shipment, ship_transfer
from commerce.replenishment.transfer_schemas import ReceiveTransferIn, ShipTransferIn
from tests.given import checkout, inventory as stock, recourse as given
from tests.given.checkout import Shop
from tests.given.recourse import OFFICE, captured, case_of, proven, shelf, works_of

WAIT = Wish(choice=Choice.WAIT)
SENDER = Caller(kind="staff", id=new_id(), scopes=frozenset({"stock:transfer"}))
RECEIVER = Caller(kind="staff", id=new_id(), scopes=frozenset({"stock:transfer", "stock:adjust"}))


async def waited(db: Database, shop: Shop, quantity: int = 2) -> tuple[Order, Rejection, Fulfilment]:
    """Gives an order whose customer waits for a transfer to the store, the rejection, and the work that waits."""
    order, case = await given.rejected(db, given.pickup(shop, quantity))
    chosen = await choose(db, new_id(), OFFICE, order.id, case.id, WAIT)
    (work,) = await works_of(db, order)
    return order, chosen, work


def travelling_by(case: Rejection) -> TransferId:
    """Gives the transfer that the customer waits for."""
    assert case.transfer_id is not None
    return case.transfer_id


async def sent(db: Database, case: Rejection, eta_hours: float | None = None, *, clock: HeldClock) -> Transfer:
    """Sends the transfer of a rejection on its way."""
    eta = None if eta_hours is None else clock.at + timedelta(hours=eta_hours)
    await db.transact(ship_transfer, SENDER, travelling_by(case), ShipTransferIn(eta=eta))
    return await transfer(db.reading, travelling_by(case), OFFICE)


async def came(db: Database, case: Rejection, quantity: int, *, damaged: bool = False) -> None:
    """Scans units of the transfer at the store."""
    scan = ReceiveTransferIn(
        scan_id=new_id(), barcode="CUP", quantity=quantity, condition="damaged" if damaged else "good"
    )
    await db.transact(receive_transfer, RECEIVER, travelling_by(case), scan)


async def unplaced(db: Database, order: Order) -> int:
    """Gives how many units of the order's first line no place has."""
    now_is = await orders.order(db.reading, order.id)
    return now_is.units_at(now_is.lines[0], UNPLACED)


async def test_units_that_a_customer_waits_for_are_theirs_when_they_come_and_nobody_elses(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, case, work = await waited(db, shop)
    assert (case.choice, work.state, work.attempt) == (Choice.WAIT, FulfilmentState.WAITING_FOR_TRANSFER, 2)
    assert work.promised_by == (clock.at + timedelta(days=3)).replace(hour=11)
    assert await shelf(db, shop.cup, shop.warehouse) == (10, 2)
    await proven(db)
    await sent(db, case, clock=clock)
    await came(db, case, 1)
    (still,) = await works_of(db, order)
    assert (still.state, await unplaced(db, order)) == (FulfilmentState.WAITING_FOR_TRANSFER, 1)
    assert await shelf(db, shop.cup, shop.gracia) == (1, 1)
    await proven(db)
    await came(db, case, 1)
    (now_is,) = await works_of(db, order)
    assert (now_is.state, await unplaced(db, order)) == (FulfilmentState.OFFERED, 0)
    await proven(db)
    await given.done(db, now_is.id)
    assert (await captured(db, order), await shelf(db, shop.cup, shop.gracia)) == ((2000, 0), (0, 0))
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED
    await proven(db)


async def test_units_that_arrive_damaged_or_never_are_asked_about_again_and_the_rest_is_collected(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, case, work = await waited(db, shop, 3)
    await sent(db, case, clock=clock)
    await came(db, case, 1)
    await came(db, case, 1, damaged=True)
    second = await case_of(db, order)
    assert (second.state, second.units, second.lines[0].reason) == (
        S.WAITING_FOR_CHOICE,
        [(order.lines[0].id, 1)],
        "not_arrived",
    )
    await proven(db)
    await db.transact(close_transfer, RECEIVER, travelling_by(case), "lost on the road", None)
    (now_is,) = await works_of(db, order)
    assert (now_is.id, now_is.state, now_is.lines[0].short) == (work.id, FulfilmentState.OFFERED, 2)
    cases = await rejections_of(db.reading, order.id)
    assert [each.state for each in cases] == [S.CHOSEN, S.WAITING_FOR_CHOICE, S.WAITING_FOR_CHOICE]
    await proven(db)
    for each in cases[1:]:
        await choose(db, new_id(), OFFICE, order.id, each.id, Wish(choice=Choice.REFUND))
    await given.done(db, now_is.id)
    assert await captured(db, order) == (1000, 0)
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED
    await proven(db)


async def test_a_transfer_that_is_called_off_asks_the_customer_again(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case, work = await waited(db, shop)
    await db.transact(cancel_transfer, SENDER, travelling_by(case), "no van", None)
    ended = await fulfilment.fulfilment(db.reading, work.id, OFFICE)
    assert (ended.state, ended.reject_reason) == (FulfilmentState.REJECTED, "not_arrived")
    again = await case_of(db, order)
    assert (again.state, again.units) == (S.WAITING_FOR_CHOICE, [(order.lines[0].id, 2)])
    assert await shelf(db, shop.cup, shop.warehouse) == (10, 0)
    await proven(db)


async def test_an_order_that_ends_while_it_waits_lets_go_of_what_travels_for_it(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    await given.emptied(db, shop.cup, shop.gracia)
    for on_the_road in (False, True):
        await stock.stock(db, {(shop.cup, shop.gracia): 2})
        order, case, _ = await waited(db, shop)
        if on_the_road:
            await sent(db, case, clock=clock)
            await came(db, case, 1)

        async def cancel(tx: Tx, order: Order = order) -> None:
            gone = await orders.cancel(tx, order.id, "customer", "shopper:test")
            await inventory.release(tx, gone.id, None, inventory.Cause("order", gone.id, "shopper:test"))
            await payments.intend_void(tx, gone.id, None, f"cancel:{gone.id}")

        await db.transact(cancel)
        await proven(db)
        travelling = await transfer(db.reading, travelling_by(case), OFFICE)
        if on_the_road:
            assert travelling.state is TransferState.PARTIALLY_RECEIVED
            await came(db, case, 1)
            assert await shelf(db, shop.cup, shop.gracia) == (2, 0)
        else:
            assert travelling.state is TransferState.CANCELLED
            assert await shelf(db, shop.cup, shop.warehouse) == (10, 0)
        assert await works_of(db, order) == []
        await proven(db)


async def test_a_late_shipment_moves_the_promise_and_keeps_the_first_one(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case, work = await waited(db, shop)
    travelling = await sent(db, case, eta_hours=24, clock=clock)
    (soon,) = await works_of(db, order)
    assert (soon.ready_by, soon.version) == (work.ready_by, work.version)  # earlier than promised: nobody needs to know
    (shipment,) = await shipments_of(db.reading, travelling.id)
    eta = clock.at + timedelta(days=6)
    await db.transact(delay_shipment, SENDER, travelling.id, shipment.id, eta, "strike")
    (late,) = await works_of(db, order)
    assert (late.ready_by, late.promised_by) == (eta + timedelta(hours=1), work.ready_by)
    await proven(db)


async def test_nobody_waits_for_a_store_that_cannot_do_the_work_or_that_nobody_can_send_to(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=2)
    order, case = await given.rejected(db, given.pickup(shop, 2), reason=ShortReason.CLOSED)
    with pytest.raises(NotOffered):
        await choose(db, new_id(), OFFICE, order.id, case.id, WAIT)
    parcel, other = await given.rejected(db, given.parcel(shop, 1))
    with pytest.raises(IllegalMove):  # a parcel that still looks for another place
        await choose(db, new_id(), OFFICE, parcel.id, other.id, WAIT)
