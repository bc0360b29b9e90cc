"""The floors that stand in PostgreSQL itself: `pgbench`, with as many clients."""

import asyncio
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from commerce.platform import embedded
from tests.bench import machine
from tests.bench.house import House, Sample
from tests.bench.load import RefusedError

THREADS = 2
_DONE = re.compile(r"number of transactions actually processed: (\d+)")
_FAILED = re.compile(r"number of failed transactions: (\d+)")
_TPS = re.compile(r"tps = ([0-9.]+)")
_LATENCY = re.compile(r"latency average = ([0-9.]+) ms")


async def run(house: House, database: str, script: str, *, clients: int, seconds: float) -> Sample:
    """Runs a script for a time and gives transactions per second with the database's CPU for each."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "script.sql"
        path.write_text(script)
        command = [str(embedded.binaries() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients)]
        command += ["-j", str(min(THREADS, clients)), "-T", str(max(round(seconds), 1)), "-f", str(path)]
        before = machine.cpu_seconds(house.postgres.pid)
        process = await asyncio.create_subprocess_exec(
            *command,
            house.dsn(database),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C"},
        )
        said = (await process.communicate())[0].decode()
        used = machine.cpu_seconds(house.postgres.pid) - before
    done, failed, tps, latency = (pattern.search(said) for pattern in (_DONE, _FAILED, _TPS, _LATENCY))
    if process.returncode or not (done and tps and latency) or (failed and int(failed.group(1))):
        raise RefusedError(f"pgbench: {said[-600:]}")
    count = int(done.group(1))
    return Sample(rps=float(tps.group(1)), p50_ms=float(latency.group(1)), cpu_us={"database": used * 1e6 / count})
