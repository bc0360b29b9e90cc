"""A large catalogue: the process that writes its bundle stays small, and others have their turn meanwhile."""

import subprocess
import sys
from uuid import UUID

import msgspec
import pytest

from commerce.platform.database import Database
from tests.given import checkout
from tests.till.large import fill

PROGRAM = """
import asyncio, pathlib, sys
import commerce.app.asgi
from uuid import UUID
from commerce.kernel import clock
from commerce.platform.database import Database
from commerce.price_engine import open_bundle
from commerce.till.write_bundle import Till, write_bundle

async def main():
    db = Database(sys.argv[1])
    till = Till(channel_id=UUID(sys.argv[2]), location_id=UUID(sys.argv[3]))
    written = await write_bundle(db, till, since=None, at=clock.now())
    status = pathlib.Path("/proc/self/status").read_text()
    most = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    count = sum(piece.count(b'"sku"') for piece in written.spool.plain())
    await db.close()
    print(f'{{"most_mb": {most:.1f}, "articles": {count}, "mb": {written.spool.plain_bytes / 1e6:.1f}}}')

asyncio.run(main())
"""


class Measured(msgspec.Struct):
    """What the process says of itself; a piece may end within a name, so that `articles` may be some too few."""

    most_mb: float
    articles: int
    mb: float


def measured(dsn: str, channel_id: UUID, location_id: UUID) -> Measured:
    """Writes a bundle in a process of its own."""
    program = [sys.executable, "-c", PROGRAM, dsn, str(channel_id), str(location_id)]
    done = subprocess.run(program, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return msgspec.json.decode(done.stdout, type=Measured)


@pytest.mark.parametrize("articles", [4_000, pytest.param(600_000, marks=pytest.mark.nightly)])
async def test_memory_does_not_grow_with_the_catalogue(db: Database, dsn: str, articles: int) -> None:
    shop = await checkout.shop(db)
    few = measured(dsn, shop.channel_id, shop.gracia)
    await fill(dsn, articles=articles, lists=5)
    many = measured(dsn, shop.channel_id, shop.gracia)
    assert many.articles > articles * 0.99
    assert many.mb > articles * 0.0005
    assert many.most_mb < few.most_mb + 30
    assert many.most_mb < 200
