"""Prints the hit rates: `python -m tests.relevance [--second] [--whole]`."""

import asyncio
import sys
from pathlib import Path
from tempfile import mkdtemp

import asyncpg

from commerce.platform import embedded, events
from commerce.platform.database import Database
from commerce.platform.schema import create_all
from tests.databases import on
from tests.relevance.measure import Outcome, measure
from tests.relevance.queries import queries
from tests.relevance.shop import build


async def _run(dsn: str, *, second: bool, whole: bool) -> None:
    admin = await asyncpg.connect(dsn)
    await admin.execute("CREATE DATABASE relevance")
    await admin.close()
    await create_all(on(dsn, "relevance"))
    db = Database(on(dsn, "relevance"), before_commit=events.store)
    titles = await build(db, whole=whole)
    for half in (False, True) if second else (False,):
        asked = [query for query in queries() if query.second is half]
        _print("second half" if half else "first half", await measure(db, titles, asked))
    await db.close()


def _print(name: str, outcome: Outcome) -> None:
    print(f"{name}: {outcome.rate:.1%} of {outcome.asked}")
    for kind, (hits, asked) in outcome.by_kind.items():
        print(f"  {kind:10} {hits:3} of {asked:3}")
    for miss in outcome.misses:
        print(f"  missed [{miss.query.kind}, {miss.query.language}] {miss.query.text!r}: {', '.join(miss.came) or '-'}")


def main() -> None:
    """Starts a database for the occasion, and throws it away."""
    server = embedded.start(Path(mkdtemp()), durable=False)
    try:
        asyncio.run(_run(server.dsn, second="--second" in sys.argv, whole="--whole" in sys.argv))
    finally:
        server.stop()
        embedded.remove(server.data_dir)


if __name__ == "__main__":
    main()
