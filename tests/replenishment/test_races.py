"""Many at once, released together on connections of their own: what one of them got, no other gets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest

from commerce.inventory import Cause, InsufficientStock, consume, reserve
from commerce.inventory.facts import Demand
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, Refusal
from commerce.kernel.ids import HoldId, OrderId, new_id
from commerce.platform import events
from commerce.platform.database import Database
from commerce.replenishment import InTransitChoiceNeeded, MoreThanInTransit, TransferState
from commerce.replenishment.draft_transfer import Way, approve_transfer, drafted
from commerce.replenishment.end_transfer import cancel_transfer
from commerce.replenishment.errors import CartonReceived
from commerce.replenishment.facts import TransferWish
from commerce.replenishment.goods_receipt import close_goods_receipt
from tests.conftest import AT
from tests.replenishment.world import World, world

ROUNDS = 6


@pytest.fixture
async def other(dsn: str) -> AsyncIterator[Database]:
    """A second process's database."""
    database = Database(dsn, before_commit=events.store)
    yield database
    await database.close()


async def outcomes(*acts: Awaitable[Any]) -> list[Any]:
    """What each act gives, or the kind of refusal that it meets; anything else is a fault."""
    found = await asyncio.gather(*acts, return_exceptions=True)
    for each in found:
        if isinstance(each, BaseException) and not isinstance(each, Refusal):
            raise each
    return [type(each) if isinstance(each, Refusal) else each for each in found]


def beside(shop: World, db: Database) -> World:
    """The same shop as another process has it."""
    return World(db=db, origin=shop.origin, destination=shop.destination, articles=shop.articles)


async def test_two_receivers_of_one_carton_book_it_once(db: Database, other: Database, clock: HeldClock) -> None:
    shop = await world(db, POT=100)
    for nth in range(ROUNDS):
        sent = await shop.transfer({"POT": 10})
        box = {"barcode": f"BOX-{nth}", "units": [{"transfer_line_id": sent.lines[0].id, "quantity": 4}]}
        await shop.ship(sent, lines=[{"transfer_line_id": sent.lines[0].id, "quantity": 10}], cartons=[box])
        found = await outcomes(
            shop.receive(sent, f"BOX-{nth}"),
            beside(shop, other).receive(sent, f"BOX-{nth}"),
            shop.receive(sent, "POT", 6),
            beside(shop, other).receive(sent, "POT", 6),
        )
        assert found[:2].count(CartonReceived) == 1 or CartonReceived not in found[:2]
        line = (await shop.now(sent)).lines[0]
        booked = sum(each.units[0].quantity for each in found if not isinstance(each, type))
        assert line.received == booked <= 10
        assert {each for each in found if isinstance(each, type)} <= {CartonReceived, MoreThanInTransit, IllegalMove}
    assert await shop.audit() == []


async def test_one_scan_sent_twice_at_once_moves_units_once(db: Database, other: Database, clock: HeldClock) -> None:
    shop = await world(db, POT=100)
    for _ in range(ROUNDS):
        sent = await shop.transfer({"POT": 10})
        await shop.ship(sent)
        scan_id = new_id()
        first, second = await outcomes(
            shop.receive(sent, "POT", 10, scan_id=scan_id),
            beside(shop, other).receive(sent, "POT", 10, scan_id=scan_id),
        )
        assert first == second
        assert (await shop.now(sent)).lines[0].received == 10
    assert (await shop.stock("POT"))["destination"] == (60, 0)
    assert await shop.audit() == []


async def test_a_transfer_is_shipped_or_cancelled_never_both(db: Database, other: Database, clock: HeldClock) -> None:
    shop = await world(db, POT=100)
    left = 0
    for _ in range(ROUNDS):
        sent = await shop.transfer({"POT": 10})
        shipped, cancelled = await outcomes(
            beside(shop, other).ship(sent),
            db.transact(cancel_transfer, shop.sender, sent.id, "changed our mind", None),
        )
        now = await shop.now(sent)
        if now.state is TransferState.CANCELLED:
            assert (shipped, now.lines[0].cancelled) == (IllegalMove, 10)
        else:
            assert (now.state, cancelled) == (TransferState.IN_TRANSIT, InTransitChoiceNeeded)
            left += 10
    assert (await shop.stock("POT"))["origin"] == (100 - left, 0)
    assert (await shop.beside("POT")).get(("destination", "in_transit"), 0) == left
    assert await shop.audit() == []


async def test_sales_at_the_origin_while_a_transfer_is_approved_promise_no_unit_twice(
    db: Database, other: Database, clock: HeldClock
) -> None:
    shop = await world(db, POT=20)
    pot = shop.articles["POT"]
    way = Way(shop.origin, shop.destination)
    drafts = [
        await db.transact(drafted, way, [TransferWish(variant_id=pot, quantity=5)], "refill", by="staff:test")
        for _ in range(4)
    ]

    async def sell(through: Database) -> None:
        order = OrderId(new_id())
        await through.transact(reserve, [Demand(pot, shop.origin, 1)], order, HoldId(new_id()), at=AT)
        cause = Cause("order", order, "system")
        await through.transact(consume, order, [(pot, shop.origin, 1)], cause, f"sold:{order}")

    found = await outcomes(
        *(sell(through) for through in (db, other) for _ in range(10)),
        *(other.transact(approve_transfer, shop.sender, draft.id) for draft in drafts),
    )
    sold = sum(each is None for each in found[:20])
    approved = sum(not isinstance(each, type) for each in found[20:])
    assert {each for each in found if isinstance(each, type)} <= {InsufficientStock}
    assert (await shop.stock("POT"))["origin"] == (20 - sold, 5 * approved)
    assert sold + 5 * approved <= 20
    assert await shop.audit() == []


async def test_receipts_of_one_order_booked_at_once_count_each_unit_once(
    db: Database, other: Database, clock: HeldClock
) -> None:
    shop = await world(db, POT=0)
    order = await shop.purchase({"POT": 40})
    receipts = [await shop.receipt(order) for _ in range(4)]
    for receipt in receipts:
        await shop.scan(receipt, "POT", 10)
    closing = [
        through.transact(close_goods_receipt, shop.sender, receipt.id)
        for receipt in receipts
        for through in (db, other)
    ]
    found = await outcomes(*closing)
    assert found.count(IllegalMove) == 4
    assert (await shop.stock("POT"))["origin"] == (40, 0)
    assert (await shop.purchase_now(order)).lines[0].open == 0
    assert await shop.audit() == []
