"""`python -m tests.replay`: plays a retailer's year of invoices through the stock ledger, twice, and compares it with a reckoning of the file.

Prints progress on standard error and one line of figures, as JSON, on standard output. 1 when a balance is off by a unit, or when the second
run changed something.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvloop

from commerce.inventory.audit import CHECKS
from commerce.platform import embedded, events
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.schema import create_all
from tests.replay import history, play, reckon


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays and compares."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description=__doc__)
    parser.add_argument("--data", type=Path, default=history.REAL, help="a file in the format of the data set")
    parser.add_argument("--twin", action="store_true", help="play the small made-up file that is committed")
    parser.add_argument("--once", action="store_true", help="leave the second run out")
    given = parser.parse_args(arguments)
    data = history.TWIN if given.twin else given.data
    if not data.is_file():
        parser.error(f"there is no data at {data}: see shared/data/README.md, or give --data")
    folder = Path(tempfile.mkdtemp(prefix="replay-"))
    server = embedded.start(folder)
    try:
        figures = uvloop.run(replay(server.dsn, data, once=given.once))
    finally:
        server.stop()
        embedded.remove(folder)
    print(json.dumps(figures))
    return 0 if figures["wrong"] == figures["moved_again"] == figures["audit_findings"] == 0 else 1


async def replay(dsn: str, data: Path, *, once: bool = False) -> dict[str, Any]:
    """Plays a file into an empty database; gives the figures."""
    began = time.perf_counter()
    _say(f"reading {data.name}")
    told = history.read(data)
    await create_all(dsn)
    db = Database(dsn, before_commit=events.store)
    try:
        shop = await play.build(db, told)
        prepared = time.perf_counter() - began
        _say(f"{len(told.invoices)} invoices, {len(told.articles)} articles, ready after {prepared:.0f} s")
        first = await play.play(db, shop, told.invoices, lambda done, of: _say(f"{done} of {of} invoices"))
        moved = await play.movements(db)
        again = None if once else await play.play(db, shop, told.invoices)
        moved_again = await play.movements(db) - moved
        _say("reckoning")
        _, closing, units = reckon.reckon(data)
        wanted = {at: left for at, left in closing.items() if left}
        held = await play.balances(db, shop)
        findings = [finding for finding in await run_checks(db.reading, CHECKS) if finding.rows]
        booked = await play.units_moved(db)
        return {
            "lines": told.lines,
            "skipped": dict(told.skipped),
            "invoices": len(told.invoices),
            "articles": len(told.articles),
            "shelves": len(closing),
            "movements": moved,
            "units": units,
            "units_booked": {kind: booked.get(kind, 0) for kind in ("sale", "return", "write_off")},
            "prepare_seconds": round(prepared, 1),
            "play_seconds": round(first, 1),
            "again_seconds": None if again is None else round(again, 1),
            "moved_again": moved_again,
            "wrong": len({at for at in wanted.keys() | held.keys() if wanted.get(at, 0) != held.get(at, 0)}),
            "audit_findings": len(findings),
        }
    finally:
        await db.close()


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
