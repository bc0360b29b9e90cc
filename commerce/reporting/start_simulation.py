"""Ask for a simulation, and end one early."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, insert, update
from sqlalchemy.dialects.postgresql import JSONB

from commerce import promotions
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.platform.work import enqueue
from commerce.reporting import queries
from commerce.reporting.asked import channels_of
from commerce.reporting.schemas import SimulationIn, SimulationOut
from commerce.reporting.sold_orders import count_sold
from commerce.reporting.states import ENDED, SimulationState
from commerce.reporting.tables import simulations
from commerce.stores import Channels

RUN: Final = "reporting.simulate"

_row = simulations.c
INSERT = Statement(
    insert(simulations).values(
        id=given("id", Uuid),
        promotion_id=given("promotion_id", Uuid),
        promotion_version=given("promotion_version", Integer),
        rule=given("rule", JSONB),
        since=given("since", _row.since.type),
        until=given("until", _row.until.type),
        channels=given("channels", _row.channels.type),
        state=SimulationState.WAITING.value,
        actor=given("actor", _row.actor.type),
        orders=given("orders", Integer),
        created_at=given("at", _row.created_at.type),
    )
)
CANCEL = Statement(
    update(simulations)
    .where(_row.id == given("id", Uuid), _row.promotion_id == given("promotion_id", Uuid), _row.state.not_in(ENDED))
    .values(state=SimulationState.CANCELLED.value, finished_at=given("at", _row.finished_at.type))
)


class SimulationDue(msgspec.Struct, frozen=True):
    """A simulation that waits to be carried on."""

    simulation_id: UUID


async def start_simulation(
    tx: Tx,
    channels: Channels,
    promotion_id: UUID,
    data: SimulationIn,
    *,
    actor: str,
    at: datetime,
    with_costs: bool,
) -> SimulationOut:
    """Run a promotion as it is written now, draft or published, over the placed orders of a time, later and in the background.

    Refuses with NotFound an unknown promotion; with InvalidInput a time that ends before it begins, is longer than 92 days or
    reaches into the future, and a channel that there is not.
    """
    of_channels = channels_of(data, channels, at)
    rule = await promotions.promotion_of(tx, promotion_id)
    simulation_id = new_id()
    await tx.execute(
        INSERT,
        id=simulation_id,
        promotion_id=promotion_id,
        promotion_version=rule.version,
        rule=rule,
        since=data.since,
        until=data.until,
        channels=of_channels,
        actor=actor,
        orders=await count_sold(tx, since=data.since, until=data.until, channels=of_channels),
        at=at,
    )
    await enqueue(tx, RUN, SimulationDue(simulation_id), dedupe=f"{RUN}:{simulation_id}")
    tx.changed("simulation", simulation_id, after=data)
    return await queries.simulation(tx, promotion_id, simulation_id, with_costs=with_costs)


async def cancel_simulation(
    tx: Tx, promotion_id: UUID, simulation_id: UUID, *, at: datetime, with_costs: bool
) -> SimulationOut:
    """End a simulation; what it has counted so far stays. One that is over stays as it is. Refuses with NotFound."""
    await tx.execute(CANCEL, id=simulation_id, promotion_id=promotion_id, at=at)
    return await queries.simulation(tx, promotion_id, simulation_id, with_costs=with_costs)
