"""Shadow runs of sourcing rules as the back office sees them."""

from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import Integer, Uuid, or_, select

from commerce import sourcing
from commerce.kernel.errors import NotFound
from commerce.kernel.money import Money
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
from commerce.reporting.schemas import SimulationProgressOut
from commerce.reporting.sourcing_schemas import ResourcedOrderOut, SourcingFiguresOut, SourcingSimulationOut
from commerce.reporting.sourcing_tables import (
    sourcing_simulation_figures,
    sourcing_simulation_orders,
    sourcing_simulations,
)
from commerce.reporting.states import SimulationState
from commerce.sourcing import Rule


class SourcingSimulationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it is stored."""

    id: UUID
    rule_id: UUID
    rule_version: int
    rule: Rule
    since: datetime
    until: datetime
    channels: tuple[UUID, ...]
    state: SimulationState
    orders: int
    looked: int
    after_at: datetime | None
    after_id: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


_row, _order = sourcing_simulations.c, sourcing_simulation_orders.c
_columns = [_row[name] for name in SourcingSimulationRow.__struct_fields__]
ONE = Statement(select(*_columns).where(_row.id == given("id", Uuid)), into=SourcingSimulationRow)
PAGE = Statement(
    select(*_columns)
    .where(
        _row.rule_id == given("rule_id", Uuid),
        or_(given("before", Uuid).is_(None), _row.id < given("before", Uuid)),
    )
    .order_by(_row.id.desc())
    .limit(given("most", Integer)),
    into=SourcingSimulationRow,
)
FIGURES = Statement(
    select(sourcing_simulation_figures)
    .where(sourcing_simulation_figures.c.simulation_id == given("id", Uuid))
    .order_by(sourcing_simulation_figures.c.currency)
)
CHANGED = Statement(
    select(_order.order_id, _order.places_before, _order.places_after, _order.short_units)
    .where(
        _order.simulation_id == given("id", Uuid),
        or_(given("after", Uuid).is_(None), _order.order_id > given("after", Uuid)),
    )
    .order_by(_order.order_id)
    .limit(given("most", Integer)),
    into=ResourcedOrderOut,
)
AS_THEY_ARE = [
    name for name in SourcingFiguresOut.__struct_fields__ if name not in {"currency", "cost_before", "cost_after"}
]


async def simulation_row(reads: Reads, simulation_id: UUID) -> SourcingSimulationRow | None:
    """Gives a run as it is stored, or None."""
    return await reads.fetch_one(ONE, id=simulation_id)


async def simulation(reads: Reads, rule_id: UUID, simulation_id: UUID) -> SourcingSimulationOut:
    """Gives a run of a rule with its figures so far; refuses with NotFound."""
    row = await _found(reads, rule_id, simulation_id)
    return _out(row, [_figures(each) for each in await reads.fetch(FIGURES, id=simulation_id)])


async def simulations_page(
    reads: Reads, rule_id: UUID, *, before: UUID | None, most: int
) -> list[SourcingSimulationOut]:
    """Gives up to `most` runs of a rule, the latest first, before the one named, without figures; refuses with NotFound an unknown rule."""
    rows = await reads.fetch(PAGE, rule_id=rule_id, before=before, most=most)
    if not rows:
        await sourcing.rule_of(reads, rule_id)
    return [_out(row, []) for row in rows]


async def changed_page(
    reads: Reads, rule_id: UUID, simulation_id: UUID, *, after: UUID | None, most: int
) -> list[ResourcedOrderOut]:
    """Gives up to `most` orders that a run would have sent otherwise, by id, after the one named; refuses with NotFound."""
    await _found(reads, rule_id, simulation_id)
    return await reads.fetch(CHANGED, id=simulation_id, after=after, most=most)


async def _found(reads: Reads, rule_id: UUID, simulation_id: UUID) -> SourcingSimulationRow:
    row = await simulation_row(reads, simulation_id)
    if row is None or row.rule_id != rule_id:
        raise NotFound("There is no such simulation of this sourcing rule.")
    return row


def _out(row: SourcingSimulationRow, figures: list[SourcingFiguresOut]) -> SourcingSimulationOut:
    return SourcingSimulationOut(
        id=row.id,
        rule_id=row.rule_id,
        rule_version=row.rule_version,
        state=row.state,
        since=row.since,
        until=row.until,
        channels=list(row.channels),
        progress=SimulationProgressOut(done=row.looked, total=max(row.orders, row.looked)),
        figures=figures,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _figures(row: Record) -> SourcingFiguresOut:
    currency = row["currency"]
    return SourcingFiguresOut(
        currency=currency,
        cost_before=Money(row["cost_before"], currency),
        cost_after=Money(row["cost_after"], currency),
        **{name: row[name] for name in AS_THEY_ARE},
    )
