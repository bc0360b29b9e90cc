"""Goods of suppliers: scanned, then booked at once; over, short, damaged, wrong, and announced carton by carton."""

from uuid import UUID

import pytest

from commerce.inventory import levels
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.replenishment import OverReceipt
from commerce.replenishment.announce import announce
from commerce.replenishment.errors import (
    CartonReceived,
    CartonTaken,
    NothingScanned,
    ReceiptOpen,
    ScanDiffers,
    UnknownBarcode,
)
from commerce.replenishment.facts import PurchaseState, Receipt, ReceiptState
from commerce.replenishment.goods_receipt import cancel_goods_receipt, close_goods_receipt
from commerce.replenishment.purchase import cancel_purchase, change_purchase, close_purchase
from commerce.replenishment.queries import RECEIPT, seen
from commerce.replenishment.schemas import CartonIn, CartonUnitsIn, NoticeIn, PurchaseLineIn, PurchasePatch
from commerce.replenishment.void_scan import void_scan
from tests.replenishment.world import BOSS, WORK, World, world


@pytest.fixture
async def shop(db: Database, clock: HeldClock) -> World:
    return await world(db, POT=0, JUG=0)


async def close(shop: World, receipt: Receipt, by: Caller | None = None) -> Receipt:
    return await shop.db.transact(close_goods_receipt, by or shop.sender, receipt.id)


async def test_what_was_scanned_is_booked_when_the_receipt_is_closed_and_not_before(shop: World) -> None:
    order = await shop.purchase({"POT": 26})
    receipt = await shop.receipt(order)
    await shop.scan(receipt, "POT", 10)
    assert await shop.stock("POT") == {"origin": (0, 0), "destination": (0, 0)}
    await close(shop, receipt)
    assert await shop.stock("POT") == {"origin": (10, 0), "destination": (0, 0)}
    now = await shop.purchase_now(order)
    assert (now.state, now.lines[0].received, now.lines[0].open) == (PurchaseState.PARTIALLY_RECEIVED, 10, 16)
    second = await shop.receipt(order)
    await shop.scan(second, "CODE-0-POT", 16)
    await close(shop, second)
    assert (await shop.stock("POT"))["origin"] == (26, 0)
    assert (await shop.purchase_now(order)).state is PurchaseState.RECEIVED
    with pytest.raises(IllegalMove):
        await close(shop, second)
    assert (await shop.stock("POT"))["origin"] == (26, 0)
    assert await shop.audit() == []


async def test_a_27th_unit_of_26_is_refused_with_what_to_do(shop: World) -> None:
    order = await shop.purchase({"POT": 26})
    receipt = await shop.receipt(order)
    await shop.scan(receipt, "POT", 26)
    with pytest.raises(OverReceipt, match="stock:approve"):
        await shop.scan(receipt, "POT")
    await close(shop, receipt)
    assert (await shop.stock("POT"))["origin"] == (26, 0)
    line = (await shop.purchase_now(order)).lines[0]
    assert (line.received, line.over) == (26, 0)


async def test_who_may_approve_accepts_up_to_a_tenth_more(shop: World) -> None:
    order = await shop.purchase({"POT": 26})
    receipt = await shop.receipt(order)
    await shop.scan(receipt, "POT", 25)
    answer = await shop.scan(receipt, "POT", 3, by=BOSS)
    assert [(each.quantity, each.exception) for each in answer.units] == [(1, None), (2, "over")]
    with pytest.raises(OverReceipt, match="at most 28"):
        await shop.scan(receipt, "POT", 1, by=BOSS)
    await close(shop, receipt)
    now = await shop.purchase_now(order)
    assert (now.state, now.lines[0].received, now.lines[0].over) == (PurchaseState.RECEIVED, 28, 2)
    assert await shop.audit() == []


async def test_two_receipts_of_one_order_are_judged_together_when_they_are_booked(shop: World) -> None:
    order = await shop.purchase({"POT": 10})
    one, other = await shop.receipt(order), await shop.receipt(order)
    await shop.scan(one, "POT", 8)
    await shop.scan(other, "POT", 3)
    await close(shop, one)
    with pytest.raises(OverReceipt):
        await close(shop, other)
    assert (await shop.stock("POT"))["origin"] == (8, 0)
    await close(shop, other, by=BOSS)
    assert (await shop.stock("POT"))["origin"] == (11, 0)
    assert (await shop.purchase_now(order)).lines[0].over == 1
    assert await shop.audit() == []


async def test_damaged_units_stand_beside_the_shelf_and_count_as_come(shop: World) -> None:
    order = await shop.purchase({"POT": 10})
    receipt = await shop.receipt(order)
    await shop.scan(receipt, "POT", 7)
    await shop.scan(receipt, "POT", 3, condition="damaged")
    await close(shop, receipt)
    assert (await shop.stock("POT"))["origin"] == (7, 0)
    assert await shop.beside("POT") == {("origin", "damaged"): 3}
    now = await shop.purchase_now(order)
    assert (now.state, now.lines[0].received, now.lines[0].damaged) == (PurchaseState.RECEIVED, 7, 3)
    assert await shop.audit() == []


async def test_a_wrong_article_is_booked_as_it_was_found_with_an_exception(shop: World) -> None:
    order = await shop.purchase({"POT": 2})
    receipt = await shop.receipt(order)
    answer = await shop.scan(receipt, "JUG", 5)
    assert [each.exception for each in answer.units] == ["wrong_article"]
    await close(shop, receipt)
    assert (await shop.stock("JUG"))["origin"] == (5, 0)
    assert (await shop.purchase_now(order)).state is PurchaseState.ORDERED
    assert await shop.audit() == []


async def test_a_blind_receipt_takes_what_is_there(shop: World) -> None:
    receipt = await shop.receipt()
    await shop.scan(receipt, "POT", 4)
    await shop.scan(receipt, "JUG", 1)
    await close(shop, receipt)
    known = await levels(shop.db.reading, list(shop.articles.values()))
    assert sorted(each.on_hand for each in known) == [1, 4]
    assert await shop.audit() == []


async def test_a_scan_that_is_sent_again_adds_nothing(shop: World) -> None:
    receipt = await shop.receipt()
    scan_id = new_id()
    first = await shop.scan(receipt, "POT", 4, scan_id=scan_id)
    assert await shop.scan(receipt, "POT", 4, scan_id=scan_id) == first
    with pytest.raises(ScanDiffers):
        await shop.scan(receipt, "POT", 5, scan_id=scan_id)
    await close(shop, receipt)
    assert await shop.scan(receipt, "POT", 4, scan_id=scan_id) == first
    assert (await shop.stock("POT"))["origin"] == (4, 0)


async def test_a_mistaken_scan_is_taken_out_and_a_receipt_without_units_is_not_booked(shop: World) -> None:
    receipt = await shop.receipt()
    scan_id = new_id()
    await shop.scan(receipt, "POT", 100, scan_id=scan_id)
    for _ in range(2):
        now = await shop.db.transact(void_scan, shop.sender, receipt.id, scan_id)
        assert now.units == ()
    with pytest.raises(NothingScanned):
        await close(shop, receipt)
    await shop.scan(receipt, "POT", 10)
    await close(shop, receipt)
    assert (await shop.stock("POT"))["origin"] == (10, 0)
    assert await shop.audit() == []


async def test_an_announced_carton_is_taken_in_by_one_scan_once(shop: World) -> None:
    order = await shop.purchase({"POT": 12, "JUG": 6})
    await announced(shop, order.id, "SSCC-1", {"POT": 12, "JUG": 4})
    with pytest.raises(CartonTaken):
        await announced(shop, order.id, "SSCC-1", {"POT": 1})
    receipt, other = await shop.receipt(order), await shop.receipt(order)
    answer = await shop.scan(receipt, "SSCC-1")
    assert sorted(each.quantity for each in answer.units) == [4, 12]
    with pytest.raises(CartonReceived):
        await shop.scan(other, "SSCC-1")
    await shop.db.transact(cancel_goods_receipt, shop.sender, receipt.id)
    await shop.scan(other, "SSCC-1")
    await close(shop, other)
    now = await shop.purchase_now(order)
    assert [line.received for line in now.lines] == [12, 4]
    assert (await shop.stock("JUG"))["origin"] == (4, 0)
    assert await shop.audit() == []


async def test_a_short_order_stays_open_until_it_is_closed_with_a_cause(shop: World) -> None:
    order = await shop.purchase({"POT": 26})
    receipt = await shop.receipt(order)
    await shop.scan(receipt, "POT", 10)
    with pytest.raises(ReceiptOpen):
        await shop.db.transact(close_purchase, BOSS, order.id, "out of clay")
    await close(shop, receipt)
    with pytest.raises(IllegalMove):
        await shop.db.transact(cancel_purchase, BOSS, order.id, "too late")
    closed = await shop.db.transact(close_purchase, BOSS, order.id, "out of clay")
    line = closed.lines[0]
    assert (closed.state, line.received, line.cancelled) == (PurchaseState.CLOSED_SHORT, 10, 16)
    with pytest.raises(IllegalMove):
        await shop.receipt(order)
    assert await shop.audit() == []


async def test_an_unknown_code_and_anothers_place_are_refused(shop: World) -> None:
    receipt = await shop.receipt()
    with pytest.raises(UnknownBarcode):
        await shop.scan(receipt, "NOBODY-KNOWS")
    stranger = Caller(kind="staff", id=new_id(), scopes=WORK, locations=frozenset({shop.destination}))
    with pytest.raises(NotFound):
        await shop.scan(receipt, "POT", by=stranger)
    cancelled = await shop.db.transact(cancel_goods_receipt, shop.sender, receipt.id)
    assert cancelled.state is ReceiptState.CANCELLED
    with pytest.raises(IllegalMove):
        await shop.scan(receipt, "POT")
    assert (await seen(shop.db.reading, RECEIPT, receipt.id, shop.sender)).units == ()


async def test_a_drafts_lines_change_and_an_orders_do_not(shop: World) -> None:
    order = await shop.purchase({"POT": 2})
    patch = PurchasePatch(lines=[PurchaseLineIn(variant_id=shop.articles["POT"], quantity=9)])
    with pytest.raises(IllegalMove):
        await shop.db.transact(change_purchase, BOSS, order.id, order.version, patch)
    assert [line.ordered for line in (await shop.purchase_now(order)).lines] == [2]
    twice = PurchasePatch(lines=[*patch.lines, *patch.lines] if isinstance(patch.lines, list) else [])
    with pytest.raises((InvalidInput, IllegalMove)):
        await shop.db.transact(change_purchase, BOSS, order.id, order.version, twice)


async def announced(shop: World, purchase_id: UUID, barcode: str, units: dict[str, int]) -> None:
    held = [CartonUnitsIn(variant_id=shop.articles[sku], quantity=quantity) for sku, quantity in units.items()]
    await shop.db.transact(
        announce, shop.sender, purchase_id, NoticeIn(cartons=[CartonIn(barcode=barcode, units=held)])
    )
