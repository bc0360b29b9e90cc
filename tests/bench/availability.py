"""A basket of ten lines over five hundred stores: how long the server takes to say where it can be had and by when."""

import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from statistics import median, quantiles

from commerce import inventory
from commerce.inventory import Cause
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Database
from commerce.promise.source import sourced
from tests.bench import machine
from tests.bench.house import EMPTY, SERVER, House, create_database, store
from tests.bench.load import Connection, request
from tests.bench.row import Figures
from tests.given import catalog as given_catalog, pricing as given_pricing, stores as given_stores

PLACES = "bench_places"
STORES, LINES, ASKED = 500, 10, 200
ZONES = ("Europe/Madrid", "Atlantic/Canary", "Europe/Lisbon", "America/New_York")
HOLDS = 0.8  # the share of the articles that a store has


async def availability(house: House) -> Mapping[str, float]:
    """Asks one after the other, for baskets near a point and for all that have everything; times are of the answers, and of sourcing alone."""
    async with _places(house) as (db, variants):
        environment = {**house.environment, "DATABASE_URL": house.dsn(PLACES)}
        with machine.application(SERVER, environment) as running:
            connection = await Connection.open(running.url)
            times = await _asked(connection, variants)
            connection.close()
        lines = [(variant, 1) for variant in variants]
        decisions: list[float] = []
        for _ in range(ASKED // 4):
            began = time.perf_counter()
            await sourced(db.reading, lines, clock.now())
            decisions.append((time.perf_counter() - began) * 1e3)
    return {
        "p50_ms": median(times),
        "p99_ms": quantiles(times, n=100)[98],
        "sourced_p50_ms": median(decisions),
        "stores": STORES,
        "lines": LINES,
    }


@asynccontextmanager
async def _places(house: House) -> AsyncIterator[tuple[Database, list[VariantId]]]:
    await create_database(house.postgres, PLACES, template=EMPTY)
    db = Database(house.dsn(PLACES), before_commit=store)
    try:
        yield db, await filled(db)
    finally:
        await db.close()


async def filled(db: Database) -> list[VariantId]:
    """Makes a channel, ten articles, five hundred stores with hours, cut-offs, limits of orders a day and a queue, and their stock."""
    dice = random.Random(7)
    await given_stores.channel(db)
    await given_pricing.delivery_method(db)
    variants = await given_catalog.variants(db, LINES)
    entries: list[tuple[VariantId, LocationId, int]] = []
    for nth in range(STORES):
        place = await given_stores.location(
            db,
            f"store-{nth:03}",
            timezone=ZONES[nth % len(ZONES)],
            latitude=36 + dice.random() * 7,
            longitude=-9 + dice.random() * 12,
            ships=nth % 2 == 0,
            minutes_per_order=10 if nth % 5 == 0 else 0,
        )
        if nth % 4 == 0:
            await given_stores.service(db, place, cutoffs=dict.fromkeys(range(1, 6), "18:00"), daily_capacity=200)
        entries += [(each, place, dice.randint(1, 9)) for each in variants if dice.random() < HOLDS]
    cause = Cause("goods_receipt", None, "service:bench")
    for start in range(0, len(entries), 500):
        await db.transact(inventory.receive, entries[start : start + 500], cause, f"bench:{new_id()}")
    return variants


async def _asked(connection: Connection, variants: list[VariantId]) -> list[float]:
    basket = "&".join(f"variant_id={each}&quantity=1" for each in variants)
    times: list[float] = []
    for nth in range(ASKED + 20):
        query = f"{basket}&near={37 + nth % 6}.5,{nth % 9 - 8}.25&limit=24"
        asked = request("GET", f"/v1/availability?{query}{'&only_available=true' if nth % 2 else ''}")
        began = time.perf_counter()
        await connection.expect(200, asked)
        times.append((time.perf_counter() - began) * 1e3)
    return times[20:]


ROWS = [Figures(name="availability", measure=availability)]
