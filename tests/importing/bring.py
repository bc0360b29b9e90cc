"""Brings a file in as a process of its own, and tells what it came to and what it needed: `python -m tests.importing.bring DSN FILE LOCATION`."""

import asyncio
import sys
import time
from pathlib import Path
from uuid import UUID

import msgspec

from commerce.importing import ImportCountsOut, ImportOf, import_file
from commerce.platform import events
from commerce.platform.database import Database


class Brought(msgspec.Struct, frozen=True):
    """What became of the file, how many rows could not go in, on the clock and on the processor, and the most memory at any time."""

    counts: ImportCountsOut
    errors: int
    seconds: float
    cpu_seconds: float
    peak_mb: float


async def bring(dsn: str, file: Path, location: UUID) -> Brought:
    """Brings it in."""
    db = Database(dsn, before_commit=events.store)
    began, cpu = time.perf_counter(), time.process_time()
    try:
        job = await import_file(db, file, ImportOf(currency="EUR", location_id=location), actor="service:test")
    finally:
        await db.close()
    status = Path("/proc/self/status").read_text()
    return Brought(
        counts=job.counts,
        errors=job.error_count,
        seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - cpu,
        peak_mb=int(status.partition("VmHWM:")[2].split()[0]) / 1024,
    )


if __name__ == "__main__":
    brought = asyncio.run(bring(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3])))
    print(msgspec.json.encode(brought).decode())
