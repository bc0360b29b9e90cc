"""A catalogue comes in: variants per second of a file in Shopify's format, with prices and first stock, into an empty shop."""

import csv
import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from commerce.importing import ImportCountsOut, ImportOf, import_file
from commerce.kernel.ids import LocationId
from commerce.platform.database import Database
from commerce.platform.tables import metadata
from tests.bench import machine, world
from tests.bench.house import EMPTY, House, Sample, create_database, store
from tests.bench.load import RefusedError
from tests.bench.row import Row, Sides
from tests.bench.same_rows import COLUMNS
from tests.given import pricing as given_pricing, stores as given_stores

READY, IMPORTED, COPIED, AGAIN = "bench_ready", "bench_imported", "bench_copied", "bench_again"
TIMES = 5
BY_TRIGGER = {"variant_barcodes"}  # filled from what is copied into another table, for the floor as for the import
HEADER = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,"
    "Variant Inventory Qty,Variant Price,Variant Requires Shipping,Variant Barcode,Image Src,Status"
).split(",")


@dataclass(frozen=True)
class _Rows:
    """What an import wrote to one table, as PostgreSQL's own text for COPY."""

    table: str
    columns: list[str]
    text: bytes


@asynccontextmanager
async def imported(house: House) -> AsyncIterator[Sides]:
    """Brings the same file into a new copy of an empty shop in each round; its floor copies the rows that this made."""
    await create_database(house.postgres, READY, template=EMPTY)
    db = Database(house.dsn(READY), before_commit=store)
    await given_stores.channel(db)
    location = await given_stores.location(db)
    await given_pricing.taxes(db)
    await db.close()
    products = house.how.products * TIMES
    file = catalogue(products)
    variants = products * len(world.OPTIONS)

    since = 0

    async def ours() -> Sample:
        nonlocal since
        since = await _last_transaction(house)
        return await _import(house, file, location, variants)

    async def floor() -> Sample:
        return await _copy(house, await _written(house, since), variants)

    yield Sides(
        ours=ours,
        floor=floor,
        says="COPY of the same rows into the same tables, in one transaction",
        clients=1,
        seconds=0,
        data={"products": products, "variants": variants, "bytes": len(file)},
    )


def catalogue(products: int) -> bytes:
    """Gives a product CSV as merchants export it."""
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(HEADER)
    for nth in range(products):
        name = world.title(nth)
        body = f"<p>A {name.lower()} for every day, <em>made to last</em>.</p><p>Care: wipe with a damp cloth.</p>"
        more = [f"Maker {nth % 40}", name.split()[1], "home, everyday", "TRUE"]
        for option, size in enumerate(world.OPTIONS):
            own = [name, body, *more] if option == 0 else [""] * 6
            price = f"{5 + nth % 90}.{option}9"
            image = f"https://images.example.com/{nth}.jpg" if option == 0 else ""
            codes = [f"I-{nth}-{option}", "500", "20", price, "TRUE", world.barcode(nth, option)]
            sheet.writerow([f"import-{nth}", *own, "Size" if option == 0 else "", size, *codes, image, "active"])
    return text.getvalue().encode()


async def _last_transaction(house: House) -> int:
    connection = await asyncpg.connect(house.dsn(READY))
    try:
        return int(await connection.fetchval("SELECT pg_current_xact_id()::text"))
    finally:
        await connection.close()


async def _import(house: House, file: bytes, location: LocationId, variants: int) -> Sample:
    await create_database(house.postgres, IMPORTED, template=READY)
    db = Database(house.dsn(IMPORTED), before_commit=store)
    await db.reading.fetch(world.NEWEST_FIRST)  # a connection is there
    cpu, own, sent, began = (
        machine.cpu_seconds(house.postgres.pid),
        time.process_time(),
        db.statements,
        time.perf_counter(),
    )
    job = await import_file(db, io.BytesIO(file), ImportOf(currency="EUR", location_id=location), actor="service:bench")
    seconds = time.perf_counter() - began
    cpu, own = machine.cpu_seconds(house.postgres.pid) - cpu, time.process_time() - own
    statements = db.statements - sent
    await db.close()
    if job.counts.variants_created != variants or job.error_count:
        raise RefusedError(f"{job.counts.variants_created} of {variants} variants came in; {job.errors[:3]}")
    used = {"server": own * 1e6 / variants, "database": cpu * 1e6 / variants}
    return Sample(rps=variants / seconds, cpu_us=used, sql=statements / variants)


async def _written(house: House, since: int) -> list[_Rows]:
    """Gives the rows of every table that the import filled, in the order in which they refer to one another."""
    before = await asyncpg.connect(house.dsn(READY))
    after = await asyncpg.connect(house.dsn(IMPORTED))
    found: list[_Rows] = []
    try:
        for name in [table.name for table in metadata.sorted_tables]:
            count = f"SELECT count(*) FROM {name}"
            added = await after.fetchval(count) - await before.fetchval(count)
            if not added or name in BY_TRIGGER:
                continue
            written = f"FROM {name} WHERE xmin::text::bigint > {since}"
            if await after.fetchval(f"SELECT count(*) {written}") != added:
                raise RefusedError(f"the import changed rows of {name} that were there before")
            columns = [row["name"] for row in await after.fetch(COLUMNS, name)]
            text = io.BytesIO()
            listed = ", ".join(f'"{column}"' for column in columns)
            await after.copy_from_query(f"SELECT {listed} {written}", output=text)
            found.append(_Rows(name, columns, text.getvalue()))
    finally:
        await before.close()
        await after.close()
    return found


async def _copy(house: House, rows: list[_Rows], variants: int) -> Sample:
    await create_database(house.postgres, COPIED, template=READY)
    connection = await asyncpg.connect(house.dsn(COPIED))
    try:
        cpu, own, began = machine.cpu_seconds(house.postgres.pid), time.process_time(), time.perf_counter()
        async with connection.transaction():
            for each in rows:
                await connection.copy_to_table(each.table, columns=each.columns, source=io.BytesIO(each.text))
        seconds = time.perf_counter() - began
        cpu, own = machine.cpu_seconds(house.postgres.pid) - cpu, time.process_time() - own
    finally:
        await connection.close()
    return Sample(rps=variants / seconds, cpu_us={"server": own * 1e6 / variants, "database": cpu * 1e6 / variants})


@asynccontextmanager
async def imported_again(house: House) -> AsyncIterator[Sides]:
    """Brings a file in once, and again in each round: nothing of it changes."""
    await create_database(house.postgres, AGAIN, template=EMPTY)
    db = Database(house.dsn(AGAIN), before_commit=store)
    await given_stores.channel(db)
    location = await given_stores.location(db)
    await given_pricing.taxes(db)
    products = house.how.products * TIMES
    file = catalogue(products)
    variants = products * len(world.OPTIONS)
    how = ImportOf(currency="EUR", location_id=location)
    await import_file(db, io.BytesIO(file), how, actor="service:bench")

    async def ours() -> Sample:
        cpu, own, sent = machine.cpu_seconds(house.postgres.pid), time.process_time(), db.statements
        began = time.perf_counter()
        job = await import_file(db, io.BytesIO(file), how, actor="service:bench")
        seconds = time.perf_counter() - began
        if job.counts != ImportCountsOut(products_unchanged=products):
            raise RefusedError(f"the same file changed something: {job.counts}")
        used = {
            "server": (time.process_time() - own) * 1e6 / variants,
            "database": (machine.cpu_seconds(house.postgres.pid) - cpu) * 1e6 / variants,
        }
        return Sample(rps=variants / seconds, cpu_us=used, sql=(db.statements - sent) / variants)

    yield Sides(ours=ours, clients=1, seconds=0, data={"products": products, "variants": variants})
    await db.close()


ROWS = [Row(name="import", ready=imported, goal=0.2), Row(name="import.again", ready=imported_again)]
