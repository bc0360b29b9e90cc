"""Ask for a shadow run of a sourcing rule, and end one early."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, insert, update

from commerce import sourcing
from commerce.kernel.errors import invalid
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.platform.work import enqueue
from commerce.reporting import sourcing_queries as queries
from commerce.reporting.asked import channels_of
from commerce.reporting.schemas import SimulationIn
from commerce.reporting.sourcing_orders import count_sent
from commerce.reporting.sourcing_schemas import MOST_ORDERS, SourcingSimulationOut
from commerce.reporting.sourcing_tables import sourcing_simulations
from commerce.reporting.states import ENDED, SimulationState
from commerce.stores import Channels

RUN: Final = "reporting.simulate_sourcing"

_row = sourcing_simulations.c
INSERT = Statement(
    insert(sourcing_simulations).values(
        id=given("id", Uuid),
        rule_id=given("rule_id", Uuid),
        rule_version=given("rule_version", Integer),
        rule=given("rule", _row.rule.type),
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
    update(sourcing_simulations)
    .where(_row.id == given("id", Uuid), _row.rule_id == given("rule_id", Uuid), _row.state.not_in(ENDED))
    .values(state=SimulationState.CANCELLED.value, finished_at=given("at", _row.finished_at.type))
)


class SourcingSimulationDue(msgspec.Struct, frozen=True):
    """A shadow run that waits to be carried on."""

    simulation_id: UUID


async def start_sourcing_simulation(
    tx: Tx, channels: Channels, rule_id: UUID, data: SimulationIn, *, actor: str, at: datetime
) -> SourcingSimulationOut:
    """Run a rule as it is written now, draft or published, over the orders of a time that were sent, later and in the background.

    Refuses with NotFound an unknown rule; with InvalidInput a time that ends before it begins, is longer than 92 days, reaches into the
    future or has more than 50,000 such orders, and a channel that there is not.
    """
    of_channels = channels_of(data, channels, at)
    rule = await sourcing.rule_of(tx, rule_id)
    orders = await count_sent(tx, since=data.since, until=data.until, channels=of_channels, most=MOST_ORDERS + 1)
    if orders > MOST_ORDERS:
        raise invalid("/until", f"More than {MOST_ORDERS} orders were sent in this time; choose a shorter one.")
    simulation_id = new_id()
    await tx.execute(
        INSERT,
        id=simulation_id,
        rule_id=rule_id,
        rule_version=rule.version,
        rule=rule,
        since=data.since,
        until=data.until,
        channels=of_channels,
        actor=actor,
        orders=orders,
        at=at,
    )
    await enqueue(tx, RUN, SourcingSimulationDue(simulation_id), dedupe=f"{RUN}:{simulation_id}")
    tx.changed("sourcing_simulation", simulation_id, after=data)
    return await queries.simulation(tx, rule_id, simulation_id)


async def cancel_sourcing_simulation(
    tx: Tx, rule_id: UUID, simulation_id: UUID, *, at: datetime
) -> SourcingSimulationOut:
    """End a run; what it has counted so far stays. One that is over stays as it is. Refuses with NotFound."""
    await tx.execute(CANCEL, id=simulation_id, rule_id=rule_id, at=at)
    return await queries.simulation(tx, rule_id, simulation_id)
