"""600,000 variants with prices and stock come in with little memory; a second time nothing changes, in a fraction of the time."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from commerce.importing import ImportCountsOut
from commerce.kernel.clock import HeldClock
from commerce.platform import events
from commerce.platform.database import Database
from tests.databases import Databases
from tests.given import stores
from tests.importing.bring import Brought
from tests.scale import generate
from tests.scale.articles import OPTIONS

PEAK_MB = 200
HERE = Path(__file__).parents[2]


async def brought(dsn: str, file: Path, location: UUID) -> Brought:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.importing.bring", dsn, str(file), str(location)),
        stdout=asyncio.subprocess.PIPE,
        cwd=HERE,
    )
    told, _ = await process.communicate()
    return msgspec.json.decode(told, type=Brought)


@pytest.mark.nightly
@pytest.mark.parametrize("products", [2_000, 200_000])
async def test_a_long_file_needs_little_memory_and_a_second_time_little_else(
    databases: Databases, clock: HeldClock, tmp_path: Path, products: int
) -> None:
    file = tmp_path / "products.csv"
    with file.open("w", newline="", encoding="utf-8") as sheet:
        generate.write_csv(sheet, products)
    async with databases.borrowed() as dsn:
        db = Database(dsn, before_commit=events.store)
        await stores.channel(db)
        place = await stores.location(db)
        await db.close()
        first, second = await brought(dsn, file, place), await brought(dsn, file, place)
    print(f"{products:,} products: {first}; again: {second}")
    assert (first.errors, first.counts.variants_created) == (0, products * OPTIONS)
    assert (second.errors, second.counts) == (0, ImportCountsOut(products_unchanged=products))
    assert max(first.peak_mb, second.peak_mb) < PEAK_MB
    assert second.cpu_seconds < first.cpu_seconds / 2
    assert second.seconds < first.seconds / 2
