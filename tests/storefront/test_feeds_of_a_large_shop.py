"""A feed's memory and its statements do not grow with the shop. The nightly run takes twenty thousand products, the short one two hundred."""

import resource
import time
import tracemalloc

import asyncpg
import pytest

from commerce.kernel import clock
from commerce.platform.database import Database
from commerce.storefront.feeds import begun, feed, local_feed, product_feed
from commerce.storefront.feeds_rows import PAGE
from tests.scale.generate import fill

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


@pytest.mark.parametrize("products", [200, pytest.param(20_000, marks=pytest.mark.nightly)])
async def test_memory_and_statements_stay_bounded(dsn: str, products: int) -> None:
    await fill(dsn, products=products, ledger=False)
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE channels SET product_url = 'https://shop.example.com/{slug}'")
    await connection.close()
    db = Database(dsn)
    await read(db, local=False)  # what is resident, is
    tracemalloc.start()
    items, largest, statements, seconds = await read(db, local=False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await db.close()
    print(
        f"{products} products: {items} items in {seconds:.1f} s with tracing, {statements} statements, "
        f"largest part {largest:,} bytes, peak {peak:,} bytes, process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:,} KB"
    )
    assert items == products * 3
    assert largest < 600_000
    assert peak < MOST_GROWN
    assert statements <= -(-products // PAGE) + 1 + BESIDE
