"""A retailer's invoice lines become a catalogue: the most frequent name, the last positive price, and what was left out with the reason why."""

import lzma
import os
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from commerce.importing import ImportCountsOut, ImportOf, import_file
from commerce.importing.queries import row_errors
from commerce.kernel.clock import HeldClock
from commerce.platform.database import Database
from tests.importing.shop import out

HERE = Path(__file__).parent
REAL = (
    Path(os.environ.get("COMMERCE_SAMPLE_DATA", HERE.parents[2] / "shared" / "data"))
    / "online-retail"
    / "online-retail.csv.xz"
)
POUNDS = ImportOf(currency="GBP", format="online-retail")


async def test_articles_are_built_from_invoice_lines_and_the_rest_is_told(db: Database, clock: HeldClock) -> None:
    job = await import_file(db, HERE / "retail.csv", POUNDS, actor="service:test")
    assert (job.state, job.counts) == (
        "done",
        ImportCountsOut(products_created=2, variants_created=2, prices_changed=2),
    )
    mug, box = (msgspec.json.decode(line) for line in (await out(db, "jsonl")).splitlines())
    assert (mug["title"], mug["variants"][0]["sku"], mug["variants"][0]["prices"][0]["amount"]) == (
        {"en": "MADE UP MUG"},
        "10001",
        "2.95",
    )
    assert (box["handle"], box["variants"][0]["sku"], box["variants"][0]["prices"][0]["amount"]) == (
        "10002a",
        "10002A",
        "1.06",
    )
    assert [(error.line, error.column, error.reason) for error in job.errors] == [
        (3, "StockCode", "POST is a charge or an entry of the books, no article"),
        (7, "StockCode", "10002a is 10002A in another case; its lines count for that one"),
        (8, "Description", "no line of 10003 has a description"),
        (9, "UnitPrice", "no line of 10004 has a positive price"),
        (10, "StockCode", "B is a charge or an entry of the books, no article"),
        (12, "StockCode", "the line has no code of an article"),
    ]
    again = await import_file(db, HERE / "retail.csv", POUNDS, actor="service:test")
    assert again.counts == ImportCountsOut(products_unchanged=2)


@pytest.mark.nightly
async def test_the_whole_year_becomes_its_articles(db: Database, clock: HeldClock) -> None:
    if not REAL.exists():
        pytest.skip(f"NOT PROVEN HERE: {REAL} is not there; retail.csv is its committed twin")
    with lzma.open(REAL) as stream:
        job = await import_file(db, stream, POUNDS, actor="service:test")  # type: ignore[arg-type]
    assert (job.state, job.counts.products_created) == ("done", 3_812)
    told = await row_errors(db.reading, job.id, after=None, most=1_000)
    why = Counter(
        next(each for each in ("charge", "another case", "description", "positive price") if each in error.reason)
        for error in told
    )
    assert why == {"another case": 112, "description": 110, "positive price": 20, "charge": 16}
    assert job.counts.products_created + why.total() == 4_070, "each code of the file is an article, or told"
