"""One article that everybody wants: holds on one row, with stock that never ends."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from commerce import inventory
from commerce.inventory import Demand
from commerce.kernel import clock
from commerce.kernel.ids import HoldId, new_id
from tests.bench import pgbench
from tests.bench.house import FLOOR, House
from tests.bench.row import Row, Sides

CALLERS = 32
SECONDS = 10.0
USUAL_SECONDS = 3.0


@asynccontextmanager
async def stock_hot(house: House) -> AsyncIterator[Sides]:
    """Each caller keeps one unit of the same article at the same place, again and again; a hold is durable when the caller hears of it."""
    variant = random.Random(4).choice(house.world.variant_ids)
    place = house.world.stores[0]
    until = clock.now() + timedelta(hours=1)
    seconds = SECONDS * house.how.seconds / USUAL_SECONDS

    async def hold(_client: int, _count: int) -> None:
        await inventory.hold(house.db, [Demand(variant, place, 1)], until=until, hold_id=HoldId(new_id()))

    script = (
        f"UPDATE stock_levels SET reserved = reserved + 1 WHERE variant_id = '{variant}' AND location_id = '{place}' "
        "AND on_hand - reserved >= 1;"
    )
    yield Sides(
        ours=lambda: house.called(hold, clients=CALLERS, db=house.db, seconds=seconds),
        floor=lambda: pgbench.run(house, FLOOR, script, clients=CALLERS, seconds=seconds),
        says="the bare guarded UPDATE of the same row by pgbench",
        clients=CALLERS,
        seconds=seconds,
        data={"rows": 1, "connections": 8},
    )


ROWS = [Row(name="stock.hot", ready=stock_hot, goal=1.0)]
