"""What kits are made of and what collections somebody chose a product for travel in the plain formats."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import Text, select

from commerce.catalog.change_variants import withdraw_variant
from commerce.catalog.collection_tables import collection_products, collections
from commerce.catalog.kits import kit, set_kit
from commerce.catalog.tables import products, variants
from commerce.importing import Format, ImportCountsOut
from commerce.kernel import clock as now
from commerce.kernel.clock import HeldClock
from commerce.platform import events
from commerce.platform.database import Database
from commerce.platform.statement import Statement, given
from tests.databases import Databases
from tests.importing.shop import BARE, KIT, WHOLE, bring, furnished, lines, out

VARIANT = Statement(select(variants.c.id, variants.c.version).where(variants.c.sku == given("sku", Text)))
MEMBERS = Statement(
    select(products.c.handle)
    .join_from(collection_products, products, products.c.id == collection_products.c.product_id)
    .join(collections, collections.c.id == collection_products.c.collection_id)
    .where(collections.c.slug == given("slug", Text))
    .order_by(collection_products.c.position)
)


@pytest.fixture
async def shop(db: Database, clock: HeldClock) -> Database:
    """A shop with a kettle, and collections of which one finds its products by itself."""
    await furnished(db)
    assert (await bring(db, lines(WHOLE), "jsonl")).errors == []
    return db


@pytest.fixture
async def other(databases: Databases) -> AsyncIterator[Database]:
    """A second, empty shop."""
    async with databases.borrowed() as address:
        database = Database(address, before_commit=events.store)
        await furnished(database)
        yield database
        await database.close()


async def parts(db: Database, sku: str) -> list[tuple[str, int]]:
    row = await db.reading.fetch_one(VARIANT, sku=sku)
    assert row is not None
    return [(each.sku, each.quantity) for each in (await kit(db.reading, row["id"])).components]


async def members(db: Database, slug: str) -> list[str]:
    return [row["handle"] for row in await db.reading.fetch(MEMBERS, slug=slug)]


def changed(product: dict[str, Any], variant: int, **to: Any) -> dict[str, Any]:
    copy: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(product))
    copy["variants"][variant].update(to)
    return copy


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
async def test_export_import_export_gives_the_same_bytes(shop: Database, other: Database, format_: Format) -> None:
    assert (await bring(shop, lines(KIT, BARE), "jsonl")).errors == []
    assert await parts(shop, "SET") == [("K-1", 1), ("CUP", 2)]
    assert (await members(shop, "gifts"), await members(shop, "plus")) == (["kettle", "a-set"], ["kettle"])
    first = await out(shop, format_)
    again = await bring(shop, first, format_)
    assert (again.errors, again.counts) == ([], ImportCountsOut(products_unchanged=3))
    into_an_empty_one = await bring(other, first, format_)
    assert (into_an_empty_one.errors, into_an_empty_one.counts.products_created) == ([], 3)
    assert await out(other, format_) == first
    assert await parts(other, "SET") == [("K-1", 1), ("CUP", 2)]
    assert sorted(await members(other, "gifts")) == ["a-set", "kettle"]


async def test_parts_and_membership_change_and_go_as_the_file_says(shop: Database) -> None:
    await bring(shop, lines(KIT), "jsonl")
    fewer = changed({**KIT, "collections": ["new"]}, 0, parts=[{"sku": "CUP", "quantity": 6}])
    job = await bring(shop, lines(fewer), "jsonl")
    assert (job.errors, job.counts) == ([], ImportCountsOut(products_changed=1, variants_changed=1))
    assert await parts(shop, "SET") == [("CUP", 6)]
    assert (await members(shop, "gifts"), await members(shop, "new")) == (["kettle"], ["kettle", "a-set"])
    said_nothing = await bring(shop, lines({"handle": "a-set", "vendor": "House"}), "jsonl")
    assert said_nothing.counts == ImportCountsOut(products_changed=1)
    assert await parts(shop, "SET") == [("CUP", 6)]
    none = await bring(shop, lines(changed({**KIT, "collections": []}, 0, parts=[])), "jsonl")
    assert (none.errors, await parts(shop, "SET"), await members(shop, "new")) == ([], [], ["kettle"])


async def test_a_kit_that_somebody_changed_in_between_is_put_right_again(shop: Database) -> None:
    await bring(shop, lines(KIT), "jsonl")
    assert (await bring(shop, lines(KIT), "jsonl")).counts == ImportCountsOut(products_unchanged=1)
    made = await shop.reading.fetch_one(VARIANT, sku="SET")
    cup = await shop.reading.fetch_one(VARIANT, sku="CUP")
    assert made is not None
    assert cup is not None
    await shop.transact(set_kit, made["id"], made["version"], [(cup["id"], 9)], at=now.now())
    again = await bring(shop, lines(KIT), "jsonl")
    assert again.counts == ImportCountsOut(products_changed=1, variants_changed=1)
    assert await parts(shop, "SET") == [("K-1", 1), ("CUP", 2)]


@pytest.mark.parametrize(
    ("made_of", "reason"),
    [
        ([{"sku": "NONE"}], "there is no article NONE; in a file it stands above the kit"),
        ([{"sku": "set"}], "a kit is not made of itself"),
        ([{"sku": "CUP"}, {"sku": "cup"}], "the same article is there twice"),
        ([{"sku": "OTHER"}], "OTHER is a kit itself; name what that one is made of"),
        ([{"sku": "K-2"}], "at least one part is an article of which stock is kept"),
        ([{"sku": "CUP", "quantity": 0}], ""),
        ([{"sku": "CUP", "units": 2}], "units"),
    ],
)
async def test_parts_that_cannot_be_are_told_by_line_and_column_and_the_rest_goes_in(
    shop: Database, made_of: list[Any], reason: str
) -> None:
    another = {
        **BARE,
        "handle": "b-set",
        "variants": [{"option_values": [], "sku": "OTHER", "parts": [{"sku": "K-1"}]}],
    }
    job = await bring(shop, lines(another, changed(KIT, 0, parts=made_of)), "jsonl")
    (error,) = job.errors
    assert (error.line, reason in error.reason) == (2, True)
    assert "parts" in error.column
    assert (job.counts.products_created, job.counts.variants_created) == (2, 2)
    assert (await parts(shop, "CUP"), await parts(shop, "OTHER")) == ([], [("K-1", 1)])


async def test_a_part_of_a_kit_is_made_no_kit(shop: Database) -> None:
    await bring(shop, lines(KIT), "jsonl")
    job = await bring(shop, lines(changed(WHOLE, 0, parts=[{"sku": "CUP"}])), "jsonl")
    assert [(each.column, each.reason) for each in job.errors] == [("parts", "the article is a part of another kit")]


async def test_what_was_on_a_shelf_is_made_no_kit(shop: Database) -> None:
    await bring(shop, lines({**BARE, "variants": [{"option_values": [], "sku": "CUP"}]}), "jsonl")
    job = await bring(shop, lines(changed(WHOLE, 0, parts=[{"sku": "CUP"}])), "jsonl")
    assert [each.reason[:8] for each in job.errors] == ["kettle: "]
    assert await parts(shop, "K-1") == []


@pytest.mark.parametrize(
    ("slug", "reason"),
    [("none", "there is no collection none"), ("plus", "the collection plus finds its products by a rule")],
)
async def test_a_collection_that_nobody_can_choose_is_told(shop: Database, slug: str, reason: str) -> None:
    job = await bring(shop, lines({**BARE, "collections": [slug]}), "jsonl")
    assert [(each.line, each.column, each.reason) for each in job.errors] == [(1, "collections", reason)]


async def test_a_kit_of_which_a_part_was_withdrawn_stays_what_it_is(shop: Database) -> None:
    await bring(shop, lines(KIT), "jsonl")
    first = await out(shop, "csv")
    row = await shop.reading.fetch_one(VARIANT, sku="K-1")
    assert row is not None
    await shop.transact(withdraw_variant, row["id"], row["version"], at=now.now())
    job = await bring(shop, lines(KIT), "jsonl")
    assert (job.errors, await parts(shop, "SET")) == ([], [("K-1", 1), ("CUP", 2)])
    assert first != await out(shop, "csv")
