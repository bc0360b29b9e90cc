"""Figures without a floor: how long the proof takes, how soon a started server answers, how much memory its processes hold."""

import time
from collections.abc import Mapping

from sqlalchemy import func, select

from commerce.app.proof import audit
from commerce.orders.tables import orders
from commerce.platform.statement import Statement
from tests.bench import machine
from tests.bench.house import SERVER, SHOP, House
from tests.bench.load import RefusedError
from tests.bench.row import Figures

ORDERS = Statement(select(func.count()).select_from(orders))


async def proof(house: House) -> Mapping[str, float]:
    """Runs `commerce audit` on the shop as the rows before this one have left it."""
    began = time.perf_counter()
    findings = await audit(house.dsn(SHOP))
    seconds = time.perf_counter() - began
    if broken := [f"{each.code} {each.name}: {each.rows}" for each in findings if each.rows]:
        raise RefusedError(f"promises are broken: {', '.join(broken)}")
    return {"seconds": seconds, "checks": len(findings), "orders": await house.db.reading.fetch_value(ORDERS)}


async def start(house: House) -> Mapping[str, float]:
    """Starts another server on the same database, and stops it."""
    with machine.application(SERVER, house.environment) as running:
        return {"seconds": running.started_seconds}


async def memory(house: House) -> Mapping[str, float]:
    """Reads the resident memory of the server's processes, after all the rows before this one."""
    return {f"server_{name}": megabytes for name, megabytes in house.server.memory_mb().items()}


ROWS = [
    Figures(name="audit", measure=proof),
    Figures(name="start", measure=start),
    Figures(name="rss_mb", measure=memory),
]
