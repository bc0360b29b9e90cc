"""What a type asks of its products is asked of those that files would publish too."""

from typing import Any

import pytest
from sqlalchemy import select

from commerce.catalog import Status
from commerce.catalog.definition_schemas import ProductTypePatch
from commerce.catalog.definition_tables import product_types
from commerce.catalog.manage_definitions import change_product_type
from commerce.catalog.tables import products
from commerce.importing import ImportCountsOut
from commerce.kernel.clock import HeldClock
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from tests.importing.shop import BARE, bring, furnished, lines

TYPE = Statement(select(product_types.c.version).where(product_types.c.code == "kettles"))
STATUS = Statement(select(products.c.handle, products.c.status).order_by(products.c.handle))
REASON = "nothing of the type kettles is published without it; give it, or bring the product in as a draft"
KETTLE: dict[str, Any] = {**BARE, "handle": "kettle", "product_type": "kettles"}
WHOLE: dict[str, Any] = {
    **KETTLE,
    "attributes": {"material": "steel"},
    "variants": [{"option_values": [], "attributes": {"grip": ["left"]}}],
}


async def asked(db: Database) -> None:
    version = await db.reading.fetch_value(TYPE)
    await db.transact(change_product_type, "kettles", version, ProductTypePatch(required=["material", "grip"]))


async def statuses(db: Database) -> dict[str, str]:
    return {row["handle"]: row["status"] for row in await db.reading.fetch(STATUS)}


@pytest.fixture
async def shop(db: Database, clock: HeldClock) -> Database:
    """A shop whose kettles are not published without their material and their grip."""
    await furnished(db)
    await asked(db)
    return db


@pytest.mark.parametrize(
    ("product", "lacks"),
    [
        (KETTLE, "material"),
        ({**KETTLE, "attributes": {"material": "steel"}}, "grip"),
        ({**WHOLE, "attributes": {"watts": 1}}, "material"),
    ],
)
async def test_a_product_that_lacks_them_is_refused_by_line_and_column_and_the_others_go_in(
    shop: Database, product: dict[str, Any], lacks: str
) -> None:
    job = await bring(shop, lines(BARE, product), "jsonl")
    assert [(each.line, each.column, each.reason) for each in job.errors] == [(2, "attributes", f"{lacks}: {REASON}")]
    assert await statuses(shop) == {"a-bare-one": Status.PUBLISHED}


async def test_a_draft_and_a_product_that_has_them_go_in(shop: Database) -> None:
    job = await bring(shop, lines({**KETTLE, "status": "draft"}, {**WHOLE, "handle": "whole"}), "jsonl")
    assert (job.errors, await statuses(shop)) == ([], {"kettle": Status.DRAFT, "whole": Status.PUBLISHED})
    published = await bring(shop, lines({**KETTLE, "status": "published"}), "jsonl")
    assert published.error_count == 1
    assert (await statuses(shop))["kettle"] == Status.DRAFT
    assert (await bring(shop, lines({**WHOLE, "status": "published"}), "jsonl")).errors == []
    assert (await statuses(shop))["kettle"] == Status.PUBLISHED


async def test_what_is_on_show_without_them_already_may_change_but_loses_none(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    await bring(db, lines({**WHOLE, "variants": BARE["variants"]}), "jsonl")
    await asked(db)
    changed = await bring(db, lines({"handle": "kettle", "vendor": "Other"}), "jsonl")
    assert (changed.errors, changed.counts) == ([], ImportCountsOut(products_changed=1))
    lost = await bring(db, lines({"handle": "kettle", "attributes": {}}), "jsonl")
    assert [each.reason for each in lost.errors] == [f"material: {REASON}"]


async def test_a_shopify_file_is_told_the_column_of_the_type(shop: Database) -> None:
    file = b"Handle,Title,Type,Variant Price\nbowl,Bowl,Bowls,5\nkettle,Kettle,kettles,5\n"
    job = await bring(shop, file, "shopify")
    assert [(each.line, each.column) for each in job.errors] == [(3, "Type")]
    assert list(await statuses(shop)) == ["bowl"]
