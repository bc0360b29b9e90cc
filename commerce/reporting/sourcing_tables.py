"""Rows of shadow runs of sourcing rules: what is run over what, how far it is, and its sums so far."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.platform.tables import instant, key, metadata, one_of
from commerce.reporting.states import SimulationState

# A rule is named, not referred to: its words are kept here as they were run.
sourcing_simulations = Table(
    "sourcing_simulations",
    metadata,
    key(),
    Column("rule_id", Uuid, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("rule", JSONB, nullable=False),
    instant("since"),
    instant("until"),
    Column("channels", ARRAY(Uuid), nullable=False),  # none named: all of them
    Column("state", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("orders", Integer, nullable=False),  # to be looked at, as counted when it was asked for
    Column("looked", Integer, nullable=False, server_default="0"),
    instant("after_at", nullable=True),  # all orders up to this one are done
    Column("after_id", Uuid),
    instant("created_at"),
    instant("started_at", nullable=True),
    instant("finished_at", nullable=True),
    CheckConstraint(
        one_of("state", [each.value for each in SimulationState if each is not SimulationState.STOPPED]),
        name="state_known",
    ),
    CheckConstraint("since < until", name="window_has_a_length"),
    CheckConstraint("orders >= 0 AND looked >= 0", name="counts_not_negative"),
    CheckConstraint("(after_at IS NULL) = (after_id IS NULL)", name="place_is_whole"),
    CheckConstraint("(state IN ('done', 'cancelled')) = (finished_at IS NOT NULL)", name="finished_has_a_time"),
    Index("ix_sourcing_simulations_rule_id", "rule_id", "id"),
)

# `before` is as orders were sent, `after` as the rule would have sent them. Costs are minor units of the currency, of orders where the rule
# knows what each parcel costs before and after (`costed`); metres are summed over parcels of orders whose destination is known (`located`).
sourcing_simulation_figures = Table(
    "sourcing_simulation_figures",
    metadata,
    Column("simulation_id", Uuid, ForeignKey("sourcing_simulations.id"), primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("orders", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("short_orders", Integer, nullable=False),
    Column("short_units", BigInteger, nullable=False),
    Column("parcels_before", Integer, nullable=False),
    Column("parcels_after", Integer, nullable=False),
    Column("split_before", Integer, nullable=False),
    Column("split_after", Integer, nullable=False),
    Column("costed", Integer, nullable=False),
    Column("cost_before", BigInteger, nullable=False),
    Column("cost_after", BigInteger, nullable=False),
    Column("located", Integer, nullable=False),
    Column("metres_before", BigInteger, nullable=False),
    Column("metres_after", BigInteger, nullable=False),
    Column("inexact", Integer, nullable=False),
    CheckConstraint(
        "changed BETWEEN 0 AND orders AND short_orders BETWEEN 0 AND orders AND costed BETWEEN 0 AND orders"
        " AND located BETWEEN 0 AND orders AND inexact BETWEEN 0 AND orders"
        " AND split_before BETWEEN 0 AND orders AND split_after BETWEEN 0 AND orders",
        name="counts_bounded",
    ),
    CheckConstraint("short_units BETWEEN 0 AND units", name="short_is_part_of_units"),
    CheckConstraint(
        "split_before <= parcels_before AND split_after <= parcels_after AND cost_before >= 0 AND cost_after >= 0"
        " AND metres_before >= 0 AND metres_after >= 0",
        name="figures_not_negative",
    ),
)

# The first orders that the rule would have sent from elsewhere; to a bound.
sourcing_simulation_orders = Table(
    "sourcing_simulation_orders",
    metadata,
    Column("simulation_id", Uuid, ForeignKey("sourcing_simulations.id"), primary_key=True),
    Column("order_id", Uuid, primary_key=True),
    Column("places_before", ARRAY(Uuid), nullable=False),
    Column("places_after", ARRAY(Uuid), nullable=False),
    Column("short_units", Integer, nullable=False),
    CheckConstraint("short_units >= 0", name="short_units_not_negative"),
)
