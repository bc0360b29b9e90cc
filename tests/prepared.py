"""Have every statement that a run of the tests met parsed by PostgreSQL 15: `python -m tests.prepared FOLDER`.

A run with `COMMERCE_TEST_STATEMENTS=FOLDER` leaves the SQL of its statements there. Preparing them against the same tables finds whatever a
newer PostgreSQL alone understands, in seconds; what a statement then does is shown by the tests that run on both.
"""

import asyncio
import gc
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import msgspec

from commerce.app.migrate import migrate
from commerce.platform import embedded
from commerce.platform.statement import Statement

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")
# A run that left fewer than the program has at the least did not meet the program.
FEWEST = 1_000


def leave(folder: Path, name: str) -> None:
    """Writes down the SQL of all statements that this process has built."""
    folder.mkdir(parents=True, exist_ok=True)
    met = {each.sql for each in gc.get_objects() if isinstance(each, Statement)}
    (folder / f"{name}.json").write_bytes(msgspec.json.encode(sorted(met)))


async def refused(dsn: str, statements: set[str]) -> list[str]:
    """Gives what cannot be prepared, each with PostgreSQL's reason."""
    await migrate(dsn)
    connection = await asyncpg.connect(dsn, statement_cache_size=0)
    found = []
    try:
        for sql in sorted(statements):
            try:
                await connection.prepare(sql)
            except asyncpg.PostgresError as error:
                found.append(f"{error}\n{sql}\n")
    finally:
        await connection.close()
    return found


def main(folder: Path) -> int:
    """Prepares what a run left in a folder; 1 where anything is refused or next to nothing was left."""
    statements: set[str] = set()
    for file in folder.glob("*.json"):
        statements.update(msgspec.json.decode(file.read_bytes(), type=list[str]))
    if len(statements) < FEWEST:
        print(f"{folder} holds {len(statements)} statements: run all the tests with COMMERCE_TEST_STATEMENTS={folder}")
        return 1
    with TemporaryDirectory() as place:
        server = embedded.start(Path(place) / "postgres", durable=False, binaries=POSTGRES_15)
        try:
            wrong = asyncio.run(refused(server.dsn, statements))
        finally:
            server.stop()
            embedded.remove(server.data_dir)
    print(*wrong, f"{len(statements):,} statements on PostgreSQL 15, {len(wrong)} refused", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
