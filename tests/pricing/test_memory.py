"""What a process holds does not grow with the number of prices."""

import asyncio
import sys

import asyncpg
import pytest

from commerce import pricing
from commerce.kernel.clock import HeldClock
from commerce.platform.database import Database
from tests.given import pricing as given, stores

FILL = """
INSERT INTO prices (price_list_id, variant_id, amount)
SELECT list_id, ('01900000-0000-7000-8000-' || lpad(to_hex(nth), 12, '0'))::uuid, 100 + nth % 9000
FROM unnest($1::uuid[]) AS list_id CROSS JOIN generate_series(1, $2) AS nth"""

# Prices 2,000 baskets of 20 articles, all over the catalogue, and says how much memory that took beyond the first ones, in kB.
PROCESS = '''
import asyncio, sys
from pathlib import Path
from random import Random
from uuid import UUID
from commerce import pricing
from commerce.kernel import clock
from commerce.platform.database import Database

def most_kb():
    """This program's own peak: what getrusage tells counts whoever started it."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

async def price(dsn, most):
    db, random = Database(dsn), Random(1)
    lists = await pricing.price_lists(db.reading)
    audience = pricing.Audience(currency="EUR")
    for nth in range(2_000):
        ids = [UUID(f"01900000-0000-7000-8000-{random.randint(1, most):012x}") for _ in range(20)]
        found, _ = await pricing.candidates(db.reading, ids, audience=audience, at=clock.now(), lists=lists)
        assert all(len(facts) == 5 for facts in found.values())
        if nth == 200:
            print(most_kb(), flush=True)
    print(most_kb(), flush=True)
    await db.close()

asyncio.run(price(sys.argv[1], int(sys.argv[2])))
'''
MOST_KB = 200 * 1_024


@pytest.mark.parametrize("variants", [5_000, pytest.param(600_000, marks=pytest.mark.nightly)])
async def test_a_process_stays_small_however_many_prices_there_are(
    db: Database, dsn: str, clock: HeldClock, variants: int
) -> None:
    await stores.channel(db)
    lists = [await given.price_list(db, priority=nth) for nth in range(5)]
    connection = await asyncpg.connect(dsn)
    await connection.execute(FILL, lists, variants)
    await connection.execute("ANALYZE prices")
    await connection.close()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROCESS, dsn, str(variants), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    warm, after = map(int, told.split())
    assert after < MOST_KB, f"{after:,} kB"
    assert after - warm < 8 * 1_024, "it grew with what it had priced"
    assert len((await pricing.price_lists(db.reading)).by_id) == 5
