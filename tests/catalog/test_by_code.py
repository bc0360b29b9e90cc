"""The article behind a scanned code: any of its barcodes, and what an order still wants although it was withdrawn since."""

import pytest

from commerce import catalog
from commerce.catalog import VariantDraft
from commerce.catalog.change_product import withdraw_product
from commerce.catalog.queries import variant
from commerce.fulfilment.pick_errors import WrongArticle
from commerce.fulfilment.pick_facts import PickListKind
from commerce.fulfilment.pick_lists import ListWish, make_list
from commerce.fulfilment.pick_scan import scan
from commerce.fulfilment.pick_schemas import PickScanIn
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import VariantId, new_id
from commerce.platform.database import Database
from tests.given import catalog as articles, fulfilment as given, inventory, stores
from tests.given.fulfilment import staff
from tests.given.orders import Want
from tests.replenishment.world import world

FIRST, SECOND = "4006381333931", "036000291452"


async def tea(db: Database) -> VariantId:
    """Tea in a box with two barcodes."""
    (only,) = await articles.product(db, "Tea", variants=[VariantDraft(sku="Tea", barcodes=(FIRST, SECOND))])
    return only


async def withdrawn(db: Database, variant_id: VariantId, clock: HeldClock) -> None:
    await db.transact(withdraw_product, (await variant(db.reading, variant_id)).product_id, at=clock.at)


async def test_each_barcode_and_the_sku_stand_for_the_article(db: Database, clock: HeldClock) -> None:
    box = await tea(db)
    codes = [FIRST, f"0{FIRST}", SECOND, f"0{SECOND}", "TEA", " tea ", "4012345678901"]
    found = await catalog.variants_by_code(db.reading, codes)
    assert found == dict.fromkeys(codes[:-1], box)
    assert await catalog.variants_by_code(db.reading, []) == {}
    await withdrawn(db, box, clock)
    assert await catalog.variants_by_code(db.reading, codes) == {}
    assert await catalog.variants_by_code(db.reading, codes, among=[box]) == found
    other = await tea(db)
    assert await catalog.variants_by_code(db.reading, codes) == dict.fromkeys(codes[:-1], other)
    assert await catalog.variants_by_code(db.reading, codes, among=[box]) == found


@pytest.mark.parametrize("taken", [False, True], ids=["free", "another's"])
@pytest.mark.parametrize("code", [FIRST, SECOND, "TEA"])
async def test_what_was_withdrawn_after_it_was_ordered_is_picked_by_its_label(
    db: Database, clock: HeldClock, code: str, taken: bool
) -> None:
    box, store = await tea(db), await stores.location(db)
    await inventory.stock(db, {(box, store): 5})
    clerk = staff(store)
    (work,) = await given.offered(db, Want(quantity=2, location_id=store, variant_id=box))
    wish = ListWish(location_id=store, kind=PickListKind.ORDER, works=[work.id])
    made = await db.transact(make_list, clerk, wish)
    await withdrawn(db, box, clock)
    if taken:
        await tea(db)
    with pytest.raises(WrongArticle):
        await db.transact(scan, clerk, made.id, PickScanIn(scan_id=new_id(), code="NOTHING"))
    for _ in range(2):
        await db.transact(scan, clerk, made.id, PickScanIn(scan_id=new_id(), code=code))
    with pytest.raises(WrongArticle):
        await db.transact(scan, clerk, made.id, PickScanIn(scan_id=new_id(), code=code))


async def test_what_was_withdrawn_while_it_travelled_arrives_by_its_label(db: Database, clock: HeldClock) -> None:
    made = await world(db, POT=5)
    sent = await made.transfer({"POT": 3})
    await made.ship(sent)
    await withdrawn(db, made.articles["POT"], clock)
    await articles.product(db, "Another pot", variants=[VariantDraft(sku="POT")])
    arrived = await made.receive(sent, "POT", 3)
    assert arrived.in_transit == 0
    assert (await made.stock("POT"))["destination"] == (3, 0)
