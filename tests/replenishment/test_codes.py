"""Lots and serial numbers travel with the goods: told when they come, known while they are in transit, at one place only."""

from datetime import date

import pytest

from commerce.inventory import Move, Spot
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.replenishment import carry
from commerce.replenishment.end_transfer import cancel_transfer, close_transfer
from commerce.replenishment.facts import Transfer
from commerce.replenishment.goods_receipt import close_goods_receipt
from commerce.traceability import LotNeeded, SerialNeeded, SerialUnknown, Tracking, pick_lots
from commerce.traceability.audit import CHECKS as CODES
from commerce.traceability.schemas import TrackingIn
from commerce.traceability.set_tracking import set_tracking
from tests.conftest import AT
from tests.replenishment.world import BOSS, WORK, World, world

SOON, LATER = date(2026, 4, 1), date(2026, 9, 1)


@pytest.fixture
async def shop(db: Database, clock: HeldClock) -> World:
    made = await world(db, MILK=0, WATCH=0)
    await track(made, "MILK", "lot")
    await track(made, "WATCH", "serial")
    return made


async def track(shop: World, sku: str, tracking: Tracking) -> None:
    data = TrackingIn(tracking=tracking, reason="from now on")
    await shop.db.transact(set_tracking, BOSS, shop.articles[sku], 0, data, at=AT)


async def stocked(shop: World) -> None:
    """Six of milk in two lots, three watches."""
    receipt = await shop.receipt()
    await shop.scan(receipt, "MILK", 4, lot="L-LATE", expires_on=LATER)
    await shop.scan(receipt, "MILK", 2, lot="L-SOON", expires_on=SOON)
    await shop.scan(receipt, "WATCH", 3, serials=["W1", "W2", "W3"])
    await shop.db.transact(close_goods_receipt, shop.sender, receipt.id)


async def in_order(shop: World) -> bool:
    return await shop.audit() == [] and not any(each.rows for each in await run_checks(shop.db.reading, CODES))


async def lots_at_the_store(shop: World) -> list[tuple[str, int]]:
    found = await pick_lots(shop.db.reading, shop.destination, [(shop.articles["MILK"], 99)])
    return [(each.lot, each.quantity) for each in found]


async def on_the_way(shop: World, transfer: Transfer) -> list[tuple[str | None, str | None, int]]:
    rows = await shop.db.reading.fetch(carry.ON_THE_WAY, transfer_id=transfer.id)
    return [(each.lot, each.serial, each.units) for each in rows]


async def test_a_scan_without_the_code_that_the_article_asks_for_adds_nothing(shop: World) -> None:
    receipt = await shop.receipt()
    with pytest.raises(LotNeeded):
        await shop.scan(receipt, "MILK", 4)
    with pytest.raises(SerialNeeded):
        await shop.scan(receipt, "WATCH", 1)
    assert (await shop.scan(receipt, "MILK", 1, lot="L1")).units_so_far == 1


async def test_what_expires_first_travels_first_and_arrives_under_its_name(shop: World) -> None:
    await stocked(shop)
    sent = await shop.transfer({"MILK": 3})
    await shop.ship(sent)
    assert sorted(await on_the_way(shop, sent)) == [("L-LATE", None, 1), ("L-SOON", None, 2)]
    await shop.receive(sent, "MILK", 2)
    assert await lots_at_the_store(shop) == [("L-SOON", 2)]
    await shop.receive(sent, "MILK", 1, lot="L-LATE")
    assert await lots_at_the_store(shop) == [("L-SOON", 2), ("L-LATE", 1)]
    assert await in_order(shop)


async def test_serial_numbers_are_told_when_they_leave_and_when_part_of_them_arrives(shop: World) -> None:
    await stocked(shop)
    sent = await shop.transfer({"WATCH": 3})
    [line] = sent.lines
    with pytest.raises(SerialNeeded):
        await shop.ship(sent)
    await shop.ship(sent, lines=[{"transfer_line_id": line.id, "quantity": 3, "serials": ["W1", "W2", "W3"]}])
    with pytest.raises(SerialNeeded):
        await shop.receive(sent, "WATCH", 1)
    with pytest.raises(SerialUnknown):
        await shop.receive(sent, "WATCH", 1, serials=["W9"])
    assert await shop.beside("WATCH") == {("destination", "in_transit"): 3}
    await shop.receive(sent, "WATCH", 1, serials=["W2"])
    assert sorted(await on_the_way(shop, sent)) == [(None, "W1", 1), (None, "W3", 1)]
    await shop.receive(sent, "WATCH", 2)
    assert await on_the_way(shop, sent) == []
    assert await in_order(shop)


async def test_lost_units_leave_the_books_with_their_numbers(shop: World) -> None:
    await stocked(shop)
    sent = await shop.transfer({"WATCH": 3, "MILK": 6})
    watch = next(line for line in sent.lines if line.variant_id == shop.articles["WATCH"])
    milk = next(line for line in sent.lines if line.variant_id == shop.articles["MILK"])
    told = {"transfer_line_id": watch.id, "quantity": 3, "serials": ["W1", "W2", "W3"]}
    await shop.ship(sent, lines=[told, {"transfer_line_id": milk.id, "quantity": 6}])
    await shop.receive(sent, "WATCH", 1, serials=["W2"])
    await shop.db.transact(close_transfer, shop.receiver, sent.id, "stolen", None)
    assert await on_the_way(shop, sent) == []
    assert await in_order(shop)


async def test_what_is_called_back_comes_back_with_its_codes(shop: World) -> None:
    await stocked(shop)
    sent = await shop.transfer({"WATCH": 2, "MILK": 6})
    watch = next(line for line in sent.lines if line.variant_id == shop.articles["WATCH"])
    milk = next(line for line in sent.lines if line.variant_id == shop.articles["MILK"])
    told = {"transfer_line_id": watch.id, "quantity": 2, "serials": ["W1", "W3"]}
    await shop.ship(sent, lines=[told, {"transfer_line_id": milk.id, "quantity": 6}])
    await shop.db.transact(cancel_transfer, shop.sender, sent.id, "recalled", "return")
    [back] = [each for each in await shop.all_transfers() if each.returns_id == sent.id]
    other = Caller(kind="staff", id=new_id(), scopes=WORK, locations=frozenset({shop.origin}))
    await shop.receive(back, "WATCH", 2, by=other)
    await shop.receive(back, "MILK", 6, by=other)
    assert (await shop.stock("MILK"))["origin"] == (6, 0)
    assert await in_order(shop)


async def test_moves_of_one_article_between_the_same_ends_are_one(shop: World) -> None:
    milk = shop.articles["MILK"]
    road = Move(milk, 2, Spot.IN_TRANSIT, shop.destination, Spot.SHELF, shop.destination)
    assert carry.one_for_each([road, road._replace(quantity=3)]) == [road._replace(quantity=5)]
