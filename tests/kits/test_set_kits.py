"""What a kit may be made of, as the back office says it."""

import asyncio

import pytest
from sqlalchemy import select

from commerce.catalog import articles, components, queries
from commerce.catalog.change_product import publish_product, withdraw_product
from commerce.catalog.kit_errors import KitInKit, KitOfNothing, StockIsKept
from commerce.catalog.kits import set_kit
from commerce.inventory import StockNotKept
from commerce.kernel import clock as now
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import VariantId
from commerce.platform.database import Database
from commerce.platform.events import events
from commerce.platform.statement import Statement
from tests.given import catalog, kits, stores
from tests.given.inventory import stock
from tests.kits.conftest import House

TOLD = Statement(
    select(
        events.c.payload["kit_variant_id"].astext.label("kit"), events.c.payload["complete"].astext.label("complete")
    )
    .where(events.c.tag == "catalog.kit_changed.v1")
    .order_by(events.c.id)
)


async def test_a_kit_is_set_read_changed_and_taken_apart(house: House) -> None:
    shop, admin = house.shop, house.admin
    made = await admin.post(
        "/v1/admin/products", {"title": {"en": "Tea for two"}, "publish": True, "variants": [{"sku": "TEA"}]}
    )
    variant = made["variants"][0]
    path = f"/v1/admin/variants/{variant['id']}/kit"
    assert (await admin.get(path))["components"] == []
    wanted = [{"variant_id": str(shop.cup), "quantity": 2}, {"variant_id": str(shop.plate)}]
    answer = await admin.call("PUT", path, {"components": wanted}, if_match='"1"')
    assert answer.status_code == 200, answer.text
    assert [(each["sku"], each["quantity"], each["withdrawn"]) for each in answer.json()["components"]] == [
        ("CUP", 2, False),
        ("PLATE", 1, False),
    ]
    stale = await admin.call("PUT", path, {"components": []}, if_match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    for components_, code in (
        ([{"variant_id": variant["id"]}], "kit_in_kit"),
        ([wanted[0], wanted[0]], "invalid_input"),
        ([{"variant_id": str(made["id"])}], "invalid_input"),
        ([{"variant_id": str(shop.cup), "quantity": 0}], "invalid_input"),
    ):
        refused = await admin.call("PUT", path, {"components": components_}, if_match='"2"')
        assert (refused.status_code in {400, 409, 422}, refused.json()["code"]) == (True, code), refused.text
    entries = (await admin.get(f"/v1/admin/audit-log?subject_id={variant['id']}"))["items"]
    assert [each["subject_kind"] for each in entries] == ["kit"]
    assert (await admin.call("PUT", path, {"components": wanted[:1]}, if_match='"2"')).status_code == 200
    assert (await admin.call("PUT", path, {"components": []}, if_match='"3"')).json()["components"] == []
    told = (await admin.get(f"/v1/admin/products/{made['id']}/history"))["items"]
    assert [(each["before"]["kits"]["TEA"], each["after"]["kits"]["TEA"]) for each in told[:3]] == [
        ([{"sku": "CUP", "quantity": 2}], []),
        ([{"sku": "CUP", "quantity": 2}, {"sku": "PLATE", "quantity": 1}], [{"sku": "CUP", "quantity": 2}]),
        ([], [{"sku": "CUP", "quantity": 2}, {"sku": "PLATE", "quantity": 1}]),
    ]
    last = (await admin.get(f"/v1/admin/audit-log?subject_id={variant['id']}"))["items"][0]
    assert ([each["sku"] for each in last["before"]], last["after"]) == (["CUP"], [])


async def test_a_kit_with_a_part_that_is_withdrawn_lacks_it(house: House) -> None:
    shop, admin = house.shop, house.admin
    made = await admin.post("/v1/admin/products", {"title": {"en": "Tea"}, "variants": [{"sku": "TEA"}]})
    path = f"/v1/admin/variants/{made['variants'][0]['id']}/kit"
    await admin.call("PUT", path, {"components": [{"variant_id": str(shop.cup)}]}, if_match='"1"')
    missing = f"/v1/admin/products/{made['id']}/missing"
    assert "part_withdrawn" not in {each["code"] for each in (await admin.get(missing))["missing"]}
    await catalog.withdrawn(house.server.program.db, shop.cup, at=now.now())
    (told,) = [each for each in (await admin.get(missing))["missing"] if each["code"] == "part_withdrawn"]
    assert (told["pointer"], told["required"], "TEA" in told["detail"]) == ("/variants", False, True)


async def test_no_kit_is_in_a_kit_also_when_both_are_made_at_once(db: Database, clock: HeldClock) -> None:
    cup = await catalog.variant(db, "Cup")
    inner = await kits.kit(db, "Inner", {cup: 1})
    with pytest.raises(KitInKit):
        await kits.kit(db, "Outer", {inner: 1})
    one, other = await catalog.variants(db, 2)

    async def make(kit: VariantId, of: VariantId) -> None:
        await db.transact(set_kit, kit, 1, [(of, 1), (cup, 1)], at=now.now())

    for _ in range(5):
        done = await asyncio.gather(make(one, other), make(other, one), return_exceptions=True)
        assert sorted(type(each).__name__ for each in done) == ["KitInKit", "NoneType"], done
        for variant in (one, other):
            there = await queries.variant(db.reading, variant)
            if there.kit:
                await db.transact(set_kit, variant, there.version, [], at=now.now())
        one, other = await catalog.variant(db), await catalog.variant(db)


async def test_a_kit_has_no_stock_of_its_own_and_what_had_stock_becomes_no_kit(db: Database, clock: HeldClock) -> None:
    cup, gracia = await catalog.variant(db, "Cup"), await stores.location(db)
    kit = await kits.kit(db, "Two cups", {cup: 2})
    with pytest.raises(StockNotKept):
        await stock(db, {(kit, gracia): 1})
    plate = await catalog.variant(db, "Plate")
    await stock(db, {(plate, gracia): 1})
    with pytest.raises(StockIsKept):
        await db.transact(set_kit, plate, 1, [(cup, 1)], at=now.now())
    file = await catalog.variant(db, "File", stock="none")
    with pytest.raises(StockNotKept):
        await stock(db, {(file, gracia): 1})
    with pytest.raises(KitOfNothing):
        await kits.kit(db, "Files", {file: 1})


async def test_a_kit_is_for_sale_as_long_as_its_components_are_there(db: Database, clock: HeldClock) -> None:
    cup, plate = await catalog.variants(db, 2)
    file = await catalog.variant(db, "File", stock="none", shippable=False)
    kit = await kits.kit(db, "Set", {cup: 2, plate: 1, file: 1})
    found = await articles(db.reading, [kit, cup, file])
    assert [(part.variant_id, part.quantity, part.stocked) for part in found[kit].parts or ()] == [
        (cup, 2, True),
        (plate, 1, True),
        (file, 1, False),
    ]
    assert (found[kit].sellable, found[kit].shippable, found[cup].parts, found[file].stock) == (
        True,
        True,
        None,
        "none",
    )
    made = await components(db.reading, [kit, cup, file])
    assert {each: [(part.variant_id, part.quantity) for part in of] for each, of in made.items()} == {
        kit: [(cup, 2), (plate, 1)],
        file: [],
    }
    await catalog.withdrawn(db, plate, at=now.now())
    assert not (await articles(db.reading, [kit]))[kit].sellable


async def test_whoever_sells_a_kit_hears_that_a_component_went_and_came_back(db: Database, clock: HeldClock) -> None:
    cup, plate, pot = await catalog.variants(db, 3)
    kit = await kits.kit(db, "Set", {cup: 2, plate: 1})
    await kits.kit(db, "Pots", {pot: 3})
    product = (await articles(db.reading, [plate]))[plate].product_id
    await db.transact(withdraw_product, product, at=clock.at)
    await db.transact(publish_product, product, at=clock.at)
    told = [(row["kit"], row["complete"]) for row in await db.reading.fetch(TOLD)]
    assert told == [(str(kit), "false"), (str(kit), "true")]
    there = (await articles(db.reading, [kit]))[kit]
    assert there.sellable
