"""A dry run tells what a file would make and change, before and after, and changes nothing."""

import msgspec
from sqlalchemy import func, select

from commerce.catalog.tables import products
from commerce.importing import ImportCountsOut
from commerce.importing.queries import differences
from commerce.importing.tell import MOST_PRODUCTS
from commerce.kernel.clock import HeldClock
from commerce.platform.database import Database
from commerce.platform.events import events
from commerce.platform.statement import Statement
from tests.importing.shop import BARE, WHOLE, bring, furnished, lines, out

FACTS = Statement(select(func.count()).select_from(events).where(events.c.tag == "catalog.products_put.v1"))
PRODUCTS = Statement(select(func.count()).select_from(products))


async def test_what_would_be_made_is_told_and_nothing_is_made(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    job = await bring(db, lines(WHOLE, BARE), "jsonl", dry_run=True)
    assert (job.state, job.errors, job.dry_run) == ("done", [], True)
    assert (job.counts.products_created, job.counts.prices_changed, job.counts.quantities_set) == (2, 2, 2)
    told = await differences(db.reading, job.id, after=0, most=10)
    assert [(each.line, each.handle, each.made) for each in told] == [(1, "kettle", True), (2, "a-bare-one", True)]
    assert ("title", None, {"es": "Taza"}) in [(each.field, each.before, each.after) for each in told[1].changes]
    assert await db.reading.fetch_value(PRODUCTS) == 0
    assert await db.reading.fetch_value(FACTS) == 0
    assert await out(db, "jsonl") == b""


async def test_what_would_change_is_told_field_by_field(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    await bring(db, lines(WHOLE, BARE), "jsonl")
    before = await out(db, "jsonl")
    changed = msgspec.json.decode(msgspec.json.encode(WHOLE))
    changed["vendor"], changed["categories"] = "Other", ["tea"]
    changed["variants"][0]["weight_grams"] = 901
    changed["variants"][0]["barcodes"] = ["4006381333931"]
    changed["variants"][1]["prices"] = [{"list": "trade", "amount": "7.00"}]
    job = await bring(db, lines(changed, BARE), "jsonl", dry_run=True)
    assert job.counts == ImportCountsOut(products_changed=1, products_unchanged=1, variants_changed=1, prices_changed=1)
    (told,) = await differences(db.reading, job.id, after=0, most=10)
    fields = {each.field: (each.before, each.after) for each in told.changes}
    prices = {name: pair for name, pair in fields.items() if ".prices[" in name}
    assert (told.made, {name: pair for name, pair in fields.items() if name not in prices}) == (
        False,
        {
            "vendor": ("@House", "Other"),
            "categories": (["kitchen", "tea"], ["tea"]),
            "variants[-1 / Red].weight_grams": (900, 901),
            "variants[-1 / Red].more_barcodes": (["INNER-7"], []),
        },
    )
    assert prices == {
        "variants[2 / Red].prices[trade]": ([], [{"amount": "7.00", "min_quantity": 1}]),
    }
    assert await out(db, "jsonl") == before
    done = await bring(db, lines(changed, BARE), "jsonl")
    assert done.counts == job.counts, "it does what it told"


async def test_a_long_dry_run_tells_the_first_products_and_counts_all(db: Database, clock: HeldClock) -> None:
    count = MOST_PRODUCTS + 5
    job = await bring(
        db,
        lines(*({**BARE, "handle": f"p-{nth}"} for nth in range(count)), {**BARE, "slug": "Bad"}),
        "jsonl",
        dry_run=True,
    )
    assert (job.counts.products_created, job.error_count) == (count, 1)
    assert len(await differences(db.reading, job.id, after=0, most=count)) == MOST_PRODUCTS


async def test_first_stock_is_told_by_location_like_any_other_field(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    nowhere = msgspec.json.decode(msgspec.json.encode(WHOLE))
    nowhere["variants"][0]["on_hand"] = {"gracia": 12}
    await bring(db, lines(nowhere), "jsonl")
    job = await bring(db, lines(WHOLE, BARE), "jsonl", dry_run=True)
    assert job.counts.quantities_set == 1
    told = await differences(db.reading, job.id, after=0, most=10)
    assert [(each.handle, each.made) for each in told] == [("kettle", False), ("a-bare-one", True)]
    (change,) = told[0].changes
    assert (change.field, change.before, change.after) == ("variants[-1 / Red].on_hand[born]", None, 3)
