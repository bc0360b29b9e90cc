"""What was taken from sale still arrives and still lies there: its codes are known where goods are received, moved and counted."""

import pytest

from commerce import catalog
from commerce.counting.named import Name
from commerce.counting.open_count import Wish, open_count
from commerce.counting.scan import Answer, Scan, Taken, take_scans
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from commerce.replenishment.errors import UnknownBarcode
from commerce.replenishment.goods_receipt import close_goods_receipt
from tests.conftest import AT
from tests.counting.world import somebody
from tests.given import catalog as articles
from tests.replenishment.world import World, world


async def _withdrawn(shop: World, sku: str) -> None:
    await articles.withdrawn(shop.db, shop.articles[sku], at=AT)


async def _another(shop: World, sku: str, barcode: str) -> None:
    """A new article with the codes that the withdrawn one had."""
    shop.articles[f"new {sku}"] = await articles.variant(shop.db, f"New {sku}", sku=sku, barcode=barcode)


async def test_an_ordered_article_that_was_withdrawn_since_is_received_by_its_codes(
    db: Database, clock: HeldClock
) -> None:
    shop = await world(db, POT=0, CUP=0)
    receipt = await shop.receipt(await shop.purchase({"POT": 3}))
    await _withdrawn(shop, "POT")
    await _another(shop, "POT", "CODE-0-POT")
    for code in ("code-0-pot", "POT"):
        (units,) = (await shop.scan(receipt, code)).units
        assert (units.variant_id, units.exception) == (shop.articles["POT"], None), "what was ordered comes"
    await _withdrawn(shop, "CUP")
    (wrong,) = (await shop.scan(receipt, "CODE-1-CUP")).units
    assert (wrong.variant_id, wrong.exception) == (shop.articles["CUP"], "wrong_article")
    with pytest.raises(UnknownBarcode):
        await shop.scan(receipt, "CODE-2-NONE")
    await db.transact(close_goods_receipt, shop.sender, receipt.id)
    assert (await shop.stock("POT"))["origin"] == (2, 0)
    assert await shop.audit() == []


async def test_without_an_order_a_code_means_what_is_for_sale_before_what_was_withdrawn(
    db: Database, clock: HeldClock
) -> None:
    shop = await world(db, POT=0)
    receipt = await shop.receipt()
    await _withdrawn(shop, "POT")
    assert (await shop.scan(receipt, "POT")).units[0].variant_id == shop.articles["POT"]
    await _another(shop, "POT", "CODE-0-POT")
    for code in ("POT", "CODE-0-POT"):
        assert (await shop.scan(receipt, code)).units[0].variant_id == shop.articles["new POT"]
    clock.move(hours=1)
    await articles.withdrawn(db, shop.articles["new POT"], at=clock.at)
    found = await catalog.variants_on_hand_by_code(db.reading, ["POT", "CODE-0-POT", "X"])
    assert found == dict.fromkeys(["POT", "CODE-0-POT"], shop.articles["new POT"]), "the one that was withdrawn last"
    assert await catalog.variants_by_code(db.reading, ["POT"]) == {}, "it is sold nowhere"


async def test_what_was_withdrawn_is_counted_by_its_codes(db: Database, clock: HeldClock) -> None:
    shop = await world(db, POT=4, CUP=2)
    who = somebody(shop.origin)
    await _withdrawn(shop, "POT")
    count = await db.transact(
        open_count, who, Wish(location_id=shop.origin, articles=[Name(None, "POT"), Name(None, "CUP")])
    )
    assert {line.variant_id for line in count.lines} == {shop.articles["POT"], shop.articles["CUP"]}
    await _another(shop, "POT", "CODE-0-POT")

    async def scanned(scan: Scan) -> Answer:
        return (await db.transact(take_scans, who, count.id, [scan]))[1][0]

    scan = Scan(id=new_id(), name=Name(None, "CODE-0-POT"), units=4, total=True)
    for taken in (Taken.ACCEPTED, Taken.REPEATED):
        answer = await scanned(scan)
        assert (answer.taken, answer.variant_id) == (taken, shop.articles["POT"]), "what is expected there is meant"
