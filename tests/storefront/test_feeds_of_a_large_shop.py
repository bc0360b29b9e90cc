"""A feed's memory and its statements do not grow with the shop, of a store's feed with what the store carries. The nightly run takes twenty
thousand products, for stores four thousand, the short one two hundred.
"""

import resource
import time
import tracemalloc

import pytest

from commerce.kernel import clock
from commerce.platform.database import Database
from commerce.storefront.feeds import begun, feed, local_feed, product_feed
from commerce.storefront.feeds_rows import PAGE
from tests.scale.articles import OPTIONS
from tests.scale.generate import STOCKED_AT, STORES, fill

MOST_GROWN = (
    6_000_000  # bytes that Python holds at once, whatever the shop: a page of products as rows, structs and text
)
BESIDE = 6  # statements that are not pages: channels, settings, prices, categories, ready times


async def read(db: Database, *, local: bool) -> tuple[int, int, int, float]:
    """Reads a feed as a client would; gives its items, its largest part in bytes, its statements and its seconds."""
    of = await feed(db.reading, None, "ca", clock.now())
    items = largest = 0
    before, began = db.statements, time.perf_counter()
    stores = local_feed(db.reading, of, None) if local else product_feed(db.reading, of)
    async for part in await begun(stores):
        items += part.count(b"<item>")
        largest = max(largest, len(part))
    return items, largest, db.statements - before, time.perf_counter() - began


@pytest.mark.parametrize(
    ("products", "local"),
    [
        (200, False),
        (200, True),
        pytest.param(20_000, False, marks=pytest.mark.nightly),
        pytest.param(4_000, True, marks=pytest.mark.nightly),  # at five stores each
    ],
)
async def test_memory_and_statements_stay_bounded(dsn: str, products: int, *, local: bool) -> None:
    await fill(dsn, products=products, ledger=False)
    db = Database(dsn)
    plain = await read(db, local=local)  # what is resident, is
    tracemalloc.start()
    items, largest, statements, seconds = await read(db, local=local)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await db.close()
    print(
        f"{products} products: {items} items in {plain[-1]:.1f} s, {seconds:.1f} s with tracing, {statements} statements, "
        f"largest part {largest:,} bytes, peak {peak:,} bytes, process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:,} KB"
    )
    assert items == products * OPTIONS * (STOCKED_AT if local else 1)
    assert largest < 600_000
    assert peak < MOST_GROWN
    pages = STORES * (products * STOCKED_AT // STORES // PAGE + 2) if local else -(-products // PAGE) + 1
    assert statements <= pages + BESIDE
