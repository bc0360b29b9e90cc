"""Run a promotion over the orders of a time: each is priced again without it and with it.

Batch by batch: orders are read and priced outside of any transaction, then one transaction adds the batch's sums and records how far the
simulation is. So a run that was killed goes on after the last batch that was committed, and no order is counted twice. Which instant, which
promotions, which codes: docs/decisions/0070-simulations.md.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import Integer, Text, Uuid, func, update

from commerce.kernel import clock
from commerce.platform.database import Database, Reading, Tx
from commerce.platform.statement import Statement, given
from commerce.price_engine import ALWAYS, CannotPrice, Circumstances, Promotion, PromotionIndex, price
from commerce.reporting import queries
from commerce.reporting.add_sums import add_sums
from commerce.reporting.known import Knowledge, gather
from commerce.reporting.live_rules import LiveRules
from commerce.reporting.queries import SimulationRow
from commerce.reporting.rebuild import rebuilt
from commerce.reporting.sold_orders import SoldOrder, sold_orders
from commerce.reporting.start_simulation import SimulationDue
from commerce.reporting.states import SimulationState
from commerce.reporting.tables import simulations
from commerce.reporting.tally import Tally

BATCH: Final = 200
AT_ONCE: Final = 10
"""Orders that are priced before others get their turn in the process: some milliseconds."""
SIMULATED_CODE: Final = "simulated"

_row = simulations.c
BEGIN = Statement(
    update(simulations)
    .where(
        _row.id == given("id", Uuid),
        _row.state.in_([SimulationState.WAITING.value, SimulationState.RUNNING.value]),
    )
    .values(
        state=SimulationState.RUNNING.value,
        started_at=func.coalesce(_row.started_at, given("at", _row.started_at.type)),
    )
)
# Whoever else carries on the same simulation, and whoever does after it was cancelled, gets no row here, and with it no effect.
ADVANCE = Statement(
    update(simulations)
    .where(
        _row.id == given("id", Uuid),
        _row.looked == given("expected_looked", Integer),
        _row.state == SimulationState.RUNNING.value,
    )
    .values(
        looked=_row.looked + given("looked", Integer),
        left_out=_row.left_out + given("left_out", Integer),
        after_at=given("after_at", _row.after_at.type),
        after_id=given("after_id", Uuid),
    )
)
FINISH = Statement(
    update(simulations)
    .where(_row.id == given("id", Uuid), _row.state == SimulationState.RUNNING.value)
    .values(state=given("state", Text), finished_at=given("at", _row.finished_at.type))
)


async def simulate(db: Database, due: SimulationDue) -> None:
    """Carries a simulation on to its end; right to be run again at any time, by anybody."""
    if not await db.transact(_begin, due.simulation_id):
        return
    row = await queries.simulation_row(db.reading, due.simulation_id)
    if row is None:
        return
    rule = as_run(row.rule)
    rules = await LiveRules.since(db.reading, rule, row.after_at or row.since)
    while orders := await _next_orders(db.reading, row):
        last = orders[-1]
        await rules.read(last.opened_at)
        knowledge = await gather(db.reading, orders, rules.gifts())
        tally = await _counted(rule, rules, orders, knowledge)
        if not await db.transact(_advance, row, tally, last):
            return
        row = replace(row, looked=row.looked + tally.looked, after_at=last.opened_at, after_id=last.id)
    await db.transact(_finish, row.id)


async def _begin(tx: Tx, simulation_id: UUID) -> int:
    return await tx.execute(BEGIN, id=simulation_id, at=clock.now())


async def _next_orders(reading: Reading, row: SimulationRow) -> list[SoldOrder]:
    after = None if row.after_at is None or row.after_id is None else (row.after_at, row.after_id)
    return await sold_orders(reading, since=row.since, until=row.until, channels=row.channels, after=after, most=BATCH)


async def _counted(rule: Promotion, rules: LiveRules, orders: Sequence[SoldOrder], knowledge: Knowledge) -> Tally:
    """Prices each order twice and adds it up; others get their turn in between."""
    tally = Tally()
    for place, order in enumerate(orders):
        if place % AT_ONCE == 0:
            await asyncio.sleep(0)
        count(tally, order, rule, *rules.at(order.opened_at), knowledge)
    return tally


def count(
    tally: Tally,
    order: SoldOrder,
    rule: Promotion,
    before: PromotionIndex,
    after: PromotionIndex,
    knowledge: Knowledge,
) -> None:
    """Adds one order, priced with the promotions of its instant and with the rule among them; one without a price is left out."""
    basket, facts = rebuilt(order, knowledge.of(order))
    try:
        was = price(basket, replace(facts, promotions=before))
        would_be = price(
            replace(basket, circumstances=_with_code(basket.circumstances, rule)), replace(facts, promotions=after)
        )
    except CannotPrice:
        tally.looked += 1
        tally.left_out += 1
        return
    tally.add(order, was, would_be, knowledge.costs_in(order.currency), rule.id)


def as_run(rule: Promotion) -> Promotion:
    """Gives a rule as it is simulated: in force for the whole time, whatever its own window, and never used up."""
    return replace(rule, window=ALWAYS, limited=False)


def _with_code(around: Circumstances, rule: Promotion) -> Circumstances:
    """Offers the rule's code, where it demands one: what is told is the most that it can cost."""
    if not rule.conditions.code or any(promotion == rule.id for _, promotion in around.codes):
        return around
    return replace(around, codes=(*around.codes, (SIMULATED_CODE, rule.id)))


async def _advance(tx: Tx, row: SimulationRow, tally: Tally, last: SoldOrder) -> bool:
    advanced = await tx.execute(
        ADVANCE,
        id=row.id,
        expected_looked=row.looked,
        looked=tally.looked,
        left_out=tally.left_out,
        after_at=last.opened_at,
        after_id=last.id,
    )
    if advanced:
        await add_sums(tx, row.id, tally)
    return bool(advanced)


async def _finish(tx: Tx, simulation_id: UUID) -> None:
    at: datetime = clock.now()
    await tx.execute(FINISH, id=simulation_id, state=SimulationState.DONE, at=at)
