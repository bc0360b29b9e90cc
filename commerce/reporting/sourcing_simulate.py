"""Run a sourcing rule over the orders of a time that were sent: each is decided again from what stood on the shelves then.

Batch by batch, as simulations of promotions go: what is read is read outside of any transaction, one transaction adds the batch's sums and
records how far the run is. Killed, it goes on after the last batch that was committed; no order is counted twice. What is known of the past
and what is not: docs/decisions/0085-shadow-runs-of-sourcing-rules.md.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import fields
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, func, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce import sourcing, stores
from commerce.kernel import clock
from commerce.platform.database import Database, Reading, Tx
from commerce.platform.statement import Statement, given, unnested
from commerce.reporting import sourcing_queries as queries
from commerce.reporting.sourcing_orders import SentOrder, sent_orders, shelves_then
from commerce.reporting.sourcing_queries import SourcingSimulationRow
from commerce.reporting.sourcing_schemas import CHANGED_KEPT
from commerce.reporting.sourcing_start import SourcingSimulationDue
from commerce.reporting.sourcing_tables import (
    sourcing_simulation_figures,
    sourcing_simulation_orders,
    sourcing_simulations,
)
from commerce.reporting.sourcing_tally import Changed, SourcingFigures, SourcingTally
from commerce.reporting.states import SimulationState
from commerce.stores import Locations

BATCH: Final = 100
AT_ONCE: Final = 5
"""Orders that are decided before others get their turn in the process: some milliseconds."""

_row = sourcing_simulations.c
BEGIN = Statement(
    update(sourcing_simulations)
    .where(
        _row.id == given("id", Uuid),
        _row.state.in_([SimulationState.WAITING.value, SimulationState.RUNNING.value]),
    )
    .values(
        state=SimulationState.RUNNING.value,
        started_at=func.coalesce(_row.started_at, given("at", _row.started_at.type)),
    )
)
# Whoever else carries on the same run, and whoever does after it was cancelled, gets no row here, and with it no effect.
ADVANCE = Statement(
    update(sourcing_simulations)
    .where(
        _row.id == given("id", Uuid),
        _row.looked == given("expected_looked", Integer),
        _row.state == SimulationState.RUNNING.value,
    )
    .values(
        looked=_row.looked + given("looked", Integer),
        after_at=given("after_at", _row.after_at.type),
        after_id=given("after_id", Uuid),
    )
)
FINISH = Statement(
    update(sourcing_simulations)
    .where(_row.id == given("id", Uuid), _row.state == SimulationState.RUNNING.value)
    .values(state=SimulationState.DONE.value, finished_at=given("at", _row.finished_at.type))
)
COUNTS = [each.name for each in fields(SourcingFigures)]
_figure = sourcing_simulation_figures.c
_new = unnested("new", currency=Text, **{name: _figure[name].type for name in COUNTS})
_added = insert(sourcing_simulation_figures).from_select(
    ["simulation_id", "currency", *COUNTS],
    select(given("simulation_id", Uuid), _new.c.currency, *(_new.c[name] for name in COUNTS)).order_by(_new.c.currency),
)
ADD_FIGURES = Statement(
    _added.on_conflict_do_update(
        index_elements=["simulation_id", "currency"],
        set_={name: _figure[name] + _added.excluded[name] for name in COUNTS},
    )
)
_of_order = sourcing_simulation_orders.c
KEPT = Statement(
    select(func.count())
    .select_from(sourcing_simulation_orders)
    .where(_of_order.simulation_id == given("simulation_id", Uuid))
)
KEEP_ORDER = Statement(
    insert(sourcing_simulation_orders).values(
        simulation_id=given("simulation_id", Uuid),
        order_id=given("order_id", Uuid),
        places_before=given("places_before", _of_order.places_before.type),
        places_after=given("places_after", _of_order.places_after.type),
        short_units=given("short_units", Integer),
    )
)


async def simulate_sourcing(db: Database, due: SourcingSimulationDue) -> None:
    """Carries a run on to its end; right to be run again at any time, by anybody."""
    if not await db.transact(_begin, due.simulation_id):
        return
    row = await queries.simulation_row(db.reading, due.simulation_id)
    if row is None:
        return
    while orders := await _next_orders(db.reading, row):
        last = orders[-1]
        tally = await _counted(db.reading, row, orders, await stores.locations(db.reading))
        if not await db.transact(_advance, row, tally, last):
            return
        row = msgspec.structs.replace(row, looked=row.looked + tally.looked, after_at=last.opened_at, after_id=last.id)
    await db.transact(_finish, row.id)


async def _begin(tx: Tx, simulation_id: UUID) -> int:
    return await tx.execute(BEGIN, id=simulation_id, at=clock.now())


async def _next_orders(reading: Reading, row: SourcingSimulationRow) -> list[SentOrder]:
    after = None if row.after_at is None or row.after_id is None else (row.after_at, row.after_id)
    return await sent_orders(reading, since=row.since, until=row.until, channels=row.channels, after=after, most=BATCH)


async def _counted(
    reading: Reading, row: SourcingSimulationRow, orders: Sequence[SentOrder], places: Locations
) -> SourcingTally:
    """Decides each order again and adds it up; others get their turn in between."""
    shelves = await shelves_then(reading, orders)
    said = await sourcing.rates_then(reading, {order.currency for order in orders})
    tally = SourcingTally()
    for nth, order in enumerate(orders):
        if nth % AT_ONCE == 0:
            await asyncio.sleep(0)
        tally.add(order, shelves[nth], row.rule, places, said)
    return tally


async def _advance(tx: Tx, row: SourcingSimulationRow, tally: SourcingTally, last: SentOrder) -> bool:
    advanced = await tx.execute(
        ADVANCE,
        id=row.id,
        expected_looked=row.looked,
        looked=tally.looked,
        after_at=last.opened_at,
        after_id=last.id,
    )
    if advanced:
        await tx.execute(
            ADD_FIGURES,
            simulation_id=row.id,
            currency=list(tally.figures),
            **{name: [getattr(sums, name) for sums in tally.figures.values()] for name in COUNTS},
        )
        await _keep(tx, row.id, tally.changed)
    return bool(advanced)


async def _keep(tx: Tx, simulation_id: UUID, changed: Sequence[Changed]) -> None:
    """Keeps the first orders that change, to the bound; at most as many statements as a batch has orders."""
    if not changed:
        return
    kept: int = await tx.fetch_value(KEPT, simulation_id=simulation_id)
    for each in changed[: max(0, CHANGED_KEPT - kept)]:
        await tx.execute(
            KEEP_ORDER,
            simulation_id=simulation_id,
            order_id=each.order_id,
            places_before=list(each.before),
            places_after=list(each.after),
            short_units=each.short_units,
        )


async def _finish(tx: Tx, simulation_id: UUID) -> None:
    await tx.execute(FINISH, id=simulation_id, at=clock.now())
