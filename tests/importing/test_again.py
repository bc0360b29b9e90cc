"""The same file a second time is passed over, product by product, unless somebody changed the product, whatever of it, in between."""

import io
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Table, Text, func, select

from commerce import pricing
from commerce.catalog.change_product import change_product, withdraw_product
from commerce.catalog.change_variants import change_variant, withdraw_variant
from commerce.catalog.collection_schemas import CollectionPatch
from commerce.catalog.collection_tables import collections
from commerce.catalog.collections import change_collection
from commerce.catalog.definition_schemas import PartyPatch
from commerce.catalog.definition_tables import parties
from commerce.catalog.manage_categories import change_category
from commerce.catalog.manage_definitions import change_party
from commerce.catalog.schemas import CategoryPatch, ProductPatch, VariantPatch
from commerce.catalog.tables import categories, products, variants
from commerce.importing import ImportCountsOut
from commerce.importing.tables import import_marks
from commerce.kernel import clock as now
from commerce.kernel.clock import HeldClock
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from commerce.pricing import PriceEntry
from commerce.pricing.tables import price_lists
from tests.given import stores
from tests.importing.shop import BARE, WHOLE, bring, furnished, lines, out
from tests.scale import generate

MARKS = Statement(select(func.count()).select_from(import_marks))
PLAIN: dict[str, Any] = {
    **WHOLE,
    "variants": [
        {
            **WHOLE["variants"][0],
            "prices": [{"list": "default-eur", "amount": "39.90"}, {"list": "trade", "amount": "30.00"}],
        },
        WHOLE["variants"][1],
    ],
}
FILE = lines(PLAIN, BARE)


async def one(db: Database, source: Table, key: str, value: str) -> tuple[UUID, int]:
    """Gives the id and the version of the only row of a table that has this value."""
    statement = Statement(select(source.c.id, source.c.version).where(source.c[key].cast(Text) == value))
    row = await db.reading.fetch_one(statement)
    assert row is not None
    return row["id"], row["version"]


async def retitled(db: Database) -> None:
    product, version = await one(db, products, "handle", "kettle")
    await db.transact(change_product, product, version, ProductPatch(title=Text3(en="Other")), at=now.now())


async def withdrawn(db: Database) -> None:
    product, _ = await one(db, products, "handle", "kettle")
    await db.transact(withdraw_product, product, at=now.now())


async def reweighed(db: Database) -> None:
    variant, version = await one(db, variants, "sku", "K-1")
    await db.transact(change_variant, variant, version, VariantPatch(weight_grams=1), at=now.now())


async def without_a_barcode(db: Database) -> None:
    variant, version = await one(db, variants, "sku", "K-1")
    await db.transact(change_variant, variant, version, VariantPatch(more_barcodes=[]), at=now.now())


async def without_a_variant(db: Database) -> None:
    variant, version = await one(db, variants, "sku", "K-2")
    await db.transact(withdraw_variant, variant, version, at=now.now())


async def of_another_maker(db: Database) -> None:
    party, version = await one(db, parties, "code", "works")
    await db.transact(change_party, party, version, PartyPatch(name="Others"))


async def _price(db: Database, list_code: str, entry: dict[str, Any]) -> None:
    list_id, _ = await one(db, price_lists, "code", list_code)
    variant, _ = await one(db, variants, "sku", "K-1")
    new = PriceEntry(variant_id=variant, **entry)
    await db.transact(pricing.set_prices, list_id, [new], actor="service:test", at=now.now())


async def dearer(db: Database) -> None:
    await _price(db, "default-eur", {"amount": 9_999})


async def dearer_for_the_trade(db: Database) -> None:
    await _price(db, "trade", {"amount": 9_999})


async def off_a_list(db: Database) -> None:
    list_id, _ = await one(db, price_lists, "code", "trade")
    variant, _ = await one(db, variants, "sku", "K-1")
    await db.transact(pricing.remove_prices, list_id, [variant], actor="service:test", at=now.now())


async def out_of_a_collection(db: Database) -> None:
    collection, version = await one(db, collections, "slug", "gifts")
    await db.transact(change_collection, collection, version, CollectionPatch(product_ids=[]), at=now.now())


EDITS = [
    out_of_a_collection,
    retitled,
    withdrawn,
    reweighed,
    without_a_barcode,
    without_a_variant,
    of_another_maker,
    dearer,
    dearer_for_the_trade,
    off_a_list,
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
async def test_what_somebody_changed_in_between_is_put_right_again(
    db: Database, clock: HeldClock, edit: Callable[[Database], Awaitable[None]]
) -> None:
    await furnished(db)
    assert (await bring(db, FILE, "jsonl")).errors == []
    first = await out(db, "jsonl")
    assert (await bring(db, FILE, "jsonl")).counts == ImportCountsOut(products_unchanged=2)
    await edit(db)
    assert await out(db, "jsonl") != first
    again = await bring(db, FILE, "jsonl")
    assert again.errors == []
    after = await out(db, "jsonl")
    stocked = msgspec.json.decode(after.splitlines()[1])["variants"][0]["on_hand"]
    assert stocked == {"born": 3, "gracia": 12}
    assert after == first
    assert (await bring(db, FILE, "jsonl")).counts == ImportCountsOut(products_unchanged=2)


async def test_what_a_file_names_and_is_no_more_is_told_the_second_time(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    await bring(db, FILE, "jsonl")
    category, version = await one(db, categories, "slug", "tea")
    await db.transact(change_category, category, version, CategoryPatch(slug="infusions"), at=now.now())
    again = await bring(db, FILE, "jsonl")
    assert [(each.line, each.reason) for each in again.errors] == [(1, "there is no category tea")]


async def test_a_price_that_has_begun_meanwhile_is_put_right_again(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    await bring(db, FILE, "jsonl")
    await _price(db, "default-eur", {"amount": 9_999, "starts_at": now.now() + timedelta(days=1)})
    assert (await bring(db, FILE, "jsonl")).counts == ImportCountsOut(products_unchanged=2), "it holds until then"
    clock.move(days=2)
    assert (await bring(db, FILE, "jsonl")).counts.prices_changed == 1


async def test_another_location_gets_its_first_stock_from_the_same_file(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    gracia, born = await stores.location(db), await stores.location(db, code="born")
    file = b"Handle,Title,Variant Price,Variant Inventory Tracker,Variant Inventory Qty\nbowl,Bowl,5,shopify,7\n"
    for place, units in ((None, 0), (gracia, 1), (gracia, 0), (born, 1), (born, 0)):
        job = await bring(db, file, "shopify", location_id=place)
        assert job.counts.quantities_set == units


async def test_what_was_wrong_is_told_again_and_a_dry_run_leaves_no_mark(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    file = lines({**BARE, "handle": "bad", "categories": ["none"]}, {**BARE, "minimum_age": "x"}, PLAIN)
    tried = await bring(db, file, "jsonl", dry_run=True)
    assert await db.reading.fetch_value(MARKS) == 0
    done = [await bring(db, file, "jsonl") for _ in range(2)]
    assert [job.errors for job in done] == [tried.errors, tried.errors]
    assert await db.reading.fetch_value(MARKS) == 1
    told = await bring(db, file, "jsonl", dry_run=True)
    assert (told.errors, told.counts) == (tried.errors, ImportCountsOut(products_unchanged=1))


async def test_a_second_time_costs_a_fraction_of_the_first(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    place = await stores.location(db, code="depot")
    text = io.StringIO()
    generate.write_csv(text, 400)
    file, seconds, statements = text.getvalue().encode(), [], []
    job = None
    for _ in range(2):
        began, sent = time.process_time(), db.statements
        job = await bring(db, file, "shopify", location_id=place)
        seconds.append(time.process_time() - began)
        statements.append(db.statements - sent)
    assert job is not None
    assert job.counts == ImportCountsOut(products_unchanged=400)
    assert seconds[1] < seconds[0] / 2
    assert statements[1] < statements[0]
